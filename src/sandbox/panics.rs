use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread::{self, ThreadId};

use nix::unistd::{Pid, gettid};

use super::aftermath::{self, witness};
use super::function::Report;
use super::runner;
use super::spot;
use super::verdict::Verdict;
use crate::mutex::lock;
use crate::quoted::Quoted;
use crate::sys::unwind;

/// A panic of a thread or task other than the test's own.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// let handler = || panic!("no such route");
/// let _ = server.run(|| std::thread::Builder::new().name("handler".into()).spawn(handler))?.join();
/// for panic in take_panics() {
///     assert_eq!((panic.thread.as_str(), panic.message.as_str()), ("handler", "no such route"));
/// }
/// # drop(client);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Panic {
    /// The name of the thread, for instance `host client`.
    pub thread: String,
    /// The message of the panic. If only a foreign panic hook saw it, this says so.
    pub message: String,
    /// Where it happened, as `file:line:column`. Empty if only a foreign panic hook saw it.
    pub location: String,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { thread, message, location } = self;
        let at = if location.is_empty() { "" } else { " at " };
        write!(f, "thread {} panicked{at}{location}: {message}", Quoted(thread))
    }
}

/// The panics of the sandbox that have not been taken.
static RECORD: Mutex<Vec<Panic>> = Mutex::new(Vec::new());

/// Takes the panics of other threads and tasks so far, so that they no longer fail the test.
///
/// A panic anywhere in a test's process fails the test, even in a detached thread or task that
/// nobody joins. If a panic is the *subject* of the test, for example that a server outlives a
/// handler that crashes, take the expected panics and assert on them.
///
/// Panics of the test's own thread are not recorded, except those of a task: they unwind
/// through the test itself.
///
/// # How they are seen
///
/// The panic hook reports a panic with its message and location. But tests and libraries replace the hook,
/// and [`resume_unwind`](panic::resume_unwind) does not run it. So each panic is also seen when its
/// thread begins to unwind, and is recorded without its message if our hook has not reported it.
/// For a task of [`Host::spawn`](crate::Host::spawn) the message is always known. If a thread other than
/// the test's own catches a panic and continues it by `resume_unwind`, that counts as another panic;
/// one that is continued by a [`Task`](crate::Task) does not.
///
/// The beginning of an unwind is seen if the unwinder is a shared library. That is the default with
/// glibc, on all machines but 32-bit ARM. With musl, or `-C target-feature=+crt-static`, only the hook
/// and the tasks of `Host::spawn` report panics. There a thread that panics after the hook was replaced,
/// or that ends by `resume_unwind`, is not seen unless somebody joins it.
///
/// ```no_run
/// use netns_test::{Host, Result, netns_test, take_panics};
///
/// #[netns_test]
/// fn a_crash_of_a_handler_is_survived(server: Host) -> Result {
///     let crashed = server.run(|| std::thread::spawn(|| panic!("handler"))).join();
///     assert!(crashed.is_err());
///     let panics = take_panics();
///     assert_eq!(panics[0].message, "handler");
///     Ok(())
/// }
/// ```
pub fn take_panics() -> Vec<Panic> {
    std::mem::take(&mut *lock(&RECORD))
}

/// The message of a panic that was seen when it began to unwind.
const UNTOLD: &str =
    "the message is unknown: the panic hook was replaced, or `resume_unwind` bypassed it";

/// The test's own thread, as std and as the kernel number it.
static BODY: OnceLock<(ThreadId, Pid)> = OnceLock::new();

/// How many threads are telling of their panic.
static TELLING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// What is known of the last panic of this thread.
    static LAST: Cell<Last> = const { Cell::new(Last::None) };
}

/// How far a panic has come, and whether anybody has told of it.
#[derive(Clone, Copy)]
enum Last {
    /// There was none.
    None,
    /// It is known with its words, and will begin to unwind.
    Notified,
    /// It has begun to unwind, and is known with its words.
    Unwinds,
    /// It has begun to unwind, and nobody has told of it.
    Untold,
}

/// Starts to record the panics that do not unwind through the calling thread: those of all other
/// threads, and of all tasks. What was to happen at a panic still happens.
///
/// They are seen twice. The panic hook knows the words and the place, but tests and libraries
/// replace it. So every panic is also seen when it begins to unwind, where nothing is known of it
/// but the thread.
pub(super) fn record() {
    BODY.get_or_init(|| (thread::current().id(), gettid()));
    observe();
}

/// Starts to record the panics of all threads in the process of a function, and to report them to
/// the test: at once, since the process may be killed at any time.
pub(super) fn record_for(test: File) {
    TEST.get_or_init(|| Mutex::new(test));
    observe();
}

/// Where a test hears of the panics in the process of a function.
static TEST: OnceLock<Mutex<File>> = OnceLock::new();

