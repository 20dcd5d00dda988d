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
