use std::fmt;
use std::sync::Arc;

use super::freeze_part::{Frozen, FrozenRuns, FrozenRuntime};
use super::guard::guard;
use super::part::Part;
use super::standing::Standing;
#[cfg(feature = "tokio")]
use crate::process::aside;
use crate::process::{Run, living_commands, runs};
use crate::record::Place;
use crate::{Error, Host, Process};

impl Process {
    /// Stops the process with everything that it has started, and returns when none of its threads can run
    /// any more.
    ///
    /// This is what a debugger, the migration of a virtual machine, or a long garbage collection does to a
    /// process: it computes nothing, while the kernel of its host carries on for it. Connections are
    /// accepted until the backlog is full, segments are acknowledged until the buffer is full, and
    /// keepalive is answered. Only something that needs an answer from the process itself notices. After
    /// thawing it continues where it was; its clocks have kept running.
    ///
    /// It is SIGSTOP for all of it in one step, and SIGCONT at the end. The process cannot notice the
    /// former, and may handle the latter. Signals sent to it meanwhile wait, except SIGKILL. Processes
    /// that it had stopped itself also continue when it is thawed.
    ///
    /// # Errors
    ///
    /// If it has ended, or does not stop: a process that waits for a device cannot be stopped.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Program, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_frozen_redis_accepts_and_does_not_answer(server: Host, client: Host) -> Result {
    ///     let redis = server.start(Program::new("redis-server").args(["--port", "6379"]))?;
    ///     redis.wait_for_port(6379)?;
    ///     let freeze = redis.freeze()?;
    ///     let mut conn = client.connect(server.addr(6379))?;
    ///     conn.send(b"PING\r\n")?;
    ///     conn.set_deadline(Duration::from_millis(300));
    ///     assert!(conn.recv().is_err());
    ///     freeze.thaw()?;
    ///     assert_eq!(conn.recv()?, b"+PONG\r\n");
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("SIGSTOP", "SIGCONT", "stall", "pause"))]
    pub fn freeze(&self) -> Result<Freeze, Error> {
        let fault = format!("freeze {self}");
        let place = Place::Process { host: self.host().clone(), process: self.name() };
        let standing = Standing::make(place, fault, |parts| freeze(parts, vec![self.present()]))?;
        Ok(Freeze { standing, left_out: Vec::new() })
    }

    /// As [`freeze`](Self::freeze), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`freeze`](Self::freeze).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let redis = server.start_async("redis-server").await?;
    /// redis.wait_for_port_async(6379).await?;
    /// let freeze = redis.freeze_async().await?;
    /// client.connect_async(server.addr(6379)).await?;     // its kernel shakes hands
    /// freeze.thaw()?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tokio")]
    pub async fn freeze_async(&self) -> Result<Freeze, Error> {
        let process = self.clone();
        aside(&format!("freeze {self}"), move || process.freeze()).await
    }
}

