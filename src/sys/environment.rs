use std::ffi::OsStr;

/// Removes a variable from the environment of this process.
///
/// To be called before the test's body runs.
pub(crate) fn remove(name: &str) {
    // SAFETY: the sandbox calls this while the process has two threads: libtest's main thread,
    // which waits for this one in a channel, and this one. Nobody else reads the environment.
    unsafe { std::env::remove_var(name) }
}

/// Sets a variable in the environment of this process.
///
/// To be called before the test's body runs.
pub(crate) fn set(name: &str, value: impl AsRef<OsStr>) {
    // SAFETY: as in `remove`, no other thread reads the environment at this moment.
    unsafe { std::env::set_var(name, value) }
}
