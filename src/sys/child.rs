use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};

use super::descriptor::own;
use super::signals;

/// A child process that is known by a descriptor (`CLONE_PIDFD`), so that no signal ever goes to
/// another process that has its number by now.
///
/// It tells us of its end by that descriptor only, which becomes readable, and never by a signal:
/// its end is not lost in a process that ignores SIGCHLD, and a handler of that signal or a
/// `wait(2)` for any child does not see it.
pub(crate) struct Child {
    pid: i32,
    descriptor: OwnedFd,
    /// Whether its number may be another's by now.
    waited: AtomicBool,
}

impl Child {
    /// Its number, for people: by now it may be another's.
    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }

    /// Sends SIGKILL. Nothing happens if it has ended.
    pub(crate) fn kill(&self) {
        let descriptor = self.descriptor.as_raw_fd();
        // SAFETY: pidfd_send_signal with integers and no siginfo.
        let sent =
            unsafe { libc::syscall(libc::SYS_pidfd_send_signal, descriptor, libc::SIGKILL, 0, 0) };
        let denied = sent != 0 && Errno::last() != Errno::ESRCH;
        if denied && !self.waited.load(Ordering::Relaxed) {
            // Who has not been waited for keeps its number.
            // SAFETY: kill with integers.
            unsafe { libc::kill(self.pid, libc::SIGKILL) };
        }
    }

    /// Waits for its end and takes leave of it.
    pub(crate) fn wait(&self) -> io::Result<WaitStatus> {
        self.waited.store(true, Ordering::Relaxed);
        loop {
            // __WALL, because it ends without a signal to us (clone(2)).
            let flags = WaitPidFlag::WEXITED | WaitPidFlag::__WALL;
            match waitid(Id::PIDFd(self.as_fd()), flags) {
                Err(Errno::EINTR) => {}
                ended => return Ok(ended?),
            }
        }
    }
}

impl AsFd for Child {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// clone(2) as a fork: no stack, no shared memory, no signal at the end. `None` in the child,
/// which may make async-signal-safe calls only: the runner has other threads, and one of them may
/// hold the allocator's lock at this moment. All signals are kept from the child, so that no
/// handler of the runner's runs in it.
///
/// # Errors
///
/// What clone(2) said; `ENOSYS` by a kernel that is older than 5.2 and gives no descriptor.
pub(super) fn fork(flags: libc::c_int) -> io::Result<Option<Child>> {
    let flags = libc::c_long::from(flags | libc::CLONE_PIDFD);
    let mut descriptor: RawFd = -1;
    let mask = signals::block_all();
    // SAFETY: without CLONE_VM and without a new stack the child goes on from here on a copy of
    // this thread's stack, like fork(2). The kernel writes one integer, a local that outlives the
    // call, in this process.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, &raw mut descriptor, 0, 0) };
    let error = io::Error::last_os_error();
    if pid != 0 {
        mask.restore();
    }
    match pid {
        -1 => Err(error),
        0 => Ok(None),
        // A process id is an int; the call returns a long only because all of them do.
        pid => parent(pid as i32, descriptor).map(Some),
    }
}

fn parent(pid: i32, descriptor: RawFd) -> io::Result<Child> {
    if descriptor < 0 {
        // SAFETY: an integer. A child that we have not waited for keeps its number.
        unsafe { libc::kill(pid, libc::SIGKILL) };
        // SAFETY: no status is asked for.
        unsafe { libc::waitpid(pid, std::ptr::null_mut(), libc::__WALL) };
        return Err(io::Error::from_raw_os_error(libc::ENOSYS));
    }
    Ok(Child { pid, descriptor: own(descriptor)?, waited: AtomicBool::new(false) })
}

/// Whether a process could be made in new namespaces of these kinds: one is made, and ends.
///
/// # Errors
///
/// What clone(2) said.
pub(crate) fn try_namespaces(flags: libc::c_int) -> io::Result<()> {
    match fork(flags)? {
        Some(child) => child.wait().map(drop),
        // SAFETY: ends the process at once, without handlers that belong to the runner.
        None => unsafe { libc::_exit(0) },
    }
}
