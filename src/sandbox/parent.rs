//! The runner's side: starts the sandbox, relays its output, judges its end.

use std::fmt::Display;
use std::io;
use std::os::fd::AsFd;
use std::panic::resume_unwind;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags};
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use super::case::Case;
use super::diagnosis::{self, Trouble};
use super::launch::{Launch, Sandbox, null};
use super::panics::caught;
use super::pause;
use super::relay::Stream;
use super::runner;
use super::verdict::{Transcript, Verdict};
use crate::Error;
use crate::sys::init::Status;
use crate::sys::readiness::await_readiness;

/// How long the kernel may take to end processes that were killed.
const GRACE: Duration = Duration::from_secs(10);

/// How much later than the test itself the runner takes the test's time to be over. The test's
/// process gives its verdict then, if it still does anything.
const LATER: Duration = Duration::from_secs(1);

/// How long a process may live that has given its verdict: it writes its report.
const AFTERMATH: Duration = Duration::from_secs(30);

/// Runs one test in a sandbox and turns its end into the end of this function: it returns if the
/// test passed, and panics with the test's own message if it did not.
pub(super) fn run_test(case: &Case) {
    let operation = format!("run {case} in a sandbox");
    let run = || {
        let explain = |error| Trouble::at("watching it")(error).explain(&operation);
        start(case, &operation)?.watch(case, &operation).map_err(explain)
    };
    // A panic of our own, say of `print!` whose reader is gone, must not be the expected one.
    let end = caught(run).unwrap_or_else(|message| {
        Err(Error::new(&*operation, format!("the runner panicked: {message}")))
    });
    conclude(case, end.unwrap_or_else(End::trouble));
}

/// Ends the test as failed before a sandbox was made.
pub(crate) fn refuse(case: &Case, error: &impl Display) {
    fail(case, format!("cannot run {case}: {error}"));
}

/// How a sandboxed test ended.
struct End {
    transcript: Transcript,
    /// What libtest said before the body began: the explanation if it never did.
    prologue: String,
    process: Process,
}

/// How the test's process ended.
enum Process {
    Exited(i32),
    Killed(Signal),
    TimedOut,
    /// It could not be started, or was lost.
    Lost(String),
}

impl End {
    fn trouble(error: Error) -> Self {
        let transcript = Transcript::parse(b"");
        Self { transcript, prologue: String::new(), process: Process::Lost(error.to_string()) }
    }
}

/// How far a sandbox has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The test runs.
    Runs,
    /// It has failed, and its process writes the report.
    Reports,
    /// It was killed because it took too long.
    TimedOut,
    /// It was killed when there was nothing left to wait for.
    Dismissed,
}

/// A sandbox with the streams of its output.
struct Run {
    sandbox: Sandbox,
    output: Stream,
    stderr: Stream,
    prologue: Stream,
}

fn start(case: &Case, operation: &str) -> Result<Run, Error> {
    let pipe = || {
        let made = Stream::pipe().map_err(Trouble::at("making a pipe"));
        made.map_err(|trouble| trouble.explain(operation))
    };
    let (output, output_writer) = pipe()?;
    let (stderr, stderr_writer) = pipe()?;
    let (prologue, prologue_writer) = pipe()?;
    let name = case.libtest_name();
    let stdin = null().map_err(Trouble::at("opening an empty standard input"));
    let launch = Launch {
        arguments: ["--exact", &name, "--nocapture", "--include-ignored", "--test-threads=1"]
            .map(Into::into)
            .to_vec(),
        role: name,
        stdin: stdin.map_err(|trouble| trouble.explain(operation))?,
        prologue: prologue_writer.into(),
        output: output_writer.into(),
        stderr: stderr_writer.into(),
    };
    Ok(Run { sandbox: launch.start(operation)?, output, stderr, prologue })
}

impl Run {
    /// Relays until the sandbox has ended, by itself or because its time was over.
    fn watch(mut self, case: &Case, operation: &str) -> io::Result<End> {
        let mut phase = Phase::Runs;
        let mut deadline = Instant::now() + case.timeout.saturating_add(LATER);
        loop {
            let ended = self.wait_until(deadline)?;
            self.relay()?;
            if ended {
                break;
            }
            let next = self.next_phase(phase, Instant::now() >= deadline)?;
            if let Some((next, time)) = next {
                if next != Phase::Reports {
                    self.sandbox.kill();
                }
                (phase, deadline) = (next, Instant::now() + time);
            }
            // It may have said that it is kept in one breath with its verdict.
            if let Some(hosts) = self.transcript().kept.filter(|_| phase == Phase::Reports) {
                pause::wait(&self.sandbox, case, &hosts)?;
                self.sandbox.kill();
                (phase, deadline) = (Phase::Dismissed, Instant::now() + GRACE);
            }
        }
        print!("{}", self.output.take_rest());
        eprint!("{}", self.stderr.take_rest());
        self.finish(operation, phase)
    }

