//! Which threads run the tasks of our runtimes, and the hint in the error of a wait that blocks one.

use std::cell::Cell;

use crate::Error;

thread_local! {
    static DRIVES: Cell<bool> = const { Cell::new(false) };
}

/// Whether tasks stand still while this thread is blocked: it runs the tasks of an async test, or
/// those of a host.
pub(crate) fn drives_runtime() -> bool {
    DRIVES.get()
}

/// Says of this thread that it does, while `work` runs.
#[cfg(feature = "tokio")]
pub(super) fn driving<T>(work: impl FnOnce() -> T) -> T {
    let before = DRIVES.replace(true);
    // Not after a panic, which nobody survives on this thread: the runtime ends with it.
    let value = work();
    DRIVES.set(before);
    value
}

/// Adds the repair to the error of a wait in vain, if it has blocked a runtime.
pub(crate) fn hint_at_async(error: Error, form: &str) -> Error {
    if drives_runtime() { error.with_help(await_instead(form)) } else { error }
}

/// The repair of a wait that has blocked a runtime.
pub(crate) fn await_instead(form: &str) -> String {
    format!(
        "this blocked the tokio runtime of its own thread and stopped its tasks: await `{form}`"
    )
}
