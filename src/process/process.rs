use std::fmt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::life::after;
use super::patience::Patience;
use super::program::Program;
use super::register::Register;
use super::run::Run;
use crate::mutex::lock;
use crate::net::hint_at_async;
use crate::quoted::Quoted;
use crate::record::ProcessPhase;
use crate::{DEFAULT_DEADLINE, Error, Host};

impl Host {
    /// Starts a program inside the host, and returns when it runs.
    ///
    /// Its start and its end are in the [timeline](crate::Net::timeline), however it ends
    /// and however soon. Its output is in the report, under its host. It ends with
    /// the test, together with all that it has started.
    ///
    /// To use pipes, see [`command`](Self::command). To run a program to its end and get its output, see
    /// [`exec`](Self::exec).
    ///
    /// # Errors
    ///
    /// If it cannot be started: it is not installed, its user is unknown, or the kernel refuses.
    ///
    /// ```no_run
    /// use netns_test::{Host, Program, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_broker_is_back_after_a_crash(server: Host, client: Host) -> Result {
    ///     let broker = server.start(Program::new("nats-server").args(["--port", "4222"]))?;
    ///     broker.wait_for_port(4222)?;
    ///     broker.kill()?;
    ///     assert!(client.connect(server.addr(4222)).is_err());
    ///     broker.restart()?;
    ///     broker.wait_for_port(4222)?;
    ///     client.connect(server.addr(4222))?;
    ///     Ok(())
    /// }
    /// ```
    pub fn start(&self, program: impl Into<Program>) -> Result<Process, Error> {
        let inner = Inner { host: self.clone(), program: program.into(), run: Mutex::default() };
        let process = Process(Arc::new(inner));
        let run = process.begin()?;
        *process.0.run() = Some(run);
        Ok(process)
    }
}

/// A program that was [started](Host::start) in a host.
///
/// It includes everything that the program starts: also children that outlive their
/// parent, daemons, and new sessions. They share a PID namespace of their own: `ps` in it shows
/// only them, if the sandbox may mount `/proc`.
///
/// Clones are handles to the same process. Dropping the last one leaves it running: it ends with the
/// test.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// let worker = server.start(Program::new("my-worker").env("RUST_LOG", "debug"))?;
/// worker.wait_for_port(80)?;
/// client.connect(server.addr(80))?;
/// worker.kill()?;
/// assert!(client.connect(server.addr(80)).is_err());
/// worker.restart()?;                                      // the same program, once more
/// worker.wait_for_output("recovered")?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Process(Arc<Inner>);

pub(super) struct Inner {
    host: Host,
    program: Program,
    /// The run that was begun last.
    run: Mutex<Option<Arc<Run>>>,
}

impl Inner {
    fn run(&self) -> MutexGuard<'_, Option<Arc<Run>>> {
        lock(&self.run)
    }
}

impl Process {
    /// Its name: the file name of its program, or the name that it was
    /// [given](Program::named).
    pub fn name(&self) -> String {
        self.0.program.name()
    }

    /// Its host.
    pub fn host(&self) -> &Host {
        &self.0.host
    }

    /// The PID of the program, as the test sees it. The program sees itself under another PID: it has its
    /// own PID namespace.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let worker = server.start("my-worker")?;
    /// println!("{}", server.exec("cat", [format!("/proc/{}/status", worker.id())])?);
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn id(&self) -> u32 {
        self.present().pid()
    }

    /// Whether the program, or anything that it has started, still runs.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let worker = server.start("my-worker")?;
    /// let _outage = server.block(&client)?;
    /// consistently(Duration::from_secs(1), || worker.is_running())?;
    /// # Ok(()) }
    /// ```
    pub fn is_running(&self) -> bool {
        !self.present().is_over()
    }

    /// What the program has printed on stdout and stderr since it was last started, in the order in
    /// which it came; the last megabyte of it. For a [function](Host::start_fn), whose streams are passed
    /// on to those of the test, the order between stdout and stderr may differ.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let worker = server.start("my-worker")?;
    /// // ... what it does
    /// assert!(!worker.output().contains("panicked"), "{}", worker.output());
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn output(&self) -> String {
        self.present().life().state().output.text()
    }

    /// How the program ended, if it has. What it started may still run.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let worker = server.start("my-worker")?;
    /// let outage = server.block(&client)?;
    /// // ... as long as it lasts
    /// assert_eq!(worker.status(), None, "it does not end by an outage");
    /// # drop(outage);
    /// # Ok(()) }
    /// ```
    pub fn status(&self) -> Option<ExitStatus> {
        self.present().life().state().status
    }