    /// What comes next and how long it may take, if something does.
    fn next_phase(&self, phase: Phase, over: bool) -> io::Result<Option<(Phase, Duration)>> {
        let red = self.transcript().verdict.is_some_and(|verdict| verdict != Verdict::Passed);
        Ok(match (phase, over) {
            (Phase::Runs, _) if red => Some((Phase::Reports, AFTERMATH)),
            (Phase::Runs, true) => Some((Phase::TimedOut, GRACE)),
            (Phase::Reports, true) => Some((Phase::Dismissed, GRACE)),
            (Phase::TimedOut | Phase::Dismissed, true) => {
                return Err(io::Error::other("its processes were killed but do not end"));
            }
            (_, false) => None,
        })
    }

    fn transcript(&self) -> Transcript {
        Transcript::parse(&self.sandbox.verdict.bytes)
    }

    /// Waits for something to read, the sandbox's end, or the deadline; tells whether it ended.
    fn wait_until(&self, deadline: Instant) -> io::Result<bool> {
        let ended = self.sandbox.first.as_fd();
        let streams = [&self.output, &self.stderr, &self.prologue]
            .into_iter()
            .chain([&self.sandbox.status, &self.sandbox.verdict]);
        let mut watched: Vec<_> = std::iter::once(ended)
            .chain(streams.filter_map(Stream::watched))
            .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
            .collect();
        let left = deadline.saturating_duration_since(Instant::now());
        await_readiness(&mut watched, left)?;
        Ok(watched[0].any().unwrap_or(false))
    }

    /// Passes on what the test wrote, through the macros that libtest captures.
    fn relay(&mut self) -> io::Result<()> {
        for stream in [&mut self.output, &mut self.stderr, &mut self.prologue] {
            stream.drain()?;
        }
        self.sandbox.status.drain()?;
        self.sandbox.verdict.drain()?;
        print!("{}", self.output.take_text());
        eprint!("{}", self.stderr.take_text());
        Ok(())
    }

    fn finish(mut self, operation: &str, phase: Phase) -> io::Result<End> {
        let process = match self.sandbox.take_status() {
            _ if phase == Phase::TimedOut => Process::TimedOut,
            // It had said all that it had to say.
            _ if phase == Phase::Dismissed => Process::Exited(runner::RED),
            Some(Status::Ended(status)) => process(status)?,
            Some(Status::Failed(step, errno)) => {
                let refusal = self.sandbox.refusal(step, errno);
                Process::Lost(diagnosis::explain(operation, &[refusal]).to_string())
            }
            Some(Status::Ready) | None => {
                let what = self.sandbox.silence("while the test ran");
                Process::Lost(format!("cannot {operation}: {what}"))
            }
        };
        // How the first process ended has been read from its report, or just now.
        let _ = self.sandbox.reap();
        let prologue = String::from_utf8_lossy(&self.prologue.bytes).into_owned();
        Ok(End { transcript: self.transcript(), prologue, process })
    }
}

fn process(status: i32) -> io::Result<Process> {
    // Its number is that of a process in the sandbox, and of no use here.
    Ok(match WaitStatus::from_raw(Pid::from_raw(0), status)? {
        WaitStatus::Exited(_, code) => Process::Exited(code),
        WaitStatus::Signaled(_, signal, _) => Process::Killed(signal),
        other => Process::Lost(format!("unexpected end: {other:?}")),
    })
}

/// Ends this function as the test ended.
fn conclude(case: &Case, end: End) {
    let ran = end.transcript.ran.as_deref() == Some(case.libtest_name().as_str());
    match (end.process, end.transcript.verdict) {
        (Process::Exited(0), Some(Verdict::Passed)) if ran => {}
        // The panic's own text has been relayed; the payload is for `should_panic(expected)`.
        (Process::Exited(_), Some(Verdict::Panicked(message))) if ran => {
            resume_unwind(Box::new(message))
        }
        (Process::Exited(_), Some(Verdict::Failed(message))) if ran => fail(case, message),
        (process, verdict) => {
            let what = explain(case, &process, ran, verdict.is_some());
            let said = end.prologue.trim();
            let said =
                if ran || said.is_empty() { String::new() } else { format!("\nit said: {said}") };
            fail(case, format!("{what}{said}"))
        }
    }
}

/// Fails the test for a reason that is not a panic of its body.
fn fail(case: &Case, message: String) {
    // A panic of `eprint!`, whose reader may be gone, must not be the expected one.
    let _ = caught(|| eprintln!("netns-test: {message}"));
    if case.should_panic {
        // libtest would take any panic for the expected one. Without one it fails the test.
        let told =
            || eprintln!("netns-test: {case} was expected to panic, but this is not a panic");
        let _ = caught(told);
        return;
    }
    resume_unwind(Box::new(message))
}

fn explain(case: &Case, process: &Process, ran: bool, spoke: bool) -> String {
    match process {
        Process::Lost(message) => message.clone(),
        Process::TimedOut => case.out_of_time(),
        Process::Killed(signal) => format!("the process of {case} was killed by {signal}"),
        Process::Exited(code) if !ran => format!(
            "{case} did not run: the test binary ended with status {code} and ran no test of this name"
        ),
        Process::Exited(code) if spoke => {
            format!("{case} passed, but its process ended with status {code}")
        }
        Process::Exited(code) => format!(
            "{case} called exit({code}) or otherwise ended its process before the test was over"
        ),
    }
}
