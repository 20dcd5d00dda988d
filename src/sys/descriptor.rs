use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use super::init::FIRST_UNUSED_FD;

/// Opens a file descriptor that becomes readable when the process has ended (pidfd_open(2)).
///
/// # Errors
///
/// `ENOSYS` on kernels older than 5.3.
pub(crate) fn of_process(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open takes two integers and touches no memory of ours.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    // A descriptor is an int; the call returns a long only because all of them do.
    own(fd as RawFd)
}

/// The number that the process of such a descriptor has in the `/proc` that is mounted here, which
/// may be that of another PID namespace than ours (proc_pid_fdinfo(5)).
///
/// `None` without `/proc`, and for a process that it does not show.
pub(crate) fn number_in_proc(process: BorrowedFd<'_>) -> Option<i32> {
    let path = format!("/proc/self/fdinfo/{}", process.as_raw_fd());
    let about = std::fs::read_to_string(path).ok()?;
    let number = about.lines().find_map(|line| line.strip_prefix("Pid:"))?.trim().parse().ok()?;
    (number > 0).then_some(number)
}

/// `struct pidfd_info` in its first version (linux/pidfd.h; not in libc).
#[repr(C)]
#[derive(Default)]
struct PidfdInfo {
    mask: u64,
    cgroup: u64,
    identities: [u32; 11],
    exit_code: i32,
}

/// `_IOWR(0xff, 11, struct pidfd_info)`
const PIDFD_GET_INFO: libc::Ioctl = 0xc040_ff0b_u32 as libc::Ioctl;
const PIDFD_INFO_EXIT: u64 = 1 << 3;

/// How the process of such a descriptor ended, as wait(2) has it, also if somebody has waited for it
/// already. `None` before Linux 6.15, and while it runs.
pub(crate) fn status_of_process(process: BorrowedFd<'_>) -> Option<i32> {
    let mut info = PidfdInfo { mask: PIDFD_INFO_EXIT, ..PidfdInfo::default() };
    // SAFETY: the kernel reads and writes one structure of the length that the request names, a local
    // that outlives the call.
    let asked = unsafe { libc::ioctl(process.as_raw_fd(), PIDFD_GET_INFO, &raw mut info) };
    (asked == 0 && info.mask & PIDFD_INFO_EXIT != 0).then_some(info.exit_code)
}

/// Copies a descriptor to the lowest free number from `lowest` on; the copy ends at an exec.
pub(crate) fn duplicate_above(fd: BorrowedFd<'_>, lowest: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: fcntl with integers; the descriptor is open because we borrow it.
    own(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, lowest) })
}

/// Takes a descriptor that this process was started with.
///
/// # Errors
///
/// `EBADF` if it was not; `EMFILE` if the limit of open files leaves no room for the copy.
pub(crate) fn inherited(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: fcntl with integers; on a number that is not open it fails.
    let copy = own(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, FIRST_UNUSED_FD) })?;
    // SAFETY: nobody else knows this number: the sandbox gave it to us, and it is closed once,
    // so that what the test starts does not inherit it.
    unsafe { libc::close(fd) };
    Ok(copy)
}

/// Takes a descriptor that came in a message (unix(7), `SCM_RIGHTS`).
pub(crate) fn received(fd: RawFd) -> OwnedFd {
    // SAFETY: the kernel has made this descriptor for whoever received the message, which was decoded
    // once; nobody else has it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// Takes what a system call returned: a new descriptor, or -1 and errno.
pub(super) fn own(fd: RawFd) -> io::Result<OwnedFd> {
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just given us this descriptor; nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
