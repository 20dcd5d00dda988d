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

/// Whether `error`, from starting `program`, says that it is not installed.
pub(crate) fn is_missing(program: &str, error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::NotFound => true,
        // For a folder of PATH that may not be searched execvp(3) says so, and keeps to it when
        // none of the others has the program.
        io::ErrorKind::PermissionDenied if !program.contains('/') => {
            let path = std::env::var_os("PATH").unwrap_or_default();
            !std::env::split_paths(&path).any(|folder| folder.join(program).exists())
        }
        _ => false,
    }
}

fn setns(namespace: &OwnedFd) -> io::Result<()> {
    // SAFETY: setns takes two integers; the descriptor is open because we borrow its owner.
    match unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
