//! Tests that fail, each in its own way. The tests in `red_is_red.rs` run them.

use std::io;
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use netns_test::__private::{Case, run};
use netns_test::{Error, FromNet, Host, Net, Plan, Result, netns_test};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::Pid;

/// Blocks for ever.
fn park() -> ! {
    loop {
        thread::park();
    }
}

// The body.

#[netns_test]
#[ignore = "fails on purpose"]
fn panics(_server: Host) {
    println!("on stdout");
    eprintln!("on stderr");
    panic!("the peer is gone");
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn panics_async(server: Host) {
    server.spawn(async {}).await;
    assert_eq!(1 + 1, 3, "the sum is wrong");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn returns_err(server: Host) -> Result {
    server.run(|| TcpStream::connect("127.0.0.1:9"))?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn returns_err_async(server: Host) -> Result {
    server.exec("sh", ["-c", "echo no >&2; exit 3"])?;
    Ok(())
}

#[derive(Debug)]
#[expect(dead_code, reason = "it is shown by its Debug")]
struct Mine {
    peer: &'static str,
}

#[netns_test]
#[ignore = "fails on purpose"]
fn returns_an_error_of_ones_own(_server: Host) -> std::result::Result<(), Mine> {
    Err(Mine { peer: "client" })
}

#[netns_test]
#[ignore = "fails on purpose"]
fn returns_an_exit_code(_server: Host) -> std::process::ExitCode {
    std::process::ExitCode::from(3)
}

// The process.

#[netns_test]
#[ignore = "fails on purpose"]
fn aborts(_server: Host) {
    std::process::abort();
}

#[netns_test]
#[ignore = "fails on purpose"]
fn exits_with_0(_server: Host) {
    println!("on stdout, and then nothing more");
    std::process::exit(0);
}

#[netns_test]
#[ignore = "fails on purpose"]
fn exits_with_0_in_a_thread(server: Host) {
    server.run(|| thread::spawn(|| std::process::exit(0)));
    park();
}

#[netns_test]
#[ignore = "fails on purpose"]
fn exits_with_101(_server: Host) {
    std::process::exit(101);
}

#[netns_test]
#[ignore = "fails on purpose"]
fn is_killed(_server: Host) -> Result {
    kill(Pid::this(), Signal::SIGKILL)?;
    park();
}

#[netns_test]
#[ignore = "fails on purpose"]
fn overflows_its_stack(_server: Host) {
    fn deeper(depth: u64) -> u64 {
        let here = std::hint::black_box([depth; 64]);
        if depth == u64::MAX { 0 } else { deeper(depth + 1) + here[0] }
    }
    println!("{}", deeper(0));
}

// The time.

#[netns_test(timeout = "300ms")]
#[ignore = "fails on purpose"]
fn never_ends(server: Host) {
    println!("{} waits", server.name());
    park();
}

#[netns_test(timeout = "300ms")]
#[ignore = "fails on purpose"]
async fn never_ends_async(_server: Host) {
    std::future::pending::<()>().await;
}

#[netns_test(timeout = "300ms")]
#[ignore = "fails on purpose"]
fn never_ends_and_blocks_all_signals(_server: Host) -> Result {
    SigSet::all().thread_block()?;
    park();
}

#[netns_test(timeout = "300ms")]
#[ignore = "fails on purpose"]
fn stops_itself(_server: Host) -> Result {
    kill(Pid::this(), Signal::SIGSTOP)?;
    // The signal may have stopped another thread first.
    park();
}

#[netns_test(timeout = "100ms")]
#[ignore = "fails on purpose"]
fn never_ends_to_write(server: Host) {
    server.command("yes").status().expect("yes starts");
}

struct Hangs;

impl Drop for Hangs {
    fn drop(&mut self) {
        park();
    }
}

thread_local! {
    static HANGS: Hangs = const { Hangs };
}

#[netns_test(timeout = "300ms")]
#[ignore = "fails on purpose"]
fn passes_but_hangs_in_exit(_server: Host) {
    HANGS.with(|_| ());
}

// Tasks.

#[netns_test]
#[ignore = "fails on purpose"]
fn a_task_panics_and_nobody_waits(server: Host) {
    let (sender, receiver) = channel::<()>();
    let panics = async move {
        let _sender = sender;
        panic!("the server crashed");
    };
    server.spawn(panics).detach();
    assert!(receiver.recv().is_err(), "the sender is dropped by the panic");
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn a_task_panics_and_is_awaited(server: Host) {
    server.spawn(async { panic!("the server crashed") }).await
}

#[netns_test]
#[ignore = "fails on purpose"]
fn a_task_panics_and_is_joined(server: Host) {
    server.spawn(async { panic!("the server crashed") }).join()
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn a_task_of_a_task_panics(server: Host) {
    let connection = async { panic!("the connection crashed") };
    let accepts = async { tokio::spawn(connection).await.is_err() };
    assert!(server.spawn(accepts).await);
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn blocking_work_of_a_task_panics(server: Host) {
    let looks_up = || panic!("the resolver crashed");
    let serves = async move { tokio::task::spawn_blocking(looks_up).await.is_err() };
    assert!(server.spawn(serves).await);
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn a_task_of_the_body_panics(_server: Host) {
    let task = tokio::spawn(async { panic!("the client crashed") });
    assert!(task.await.is_err());
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn a_task_started_in_a_host_by_tokio_panics(server: Host) {
    let task = server.run(|| tokio::spawn(async { panic!("the server crashed") }));
    assert!(task.await.is_err());
}

// Threads.

#[netns_test]
#[ignore = "fails on purpose"]
fn a_thread_panics_and_nobody_waits(server: Host) {
    let (sender, receiver) = channel::<()>();
    let panics = move || {
        let _sender = sender;
        panic!("the worker crashed");
    };
    server.run(|| thread::Builder::new().name("worker".into()).spawn(panics)).expect("it starts");
    assert!(receiver.recv().is_err(), "the sender is dropped by the panic");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn a_thread_panics_and_its_end_is_ignored(server: Host) {
    let thread = server.run(|| thread::spawn(|| panic!("the worker crashed")));
    assert!(thread.join().is_err());
}

#[netns_test]
#[ignore = "fails on purpose"]
fn two_threads_panic(server: Host) {
    for number in 1..3 {
        let thread = server.run(|| thread::spawn(move || panic!("worker {number} crashed")));
        assert!(thread.join().is_err());
    }
}

#[netns_test]
#[ignore = "fails on purpose"]
fn a_closure_panics(server: Host) {
    server.run(|| panic!("no route"));
}

// What comes before the body.

#[test]
#[ignore = "fails on purpose"]
fn asks_for_a_test_that_does_not_exist() {
    let case = Case {
        package: option_env!("CARGO_PKG_NAME"),
        module: module_path!(),
        name: "is_not_there",
        file: file!(),
        line: line!(),
        timeout: Duration::from_secs(10),
        should_panic: false,
        serial: &[],
    };
    run(&case, &[], |_| Ok(()));
}

struct Broken;

impl FromNet for Broken {
    fn from_net(net: &Net, name: &str) -> std::result::Result<Self, Error> {
        net.host(name).map(|_| Self)
    }
}

#[netns_test]
#[ignore = "fails on purpose"]
fn has_a_fixture_that_fails(_server: Host, _client: Host, _database: Broken) {
    unreachable!("the body does not run");
}

struct Named<const NAME: usize>;

const NAMES: [&str; 2] = ["no host", "Server"];

impl<const NAME: usize> FromNet for Named<NAME> {
    fn plan(plan: &mut Plan, _name: &str) {
        plan.add_host(NAMES[NAME]);
    }

    fn from_net(_net: &Net, _name: &str) -> std::result::Result<Self, Error> {
        Ok(Self)
    }
}

#[netns_test]
#[ignore = "fails on purpose"]
fn has_a_fixture_with_a_bad_host_name(_server: Host, _fixture: Named<0>) {
    unreachable!("the body does not run");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn has_a_fixture_with_a_taken_host_name(_server: Host, _fixture: Named<1>) {
    unreachable!("the body does not run");
}

// `#[should_panic]`.

#[netns_test]
#[should_panic]
#[ignore = "run by a test beside it"]
fn should_panic_and_does(server: Host) {
    server.run(|| panic!("the peer is gone"));
}

#[netns_test]
#[should_panic(expected = "peer is gone")]
#[ignore = "run by a test beside it"]
fn should_panic_and_does_with_the_words(_server: Host) {
    panic!("the {} is gone", "peer");
}

#[netns_test]
#[should_panic(expected = "peer is gone")]
#[ignore = "fails on purpose"]
fn should_panic_and_does_with_other_words(_server: Host) {
    panic!("the network is gone");
}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_passes(_server: Host) {}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_returns_err(_server: Host) -> Result {
    Err(io::Error::from(io::ErrorKind::TimedOut))?
}

#[netns_test(timeout = "300ms")]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_never_ends(_server: Host) {
    park();
}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_exits(_server: Host) {
    std::process::exit(0);
}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_exits_as_a_failed_test_does(_server: Host) {
    std::process::exit(101);
}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_is_killed(_server: Host) -> Result {
    kill(Pid::this(), Signal::SIGKILL)?;
    park();
}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_its_fixture_fails(_server: Host, _database: Broken) {
    panic!("the body does not run");
}

// Limits: the number of network namespaces is set by the tests beside it.

#[netns_test]
#[ignore = "run by a test beside it"]
fn has_two_hosts(server: Host, client: Host) {
    println!("{} and {}", server.name(), client.name());
}

#[netns_test]
#[should_panic]
#[ignore = "run by a test beside it"]
fn should_panic_with_two_hosts(_server: Host, _client: Host) {
    panic!("the body ran");
}

// What is no failure.

#[netns_test]
fn a_closure_that_panics_leaves_the_thread_in_its_own_namespace(server: Host) -> Result {
    let here = || std::fs::read_link("/proc/thread-self/ns/net");
    let home = here()?;
    let caught = catch_unwind(AssertUnwindSafe(|| server.run(|| -> () { panic!("{:?}", here()) })));
    let there = caught.expect_err("it panicked").downcast::<String>().expect("a text");
    assert_ne!(*there, format!("{:?}", io::Result::Ok(&home)));
    assert_eq!(here()?, home);
    Ok(())
}

#[netns_test]
async fn a_panic_that_was_taken_is_no_failure(server: Host) {
    let crashes = server.spawn(async { tokio::spawn(async { panic!("as expected") }).await });
    assert!(crashes.await.is_err());
    let thread =
        server.run(|| thread::Builder::new().name("worker".into()).spawn(|| panic!("too")));
    assert!(thread.expect("it starts").join().is_err());
    let panics = netns_test::take_panics();
    let told = panics.iter().map(|panic| (&*panic.thread, &*panic.message)).collect::<Vec<_>>();
    assert_eq!(told, [("host server", "as expected"), ("worker", "too")]);
    assert!(panics[0].location.starts_with(&format!("{}:", file!())), "{}", panics[0].location);
    assert_eq!(netns_test::take_panics(), []);
}
