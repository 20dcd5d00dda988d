use std::io;
use std::os::fd::AsFd;
use std::process::{ExitCode, Termination};

use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use super::child;
use super::diagnosis::explain;
use super::function;
use super::handover;
use super::launch::{Launch, Sandbox};
use super::rerun;
use crate::Error;
use crate::sys::init::Status;
use crate::sys::{descriptor, environment, init};

const ROLE: &str = "a program";

/// Runs `body` in a sandbox, as [`netns_test`](macro@crate::netns_test) does for a test. Call it in a
/// program's `main`.
///
/// Use it for demonstrations and benchmarks. The program is started again with the same arguments, in
/// its own namespaces, and ends with the status of `body`. Its standard streams are those of
/// the program. There is no timeout; whatever it has started ends with it.
///
/// Call it first in `main`: whatever comes before it happens twice.
///
/// # Errors
///
/// If no sandbox can be made, it prints a diagnosis and returns failure.
///
/// ```no_run
/// use std::process::ExitCode;
/// use netns_test::{Net, Result, program};
///
/// fn main() -> ExitCode {
///     program(|| -> Result {
///         let net = Net::new();
///         let [server, client] = net.hosts(["server", "client"])?;
///         println!("{} and {}", server.ipv4(), client.ipv4());
///         Ok(())
///     })
/// }
/// ```
pub fn program<R: Termination>(body: impl FnOnce() -> R) -> ExitCode {
    function::run_if_asked();
    if rerun::enter() {
        body();
        rerun::not_reached()
    }
    if std::env::var_os(super::VARIABLE).is_some_and(|role| role == ROLE) {
        enter();
        let report = body().report();
        handover::hand_over();
        return report;
    }
    match start().and_then(wait) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("netns-test: {error}");
            ExitCode::FAILURE
        }
    }
}

const OPERATION: &str = "run this program in a sandbox";

fn enter() {
    environment::remove(super::VARIABLE);
    // A program says how it went by its status; nobody reads these two.
    for fd in [init::OUTPUT_FD, init::VERDICT_FD] {
        drop(descriptor::inherited(fd));
    }
    descriptor::inherited(init::LIFELINE_FD).into_iter().for_each(handover::attach);
    child::prepare();
}

fn start() -> Result<Sandbox, Error> {
    let ours = |error| Error::os(OPERATION, error);
    let launch = Launch {
        arguments: std::env::args_os().skip(1).collect(),
        role: ROLE.to_owned(),
        stdin: io::stdin().as_fd().try_clone_to_owned().map_err(ours)?,
        prologue: io::stdout().as_fd().try_clone_to_owned().map_err(ours)?,
        output: io::stdout().as_fd().try_clone_to_owned().map_err(ours)?,
        stderr: io::stderr().as_fd().try_clone_to_owned().map_err(ours)?,
    };
    launch.start(OPERATION)
}

fn wait(mut sandbox: Sandbox) -> Result<ExitCode, Error> {
    let ours = |error| Error::os(OPERATION, error);
    // It lives as long as the program does.
    let ended = sandbox.reap();
    sandbox.status.drain().map_err(ours)?;
    match sandbox.take_status() {
        Some(Status::Ended(status)) => {
            // Its number is that of a process in the sandbox, and of no use here.
            match WaitStatus::from_raw(Pid::from_raw(0), status)
                .map_err(|errno| ours(errno.into()))?
            {
                WaitStatus::Exited(_, code) => Ok(ExitCode::from(u8::try_from(code).unwrap_or(1))),
                other => {
                    eprintln!("netns-test: the program ended by {other:?}");
                    Ok(ExitCode::FAILURE)
                }
            }
        }
        Some(Status::Failed(step, errno)) => {
            Err(explain(OPERATION, &[sandbox.refusal(step, errno)]))
        }
        Some(Status::Ready) | None => {
            Err(Error::new(OPERATION, format!("its first process ended early: {ended:?}")))
        }
    }
}
