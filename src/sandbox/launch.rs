//! How a sandbox is started, and which way to the privilege works here.

use std::ffi::{CString, OsString};
use std::fs::File;
use std::io::{self, PipeWriter};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;

use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::wait::WaitStatus;
use nix::unistd::{getegid, geteuid};

use super::diagnosis::{Trouble, explain};
use super::handover::Lifeline;
use super::privilege::Privilege;
use super::refusal::Refusal;
use super::relay::Stream;
use crate::Error;
use crate::sys::child::Child;
use crate::sys::descriptor;
use crate::sys::init::{self, FIRST_UNUSED_FD, Files, Plan, Status, Step};

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
    /// Its first process. When it has ended, so have all others.
    pub(super) first: Child,
    /// How it came to its privilege.
    pub(super) privilege: Privilege,
    pub(super) status: Stream,
    pub(super) verdict: Stream,
    /// Held open until we end: the sandbox looks at the other end, and leaves there what takes
    /// long to close.
    lifeline: Option<Lifeline>,
    reaped: bool,
}

impl Launch {
    /// Starts the sandbox by the first way that works.
    ///
    /// # Errors
    ///
    /// When none does: the diagnosis of all, with the one command that repairs it here.
    pub(super) fn start(self, operation: &str) -> Result<Sandbox, Error> {
        let privileges = Privilege::to_try();
        let mut refusals = Vec::new();
        for privilege in privileges {
            match self.attempt(*privilege).map_err(|trouble| trouble.explain(operation))? {
                Ok(sandbox) => {
                    privilege.note_worked();
                    return Ok(sandbox);
                }
                Err(refusal) => refusals.push(refusal),
            }
        }
        Err(explain(operation, &refusals))
    }

    /// Tries one way. The inner error is a refusal of the kernel, the outer one our own trouble.
    fn attempt(&self, privilege: Privilege) -> Result<Result<Sandbox, Refusal>, Trouble> {
        let (status, status_writer) = Stream::pipe().map_err(Trouble::at("making a pipe"))?;
        let (verdict, verdict_writer) = Stream::pipe().map_err(Trouble::at("making a pipe"))?;
        let lifeline = Lifeline::new().map_err(Trouble::at("making a pair of sockets"))?;
        let plan = self
            .plan(privilege, &status_writer, &verdict_writer, lifeline.theirs())
            .map_err(Trouble::at("copying descriptors"))?;
        let first = match init::start(&plan) {
            Ok(first) => first,
            Err(error) => return Ok(Err(Refusal::of_clone(privilege, &error))),
        };
        drop((plan, status_writer, verdict_writer));
        let sandbox =
            Sandbox { first, privilege, status, verdict, lifeline: Some(lifeline), reaped: false };
        sandbox.accepted()
    }

    fn plan(
        &self,
        privilege: Privilege,
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
            arguments,
            environment: environment(&self.role)?,
            user_namespace: (privilege == Privilege::UserNamespace)
                .then(identity_maps)
                .transpose()?,
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
    fn accepted(mut self) -> Result<Result<Self, Refusal>, Trouble> {
        self.status.await_bytes(Status::SIZE).map_err(Trouble::at("watching it"))?;
        match self.take_status() {
            Some(Status::Failed(step, errno)) => {
                // It ends by itself, and its report says why.
                let _ = self.reap();
                Ok(Err(self.refusal(step, errno)))
            }
            Some(Status::Ready) => Ok(Ok(self)),
            Some(Status::Ended(_)) | None => {
                Err(Trouble::at("making it")(io::Error::other(self.silence("before it was ready"))))
            }
        }
    }

    /// A step that its first process could not take.
    pub(super) fn refusal(&self, step: Step, errno: i32) -> Refusal {
        Refusal { privilege: self.privilege, step: Some(step), errno }
    }

    /// What became of a first process that has ended without its last report.
    pub(super) fn silence(&mut self, when: &str) -> String {
        let what = match self.reap() {
            Ok(WaitStatus::Signaled(_, signal, _)) => {
                format!("was killed from outside ({signal}) {when}")
            }
            Ok(WaitStatus::Exited(_, init::MUTE)) => "could not write its report".to_owned(),
            Ok(WaitStatus::Exited(_, code)) => {
                format!("ended with status {code} {when}, and did not say why")
            }
            Ok(other) => format!("ended {when}, as {other:?}"),
            Err(error) => format!("ended {when}, and nobody knows how: {error}"),
        };
        format!("its first process {what}")
    }

    /// Takes the next report of the first process, if it is there.
    pub(super) fn take_status(&mut self) -> Option<Status> {
        let bytes = self.status.bytes.first_chunk::<{ Status::SIZE }>().copied()?;
        self.status.bytes.drain(..Status::SIZE);
        Status::decode(bytes)
    }

    /// Ends the sandbox and everything in it at once.
    pub(super) fn kill(&self) {
        self.first.kill();
    }

    /// Waits for the first process, which has ended, and takes its status (wait(2)).
    pub(super) fn reap(&mut self) -> io::Result<WaitStatus> {
        self.reaped = true;
        self.first.wait()
    }
}

impl Drop for Sandbox {
    /// Ends a sandbox that was given up, because its output could not be relayed for instance.
    fn drop(&mut self) {
        self.lifeline.take().into_iter().for_each(Lifeline::clear);
        if self.reaped {
            return;
        }
        self.kill();
        let mut ended = [PollFd::new(self.first.as_fd(), PollFlags::POLLIN)];
        // With a bound: who gives up because killed processes do not end must not wait for them.
        if matches!(poll(&mut ended, PATIENCE), Ok(1)) {
            // There is nobody to tell how it ended.
            let _ = self.reap();
        }
    }
}

/// How long a sandbox that was given up may take to end, in milliseconds.
const PATIENCE: u16 = 1_000;

/// A copy of the descriptor that is above all those that the sandbox's processes start with.
fn high(fd: impl AsFd) -> io::Result<OwnedFd> {
    descriptor::duplicate_above(fd.as_fd(), FIRST_UNUSED_FD)
}

/// The standard input of a test, in which there is nothing: `/dev/null`, and where that is not to
/// be had a pipe that nobody writes to.
pub(super) fn null() -> io::Result<OwnedFd> {
    match File::open("/dev/null") {
        Ok(null) => Ok(null.into()),
        Err(_) => io::pipe().map(|(reader, _)| reader.into()),
    }
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
