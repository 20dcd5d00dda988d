use std::fmt;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};

use super::aftermath::{self, witness};
use super::runner;
use super::verdict::Verdict;

/// A panic of a thread or task other than the test's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// The name of the thread, for instance `host client`.
    pub thread: String,
    /// What it said.
    pub message: String,
    /// Where it happened, as `file:line:column`.
    pub location: String,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "thread `{}` panicked at {}: {}", self.thread, self.location, self.message)
    }
}

/// The panics of the sandbox that have not been taken.
static RECORD: Mutex<Vec<Panic>> = Mutex::new(Vec::new());

/// Takes the panics that other threads and tasks had so far, so that they no longer fail the test.
///
/// A panic anywhere in a test's process turns the test red, even in a detached thread or task
/// whose end nobody looks at. A test whose *subject* is a panic, say that a server outlives a
/// handler that crashes, takes the panics it expects and asserts on them.
///
/// Panics of the test's own thread are not recorded, unless they are those of a task: they unwind
/// through the test itself.
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
    std::mem::take(&mut *RECORD.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Starts to record the panics that do not unwind through the calling thread: those of all other
/// threads, and of all tasks. What was to happen at a panic still happens.
pub(super) fn record() {
    let body = thread::current().id();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        TELLING.fetch_add(1, Ordering::SeqCst);
        note(info, body);
        witness();
        before(info);
        TELLING.fetch_sub(1, Ordering::SeqCst);
        if aftermath::keeps() && is_of_body(body) {
            runner::keep(&Verdict::Panicked(message(info.payload())));
        }
    }));
}

/// How many threads are telling of their panic.
static TELLING: AtomicUsize = AtomicUsize::new(0);

/// Whether a thread of the test is telling of its panic. That may take seconds on a busy machine,
/// where a backtrace is looked up, and the thread has not hung.
pub(crate) fn telling() -> bool {
    TELLING.load(Ordering::SeqCst) > 0
}

fn note(info: &PanicHookInfo<'_>, body: ThreadId) {
    if is_of_body(body) {
        return;
    }
    let thread = thread::current();
    let location = info.location().map_or_else(String::new, ToString::to_string);
    let panic = Panic {
        thread: thread.name().unwrap_or("unnamed").to_owned(),
        message: message(info.payload()),
        location,
    };
    RECORD.lock().unwrap_or_else(PoisonError::into_inner).push(panic);
}

/// Whether a panic of this thread unwinds through the body. The runtime of an async test runs its
/// tasks on the test's own thread, and keeps their panics to itself.
fn is_of_body(body: ThreadId) -> bool {
    thread::current().id() == body && tokio::task::try_id().is_none()
}

/// The words of a panic, which are a string in all but unusual cases.
pub(crate) fn message(payload: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return (*text).to_owned();
    }
    match payload.downcast_ref::<String>() {
        Some(text) => text.clone(),
        None => "a panic whose payload is no text".to_owned(),
    }
}
