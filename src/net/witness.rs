//! Who sees the processes of hosts begin and end, for the record.
//!
//! The command is std's, so nobody tells us when it is spawned or waited for. The process itself
//! announces itself, by a pipe, before its program begins; its end is seen by its descriptor
//! (pidfd_open(2)). One thread for the whole test process, started with the first command.

use std::fs;
use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};

use super::host::Host;
use crate::record::{self, Event, ProcessPhase};
use crate::sandbox::go_home;
use crate::sys::descriptor;
use crate::sys::process::{ANNOUNCEMENT, announce_before_exec};

/// How long the program may take to begin after its process did.
const BEGINNING: Duration = Duration::from_millis(200);

static WITNESS: OnceLock<Option<Witness>> = OnceLock::new();

struct Witness {
    pipe: Arc<OwnedFd>,
    /// What commands were made, in the order of their keys.
    commands: Mutex<Vec<Made>>,
}

/// A command, as it was made: its arguments come later.
#[derive(Clone)]
struct Made {
    net: u64,
    host: String,
    program: String,
}

/// A process that runs.
struct Process {
    end: OwnedFd,
    made: Made,
    /// What it runs, once it does.
    words: Option<String>,
    announced: Instant,
}

/// Has the processes that `command` starts recorded.
pub(super) fn watch(command: &mut Command, host: &Host) {
    let Some(witness) = WITNESS.get_or_init(|| Witness::start().ok()) else { return };
    let program = command.get_program().to_string_lossy().into_owned();
    let mut commands = witness.commands.lock().unwrap_or_else(PoisonError::into_inner);
    let key = commands.len() as u64;
    commands.push(Made { net: host.net(), host: host.name().to_owned(), program });
    announce_before_exec(command, Arc::clone(&witness.pipe), key);
}

impl Witness {
    fn start() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        thread::Builder::new().name("netns-test processes".to_owned()).spawn(|| {
            go_home();
            // Without it processes are not recorded, and that is all.
            let _ = attend(reader);
        })?;
        Ok(Self { pipe: Arc::new(writer.into()), commands: Mutex::default() })
    }

    fn made(&self, key: u64) -> Option<Made> {
        let commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        commands.get(key as usize).cloned()
    }
}

fn attend(mut announcements: PipeReader) -> io::Result<()> {
    let mut processes: Vec<Process> = Vec::new();
    loop {
        wait(&announcements, &processes)?;
        let mut message = [0; ANNOUNCEMENT];
        while announcements.read_exact(&mut message).is_ok() {
            processes.extend(Process::announced(message));
        }
        processes.iter_mut().for_each(Process::look_for_beginning);
        processes.retain(|process| !process.has_ended());
    }
}

/// Waits until there is something to see.
fn wait(announcements: &PipeReader, processes: &[Process]) -> io::Result<()> {
    let mut watched = vec![PollFd::new(announcements.as_fd(), PollFlags::POLLIN)];
    watched.extend(processes.iter().map(|one| PollFd::new(one.end.as_fd(), PollFlags::POLLIN)));
    let begins = processes.iter().any(|process| process.words.is_none());
    // Nothing announces that the program has begun.
    let patience = if begins { PollTimeout::from(1_u8) } else { PollTimeout::NONE };
    match poll(&mut watched, patience) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

impl Process {
    fn announced(message: [u8; ANNOUNCEMENT]) -> Option<Self> {
        let (key, pid) = message.split_at(8);
        let made = WITNESS.get()?.as_ref()?.made(u64::from_ne_bytes(key.try_into().ok()?))?;
        let pid = i32::from_ne_bytes(pid.try_into().ok()?);
        let process =
            |end| Self { end, made: made.clone(), words: None, announced: Instant::now() };
        match descriptor::of_process(pid) {
            Ok(end) => Some(process(end)),
            // It has ended and been waited for already.
            Err(_) => {
                made.note(made.program.clone(), ProcessPhase::Ended("a status unseen".to_owned()));
                None
            }
        }
    }

    /// Records that the program has begun: until then the process has the words of this one.
    fn look_for_beginning(&mut self) {
        if self.words.is_some() {
            return;
        }
        let number = descriptor::number_in_proc(self.end.as_fd());
        let theirs = number.and_then(|number| words(&number.to_string()));
        // Until then it has ours, or the beginning of ours while they are being replaced.
        let begun = match (&theirs, words("self")) {
            (Some(theirs), Some(own)) => !own.starts_with(theirs.as_str()),
            _ => false,
        };
        if begun || self.announced.elapsed() >= BEGINNING {
            let theirs = theirs.unwrap_or_else(|| self.made.program.clone());
            self.made.note(theirs.clone(), ProcessPhase::Started);
            self.words = Some(theirs);
        }
    }

    /// Whether it has ended, which is recorded. Its status is left to those who wait for it.
    fn has_ended(&self) -> bool {
        let mut watched = [PollFd::new(self.end.as_fd(), PollFlags::POLLIN)];
        if !matches!(poll(&mut watched, PollTimeout::ZERO), Ok(1..)) {
            return false;
        }
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
        let status = match waitid(Id::PIDFd(self.end.as_fd()), flags) {
            Ok(WaitStatus::Exited(_, code)) => format!("status {code}"),
            Ok(WaitStatus::Signaled(_, signal, _)) => signal.to_string(),
            _ => "a status unseen".to_owned(),
        };
        let words = self.words.clone().unwrap_or_else(|| self.made.program.clone());
        self.made.note(words, ProcessPhase::Ended(status));
        true
    }
}

impl Made {
    fn note(&self, program: String, phase: ProcessPhase) {
        record::note(self.net, Event::Process { host: self.host.clone(), program, phase });
    }
}

/// The program of a process with its arguments, as ps(1) shows them; `None` without `/proc`.
///
/// `process` is its folder in the `/proc` that is mounted, which may be that of an outer PID
/// namespace, in which processes have other numbers than here.
fn words(process: &str) -> Option<String> {
    let bytes = fs::read(format!("/proc/{process}/cmdline")).ok()?;
    let words: Vec<_> = bytes
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty())
        .map(String::from_utf8_lossy)
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}