impl Host {
    /// Freezes what runs in the host: the processes [started](Self::start) in it, with everything that
    /// they have started, and its tokio runtime, with the tasks of [`spawn`](Self::spawn).
    ///
    /// Returns when none of it can run any more. Its kernel carries on, as for a
    /// [process](Process::freeze): what is sent to it is acknowledged.
    ///
    /// # What cannot be frozen
    ///
    /// Threads of the test's own process cannot be stopped from outside: those started by code in
    /// [`run`](Self::run), those of `spawn_blocking`, and those of pools. Nor can programs of
    /// [`command`](Self::command), whose children are not known. They keep running; [`Freeze::left_out`]
    /// names them, and so do the timeline and the report: ``freeze `server` without thread `worker` ``. To
    /// freeze something, start it as a process, by [`start`](Self::start) or [`start_fn`](Self::start_fn).
    /// The same holds for what is started while the host is frozen.
    ///
    /// Work of `spawn_blocking` therefore runs to its end; the task that awaits it continues when the host
    /// is thawed. tokio keeps a thread for such work until ten seconds after its last job. For as long the
    /// thread is among those left out, because it may get more work, though not from a frozen task.
    ///
    /// # Errors
    ///
    /// If a process does not stop, or a task of the runtime does not reach an `await` within two seconds.
    /// Nothing is frozen then.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, eventually, netns_test};
    /// # struct Registry;
    /// # impl Registry { fn knows(&self, _: &str) -> bool { false } }
    /// # fn registry(_: &Host) -> Registry { Registry }
    /// # fn agent(_: std::net::SocketAddr) {}
    ///
    /// #[netns_test]
    /// fn the_registry_evicts_a_client_that_is_frozen(server: Host, client: Host) -> Result {
    ///     let registry = registry(&server);
    ///     client.start_fn(agent, server.addr(7000))?;
    ///     eventually(Duration::from_secs(2), || registry.knows("client"))?;
    ///     let freeze = client.freeze()?;
    ///     assert!(freeze.left_out().is_empty());
    ///     eventually(Duration::from_secs(2), || !registry.knows("client"))?;
    ///     freeze.thaw()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn freeze(&self) -> Result<Freeze, Error> {
        let left_out = left_out(self);
        let mut fault = format!("freeze `{}`", self.name());
        if !left_out.is_empty() {
            fault.push_str(&format!(" without {}", left_out.join(", ")));
        }
        let standing = Standing::make(Place::Host(self.clone()), fault, |parts| {
            parts.push(Frozen::Runtime(FrozenRuntime::make(self)?));
            freeze(parts, runs(self))
        })?;
        Ok(Freeze { standing, left_out })
    }

    /// As [`freeze`](Self::freeze), without blocking the runtime of the test.
    ///
    /// # Errors
    ///
    /// As [`freeze`](Self::freeze).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let freeze = client.freeze_async().await?;
    /// // The tasks of `client` stand still, and this one goes on.
    /// tokio::time::sleep(Duration::from_millis(100)).await;
    /// freeze.thaw()?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tokio")]
    pub async fn freeze_async(&self) -> Result<Freeze, Error> {
        let host = self.clone();
        aside(&format!("freeze `{}`", self.name()), move || host.freeze()).await
    }
}

/// What runs in a host and cannot be frozen.
pub(super) fn left_out(host: &Host) -> Vec<String> {
    let threads = host.other_threads().into_iter().map(|name| format!("thread `{name}`"));
    let programs = living_commands(host).into_iter();
    threads.chain(programs.map(|program| format!("`{program}` of Host::command"))).collect()
}

/// Adds these runs, and freezes them. If one cannot be, what was frozen is thawed with the parts.
fn freeze(parts: &mut Vec<Frozen>, runs: Vec<Arc<Run>>) -> Result<(), Error> {
    let mut runs = Frozen::Runs(FrozenRuns::of(runs));
    let frozen = runs.resume();
    parts.push(runs);
    frozen
}

/// Processes that are frozen.
///
/// [`thaw`](Self::thaw) lets them continue and reports errors. Dropping it does so quietly.
/// [`keep`](Self::keep) leaves them frozen until the test ends. What is frozen twice continues when both
/// freezes are over.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// let worker = client.start(Program::new("sleep").arg("1h"))?;
/// let mut freeze = client.freeze()?;
/// assert!(freeze.left_out().is_empty(), "all of it stands still: {:?}", freeze.left_out());
/// freeze.suspend(|| worker.is_running())?;            // it runs meanwhile
/// freeze.thaw()?;
/// # Ok(()) }
/// ```
#[must_use = "dropping the guard thaws what is frozen"]
pub struct Freeze {
    standing: Standing<Frozen>,
    left_out: Vec<String>,
}

impl Freeze {
    /// Lets what is frozen continue, and returns when it does. This does not block, so async code needs no
    /// other form.
    ///
    /// # Errors
    ///
    /// If what was frozen has ended meanwhile: it was killed, or started again.
    ///
    /// A freeze cannot be thawed twice: this consumes it.
    ///
    /// ```compile_fail,E0382
    /// fn twice(freeze: netns_test::Freeze) -> Result<(), netns_test::Error> {
    ///     freeze.thaw()?;
    ///     freeze.thaw()
    /// }
    /// ```
    pub fn thaw(self) -> Result<(), Error> {
        self.standing.lift()
    }

    /// What runs in the host and cannot be frozen, one line each. Empty for a process.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }
}

guard! {
    Freeze,
    /// Lets what is frozen continue while `work` runs, and returns what `work` returned once it is frozen
    /// again.
    suspend,
    /// Where it is: in a process, or at a host.
    place
}

impl fmt::Debug for Freeze {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Freeze").field("fault", &self.to_string()).finish()
    }
}
