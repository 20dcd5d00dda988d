//! Hosts that are frozen: their processes, and their tokio runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{TryRecvError, channel};
use std::time::Duration;

use netns_test::{Folder, Host, Net, Place, Program, Result, consistently, eventually, netns_test};

use super::SOON;
use super::freezing::counter;

/// A task that counts as long as its runtime runs.
fn counts(host: &Host) -> Arc<AtomicU64> {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    host.spawn(async move {
        loop {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .detach();
    count
}

#[netns_test]
fn the_processes_and_the_runtime_of_a_frozen_host_stand_still(net: Net, host: Host) -> Result {
    let (one, other) = (Folder::new()?, Folder::new()?);
    let (_first, ticks) = counter(&host, &one)?;
    let (_second, tocks) = counter(&host, &other)?;
    let count = counts(&host);
    let state = || (ticks(), tocks(), count.load(Ordering::Relaxed));
    eventually(SOON, || state().2 > 0)?;

    let mut freeze = host.freeze()?;
    let stopped = state();
    consistently(Duration::from_millis(50), || state() == stopped)?;
    assert_eq!((freeze.to_string().as_str(), freeze.left_out().len()), ("freeze `host`", 0));
    assert_eq!(freeze.place(), &Place::Host(host.clone()));
    let runs = |before: (u64, u64, u64)| {
        let now = state();
        now.0 > before.0 && now.1 > before.1 && now.2 > before.2
    };
    freeze.suspend(|| eventually(SOON, || runs(stopped)))??;
    let stopped = state();
    consistently(Duration::from_millis(20), || state() == stopped)?;
    freeze.thaw()?;
    eventually(SOON, || runs(stopped))?;
    let last = net.timeline().faults().as_slice().last().map(|entry| entry.event.to_string());
    assert_eq!(last.as_deref(), Some("freeze `host`: lifted"));
    Ok(())
}

/// What is spawned into a frozen host runs when it is thawed, also where nothing was spawned before.
#[netns_test]
async fn a_task_that_is_spawned_into_a_frozen_host_waits(host: Host) -> Result {
    let freeze = host.freeze_async().await?;
    let count = counts(&host);
    consistently(Duration::from_millis(20), || count.load(Ordering::Relaxed) == 0)?;
    freeze.thaw()?;
    eventually(SOON, || count.load(Ordering::Relaxed) > 0)?;
    Ok(())
}

#[netns_test]
fn a_freeze_of_a_host_that_is_dropped_or_kept_is_as_of_any_fault(host: Host) -> Result {
    let count = counts(&host);
    drop(host.freeze()?);
    let before = count.load(Ordering::Relaxed);
    eventually(SOON, || count.load(Ordering::Relaxed) > before)?;
    drop(host.freeze()?.keep());
    let before = count.load(Ordering::Relaxed);
    consistently(Duration::from_millis(20), || count.load(Ordering::Relaxed) == before)?;
    Ok(())
}

/// It is said by the call, in the timeline and in the report.
#[netns_test]
fn what_cannot_be_frozen_is_named(net: Net, host: Host) -> Result {
    let (stop, stopped) = channel::<()>();
    let (begins, begun) = channel();
    let worker = std::thread::Builder::new().name("worker".to_owned());
    let work = move || {
        // It has its name by now.
        begins.send(()).expect("somebody waits");
        stopped.recv()
    };
    let worker = host.run(|| worker.spawn(work))?;
    begun.recv()?;
    let mut command = host.command("sleep").arg("1000").spawn()?;
    let freeze = host.freeze()?;
    assert_eq!(freeze.left_out(), ["thread `worker`", "`sleep` of Host::command"]);
    let told = "freeze `host` without thread `worker`, `sleep` of Host::command";
    assert_eq!(freeze.to_string(), told);
    assert!(net.timeline().to_string().contains(told));
    freeze.thaw()?;
    command.kill()?;
    command.wait()?;
    drop(stop);
    worker.join().expect("it ends").expect_err("it was hung up on");
    assert_eq!(host.freeze()?.left_out(), [] as [&str; 0]);
    Ok(())
}

/// It goes on, to its end, and its thread is named; who awaits it stands still, also when it is done.
/// A claim of 50 ms is fifty times what the count and the runtime need.
#[netns_test]
fn blocking_work_of_a_frozen_host_goes_on_and_who_awaits_it_does_not(host: Host) -> Result {
    let count = Arc::new(AtomicU64::new(0));
    let (over, until) = channel::<()>();
    let counted = Arc::clone(&count);
    let task = host.spawn(async move {
        let work = move || {
            while until.try_recv() == Err(TryRecvError::Empty) {
                counted.fetch_add(1, Ordering::Relaxed);
                std::thread::yield_now();
            }
            std::fs::read_to_string("/proc/thread-self/comm")
        };
        tokio::task::spawn_blocking(work).await
    });
    eventually(SOON, || count.load(Ordering::Relaxed) > 0)?;

    let freeze = host.freeze()?;
    let before = count.load(Ordering::Relaxed);
    eventually(SOON, || count.load(Ordering::Relaxed) > before)?;
    let left_out = freeze.left_out().to_vec();
    drop(over);
    eventually(SOON, || Arc::strong_count(&count) == 1)?;
    consistently(Duration::from_millis(50), || !task.is_finished())?;
    freeze.thaw()?;
    let thread = task.join()??;
    assert_eq!(left_out, [format!("thread `{}`", thread.trim_end())]);
    Ok(())
}

/// Two seconds are what it may take; nothing is frozen then.
#[netns_test]
fn a_runtime_that_never_awaits_cannot_be_frozen(host: Host) -> Result {
    let folder = Folder::new()?;
    let (_process, ticks) = counter(&host, &folder)?;
    let over = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&over);
    let task = host.spawn(async move {
        while !until.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
    });
    let error = host.freeze().expect_err("it does not stop").to_string();
    let text =
        "cannot stop the tokio runtime of `host`: a task has not reached an `await` within 2s";
    assert_eq!(error, text);
    over.store(true, Ordering::Relaxed);
    task.join();
    let before = ticks();
    eventually(SOON, || ticks() > before)?;
    host.freeze()?.thaw()?;
    Ok(())
}

#[netns_test]
fn what_ends_while_its_host_is_frozen_is_told_when_that_is_thawed(host: Host) -> Result {
    let process = host.start(Program::new("sleep").arg("1000"))?;
    let freeze = host.freeze()?;
    process.kill()?;
    let error = freeze.thaw().expect_err("it is gone").to_string();
    assert_eq!(error, "cannot thaw `sleep` of `host`: it has ended with SIGKILL");
    let count = counts(&host);
    eventually(SOON, || count.load(Ordering::Relaxed) > 0)?;
    Ok(())
}
