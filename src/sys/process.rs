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

/// Makes the processes that `command` starts say so: each writes its number into `pipe`, behind
/// `key`, before the program itself begins.
pub(crate) fn announce_before_exec(command: &mut Command, pipe: Arc<OwnedFd>, key: u64) {
    let announce = move || {
        let mut message = [0; ANNOUNCEMENT];
        message[..8].copy_from_slice(&key.to_ne_bytes());
        // SAFETY: getpid cannot fail, and has no arguments.
        let pid = unsafe { libc::getpid() };
        message[8..].copy_from_slice(&pid.to_ne_bytes());
        // A record that is lost is no reason not to start: the pipe does not block.
        // SAFETY: the pointer and the length are of one local array; `pipe` is kept open by the
        // closure. So few bytes go through a pipe in one piece (pipe(7), PIPE_BUF).
        unsafe { libc::write(pipe.as_raw_fd(), message.as_ptr().cast(), message.len()) };
        Ok(())
    };
    // SAFETY: the closure runs between fork and exec and makes two system calls; it neither
    // allocates nor takes a lock.
    unsafe { command.pre_exec(announce) };
}

/// Ends this process and nothing else: what is in its buffers, and what others have asked for at its
/// end, belongs to the process that it was forked from.
pub(crate) fn end_at_once(status: i32) -> ! {
    // SAFETY: it touches no memory of ours, and does not return.
    unsafe { libc::_exit(status) }
}

/// The length of what a process announces: its key, 8 bytes, and its number, 4.
pub(crate) const ANNOUNCEMENT: usize = 12;

fn setns(namespace: &OwnedFd) -> io::Result<()> {
    // SAFETY: setns takes two integers; the descriptor is open because we borrow its owner.
    match unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
