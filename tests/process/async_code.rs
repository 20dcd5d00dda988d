//! Async code in hosts, and code that is in none.

use std::cell::Cell;
use std::future::Future;
use std::net::{IpAddr, SocketAddr, TcpStream as BlockingStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use netns_test::{Host, Policy, Result, eventually, netns_test};
use tokio::net::TcpStream;

use super::SOON;
use super::support::runner::{fixture, run};

/// A future that borrows, and is not `Send`.
#[netns_test]
async fn a_future_that_borrows_runs_in_a_host(server: Host, client: Host) -> Result {
    let listener = server.listen_async(80).await?;
    let (dials, to) = (Cell::new(0), listener.addr());
    let dial = async {
        dials.set(dials.get() + 1);
        tokio::time::sleep(Duration::from_millis(1)).await;
        TcpStream::connect(to).await
    };
    let stream = client.run_async(dial).await?;
    assert_eq!((stream.local_addr()?.ip(), dials.get()), (client.ipv4().into(), 1));
    // What is spawned is spawned in the host, and this thread is out of it again.
    let spawned = client.run_async(async { tokio::spawn(TcpStream::connect(to)).await }).await;
    assert_eq!(spawned??.local_addr()?.ip(), client.ipv4());
    assert!(BlockingStream::connect(to).is_err());
    Ok(())
}

#[netns_test]
async fn futures_in_several_hosts_run_at_the_same_time(server: Host, client: Host) -> Result {
    let here = async |host: &Host| host.run_async(std::future::ready(host.name().to_owned())).await;
    let (one, other) = (here(&server).await, here(&client).await);
    assert_eq!((one.as_str(), other.as_str()), ("server", "client"));
    let listener = server.listen_async(80).await?;
    let to = listener.addr();
    let accept = server.run_async(listener.accept());
    let dial = client.run_async(TcpStream::connect(to));
    let (mut accept, mut dial) = (std::pin::pin!(accept), std::pin::pin!(dial));
    let (mut accepted, mut dialled) = (None, None);
    std::future::poll_fn(|context| {
        if accepted.is_none()
            && let std::task::Poll::Ready(done) = accept.as_mut().poll(context)
        {
            accepted = Some(done);
        }
        if dialled.is_none()
            && let std::task::Poll::Ready(done) = dial.as_mut().poll(context)
        {
            dialled = Some(done);
        }
        match accepted.is_some() && dialled.is_some() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    let accepted = accepted.expect("it was awaited")?;
    assert_eq!(accepted.peer_addr(), dialled.expect("it was awaited")?.local_addr()?);
    Ok(())
}

/// On one thread a task waits until the body awaits; with two the other one takes it.
#[netns_test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_may_run_on_several_threads(server: Host, client: Host) -> Result {
    let listener = server.listen_async(80).await?;
    let to = listener.addr();
    let (done, waits) = std::sync::mpsc::channel();
    tokio::spawn(async move {
        tokio::task::yield_now().await;
        done.send(std::thread::current().id()).expect("somebody waits");
    });
    assert_ne!(waits.recv_timeout(SOON)?, std::thread::current().id());
    let dialled = tokio::task::block_in_place(|| client.connect(to))?;
    assert_eq!(dialled.local_addr().ip(), client.ipv4());
    Ok(())
}

#[netns_test(flavor = "multi_thread")]
async fn a_panic_of_a_task_on_another_thread_is_seen(_host: Host) {
    tokio::spawn(async { panic!("of a task") }).await.expect_err("it panics");
    let panics = netns_test::take_panics();
    assert_eq!(panics.len(), 1, "{panics:?}");
    assert_eq!(panics[0].message, "of a task");
}

#[netns_test(flavor = "current_thread")]
async fn a_synchronous_claim_in_async_code_gets_a_hint(_host: Host) {
    let task = tokio::spawn(async {});
    let limit = Duration::from_millis(5);
    let error = eventually(limit, || task.is_finished()).expect_err("it cannot run").to_string();
    let help = "\nhelp: this blocked the tokio runtime of its own thread and stopped its tasks: await `eventually_async`";
    assert!(error.ends_with(help), "{error}");
    // A probe that holds needs no hint, and elsewhere nothing is blocked.
    eventually(limit, || true).expect("it holds");
    let aside = tokio::task::spawn_blocking(move || eventually(limit, || false));
    let error = aside.await.expect("it does not panic").expect_err("it does not hold").to_string();
    assert!(!error.contains("help:"), "{error}");
}

#[netns_test]
fn a_claim_outside_of_async_code_gets_no_hint(_host: Host) {
    let error = eventually(Duration::from_millis(2), || false).expect_err("it does not hold");
    assert!(!error.to_string().contains("help:"), "{error}");
}

#[netns_test]
async fn a_join_in_async_code_says_what_to_do(host: Host) {
    let join = || host.spawn(async {}).join();
    let panic = catch_unwind(AssertUnwindSafe(join)).expect_err("it would block the runtime");
    let text = panic.downcast_ref::<&str>().copied().unwrap_or_default();
    assert!(text.ends_with("help: await the task"), "{text}");
    let host = host.clone();
    let aside = tokio::task::spawn_blocking(move || host.spawn(async { 7 }).join());
    assert_eq!(aside.await.expect("it may wait there"), 7);
}

#[netns_test]
#[ignore = "FIXTURE: dials outside every host"]
fn dials_in_no_host(server: Host) -> Result {
    let _ = &server;
    BlockingStream::connect("10.0.0.1:80")?;
    Ok(())
}

#[test]
fn a_report_says_what_was_done_outside_of_every_host() {
    let mut runner = fixture("async_code::dials_in_no_host");
    let run = run(runner.env_remove("NETNS_TEST_REPORT"));
    assert_eq!(run.status, 101, "{run:?}");
    let told = "outside every host:\n  1 packets found no route\n  help: this was done by code \
                that is in no host";
    assert!(run.stdout.contains(told), "{run:?}");
}

/// A pool of the whole process, of one thread: who uses it first has it made.
fn pool() -> &'static Sender<Work> {
    static POOL: OnceLock<Sender<Work>> = OnceLock::new();
    POOL.get_or_init(|| {
        let (gives, given) = channel::<Work>();
        let thread = std::thread::Builder::new().name("pool".to_owned());
        let started = thread.spawn(move || given.iter().for_each(|work| work()));
        started.expect("it starts");
        gives
    })
}

type Work = Box<dyn FnOnce() + Send>;

/// Dials on the pool, and returns the address from which that was.
fn dial_on_pool(to: SocketAddr) -> std::io::Result<IpAddr> {
    let (tells, told) = channel();
    let work = move || {
        let dialled = BlockingStream::connect(to).and_then(|stream| stream.local_addr());
        tells.send(dialled.map(|local| local.ip())).expect("somebody waits");
    };
    pool().send(Box::new(work)).expect("the pool runs");
    told.recv().expect("it is told")
}

/// The other's faults do nothing to it, and its own do.
#[netns_test]
fn a_pool_dials_from_the_host_that_made_it(server: Host, first: Host, second: Host) -> Result {
    let listener = server.listen(80)?;
    assert_eq!(first.run(|| dial_on_pool(listener.addr()))?, first.ipv4());
    let _block = second.block(&server)?;
    assert_eq!(second.run(|| dial_on_pool(listener.addr()))?, first.ipv4());
    Ok(())
}

#[netns_test]
#[ignore = "FIXTURE: a pool of one host works for another"]
fn dials_from_the_host_of_its_pool(server: Host, first: Host, second: Host) -> Result {
    let listener = server.listen(80)?;
    first.run(|| dial_on_pool(listener.addr()))?;
    let _block = first.block_with(&server, Policy::reset())?;
    second.run(|| dial_on_pool(listener.addr()))?;
    Ok(())
}

#[test]
fn a_report_says_whose_pool_has_dialled() {
    let mut runner = fixture("async_code::dials_from_the_host_of_its_pool");
    let run = run(runner.env_remove("NETNS_TEST_REPORT"));
    assert_eq!(run.status, 101, "{run:?}");
    let told = "threads of the test that are in a host:\n  first: `pool`\n  help: work given to such \
                a thread runs in the thread's host";
    assert!(run.stdout.contains(told), "{run:?}");
    // The dial that was refused is the last that anybody began.
    let mut dials = run.stdout.lines().rev().filter(|line| line.contains("Flags [S],"));
    assert!(dials.next().is_some_and(|dial| dial.contains(" first > server: ")), "{run:?}");
}