fn observe() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if let Some(location) = info.location().filter(|_| is_of_body()) {
            spot::body_panics_at(location.to_string());
        }
        attend(|| told(info), || before(info), || message(info.payload()));
        LAST.set(Last::Notified);
    }));
    unwind::observe(|| match LAST.get() {
        Last::Notified => LAST.set(Last::Unwinds),
        Last::None | Last::Unwinds | Last::Untold => {
            LAST.set(Last::Untold);
            let untold = || untold(UNTOLD.to_owned());
            attend(untold, || (), || UNTOLD.to_owned());
        }
    });
}

/// Does what is to be done at a panic: takes it down if it is not one of the body, looks at the
/// network, lets the hook `tell`, and keeps the network of a body that is failing.
fn attend(panic: impl FnOnce() -> Panic, tell: impl FnOnce(), message: impl FnOnce() -> String) {
    TELLING.fetch_add(1, Ordering::SeqCst);
    let of_body = is_of_body();
    let kept = aftermath::keeps() && of_body;
    if kept {
        aftermath::hold();
    }
    if !of_body {
        push(panic());
    }
    witness();
    tell();
    TELLING.fetch_sub(1, Ordering::SeqCst);
    if kept {
        runner::keep(&Verdict::Panicked(message()));
    }
}

/// Takes down a panic that this process was told of.
pub(crate) fn add(panic: Panic) {
    push(panic);
}

/// Tells the test, if this process is not its own.
pub(super) fn tell(report: &Report) {
    if let Some(test) = TEST.get() {
        let mut test = lock(test);
        // Without a test nobody is left to be told.
        let _ = test.write_all(&report.encode());
    }
}

fn push(panic: Panic) {
    if TEST.get().is_some() {
        return tell(&Report::Panicked(panic));
    }
    lock(&RECORD).push(panic);
}

fn told(info: &PanicHookInfo<'_>) -> Panic {
    let location = info.location().map_or_else(String::new, ToString::to_string);
    Panic { location, ..untold(message(info.payload())) }
}

/// A panic of this thread, at a place that is not known.
fn untold(message: String) -> Panic {
    let thread = thread::current().name().unwrap_or("unnamed").to_owned();
    Panic { thread, message, location: String::new() }
}

/// Runs a step of a task of ours, and takes its panic down with its words, whatever the hook is.
#[cfg(feature = "tokio")]
pub(crate) fn attended<T>(step: impl FnOnce() -> T) -> T {
    LAST.set(Last::None);
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|payload| {
        match LAST.get() {
            Last::Notified | Last::Unwinds => {}
            Last::Untold => put_into_words(message(&*payload)),
            // Where the beginning of an unwinding cannot be seen.
            Last::None if BODY.get().is_some() => push(untold(message(&*payload))),
            Last::None => {}
        }
        carry_on(payload)
    })
}

/// Gives the last panic of this thread, which nobody has told of, its words.
#[cfg(feature = "tokio")]
fn put_into_words(message: String) {
    let mut record = lock(&RECORD);
    let thread = untold(UNTOLD.to_owned());
    if let Some(panic) = record.iter_mut().rfind(|panic| **panic == thread) {
        panic.message = message;
    }
}

/// Goes on with a panic that is known already.
#[cfg(feature = "tokio")]
pub(crate) fn carry_on(payload: Box<dyn std::any::Any + Send>) -> ! {
    LAST.set(Last::Notified);
    panic::resume_unwind(payload)
}

/// The result of `work`, or the words of its panic.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let words = message(&*payload);
        // It is the user's, and may panic when it is dropped.
        std::mem::forget(payload);
        words
    })
}

/// Whether a thread of the test is telling of its panic. That may take seconds on a busy machine,
/// where a backtrace is looked up, and the thread has not hung.
pub(crate) fn telling() -> bool {
    TELLING.load(Ordering::SeqCst) > 0
}

/// Whether a panic of this thread unwinds through the body. The runtime of an async test runs its
/// tasks on the test's own thread, and keeps their panics to itself.
fn is_of_body() -> bool {
    BODY.get().is_some_and(|(body, _)| *body == thread::current().id()) && !in_task()
}

/// Whether the body of the test runs on the thread with this number.
pub(crate) fn is_body(thread: i32) -> bool {
    BODY.get().is_some_and(|(_, body)| body.as_raw() == thread)
}

#[cfg(feature = "tokio")]
fn in_task() -> bool {
    tokio::task::try_id().is_some()
}

/// Without tokio a test is not async.
#[cfg(not(feature = "tokio"))]
fn in_task() -> bool {
    false
}

/// The words of a panic, which are a string in all but unusual cases.
pub(crate) fn message(payload: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return (*text).to_owned();
    }
    match payload.downcast_ref::<String>() {
        Some(text) => text.clone(),
        None => "a panic whose payload is not text".to_owned(),
    }
}
