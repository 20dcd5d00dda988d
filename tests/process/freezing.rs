//! Processes that are frozen, and thawed.

use super::*;

/// Counts as long as it runs.
pub(crate) fn counter(host: &Host, folder: &Folder) -> Result<(Process, impl Fn() -> u64 + use<>)> {
    let process = host.start(sh("while :; do echo . >> ticks; done").in_folder(folder))?;
    let file = folder.path().join("ticks");
    let ticks = move || std::fs::metadata(&file).map_or(0, |file| file.len());
    eventually(SOON, || ticks() > 0)?;
    Ok((process, ticks))
}

#[netns_test]
fn a_frozen_process_computes_nothing_and_goes_on_when_it_is_thawed(net: Net, host: Host) -> Result {
    let folder = Folder::new()?;
    let (process, ticks) = counter(&host, &folder)?;
    let freeze = process.freeze()?;
    let stopped = ticks();
    assert_eq!(freeze.to_string(), "freeze `sh` of `host`");
    assert!(matches!(freeze.place(), Place::Process { process, .. } if process == "sh"));
    consistently(Duration::from_millis(50), || ticks() == stopped)?;
    assert!(process.is_running());
    freeze.thaw()?;
    eventually(SOON, || ticks() > stopped)?;
    let faults: Vec<_> =
        net.timeline().faults().iter().map(|entry| entry.event.to_string()).collect();
    assert_eq!(
        faults,
        ["asked for", "in effect", "lifted"].map(|phase| format!("freeze `sh` of `host`: {phase}"))
    );
    Ok(())
}

/// A kernel that is asked one by one would always be behind these.
#[netns_test]
fn what_forks_without_end_is_frozen(host: Host) -> Result {
    let folder = Folder::new()?;
    let forks = "while :; do (echo . >> ticks) & done";
    let script = format!("setsid sh -c '{forks}' & setsid sh -c '{forks}' & {forks}");
    let process = host.start(sh(&script).in_folder(&folder))?;
    let ticks = || std::fs::metadata(folder.path().join("ticks")).map_or(0, |file| file.len());
    eventually(SOON, || ticks() > 100)?;
    for _ in 0..5 {
        let freeze = process.freeze()?;
        let stopped = ticks();
        consistently(Duration::from_millis(10), || ticks() == stopped)?;
        freeze.thaw()?;
        eventually(SOON, || ticks() > stopped)?;
    }
    process.kill()?;
    Ok(())
}

#[netns_test]
fn a_freeze_that_is_dropped_is_over(host: Host) -> Result {
    let folder = Folder::new()?;
    let (process, ticks) = counter(&host, &folder)?;
    drop(process.freeze()?);
    let before = ticks();
    eventually(SOON, || ticks() > before)?;
    Ok(())
}

#[netns_test]
fn what_is_frozen_twice_goes_on_when_both_are_over(host: Host) -> Result {
    let folder = Folder::new()?;
    let (process, ticks) = counter(&host, &folder)?;
    let (first, mut second) = (process.freeze()?, process.freeze()?);
    let stopped = ticks();
    first.thaw()?;
    consistently(Duration::from_millis(30), || ticks() == stopped)?;
    second.suspend(|| eventually(SOON, || ticks() > stopped))??;
    let stopped = ticks();
    consistently(Duration::from_millis(30), || ticks() == stopped)?;
    second.thaw()?;
    eventually(SOON, || ticks() > stopped)?;
    Ok(())
}

#[netns_test]
fn a_freeze_that_is_kept_stays(host: Host) -> Result {
    let folder = Folder::new()?;
    let (process, ticks) = counter(&host, &folder)?;
    let kept = process.freeze()?.keep();
    let stopped = ticks();
    drop(kept);
    consistently(Duration::from_millis(30), || ticks() == stopped)?;
    Ok(())
}

/// SIGKILL is the one signal that does not wait.
#[netns_test]
fn a_frozen_process_can_be_killed_and_not_thawed_then(host: Host) -> Result {
    let process = host.start(Program::new("sleep").arg("1000"))?;
    let freeze = process.freeze()?;
    let stopped = process.stop(Duration::from_millis(20)).expect_err("it cannot react");
    assert!(stopped.to_string().contains("and was killed"), "{stopped}");
    let error = freeze.thaw().expect_err("it is gone");
    assert_eq!(error.to_string(), "cannot thaw `sleep` of `host`: it has ended with SIGKILL");
    assert!(error.is_lost_fault());
    process.restart()?;
    let freeze = process.freeze()?;
    process.restart()?;
    let error = freeze.thaw().expect_err("another one runs").to_string();
    assert_eq!(error, "cannot thaw `sleep` of `host`: it has ended with SIGKILL");
    assert!(process.is_running());
    Ok(())
}

/// The kernel goes on for what is frozen: it accepts and acknowledges.
#[netns_test]
fn a_frozen_server_accepts_and_does_not_answer(host: Host, client: Host) -> Result {
    let process = host.start(serves("echo", 80))?;
    process.wait_for_port(80)?;
    let freeze = process.freeze()?;
    let mut conn = client.connect(host.addr(80))?;
    conn.send(b"hello")?;
    eventually(SOON, || conn.info().is_ok_and(|info| info.unacked == 0))?;
    conn.set_deadline(Duration::from_millis(50));
    assert!(conn.recv().is_err());
    conn.set_deadline(SOON);
    freeze.thaw()?;
    assert_eq!(conn.recv()?, b"hello");
    Ok(())
}

/// A program is not in the way of another one.
#[netns_test]
fn a_process_is_frozen_by_itself(host: Host) -> Result {
    let (one, other) = (Folder::new()?, Folder::new()?);
    let (first, _) = counter(&host, &one)?;
    let (_second, ticks) = counter(&host, &other)?;
    let freeze = first.freeze()?;
    let before = ticks();
    eventually(SOON, || ticks() > before)?;
    freeze.thaw()?;
    Ok(())
}
