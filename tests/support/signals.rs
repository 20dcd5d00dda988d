//! What a process does at a signal, when it is started.
#![expect(unsafe_code, reason = "it is set between fork and exec, by signal(2)")]

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Lets the signals that end a process by default end this one, whoever ignored them before.
pub(crate) fn default_signals(command: &mut Command) {
    let reset = || {
        for signal in [libc::SIGINT, libc::SIGHUP, libc::SIGTERM, libc::SIGQUIT] {
            // SAFETY: the default action is no function of ours.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        Ok(())
    };
    // SAFETY: between fork and exec the closure makes system calls on integers only.
    unsafe { command.pre_exec(reset) };
}

/// Ignores a signal, which exec(2) does not change.
pub(crate) fn ignore(command: &mut Command, signal: i32) {
    let ignore = move || {
        // SAFETY: to ignore it is no function of ours.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
        Ok(())
    };
    // SAFETY: between fork and exec the closure makes a system call on integers only.
    unsafe { command.pre_exec(ignore) };
}

/// Blocks all signals that can be, which exec(2) does not change.
pub(crate) fn block_signals(command: &mut Command) {
    let block = || {
        let mut all = std::mem::MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: the set is a local that outlives the call.
        unsafe { libc::sigfillset(all.as_mut_ptr()) };
        // SAFETY: as above.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, all.as_ptr(), std::ptr::null_mut()) };
        Ok(())
    };
    // SAFETY: between fork and exec the closure makes system calls on a local only.
    unsafe { command.pre_exec(block) };
}
