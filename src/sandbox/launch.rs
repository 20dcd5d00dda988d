//! How a sandbox is started, and which way to the privilege works here.

use std::ffi::{CString, OsString};
use std::fs::File;
use std::io::{self, PipeWriter};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;

use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, getegid, geteuid};

use super::diagnosis::Refusal;
use super::leavings;
use super::relay::Stream;
use crate::Error;
use crate::sys::descriptor;
use crate::sys::init::{self, Files, Plan, Status, Step};

/// A way to the privilege that network namespaces need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// This process may make them itself.
    Direct,
    /// As root of a user namespace of its own.
    UserNamespace,
}

/// The way that worked first in this process; it does not change while it runs.
static WAY: OnceLock<Way> = OnceLock::new();

/// What is to be started in a sandbox.
pub(super) struct Launch {
    /// The words after the program's name.
    pub(super) arguments: Vec<OsString>,
    /// The value of [`super::VARIABLE`].
    pub(super) role: String,
    pub(super) stdin: OwnedFd,
    pub(super) prologue: OwnedFd,
    pub(super) output: OwnedFd,
    pub(super) stderr: OwnedFd,
}

/// A sandbox that runs.
pub(super) struct Sandbox {
    pub(super) pid: Pid,
    /// How it came to its privilege.
    pub(super) way: Way,
    /// Readable once its first process has ended, and with it all others.
    pub(super) ended: OwnedFd,
    pub(super) status: Stream,
    pub(super) verdict: Stream,
    /// Held open until we end: the sandbox looks at the other end, and leaves there what takes
    /// long to close.
    lifeline: Option<UnixStream>,
    /// Whether its number is no longer ours to use.
    buried: bool,
}

impl Launch {
    /// Starts the sandbox by the first way that works.
    ///
    /// # Errors
    ///
    /// When none does: the diagnosis of all, with the one command that repairs it here.
    pub(super) fn start(self, operation: &str) -> Result<Sandbox, Error> {
        if let Some(way) = WAY.get() {
            let started = self.attempt(*way).map_err(|error| Error::os(operation, error))?;
            return started.map_err(|refusal| Refusal::explain(operation, &[refusal]));
        }
        let mut refusals = Vec::new();
        for way in [Way::Direct, Way::UserNamespace] {
            match self.attempt(way).map_err(|error| Error::os(operation, error))? {
                Ok(sandbox) => {
                    WAY.get_or_init(|| way);
                    return Ok(sandbox);
                }
                Err(refusal) => refusals.push(refusal),
            }
        }
        Err(Refusal::explain(operation, &refusals))
    }

    /// Tries one way. The inner error is a refusal of the kernel, the outer one our own trouble.
    fn attempt(&self, way: Way) -> io::Result<Result<Sandbox, Refusal>> {
        let (status, status_writer) = io::pipe()?;
        let (verdict, verdict_writer) = io::pipe()?;
        let (lifeline, theirs) = UnixStream::pair()?;
        let plan = self.plan(way, &status_writer, &verdict_writer, &theirs)?;
        let pid = match init::start(&plan) {
            Ok(pid) => Pid::from_raw(pid),
            Err(error) => return Ok(Err(Refusal::of_clone(way, &error))),
        };
        drop((plan, status_writer, verdict_writer, theirs));
        let sandbox = Sandbox {
            pid,
            way,
            ended: descriptor::of_process(pid.as_raw()).inspect_err(|_| end(pid))?,
            status: Stream::new(status)?,
            verdict: Stream::new(verdict)?,
            lifeline: Some(lifeline),
            buried: false,
        };
        sandbox.accepted(way)
    }

    fn plan(
        &self,
        way: Way,
        status: &PipeWriter,
        verdict: &PipeWriter,
        lifeline: &UnixStream,
    ) -> io::Result<Plan> {
        let program = std::env::args_os().next().unwrap_or_else(|| "netns-test".into());
        let mut arguments = vec![c_string(program)?];
        for word in &self.arguments {
            arguments.push(c_string(word.clone())?);
        }
        Ok(Plan {
            // The very file that runs now, even if a build has replaced it in the meantime.
            program: c"/proc/self/exe".to_owned(),
            arguments,
            environment: environment(&self.role)?,
            user_namespace: (way == Way::UserNamespace).then(identity_maps).transpose()?,
            files: Files {
                stdin: high(&self.stdin)?,
                prologue: high(&self.prologue)?,
                stderr: high(&self.stderr)?,
                status: high(status)?,
                verdict: high(verdict)?,
                output: high(&self.output)?,
                lifeline: high(lifeline)?,
            },
        })
    }
}