    /// Waits until the program has ended, and returns how. What it started may still run.
    ///
    /// Inside the probe of a claim, for example of [`eventually`](crate::eventually), no wait for a process
    /// lasts beyond the end of the claim.
    ///
    /// # Errors
    ///
    /// If it has not after [`DEFAULT_DEADLINE`].
    ///
    /// ```no_run
    /// use netns_test::{Host, Program, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_check_succeeds(server: Host) -> Result {
    ///     let check = server.start(Program::new("my-daemon").arg("--check"))?;
    ///     assert!(check.wait()?.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn wait(&self) -> Result<ExitStatus, Error> {
        self.ended_within(DEFAULT_DEADLINE, "wait_async")
    }

    /// Waits as [`wait`](Self::wait) does, with a limit of your own.
    ///
    /// # Errors
    ///
    /// If it has not ended by then ([`Error::is_timed_out`]).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let backup = server.start(Program::new("tar").args(["-cf", "all.tar", "data"]))?;
    /// assert!(backup.wait_within(Duration::from_secs(30))?.success(), "{}", backup.output());
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn wait_within(&self, limit: Duration) -> Result<ExitStatus, Error> {
        self.ended_within(limit, "wait_within_async")
    }

    /// Waits, and names `form` to who has blocked a runtime by that.
    fn ended_within(&self, limit: Duration, form: &str) -> Result<ExitStatus, Error> {
        let run = self.present();
        let patience = Patience::of(limit);
        let status = run.life().await_answer(patience.end(), None, |state| state.status);
        status.ok_or_else(|| {
            let cause = patience.passed(|limit| format!("it has not ended within {limit:?}"));
            hint_at_async(Error::timed_out(format!("wait for {self}"), cause), form)
        })
    }

    /// Kills it and all that it has started, by SIGKILL, and returns when it has ended.
    ///
    /// # Errors
    ///
    /// If it had ended before.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let worker = server.start("my-worker")?;
    /// assert_eq!(worker.kill()?.code(), None, "by a signal, and not by itself");
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn kill(&self) -> Result<ExitStatus, Error> {
        let operation = format!("kill {self}");
        let run = self.present();
        if run.is_over() {
            return Err(run.ended(&operation));
        }
        run.note(ProcessPhase::Signalled("SIGKILL, with all that it had started".to_owned()));
        run.kill(&operation)?;
        run.life().state().status.ok_or_else(|| Error::new(operation, "its exit status is unknown"))
    }

    /// Asks the program to end, by SIGTERM. Returns how it ended, once all that it had started has ended
    /// as well: by SIGKILL, if not by itself. If a daemon's first process is gone, all its processes get
    /// the SIGTERM.
    ///
    /// The program always gets its full grace period, even inside the probe of a claim that ends earlier:
    /// a program that is killed too early cannot clean up.
    ///
    /// # Errors
    ///
    /// If it has not ended within `grace`, because it ignores SIGTERM or is frozen: it is killed then.
    /// Also if it had ended before.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_daemon_ends_when_it_is_asked(server: Host) -> Result {
    ///     let daemon = server.start("my-daemon")?;
    ///     assert!(daemon.stop(Duration::from_secs(2))?.success());
    ///     Ok(())
    /// }
    /// ```
    pub fn stop(&self, grace: Duration) -> Result<ExitStatus, Error> {
        let operation = format!("stop {self}");
        let run = self.present();
        if run.is_over() {
            return Err(run.ended(&operation));
        }
        run.note(ProcessPhase::Signalled("SIGTERM".to_owned()));
        // One that has ended meanwhile has done what it was to do.
        let daemon = run.life().state().status.is_some();
        let _ = match daemon {
            true => run.signal_all(libc::SIGTERM),
            false => run.signal_program(libc::SIGTERM),
        };
        let ended = |state: &super::life::State| match daemon {
            true => state.over,
            false => state.status.is_some(),
        };
        let in_time =
            run.life().await_answer(after(grace), None, |state| ended(state).then_some(()));
        run.kill(&operation)?;
        let status = run.life().state().status;
        match (in_time, status) {
            (Some(()), Some(status)) => Ok(status),
            (None, _) => Err(Error::timed_out(
                operation,
                format!("it did not end within {grace:?} of SIGTERM, and was killed"),
            )),
            (Some(()), None) => Err(Error::new(operation, "its exit status is unknown")),
        }
    }

    /// Kills it if it runs, as [`kill`](Self::kill) does, and starts the same program again.
    ///
    /// # Errors
    ///
    /// As [`Host::start`].
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let redis = server.start("redis-server")?;
    /// redis.kill()?;
    /// redis.restart()?;                                       // in the same folder
    /// redis.wait_for_port(6379)?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn restart(&self) -> Result<(), Error> {
        if self.is_running() {
            // It may have ended by itself meanwhile.
            let killed = self.kill();
            if self.is_running() {
                killed?;
            }
        }
        let run = self.begin()?;
        *self.0.run() = Some(run);
        Ok(())
    }

    /// The run that was begun last.
    pub(crate) fn present(&self) -> Arc<Run> {
        let run = self.0.run().clone();
        run.expect("a process is made with its first run")
    }

    fn begin(&self) -> Result<Arc<Run>, Error> {
        let run = Run::start(&self.0.host, &self.0.program)?;
        Register::enter(&run);
        Ok(run)
    }

    /// Whether both handles are of the same process.
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Two handles are equal if they are of the same process.
impl PartialEq for Process {
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl Eq for Process {}

/// For instance `` `redis-server` of `server` ``.
impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of `{}`", Quoted(&self.name()), self.host().name())
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("host", &self.host().name())
            .field("program", &self.0.program.to_string())
            .field("running", &self.is_running())
            .finish()
    }
}
