use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

/// Makes the processes that `command` starts begin in the network namespace `namespace`.
///
/// A process that cannot enter it does not start: `spawn` returns the error.
pub(crate) fn enter_before_exec(command: &mut Command, namespace: Arc<OwnedFd>) {
    let enter = move || setns(&namespace);
    // SAFETY: the closure runs between fork and exec and makes one system call; it neither
    // allocates nor takes a lock, and `namespace` is kept open by the closure itself.
    unsafe { command.pre_exec(enter) };
}

fn setns(namespace: &OwnedFd) -> io::Result<()> {
    // SAFETY: setns takes two integers; the descriptor is open because we borrow its owner.
    match unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
