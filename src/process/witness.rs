//! Records when the processes of [`Host::command`] begin and end.
//!
//! The command is std's, so we do not learn when it is spawned or waited for. Instead the process
//! announces itself before its program begins, and sends a pidfd of itself, by which its end is
//! seen (pidfd_open(2)) even if it has already ended. There is one thread for the whole test process,
//! started with the first command.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg, send, setsockopt,
    socketpair, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use crate::Host;
use crate::mutex::lock;
use crate::record::{self, Event, ProcessPhase, note_at};
use crate::sandbox::go_home;
use crate::sys::descriptor;
use crate::sys::process::{announce_before_exec, is_missing};

/// How long the program may take to begin after its process did.
const BEGINNING: Duration = Duration::from_millis(200);
/// How long who reads the record waits for the witness.
const PATIENCE: Duration = Duration::from_millis(200);
/// The key of a message that no process sends: it asks for what has been seen.
const QUESTION: u64 = u64::MAX;

static WITNESS: OnceLock<Option<Witness>> = OnceLock::new();

struct Witness {
    socket: Arc<OwnedFd>,
    /// What commands were made, in the order of their keys.
    commands: Mutex<Vec<Made>>,
    /// How many questions have been asked, and how many answered.
    questions: Mutex<[u64; 2]>,
    answered: Condvar,
    /// What runs, with the net and the host that it is in.
    living: Mutex<Vec<Made>>,
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
    record::settle_by(settle);
    let program = command.get_program().to_string_lossy().into_owned();
    let mut commands = lock(&witness.commands);
    let key = commands.len() as u64;
    commands.push(Made { net: host.net(), host: host.name().to_owned(), program });
    announce_before_exec(command, Arc::clone(&witness.socket), key);
}

/// Waits until what has happened so far is recorded.
fn settle() {
    let Some(Some(witness)) = WITNESS.get() else { return };
    let mut questions = lock(&witness.questions);
    // Behind all that processes have announced.
    let sent = send(witness.socket.as_raw_fd(), &QUESTION.to_ne_bytes(), MsgFlags::MSG_NOSIGNAL);
    if sent.is_err() {
        return;
    }
    questions[0] += 1;
    let ours = questions[0];
    // Without an answer the record is as it is.
    let _ = witness.answered.wait_timeout_while(questions, PATIENCE, |state| state[1] < ours);
}

/// The programs that commands of this host have started, and that run.
pub(crate) fn living_commands(host: &Host) -> Vec<String> {
    settle();
    let Some(Some(witness)) = WITNESS.get() else { return Vec::new() };
    let living = lock(&witness.living);
    let ours = living.iter().filter(|made| (made.net, &*made.host) == (host.net(), host.name()));
    ours.map(|made| made.program.clone()).collect()
}

impl Witness {
    fn start() -> io::Result<Self> {
        let (reader, writer) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        // No process waits longer with its program for us.
        setsockopt(&writer, sockopt::SendTimeout, &TimeVal::milliseconds(500))?;
        thread::Builder::new().name("netns-test processes".to_owned()).spawn(|| {
            go_home();
            // Without it processes are not recorded, and that is all.
            let _ = attend(reader);
        })?;
        Ok(Self {
            socket: Arc::new(writer),
            commands: Mutex::default(),
            questions: Mutex::default(),
            answered: Condvar::new(),
            living: Mutex::default(),
        })
    }

    fn made(&self, key: u64) -> Option<Made> {
        let commands = lock(&self.commands);
        commands.get(key as usize).cloned()
    }

    fn answer(&self, questions: u64) {
        lock(&self.questions)[1] += questions;
        self.answered.notify_all();
    }
}

fn attend(announcements: OwnedFd) -> io::Result<()> {
    let mut processes: Vec<Process> = Vec::new();
    loop {
        wait(&announcements, &processes)?;
        let mut questions = 0;
        while let Some(message) = receive(&announcements) {
            match message {
                (QUESTION, _) => questions += 1,
                (key, Some(end)) => processes.extend(Process::announced(key, end)),
                (_, None) => {}
            }
        }
        processes.iter_mut().for_each(Process::look_for_beginning);
        processes.retain_mut(|process| !process.has_ended());
        if let Some(Some(witness)) = WITNESS.get() {
            let living = processes.iter().map(|process| process.made.clone()).collect();
            *lock(&witness.living) = living;
            witness.answer(questions);
        }
    }
}

