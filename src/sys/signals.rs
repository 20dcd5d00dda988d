//! Signals at a fork. Everything here is async-signal-safe.

use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

/// The signals that a thread does not take.
pub(super) struct Mask(libc::sigset_t);

/// Keeps all signals from this thread, so that a handler of the runner's never runs in a process
/// that it has forked. Returns what was kept from it before.
pub(super) fn block_all() -> Mask {
    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the set is a local that outlives the call.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: both sets are locals that outlive the call.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
    // SAFETY: a set consists of integers, and all-zero bytes are the empty one: it is a value even
    // if the call failed.
    Mask(unsafe { before.assume_init() })
}

impl Mask {
    /// Lets this thread have the signals that it had before.
    pub(super) fn restore(self) {
        // SAFETY: the set is a local that outlives the call.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, null_mut()) };
    }
}

/// Takes all signals as a process does that was started from a shell: none is kept from it, no
/// handler of the runner's is left, and the end of a child is told. What is ignored stays so
/// (nohup(1)), but for SIGCHLD: who ignores that never learns how a child ended (wait(2)).
/// Negative on failure.
pub(super) fn start_afresh() -> i32 {
    for signal in 1..=libc::SIGRTMAX() {
        if is_handled(signal) {
            // SAFETY: the default action is no function of ours.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
    }
    // SAFETY: as above.
    if unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) } == libc::SIG_ERR {
        return -1;
    }
    let mut none = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the set is a local that outlives the call.
    unsafe { libc::sigemptyset(none.as_mut_ptr()) };
    // SAFETY: as above. Not pthread_sigmask, which returns the errno and does not set it.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), null_mut()) }
}

/// Whether a function of the runner's takes this signal.
fn is_handled(signal: i32) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: the action is a local that outlives the call, and no new one is given.
    if unsafe { libc::sigaction(signal, null(), action.as_mut_ptr()) } != 0 {
        // The numbers that the C library keeps for itself, and those of no signal.
        return false;
    }
    // SAFETY: the call has filled it in.
    let handler = unsafe { action.assume_init() }.sa_sigaction;
    handler != libc::SIG_DFL && handler != libc::SIG_IGN
}
