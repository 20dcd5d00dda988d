//! A part of a test in its own process: the test is run again up to that part.
//!
//! Values cannot be carried into another process, and a forked process has none of its parent's threads.
//! So the test binary is started once more for the same test, in the same sandbox. The body runs from its
//! beginning; when it comes to the requested part, it runs that, reports the result, and the process
//! ends. What the body prints before that is held back.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, PipeReader, Read, Seek, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::process::{Child, Command, Stdio, exit};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::unistd::{dup2_stderr, dup2_stdout};

use super::function::Report;
use super::panics;
use super::{child, home};
use crate::mutex::lock;
use crate::sys::pid_namespace::PidNamespace;
use crate::sys::program::{inherit_before_exec, seclude_before_exec};
use crate::sys::{descriptor, environment};

/// Set in the process of a part, and only until its body begins: what it finds at which descriptor.
const VARIABLE: &str = "NETNS_TEST_PART";

/// What the process of a part was told.
pub(crate) struct Asked {
    /// Which part it is, and what has been before it: bytes of whoever asks.
    pub(crate) part: Vec<u8>,
    files: Mutex<Option<Files>>,
}

struct Files {
    stdout: OwnedFd,
    stderr: OwnedFd,
    answer: File,
}

static ASKED: OnceLock<Option<Asked>> = OnceLock::new();

/// The part for which this process was started, if it was.
pub(crate) fn asked() -> Option<&'static Asked> {
    ASKED.get()?.as_ref()
}

/// Makes this process that of a part, if it was started as one, and says whether it was.
pub(super) fn enter() -> bool {
    let asked = ASKED.get_or_init(|| {
        let told = std::env::var(VARIABLE).ok()?;
        environment::remove(VARIABLE);
        Asked::read(&told).inspect_err(|error| end(&format!("it cannot begin: {error}"))).ok()
    });
    if asked.is_some() {
        child::prepare();
    }
    asked.is_some()
}

/// Ends the process of a part to which its body has not come.
pub(super) fn not_reached() -> ! {
    end("the test body ended without reaching this part: does it run the same way each time?")
}

fn end(why: &str) -> ! {
    eprintln!("netns-test: {why}");
    exit(super::runner::RED)
}

impl Asked {
    fn read(told: &str) -> io::Result<Self> {
        let mut numbers = told.split(' ').map(|word| word.parse::<RawFd>());
        let mut take = || match numbers.next() {
            Some(Ok(number)) => descriptor::inherited(number),
            _ => Err(io::ErrorKind::InvalidData.into()),
        };
        let (part, stdout, stderr) = (take()?, take()?, take()?);
        let (answer, reports) = (take()?, take()?);
        panics::record_for(reports.into());
        let mut bytes = Vec::new();
        File::from(part).read_to_end(&mut bytes)?;
        let files = Files { stdout, stderr, answer: answer.into() };
        Ok(Self { part: bytes, files: Mutex::new(Some(files)) })
    }

    /// Begins the part: from here on what is printed is the test's. Returns where to answer; `None`
    /// if it has been begun.
    pub(crate) fn begin(&self) -> Option<Answer> {
        let files = lock(&self.files).take()?;
        let _ = io::stdout().flush();
        let _ = dup2_stdout(files.stdout);
        let _ = dup2_stderr(files.stderr);
        panics::tell(&Report::Begun);
        Some(Answer(files.answer))
    }
}

/// Where the process of a part answers.
pub(crate) struct Answer(File);

impl Answer {
    /// Answers, and ends the process with all that it has started.
    pub(crate) fn give(mut self, bytes: &[u8]) -> ! {
        let _ = io::stdout().flush();
        let length = bytes.len().to_ne_bytes();
        let written = self.0.write_all(&[&length, bytes].concat());
        exit(if written.is_ok() { 0 } else { super::runner::RED })
    }
}

/// A part that runs in a process of its own.
pub(crate) struct Rerun {
    namespace: PidNamespace,
    child: Child,
    answer: PipeReader,
    reports: PipeReader,
    /// What was said before the part began.
    prologue: File,
}