/// The next message that is there: a key, and the descriptor of a process.
fn receive(announcements: &OwnedFd) -> Option<(u64, Option<OwnedFd>)> {
    let mut key = [0; 8];
    let mut parts = [io::IoSliceMut::new(&mut key)];
    let mut space = nix::cmsg_space!(RawFd);
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_CMSG_CLOEXEC;
    let received =
        recvmsg::<()>(announcements.as_raw_fd(), &mut parts, Some(&mut space), flags).ok()?;
    let files = received.cmsgs().ok()?.find_map(|message| match message {
        ControlMessageOwned::ScmRights(files) => files.first().copied(),
        _ => None,
    });
    let bytes = received.bytes;
    (bytes > 0).then(|| (u64::from_ne_bytes(key), files.map(descriptor::received)))
}

/// Waits until there is something to see.
fn wait(announcements: &OwnedFd, processes: &[Process]) -> io::Result<()> {
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
    fn announced(key: u64, end: OwnedFd) -> Option<Self> {
        let made = WITNESS.get()?.as_ref()?.made(key)?;
        Some(Self { end, made, words: None, announced: Instant::now() })
    }

    /// Records that the program has begun: until then the process has the words of this one.
    fn look_for_beginning(&mut self) {
        if self.words.is_none()
            && (self.has_begun() == Some(true) || self.announced.elapsed() >= BEGINNING)
        {
            let theirs = descriptor::number_in_proc(self.end.as_fd()).and_then(words);
            self.begins(theirs.unwrap_or_else(|| self.made.program.clone()));
        }
    }

    fn begins(&mut self, words: String) {
        self.made.note(self.announced, words.clone(), ProcessPhase::Started);
        self.words = Some(words);
    }

    /// Whether its program has begun, where `/proc` shows that.
    fn has_begun(&self) -> Option<bool> {
        /// linux/sched.h: it was forked, and has executed nothing.
        const PF_FORKNOEXEC: u64 = 0x40;
        let number = descriptor::number_in_proc(self.end.as_fd())?;
        let line = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        // proc_pid_stat(5): the seventh behind the name, which stands in brackets.
        let flags: u64 = line.rsplit_once(')')?.1.split_whitespace().nth(6)?.parse().ok()?;
        Some(flags & PF_FORKNOEXEC == 0)
    }

    /// Whether it has ended, which is recorded. Its status is left to those who wait for it.
    fn has_ended(&mut self) -> bool {
        let mut watched = [PollFd::new(self.end.as_fd(), PollFlags::POLLIN)];
        if !matches!(poll(&mut watched, PollTimeout::ZERO), Ok(1..)) {
            return false;
        }
        let begun = self.has_begun();
        let status = self.status();
        if self.words.is_none() {
            let refused = begun.map_or_else(|| self.was_refused(status), |begun| !begun);
            if refused {
                let why = ProcessPhase::Refused("its program could not be executed".to_owned());
                self.made.note(Instant::now(), self.made.program.clone(), why);
                return true;
            }
            self.begins(self.made.program.clone());
        }
        let words = self.words.clone().unwrap_or_default();
        self.made.note(Instant::now(), words, ProcessPhase::Ended(told(status)));
        true
    }

    fn status(&self) -> Option<WaitStatus> {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
        match waitid(Id::PIDFd(self.end.as_fd()), flags) {
            Ok(status @ (WaitStatus::Exited(..) | WaitStatus::Signaled(..))) => Some(status),
            _ => {
                let status = descriptor::status_of_process(self.end.as_fd())?;
                WaitStatus::from_raw(Pid::from_raw(0), status).ok()
            }
        }
    }

    /// Whether it ended as std has a process end whose program cannot be executed, and that program
    /// is not there.
    fn was_refused(&self, status: Option<WaitStatus>) -> bool {
        let program = &self.made.program;
        let missing = io::Error::from(io::ErrorKind::PermissionDenied);
        let missing = match program.contains('/') {
            true => fs::metadata(program).is_err(),
            false => is_missing(program, &missing),
        };
        matches!(status, Some(WaitStatus::Exited(_, 1)) | None) && missing
    }
}

fn told(status: Option<WaitStatus>) -> String {
    match status {
        Some(WaitStatus::Exited(_, code)) => format!("status {code}"),
        Some(WaitStatus::Signaled(_, signal, _)) => signal.to_string(),
        _ => "an unknown status".to_owned(),
    }
}

impl Made {
    fn note(&self, at: Instant, program: String, phase: ProcessPhase) {
        let event = Event::Process { host: self.host.clone(), program, phase };
        note_at(at, self.net, event);
    }
}

/// The program of a process with its arguments, as ps(1) shows them; `None` without `/proc`.
///
/// `number` is the one that it has in the `/proc` that is mounted, which may be that of an outer PID
/// namespace, in which processes have other numbers than here.
fn words(number: i32) -> Option<String> {
    let bytes = fs::read(format!("/proc/{number}/cmdline")).ok()?;
    let words: Vec<_> = bytes
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty())
        .map(String::from_utf8_lossy)
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}
