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

/// Makes the processes that `command` starts say so: each sends `key` through the socket, with a
/// descriptor of itself (pidfd_open(2)), before the program itself begins.
pub(crate) fn announce_before_exec(command: &mut Command, socket: Arc<OwnedFd>, key: u64) {
    let announce = move || {
        // SAFETY: getpid cannot fail, and has no arguments.
        let pid = unsafe { libc::getpid() };
        // SAFETY: pidfd_open takes two integers and touches no memory of ours.
        let itself = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) } as i32;
        if itself >= 0 {
            // A record that is lost is no reason not to start.
            send(&socket, key, itself);
            // SAFETY: our own descriptor, not used again.
            unsafe { libc::close(itself) };
        }
        Ok(())
    };
    // SAFETY: the closure runs between fork and exec and makes system calls on its own stack; it
    // neither allocates nor takes a lock.
    unsafe { command.pre_exec(announce) };
}

/// Room for the header of a control message and one descriptor (cmsg(3)), as they are aligned.
const CONTROL: usize = 4;

/// Sends a number with a descriptor (unix(7), `SCM_RIGHTS`).
fn send(socket: &OwnedFd, key: u64, descriptor: i32) {
    let mut bytes = key.to_ne_bytes();
    let mut control = [0_usize; CONTROL];
    let mut parts = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    // SAFETY: `msghdr` consists of integers and pointers; all-zero bytes are a value.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut parts;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    // SAFETY: arithmetic on a constant.
    message.msg_controllen = unsafe { libc::CMSG_SPACE(size_of::<i32>() as u32) } as _;
    // SAFETY: the control buffer is as long as the message says, and outlives the pointer.
    let header = unsafe { libc::CMSG_FIRSTHDR(&raw const message) };
    // SAFETY: arithmetic on a constant.
    let length = unsafe { libc::CMSG_LEN(size_of::<i32>() as u32) };
    let (level, kind) = (libc::SOL_SOCKET, libc::SCM_RIGHTS);
    let filled = libc::cmsghdr { cmsg_len: length as _, cmsg_level: level, cmsg_type: kind };
    // SAFETY: it points to the beginning of the control buffer, which is aligned for it.
    unsafe { header.write(filled) };
    // SAFETY: as above; the data lie behind the header, within the buffer.
    let data = unsafe { libc::CMSG_DATA(header) };
    // SAFETY: as above.
    unsafe { data.cast::<i32>().write_unaligned(descriptor) };
    // SAFETY: all that the message points to are locals that outlive the call.
    unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL) };
}

/// Ends this process and nothing else: what is in its buffers, and what others have asked for at its
/// end, belongs to the process that it was forked from.
pub(crate) fn end_at_once(status: i32) -> ! {
    // SAFETY: it touches no memory of ours, and does not return.
    unsafe { libc::_exit(status) }
}

fn setns(namespace: &OwnedFd) -> io::Result<()> {
    // SAFETY: setns takes two integers; the descriptor is open because we borrow its owner.
    match unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
