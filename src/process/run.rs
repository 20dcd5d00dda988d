use std::io::{self, PipeReader};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use super::life::{Life, told};
use super::program::Program;
use super::tasks::{self, Task};
use super::user;
use super::watch::Watch;
use crate::mutex::lock;
use crate::quoted::Quoted;
use crate::record::{Event, ProcessPhase, note_at};
use crate::sys::descriptor;
use crate::sys::outlook::own_before_exec;
use crate::sys::pid_namespace::PidNamespace;
use crate::sys::process::{enter_before_exec, is_missing};
use crate::sys::program::{become_before_exec, seclude_before_exec};
use crate::{Error, Feature, Host};

/// One run of a program, in a PID namespace of its own.
///
/// What it starts is in there with it, whatever becomes of it: children whose parent has ended,
/// daemons, sessions of their own.
pub(crate) struct Run {
    host: Host,
    name: String,
    /// The program with its arguments.
    words: String,
    namespace: PidNamespace,
    pid: u32,
    life: Arc<Life>,
    /// How often it is frozen.
    frozen: Mutex<usize>,
}

/// How long processes may take to end that were killed, and to stop that were told to.
const PATIENCE: Duration = Duration::from_secs(10);

impl Run {
    /// Starts a program in a host.
    pub(super) fn start(host: &Host, program: &Program) -> Result<Arc<Self>, Error> {
        let operation = format!("start {} in `{}`", Quoted(&program.to_string()), host.name());
        let begun = begin(host, program, &operation);
        let (namespace, child, pipes) = begun.inspect_err(|error| {
            note(host, program.to_string(), ProcessPhase::Refused(error.to_string()));
        })?;
        let refused = |error| Error::os(&*operation, error);
        let end = descriptor::of_process(child.id() as i32).map_err(refused)?;
        let run = Arc::new(Self {
            host: host.clone(),
            name: program.name(),
            words: program.to_string(),
            namespace,
            pid: child.id(),
            life: Arc::default(),
            frozen: Mutex::default(),
        });
        run.note(ProcessPhase::Started);
        let watch = Watch::new(Arc::clone(&run), child, end, pipes);
        let name = format!("netns-test {}", program.name().replace('\0', " "));
        thread::Builder::new().name(name).spawn(|| watch.attend()).map_err(refused)?;
        Ok(run)
    }