impl Sandbox {
    /// Waits until the test's process has been made or refused.
    ///
    /// The first process gives up before it starts anything if a namespace is not really ours
    /// (AppArmor lets the namespace be made and refuses its use), so the next way can be tried.
    fn accepted(mut self, way: Way) -> io::Result<Result<Self, Refusal>> {
        self.status.await_bytes(Status::SIZE)?;
        match self.take_status() {
            Some(Status::Failed(Step::Exec, errno)) => Err(io::Error::from_raw_os_error(errno)),
            Some(Status::Failed(step, errno)) => {
                self.bury();
                Ok(Err(Refusal { way, step: Some(step), errno }))
            }
            Some(Status::Ready) => Ok(Ok(self)),
            Some(Status::Ended(_)) | None => {
                Err(io::Error::other("the sandbox's first process ended without a word"))
            }
        }
    }

    /// Takes the next report of the first process, if it is there.
    pub(super) fn take_status(&mut self) -> Option<Status> {
        let bytes = self.status.bytes.first_chunk::<{ Status::SIZE }>().copied()?;
        self.status.bytes.drain(..Status::SIZE);
        Status::decode(bytes)
    }

    /// Ends the sandbox and everything in it at once.
    pub(super) fn kill(&self) {
        end(self.pid);
    }

    /// Takes leave of the first process, which has ended.
    pub(super) fn bury(&mut self) {
        // Nothing to be done about an error here: somebody else has waited for it already.
        let _ = waitpid(self.pid, None);
        self.buried = true;
    }
}

impl Drop for Sandbox {
    /// Ends a sandbox that was given up, because its output could not be relayed for instance.
    fn drop(&mut self) {
        self.lifeline.take().into_iter().for_each(leavings::clear);
        if self.buried {
            return;
        }
        self.kill();
        let mut ended = [PollFd::new(self.ended.as_fd(), PollFlags::POLLIN)];
        // With a bound: who gives up because killed processes do not end must not wait for them.
        if matches!(poll(&mut ended, PATIENCE), Ok(1)) {
            self.bury();
        }
    }
}

/// How long a sandbox that was given up may take to end, in milliseconds.
const PATIENCE: u16 = 1_000;

/// Kills a child of ours that we have not yet waited for: its number cannot mean another process.
fn end(pid: Pid) {
    // It may have ended by itself, which is what we want.
    let _ = kill(pid, Signal::SIGKILL);
}

/// A copy of the descriptor that is above all those that the sandbox's processes start with.
fn high(fd: impl AsFd) -> io::Result<OwnedFd> {
    descriptor::duplicate_above(fd.as_fd(), 16)
}

/// `/dev/null`, for the standard input of a test.
pub(super) fn null() -> io::Result<OwnedFd> {
    Ok(File::open("/dev/null")?.into())
}

/// Our environment with the role added.
fn environment(role: &str) -> io::Result<Vec<CString>> {
    let mut entries = vec![c_string(format!("{}={role}", super::VARIABLE))?];
    for (name, value) in std::env::vars_os().filter(|(name, _)| name != super::VARIABLE) {
        let mut entry = name.into_vec();
        entry.push(b'=');
        entry.extend_from_slice(value.as_bytes());
        entries.push(c_string(OsString::from_vec(entry))?);
    }
    Ok(entries)
}

/// Maps this user and group to root of the new namespace, so that the capabilities survive the
/// exec (user_namespaces(7), capabilities(7)).
fn identity_maps() -> io::Result<(CString, CString)> {
    let user = c_string(format!("0 {} 1", geteuid()))?;
    let group = c_string(format!("0 {} 1", getegid()))?;
    Ok((user, group))
}

fn c_string(text: impl Into<OsString>) -> io::Result<CString> {
    Ok(CString::new(text.into().into_vec())?)
}
