use std::time::{Duration, Instant};

use super::patience::Patience;
use super::process::Process;
use super::run::Run;
use crate::net::hint_at_async;
use crate::{DEFAULT_DEADLINE, Error};

/// How often the kernel is asked for the sockets.
const PACE: Duration = Duration::from_millis(2);

impl Process {
    /// Waits until the program, or one that it has started, listens on this TCP port.
    ///
    /// It asks the kernel for the host's sockets, so the program sees no connection. A listener of
    /// another process does not count, if `/proc` shows whose it is.
    ///
    /// # Errors
    ///
    /// At once when the program has ended; the error says how, and what it printed last. But if a program
    /// ends with status 0 and leaves something running, it has made itself a daemon, and the wait goes
    /// on. Also after [`DEFAULT_DEADLINE`].
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_daemon_is_ready(server: Host, client: Host) -> Result {
    ///     let daemon = server.start("my-daemon")?;
    ///     daemon.wait_for_port(80)?;
    ///     client.connect(server.addr(80))?;
    ///     Ok(())
    /// }
    /// ```
    pub fn wait_for_port(&self, port: u16) -> Result<(), Error> {
        self.listens_within(port, DEFAULT_DEADLINE, "wait_for_port_async")
    }

    /// Waits as [`wait_for_port`](Self::wait_for_port) does, with a limit of your own.
    ///
    /// # Errors
    ///
    /// As [`wait_for_port`](Self::wait_for_port).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // It replays its log first.
    /// let database = server.start("my-database")?;
    /// database.wait_for_port_within(5432, Duration::from_secs(60))?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn wait_for_port_within(&self, port: u16, limit: Duration) -> Result<(), Error> {
        self.listens_within(port, limit, "wait_for_port_within_async")
    }

    /// Waits, and names `form` to who has blocked a runtime by that.
    fn listens_within(&self, port: u16, limit: Duration, form: &str) -> Result<(), Error> {
        let operation = format!("see {self} listen on port {port}");
        let run = self.present();
        let patience = Patience::of(limit);
        loop {
            let listener = find(&run, port)?;
            if let Listener::Ours = listener {
                return Ok(());
            }
            let soon = (Instant::now() + PACE).min(patience.end());
            let failed = |state: &super::life::State| {
                let failed = state.status.is_some_and(|status| !status.success());
                (state.over || failed).then_some(())
            };
            if run.life().await_answer(soon, None, failed).is_some() {
                return Err(run.ended(&operation));
            }
            if Instant::now() >= patience.end() {
                let cause = match listener {
                    Listener::Theirs => "another process listens there",
                    _ => "it does not",
                };
                let after = patience.passed(|limit| format!("after {limit:?}"));
                let passed = Error::timed_out(operation, format!("{cause}, {after}"));
                return Err(hint_at_async(passed, form));
            }
        }
    }
}

enum Listener {
    None,
    Ours,
    Theirs,
}

fn find(run: &Run, port: u16) -> Result<Listener, Error> {
    let sockets = run.host().sockets()?.tcp().listening().sport(port);
    if sockets.is_empty() {
        return Ok(Listener::None);
    }
    let Some(tasks) = run.tasks_if_shown() else { return Ok(Listener::Ours) };
    let is_ours = |inode| tasks.iter().any(|task| task.has_socket(inode));
    match sockets.iter().any(|socket| is_ours(socket.inode)) {
        true => Ok(Listener::Ours),
        false => Ok(Listener::Theirs),
    }
}
