//! Tests whose failure nobody would see who believed the body, its exit status or the panic hook.
//! The tests in `red_is_red_unseen.rs` run them.
#![expect(unsafe_code, reason = "fork(2), _exit(2) and their like are what is tested")]

use std::fmt;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use netns_test::{Error, FromNet, Host, Net, Plan, Result, eventually, netns_test, take_panics};
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

/// Far more than a task needs to end.
const SOON: Duration = Duration::from_secs(10);

/// Blocks for ever.
fn park() -> ! {
    loop {
        thread::park();
    }
}

/// Panics in a thread of a host, and forgets about it.
fn a_thread_panics(host: &Host) {
    let ended = host.run(|| thread::spawn(|| panic!("the worker crashed"))).join();
    assert!(ended.is_err());
}

// The panic hook is another's.

#[netns_test]
#[ignore = "fails on purpose"]
fn the_hook_was_replaced_and_a_thread_panics(server: Host) {
    panic::set_hook(Box::new(|_| {}));
    a_thread_panics(&server);
}

#[netns_test]
#[ignore = "fails on purpose"]
fn the_hook_was_replaced_and_a_named_thread_panics(_server: Host) {
    panic::set_hook(Box::new(|_| {}));
    let worker = thread::Builder::new().name("worker".into());
    let worker = worker.spawn(|| panic!("the worker crashed")).expect("it starts");
    assert!(worker.join().is_err());
}

#[netns_test]
#[ignore = "fails on purpose"]
fn the_hook_was_taken_and_a_thread_panics(server: Host) {
    drop(panic::take_hook());
    a_thread_panics(&server);
}

/// As color-eyre and human-panic do: theirs runs first, and then what was there before.
#[netns_test]
#[ignore = "fails on purpose"]
fn the_hook_was_wrapped_and_a_thread_panics(server: Host) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| before(info)));
    a_thread_panics(&server);
}

#[netns_test]
#[ignore = "fails on purpose"]
fn the_hook_was_replaced_and_a_task_of_a_host_panics(server: Host) -> Result {
    panic::set_hook(Box::new(|_| {}));
    let task = server.spawn(async { panic!("the server crashed") });
    eventually(SOON, || task.is_finished())?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn the_hook_was_replaced_and_a_task_of_a_task_panics(server: Host) {
    panic::set_hook(Box::new(|_| {}));
    let accepts = async { tokio::spawn(async { panic!("the connection crashed") }).await.is_err() };
    assert!(server.spawn(accepts).join());
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn the_hook_was_replaced_and_a_task_of_the_body_panics(_server: Host) {
    panic::set_hook(Box::new(|_| {}));
    assert!(tokio::spawn(async { panic!("the client crashed") }).await.is_err());
}

#[netns_test]
#[ignore = "fails on purpose"]
fn the_hook_was_replaced_and_the_body_panics(_server: Host) {
    panic::set_hook(Box::new(|_| {}));
    panic!("the peer is gone");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn the_hook_ends_the_process_with_0(_server: Host) {
    panic::set_hook(Box::new(|_| std::process::exit(0)));
    panic!("the peer is gone");
}

// There is no hook.

#[netns_test]
#[ignore = "fails on purpose"]
fn a_thread_unwinds_without_the_hook(server: Host) {
    let thread = server.run(|| thread::spawn(|| resume_unwind(Box::new("the worker crashed"))));
    assert!(thread.join().is_err());
}

#[netns_test]
#[ignore = "fails on purpose"]
fn a_task_unwinds_without_the_hook(server: Host) -> Result {
    let task = server.spawn(async { resume_unwind(Box::new("the server crashed")) });
    eventually(SOON, || task.is_finished())?;
    Ok(())
}

// `#[should_panic]`.

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_only_a_thread_does(server: Host) {
    a_thread_panics(&server);
}

#[netns_test]
#[should_panic(expected = "the worker crashed")]
#[ignore = "fails on purpose"]
fn should_panic_and_only_a_thread_does_with_the_words(server: Host) {
    a_thread_panics(&server);
}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
async fn should_panic_and_only_a_task_does(_server: Host) {
    assert!(tokio::spawn(async { panic!("the client crashed") }).await.is_err());
}

#[netns_test]
#[should_panic(expected = "the client crashed")]
#[ignore = "fails on purpose"]
async fn should_panic_and_only_a_task_does_with_the_words(_server: Host) {
    assert!(tokio::spawn(async { panic!("the client crashed") }).await.is_err());
}

#[netns_test]
#[should_panic(expected = "the server crashed")]
#[ignore = "fails on purpose"]
fn should_panic_and_only_a_task_of_a_host_does(server: Host) -> Result {
    let task = server.spawn(async { panic!("the server crashed") });
    eventually(SOON, || task.is_finished())?;
    Ok(())
}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_the_hook_was_replaced_and_only_a_thread_does(server: Host) {
    panic::set_hook(Box::new(|_| {}));
    a_thread_panics(&server);
}

struct Crashes<const PLANNED: bool>;

impl<const PLANNED: bool> FromNet for Crashes<PLANNED> {
    fn plan(_plan: &mut Plan, _name: &str) {
        assert!(!PLANNED, "the plan crashed");
    }

    fn from_net(_net: &Net, _name: &str) -> std::result::Result<Self, Error> {
        panic!("the fixture crashed");
    }
}

#[netns_test]
#[ignore = "fails on purpose"]
fn has_a_fixture_that_panics(_server: Host, _database: Crashes<false>) {}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_only_a_fixture_does(_server: Host, _database: Crashes<false>) {}

#[netns_test]
#[should_panic(expected = "the fixture crashed")]
#[ignore = "fails on purpose"]
async fn should_panic_and_only_a_fixture_does_with_the_words(_database: Crashes<false>) {}

#[netns_test]
#[should_panic(expected = "the plan crashed")]
#[ignore = "fails on purpose"]
fn should_panic_and_only_a_plan_does(_database: Crashes<true>) {}

struct Unprintable;

impl fmt::Debug for Unprintable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words");
    }
}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_returns_an_error_that_cannot_be_printed(
    _server: Host,
) -> std::result::Result<(), Unprintable> {
    Err(Unprintable)
}

/// The body's own panic is what is expected. That another has caused it is no matter.
#[netns_test]
#[should_panic(expected = "the worker crashed")]
#[ignore = "run by a test beside it"]
fn should_panic_and_carries_on_the_panic_of_a_thread(server: Host) {
    let Err(panic) = server.run(|| thread::spawn(|| panic!("the worker crashed"))).join();
    resume_unwind(panic);
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the payload is dropped");
    }
}

