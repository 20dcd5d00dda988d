use std::time::Duration;

use super::patience::Patience;
use super::process::Process;
use crate::net::hint_at_async;
use crate::quoted::Quoted;
use crate::{DEFAULT_DEADLINE, Error};

impl Process {
    /// Waits until it has printed this text, on stdout or stderr.
    ///
    /// Text that is printed during the wait is always found. Text that was printed before is found
    /// in the first and the last megabyte of it.
    ///
    /// # Errors
    ///
    /// If the program ends first, or has not printed it after [`DEFAULT_DEADLINE`].
    ///
    /// ```no_run
    /// use netns_test::{Host, Program, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_daemon_says_when_it_is_ready(server: Host) -> Result {
    ///     server.start("my-daemon")?.wait_for_output("ready for connections")?;
    ///     Ok(())
    /// }
    /// ```
    pub fn wait_for_output(&self, text: &str) -> Result<(), Error> {
        self.printed_within(text, DEFAULT_DEADLINE, "wait_for_output_async")
    }

    /// Waits as [`wait_for_output`](Self::wait_for_output) does, with a limit of your own.
    ///
    /// # Errors
    ///
    /// As [`wait_for_output`](Self::wait_for_output).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let node = server.start("my-node")?;
    /// node.wait_for_output_within("elected leader", Duration::from_secs(5))?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn wait_for_output_within(&self, text: &str, limit: Duration) -> Result<(), Error> {
        self.printed_within(text, limit, "wait_for_output_within_async")
    }

    /// Waits, and names `form` to who has blocked a runtime by that.
    fn printed_within(&self, text: &str, limit: Duration, form: &str) -> Result<(), Error> {
        let operation = format!("see {} in the output of {self}", Quoted(text));
        let run = self.present();
        let patience = Patience::of(limit);
        let (wanted, forgotten) = {
            let mut state = run.life().state();
            (state.output.want(text), state.output.forgotten())
        };
        let seen = run.life().await_answer(patience.end(), None, |state| {
            (wanted.is_seen() || state.over).then(|| wanted.is_seen())
        });
        let forgotten = match forgotten {
            0 => String::new(),
            bytes => format!(", and {bytes} bytes from before this wait were discarded"),
        };
        match seen {
            Some(true) => Ok(()),
            Some(false) => Err(run.ended(&operation)),
            None => {
                let cause = patience.passed(|limit| format!("not within {limit:?}"));
                let passed = Error::timed_out(operation, cause + &forgotten);
                Err(hint_at_async(passed, form))
            }
        }
    }
}