impl Rerun {
    /// Starts a part, which is told `part`.
    pub(crate) fn start(part: &[u8]) -> io::Result<Self> {
        let namespace = PidNamespace::make()?;
        let (answer, answer_writer) = io::pipe()?;
        let (reports, reports_writer) = io::pipe()?;
        let prologue = in_memory(&[])?;
        let files: [OwnedFd; 5] = [
            in_memory(part)?.into(),
            io::stdout().as_fd().try_clone_to_owned()?,
            io::stderr().as_fd().try_clone_to_owned()?,
            answer_writer.into(),
            reports_writer.into(),
        ];
        let files = files.map(Arc::new);
        let numbers = files.each_ref().map(|file| file.as_raw_fd().to_string());
        let mut command = Command::new("/proc/self/exe");
        let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
        command.args(arguments).env(VARIABLE, numbers.join(" "));
        command.stdin(Stdio::null()).stdout(prologue.try_clone()?).stderr(prologue.try_clone()?);
        files.into_iter().for_each(|file| inherit_before_exec(&mut command, file));
        seclude_before_exec(&mut command);
        let spawn = || {
            home::go_home();
            namespace.take_children_of_this_thread()?;
            command.spawn()
        };
        let child = thread::scope(|scope| {
            let thread = thread::Builder::new().name("netns-test start".to_owned());
            let lost = |_| Err(io::Error::other("the thread that was to start it panicked"));
            thread.spawn_scoped(scope, spawn)?.join().unwrap_or_else(lost)
        })?;
        Ok(Self { namespace, child, answer, reports, prologue })
    }

    /// Waits for the answer, and ends what is left of the process, aside.
    ///
    /// # Errors
    ///
    /// Why there is none, with what was said before.
    pub(crate) fn wait(mut self, name: &str) -> Result<Vec<u8>, String> {
        let answer = self.read_answer();
        let begun = self.take_reports(name);
        if let Ok(answer) = answer {
            self.bury_aside();
            return Ok(answer);
        }
        self.namespace.kill();
        let how = self.child.wait().map_or_else(|error| error.to_string(), |end| end.to_string());
        let mut said = String::new();
        if begun {
            return Err(format!("its process ended with {how} and without a result"));
        }
        let _ = self.prologue.rewind().and_then(|()| self.prologue.read_to_string(&mut said));
        let said = said.trim();
        let said = if said.is_empty() { String::new() } else { format!("; it said: {said}") };
        Err(format!("its process ended with {how} before it began{said}"))
    }

    fn read_answer(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; size_of::<usize>()];
        self.answer.read_exact(&mut length)?;
        let mut bytes = vec![0; usize::from_ne_bytes(length)];
        self.answer.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Takes the panics that were reported before the answer, and says whether the part began. Not to
    /// the end of the pipe, which comes with that of the process.
    fn take_reports(&mut self, name: &str) -> bool {
        let mut begun = false;
        let mut bytes = Vec::new();
        let _ = fcntl(&self.reports, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
        let _ = self.reports.read_to_end(&mut bytes);
        while let Some(report) = Report::take(&mut bytes) {
            match report {
                Report::Begun => begun = true,
                Report::Panicked(panic) => {
                    let thread = format!("{} of {name}", panic.thread);
                    panics::add(super::Panic { thread, ..panic });
                }
            }
        }
        begun
    }

    /// To end takes a process some time, in which its packet sockets are closed.
    fn bury_aside(mut self) {
        let bury = move || {
            self.namespace.kill();
            let _ = self.child.wait();
            self.namespace.bury();
        };
        // Without a thread it is buried with the sandbox.
        let _ = thread::Builder::new().name("netns-test end".to_owned()).spawn(bury);
    }
}

/// A file in memory that is read from its beginning.
fn in_memory(bytes: &[u8]) -> io::Result<File> {
    let mut file = File::from(memfd_create(c"netns-test", MFdFlags::MFD_CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}