#[netns_test]
#[should_panic]
#[ignore = "run by a test beside it"]
fn should_panic_and_does_with_a_payload_that_panics(_server: Host) {
    panic::panic_any(Bomb);
}

// Another process.

fn forked() -> ForkResult {
    // SAFETY: the child allocates and prints, which fork(2) forbids to a process with threads.
    // The test's process has a few that are asleep, and glibc makes its allocator usable.
    unsafe { fork() }.expect("there is room for a process")
}

/// Ends this process as a program would that does not run Rust's own end.
fn end_at_once(status: i32) -> ! {
    // SAFETY: it has no memory to touch, and does not return.
    unsafe { libc::_exit(status) }
}

#[netns_test]
#[ignore = "fails on purpose"]
fn the_child_of_a_fork_returns_and_the_test_exits_with_0(_server: Host) -> Result {
    if let ForkResult::Parent { child } = forked() {
        waitpid(child, None)?;
        std::process::exit(0);
    }
    Ok(())
}

/// As daemon(3) does: the caller goes on as a grandchild of itself.
#[netns_test]
#[ignore = "fails on purpose"]
fn becomes_a_daemon(_server: Host) -> Result {
    for _ in 0..2 {
        if let ForkResult::Parent { child } = forked() {
            waitpid(child, None)?;
            end_at_once(0);
        }
        nix::unistd::setsid()?;
    }
    Ok(())
}

