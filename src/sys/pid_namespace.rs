//! A PID namespace with a first process of ours (pid_namespaces(7)): all that is started in it can be
//! signalled in one step, and ends with it.
//!
//! The first process is a fork without an exec. It makes system calls only: the process that it was
//! forked from has other threads, and one of them may have held the allocator's lock.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use nix::errno::Errno;

use super::child::{self, Child};
use super::descriptor::own;
use super::pid_numbers::number_from;

/// A PID namespace. Dropping it ends whatever is in it.
pub(crate) struct PidNamespace {
    first: Child,
    /// Where the first process takes its orders. When it is closed, that process ends.
    control: OwnedFd,
}

/// What the first process is asked for.
#[derive(Clone, Copy)]
#[repr(i32)]
enum Order {
    /// Send all others this signal.
    Signal = 1,
    /// Number the next processes from here on.
    Number = 2,
    /// End when nobody else is left.
    Leave = 3,
}

impl PidNamespace {
    /// Makes one, with its first process in it.
    ///
    /// # Errors
    ///
    /// What clone(2) said: `ENOSPC` when the limit on such namespaces is reached, `EAGAIN` when one
    /// on processes is.
    pub(crate) fn make() -> io::Result<Self> {
        let [ours, theirs] = pair()?;
        let Some(first) = child::fork(libc::CLONE_NEWPID)? else { first_process(&theirs) };
        let namespace = Self { first, control: ours };
        // That programs have other numbers than in the namespaces beside it, where they meet in
        // files, is a convenience.
        let _ = namespace.order(Order::Number, namespace.first.pid());
        Ok(namespace)
    }

    /// Makes what this thread forks from now on a part of it. The thread is of no use for anything
    /// else then: it cannot make threads.
    pub(crate) fn take_children_of_this_thread(&self) -> io::Result<()> {
        // SAFETY: integers only; the descriptor is open because we borrow its owner.
        match unsafe { libc::setns(self.first.as_fd().as_raw_fd(), libc::CLONE_NEWPID) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Sends all processes in it this signal, in one step: whatever they start meanwhile gets it too.
    ///
    /// # Errors
    ///
    /// `ESRCH` if there are none.
    pub(crate) fn signal(&self, signal: i32) -> io::Result<()> {
        self.order(Order::Signal, signal)
    }

    /// Has it end when the last process in it has ended.
    pub(crate) fn leave(&self) -> io::Result<()> {
        self.order(Order::Leave, 0)
    }

    /// Ends all that is in it.
    pub(crate) fn kill(&self) {
        self.first.kill();
    }

    /// Takes leave of the first process, which has ended.
    pub(crate) fn bury(&self) {
        // How it ended says nothing.
        let _ = self.first.wait();
    }

    /// Its first process, by a descriptor that becomes readable at its end.
    pub(crate) fn first(&self) -> BorrowedFd<'_> {
        self.first.as_fd()
    }

    fn order(&self, order: Order, value: i32) -> io::Result<()> {
        let control = self.control.as_raw_fd();
        let message = [order as i32, value];
        // SAFETY: the pointer and the length are of one local array.
        let sent = unsafe {
            libc::send(control, message.as_ptr().cast(), size_of_val(&message), libc::MSG_NOSIGNAL)
        };
        if sent < 0 {
            return Err(io::Error::last_os_error());
        }
        let mut answer = 0_i32;
        loop {
            // SAFETY: the pointer and the length are of one local integer.
            let length =
                unsafe { libc::recv(control, (&raw mut answer).cast(), size_of_val(&answer), 0) };
            match length {
                // It has ended, and with it all that was there.
                0 => return Err(io::Error::from_raw_os_error(libc::ESRCH)),
                1.. if answer == 0 => return Ok(()),
                1.. => return Err(io::Error::from_raw_os_error(answer)),
                _ if Errno::last() == Errno::EINTR => {}
                _ => return Err(io::Error::last_os_error()),
            }
        }
    }
}

impl Drop for PidNamespace {
    fn drop(&mut self) {
        self.kill();
    }
}

fn pair() -> io::Result<[OwnedFd; 2]> {
    let mut pair = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: the kernel writes two integers, into a local array that outlives the call.
    if unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, pair.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok([own(pair[0])?, own(pair[1])?])
}

fn first_process(control: &OwnedFd) -> ! {
    let control = control.as_raw_fd();
    close_all_but(control);
    // A name in ps is a convenience.
    // SAFETY: the name is a constant string with its terminator.
    unsafe { libc::prctl(libc::PR_SET_NAME, c"netns-test-pid1".as_ptr(), 0, 0, 0) };
    let orphans = watch_orphans();
    let mut leaves = false;
    loop {
        let mut watched = [
            libc::pollfd { fd: control, events: libc::POLLIN, revents: 0 },
            libc::pollfd { fd: orphans, events: libc::POLLIN, revents: 0 },
        ];
        // SAFETY: the array is a local that outlives the call.
        unsafe { libc::poll(watched.as_mut_ptr(), 2, -1) };
        if watched[1].revents != 0 {
            bury_orphans(orphans);
        }
        if watched[0].revents != 0 {
            leaves |= obey(control);
        }
        if leaves && signal_all(0) == libc::ESRCH {
            exit();
        }
    }
}

/// Carries out an order, and says whether it is the one to leave. Nobody being there to give orders
/// is the end.
fn obey(control: RawFd) -> bool {
    let mut message = [0_i32; 2];
    // SAFETY: the pointer and the length are of one local array.
    let length =
        unsafe { libc::recv(control, message.as_mut_ptr().cast(), size_of_val(&message), 0) };
    if length <= 0 {
        exit();
    }
    let [order, value] = message;
    let answer = match order {
        order if order == Order::Signal as i32 => signal_all(value),
        order if order == Order::Number as i32 => number_from(value),
        _ => 0,
    };
    // SAFETY: the pointer and the length are of one local integer.
    unsafe {
        libc::send(control, (&raw const answer).cast(), size_of_val(&answer), libc::MSG_NOSIGNAL)
    };
    order == Order::Leave as i32
}

/// kill(2): from here, -1 is all processes of the namespace but this one. Returns the errno.
fn signal_all(signal: i32) -> i32 {
    // SAFETY: integers.
    if unsafe { libc::kill(-1, signal) } == 0 { 0 } else { Errno::last_raw() }
}

/// A descriptor that becomes readable when a child has ended: SIGCHLD is kept from this process.
fn watch_orphans() -> RawFd {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the set is a local that outlives the call.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: as above.
    unsafe { libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD) };
    // SAFETY: as above.
    unsafe { libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) }
}

fn bury_orphans(orphans: RawFd) {
    let mut told = MaybeUninit::<libc::signalfd_siginfo>::uninit();
    // SAFETY: the pointer and the length are of one local.
    unsafe { libc::read(orphans, told.as_mut_ptr().cast(), size_of_val(&told)) };
    // SAFETY: no status is asked for.
    while unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::__WALL | libc::WNOHANG) } > 0 {}
}

fn close_all_but(fd: RawFd) {
    let ends = [(0, fd - 1), (fd + 1, i32::MAX)];
    for (first, last) in ends {
        // SAFETY: close_range on integers; what it closes are copies of another process's.
        let closed = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        if closed != 0 {
            for fd in first..=last.min(4096) {
                // SAFETY: as above, one at a time, for kernels older than 5.9.
                unsafe { libc::close(fd) };
            }
        }
    }
}

fn exit() -> ! {
    // SAFETY: ends the process at once, without handlers that belong to another.
    unsafe { libc::_exit(0) }
}