    /// Its number, in the namespace of the test.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// Sends the program a signal, not what it has started.
    pub(super) fn signal_program(&self, signal: i32) -> io::Result<()> {
        // Under the lock: as long as its end is not noted it has not been waited for, and keeps its
        // number.
        let state = self.life.state();
        match state.status {
            None => Ok(nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(self.pid as i32),
                nix::sys::signal::Signal::try_from(signal)?,
            )?),
            Some(_) => Err(io::Error::from_raw_os_error(libc::ESRCH)),
        }
    }

    /// Sends all of it a signal.
    pub(super) fn signal_all(&self, signal: i32) -> io::Result<()> {
        self.namespace.signal(signal)
    }

    /// Ends all of it, and returns when it has ended.
    pub(super) fn kill(&self, operation: &str) -> Result<(), Error> {
        self.namespace.kill();
        let over = self
            .life
            .await_answer(Instant::now() + PATIENCE, None, |state| state.over.then_some(()));
        over.ok_or_else(|| Error::new(operation, "its processes were killed but do not end"))
    }

    /// Ends all of it because its host has no power any more, and returns when it has ended.
    pub(crate) fn lose_power(&self) -> Result<(), Error> {
        self.note(ProcessPhase::Signalled("SIGKILL, because its host is off".to_owned()));
        self.kill(&format!("kill {}", self.name()))
    }

    /// Stops all of it, and returns when none of its threads can run on.
    pub(crate) fn freeze(&self, operation: &str) -> Result<(), Error> {
        let mut frozen = self.frozen();
        if *frozen == 0 {
            self.stop_all(operation)?;
        }
        *frozen += 1;
        Ok(())
    }

    fn frozen(&self) -> MutexGuard<'_, usize> {
        lock(&self.frozen)
    }

    fn stop_all(&self, operation: &str) -> Result<(), Error> {
        self.signal_all(libc::SIGSTOP).map_err(|error| self.lost(operation, error))?;
        let deadline = Instant::now() + PATIENCE;
        let mut pause = Duration::from_micros(50);
        while let Some(running) = self.tasks().into_iter().find(|task| !task.is_stopped()) {
            if Instant::now() >= deadline {
                let _ = self.signal_all(libc::SIGCONT);
                let what = format!("{} does not stop", running.describe());
                return Err(Error::new(operation, what));
            }
            thread::park_timeout(pause);
            pause = (pause * 2).min(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Has all of it go on, if nothing else has frozen it, and returns when it does.
    pub(crate) fn thaw(&self, operation: &str) -> Result<(), Error> {
        let mut frozen = self.frozen();
        *frozen = frozen.saturating_sub(1);
        if *frozen > 0 {
            return Ok(());
        }
        // The kernel has them go on in the very call.
        self.signal_all(libc::SIGCONT).map_err(|error| self.lost(operation, error))
    }

    /// Whether anything of it is left.
    pub(crate) fn is_over(&self) -> bool {
        self.life.state().over
    }

    /// Its processes, where `/proc` shows them.
    pub(super) fn tasks(&self) -> Vec<Task> {
        tasks::of(self.namespace.first()).unwrap_or_default()
    }

    /// The same; `None` where `/proc` does not show them.
    pub(super) fn tasks_if_shown(&self) -> Option<Vec<Task>> {
        tasks::of(self.namespace.first())
    }

    /// Why it cannot be had: it has ended.
    pub(super) fn ended(&self, operation: &str) -> Error {
        let state = self.life.state();
        let how = state
            .status
            .map_or_else(|| "ended".to_owned(), |status| format!("ended with {}", told(status)));
        let said = state.output.text();
        let said = last_lines(&said, 10);
        let said = if said.is_empty() { String::new() } else { format!("; it said:\n{said}") };
        Error::new(operation, format!("it has {how}{said}"))
    }

    fn lost(&self, operation: &str, error: io::Error) -> Error {
        match error.raw_os_error() {
            Some(libc::ESRCH | libc::EPIPE | libc::ECONNRESET) => self.ended(operation),
            _ => Error::os(operation, error),
        }
    }

    pub(super) fn words(&self) -> &str {
        &self.words
    }

    /// For instance `` `redis-server` of `server` ``.
    pub(crate) fn name(&self) -> String {
        format!("`{}` of `{}`", self.name, self.host.name())
    }

    pub(super) fn life(&self) -> &Life {
        &self.life
    }

    pub(super) fn life_shared(&self) -> Arc<Life> {
        Arc::clone(&self.life)
    }

    /// The first process of its namespace, whose end is the end of all.
    pub(super) fn first(&self) -> BorrowedFd<'_> {
        self.namespace.first()
    }

    /// The program has ended: has the namespace end with the last that it left. Returns whether it
    /// left any.
    pub(super) fn leave(&self) -> bool {
        self.namespace.leave().is_ok() && !self.tasks().is_empty()
    }

    /// Takes leave of the namespace, which has ended.
    pub(super) fn bury(&self) {
        self.namespace.bury();
    }

    pub(super) fn note(&self, phase: ProcessPhase) {
        note(&self.host, self.words.clone(), phase);
    }
}

pub(super) fn last_lines(text: &str, most: usize) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    let shown = &lines[lines.len().saturating_sub(most)..];
    shown.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn note(host: &Host, program: String, phase: ProcessPhase) {
    let event = Event::Process { host: host.name().to_owned(), program, phase };
    note_at(Instant::now(), host.net(), event);
}

type Begun = (PidNamespace, Child, Pipes);

/// What is read of a program.
pub(super) struct Pipes {
    pub(super) out: Option<PipeReader>,
    pub(super) err: Option<PipeReader>,
    /// Where the process of a function reports.
    pub(super) reports: Option<PipeReader>,
}

impl Pipes {
    pub(super) fn open(&self) -> impl Iterator<Item = &PipeReader> {
        [&self.out, &self.err, &self.reports].into_iter().flatten()
    }
}

/// Starts the program. On a thread of its own: what it forks is in the namespace, and it can do
/// nothing else any more.
fn begin(host: &Host, program: &Program, operation: &str) -> Result<Begun, Error> {
    let refused = |error| Error::os(operation, error);
    let namespace =
        PidNamespace::make().map_err(|error| crate::sandbox::refused(operation, error))?;
    let mut command = program.command();
    let pipes = open_pipes(program, &mut command).map_err(refused)?;
    enter_before_exec(&mut command, host.namespace_file());
    own_before_exec(&mut command, host.name());
    seclude_before_exec(&mut command);
    if let Some(user) = &program.user {
        let identity = user::find(user, operation)?;
        if let Some(folder) = &program.folder {
            folder.hand_to(identity.user, identity.group).map_err(refused)?;
        }
        become_before_exec(&mut command, identity).map_err(refused)?;
    }
    let spawn = || {
        namespace.take_children_of_this_thread()?;
        command.spawn()
    };
    let spawned = thread::scope(|scope| {
        let thread = thread::Builder::new().name("netns-test start".to_owned());
        thread
            .spawn_scoped(scope, spawn)?
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the thread that was to start it panicked")))
    });
    let child = spawned.map_err(|error| not_started(program, operation, error))?;
    Ok((namespace, child, pipes))
}

/// Why it could not be started. The kernel says of a directory and of an interpreter that are missing
/// what it says of the program.
fn not_started(program: &Program, operation: &str, error: io::Error) -> Error {
    let path = program.path.to_string_lossy();
    if let Some(directory) = program.directory.as_ref().filter(|directory| !directory.is_dir()) {
        let directory = Quoted(&directory.to_string_lossy()).to_string();
        Error::new(operation, format!("its working directory {directory} is not a directory"))
    } else if !is_missing(&path, &error) {
        Error::os(operation, error)
    } else if path.contains('/') && Path::new(&program.path).is_file() {
        Error::os(operation, error).with_help("its interpreter is missing: see its first line")
    } else {
        Error::unsupported(operation, format!("`{path}` is not installed"))
            .for_lack_of(Feature::program(path.into_owned()))
    }
}

fn open_pipes(program: &Program, command: &mut Command) -> io::Result<Pipes> {
    let (err, err_writer) = io::pipe()?;
    let (out, reports) = match &program.function {
        Some(function) => {
            function.tell(command).map(|[out, reports]| (Some(out), Some(reports)))?
        }
        None => {
            // One pipe for both: only so what is read has the order in which it was written.
            command.stdout(err_writer.try_clone()?);
            (None, None)
        }
    };
    command.stdin(Stdio::null()).stderr(err_writer);
    Ok(Pipes { out, err: Some(err), reports })
}