/// The second process of the new namespace has the number that the test's process has in its own.
#[netns_test]
#[ignore = "fails on purpose"]
fn a_child_with_the_number_of_the_test_returns(_server: Host) -> Result {
    let own = std::process::id();
    unshare(CloneFlags::CLONE_NEWPID)?;
    // The first process of the new namespace says which number the next one is to have (proc(5)).
    if let ForkResult::Parent { child } = forked() {
        waitpid(child, None)?;
        end_at_once(0);
    }
    std::fs::write("/proc/sys/kernel/ns_last_pid", (own - 1).to_string())?;
    if let ForkResult::Parent { child } = forked() {
        waitpid(child, None)?;
        end_at_once(0);
    }
    println!("{} of {own}", std::process::id());
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn a_child_panics_and_the_test_exits_with_0(_server: Host) -> Result {
    if let ForkResult::Parent { child } = forked() {
        waitpid(child, None)?;
        std::process::exit(0);
    }
    panic!("the child crashed");
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn a_child_returns_and_the_test_passes(_server: Host) -> Result {
    if let ForkResult::Parent { child } = forked() {
        println!("{:?}", waitpid(child, None)?);
    }
    Ok(())
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn nobody_waits_for_a_child(_server: Host) -> Result {
    if let ForkResult::Child = forked() {
        park();
    }
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn becomes_another_program(_server: Host) {
    panic!("{}", Command::new("true").exec());
}

#[netns_test]
#[ignore = "fails on purpose"]
fn ends_at_once_with_0(_server: Host) {
    end_at_once(0);
}

#[netns_test]
#[ignore = "fails on purpose"]
fn ends_at_once_with_0_in_a_thread(_server: Host) {
    thread::spawn(|| end_at_once(0));
    park();
}

/// What unwinding meets: another thread ends the process while the body panics.
struct EndsWith0;

impl Drop for EndsWith0 {
    fn drop(&mut self) {
        thread::spawn(|| std::process::exit(0));
        park();
    }
}

#[netns_test]
#[ignore = "fails on purpose"]
fn exits_with_0_while_the_body_panics(_server: Host) {
    let _ends = EndsWith0;
    panic!("the peer is gone");
}

extern "C" fn at_exit() {
    end_at_once(0);
}

fn ends_with_0_at_exit() {
    // SAFETY: the handler takes nothing and ends the process.
    unsafe { libc::atexit(at_exit) };
}

#[netns_test]
#[ignore = "fails on purpose"]
fn panics_and_a_handler_ends_with_0(_server: Host) {
    ends_with_0_at_exit();
    panic!("the peer is gone");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn exits_with_1_and_a_handler_ends_with_0(_server: Host) {
    ends_with_0_at_exit();
    std::process::exit(1);
}

// Descriptors.

/// The descriptors from 3 on.
fn open() -> Vec<i32> {
    let names = std::fs::read_dir("/proc/self/fd").expect("/proc is mounted").flatten();
    let names = names.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    names.filter(|fd| *fd > 2).collect()
}

#[netns_test]
#[ignore = "fails on purpose"]
fn closes_every_descriptor(_server: Host) {
    // SAFETY: that others lose their descriptors is what is tested.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
}

#[netns_test]
#[ignore = "fails on purpose"]
fn closes_every_descriptor_and_panics(_server: Host) {
    // SAFETY: as above.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
    panic!("the peer is gone");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn puts_another_file_in_the_place_of_every_descriptor(_server: Host) -> Result {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    for fd in open().into_iter().filter(|fd| *fd != null.as_raw_fd()) {
        // SAFETY: as above.
        unsafe { libc::dup2(null.as_raw_fd(), fd) };
    }
    Ok(())
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn closes_its_standard_streams(_server: Host) {
    println!("not yet written");
    for fd in 0..3 {
        // SAFETY: as above; Rust's own streams do not mind.
        unsafe { libc::close(fd) };
    }
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn leaves_nowhere_to_write(_server: Host) -> Result {
    let full = File::options().write(true).open("/dev/full")?;
    // SAFETY: as above.
    unsafe { libc::dup2(full.as_raw_fd(), 1) };
    print!("no line that is complete");
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn leaves_nowhere_to_write_and_returns_an_error(_server: Host) -> Result {
    let full = File::options().write(true).open("/dev/full")?;
    // SAFETY: as above.
    unsafe { libc::dup2(full.as_raw_fd(), 1) };
    print!("no line that is complete");
    Err(std::io::Error::from(std::io::ErrorKind::TimedOut))?
}

// After the body.

type Signals = (Sender<()>, Mutex<Receiver<()>>);

static AFTER: OnceLock<Signals> = OnceLock::new();

/// Lets the thread panic, and waits for it.
extern "C" fn after_the_body() {
    if let Some((go, gone)) = AFTER.get() {
        let _ = go.send(());
        let _ = gone.lock().unwrap_or_else(PoisonError::into_inner).recv();
    }
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn a_thread_panics_after_the_body(_server: Host) {
    let ((go, goes), (ends, gone)) = (channel(), channel());
    AFTER.set((go, Mutex::new(gone))).expect("one test in a process");
    thread::spawn(move || {
        let _ends = ends;
        goes.recv().expect("it is told to");
        panic!("the worker crashed");
    });
    // SAFETY: the handler takes nothing, and returns.
    unsafe { libc::atexit(after_the_body) };
}

// What is no failure.

fn panics_itself(body: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(body)).is_err()
}

#[netns_test]
#[cfg_attr(target_feature = "crt-static", ignore = "NOT RUN: the unwinder is linked statically")]
fn panics_that_no_hook_saw_can_be_taken(server: Host) {
    panic::set_hook(Box::new(|_| {}));
    a_thread_panics(&server);
    let task = server.spawn(async { tokio::spawn(async { resume_unwind(Box::new(3)) }).await });
    assert!(task.join().is_err());
    assert!(panics_itself(|| server.spawn(async { panic!("the server crashed") }).join()));
    let panics = take_panics();
    let threads: Vec<_> = panics.iter().map(|panic| &*panic.thread).collect();
    assert_eq!(threads, ["unnamed", "host server", "host server"]);
    assert_eq!(panics[2].message, "the server crashed");
    assert_eq!(take_panics(), []);
}

/// What a thread gives away it has not lost: the panic is told once.
#[netns_test]
fn a_panic_that_is_carried_on_by_a_task_is_one(server: Host) {
    let host = server.clone();
    let waits = async move { host.spawn(async { panic!("the server crashed") }).await };
    assert!(panics_itself(|| server.spawn(waits).join()));
    let panics = take_panics();
    let told: Vec<_> = panics.iter().map(|panic| &*panic.message).collect();
    assert_eq!(told, ["the server crashed"]);
}
