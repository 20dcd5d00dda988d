//! The runner, as the test's process knows it: it takes one verdict.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::process::exit;
use std::sync::{Mutex, OnceLock};
use std::thread::park;

use super::aftermath;
use super::verdict::Verdict;
use crate::mutex::lock;
use crate::sys::origin::Origin;
use crate::sys::process;

/// The status of a test's process whose verdict is not `passed`, as libtest's own.
pub(super) const RED: i32 = 101;

/// Who takes the verdict of this process.
static RUNNER: Mutex<Runner> = Mutex::new(Runner::None);

enum Runner {
    /// This process is not a test's: a program's, or one that was never put into a sandbox.
    None,
    Waits(File),
    /// It has its verdict, and the process is about to end.
    Notified,
}

/// The process that speaks for the test.
static SPEAKER: OnceLock<Origin> = OnceLock::new();

/// Makes `pipe` the runner's, and this process the one that speaks for the test.
pub(super) fn attach(pipe: File) {
    SPEAKER.get_or_init(Origin::here);
    *lock(&RUNNER) = Runner::Waits(pipe);
}

/// Ends a process that the test has forked and that has come out of the body, as a copy of it.
///
/// It has the pipe too, and would be believed; but whether the test has passed is for the process
/// to say that began it. Whoever waits for the child sees a status that is none of success.
pub(super) fn demand_speaker() {
    if SPEAKER.get().is_none_or(Origin::is_here) {
        return;
    }
    let text = b"netns-test: a process forked by the test returned from the test body; it does \
                 not decide the test's outcome, and exits with status 101\n";
    // By no lock: a thread that held it has not been forked with it.
    let _ = nix::unistd::write(io::stderr().as_fd(), text);
    process::end_at_once(RED)
}

/// Tells the runner how the body ended. If the test has been failed in the meantime this does not
/// return: the process ends with that verdict.
pub(super) fn say(verdict: &Verdict) -> io::Result<()> {
    match take() {
        Runner::Waits(mut pipe) => {
            // The body may have put something in the place of its stdout that takes nothing. That
            // is no reason to keep the verdict back.
            let _ = io::stdout().flush();
            pipe.write_all(verdict.to_string().as_bytes())?;
            aftermath::follow(verdict, &mut pipe);
            Ok(())
        }
        Runner::Notified => wait_for_the_end(),
        Runner::None => Err(io::ErrorKind::NotConnected.into()),
    }
}

/// Fails the test in the place of its body, whatever that is doing, and ends the process.
///
/// For what no thread of the test can be asked to do any more: the body hangs, and somebody else
/// knows why. The runner shows `message` as the reason. It is no panic: `#[should_panic]` does
/// not accept it. If the verdict has been given before, that one stands. In a process that is no
/// test's the message goes to stderr, and the status is 101.
///
/// It takes no lock that the body may hold, those of stdout and stderr included.
pub(crate) fn fail_now(message: String) -> ! {
    match take() {
        Runner::Waits(mut pipe) => {
            aftermath::witness();
            let verdict = Verdict::Failed(message);
            // Without a runner nobody is left to be told.
            let _ = pipe.write_all(verdict.to_string().as_bytes());
            aftermath::follow(&verdict, &mut pipe);
        }
        Runner::Notified => wait_for_the_end(),
        Runner::None => {
            let text = format!("netns-test: {message}\n");
            let _ = nix::unistd::write(io::stderr().as_fd(), text.as_bytes());
        }
    }
    // What is left in the buffer of stdout is written here, if nobody holds its lock.
    exit(RED)
}

/// Gives the verdict of a body that panics and must not be unwound: its network is to be kept.
pub(super) fn keep(verdict: &Verdict) -> ! {
    // Without a verdict there is nothing to keep it for.
    let _ = say(verdict);
    exit(RED)
}

fn take() -> Runner {
    demand_speaker();
    let mut runner = lock(&RUNNER);
    let next = match &*runner {
        Runner::None => Runner::None,
        Runner::Waits(_) | Runner::Notified => Runner::Notified,
    };
    std::mem::replace(&mut *runner, next)
}

/// The thread that gave the verdict ends the process.
fn wait_for_the_end() -> ! {
    loop {
        park();
    }
}
