use std::ffi::OsStr;
use std::process::{Command, Output};
use std::sync::Arc;

use super::host::Host;
use super::witness;
use crate::Error;
use crate::sys::process::{enter_before_exec, is_missing};

impl Host {
    /// A command whose process runs inside the host.
    ///
    /// It is std's own [`Command`]: arguments, pipes and waiting are as usual, and so is what is
    /// yours to check, the exit status. [`exec`](Self::exec) checks it for you. A process that
    /// cannot enter the host is not started. Its beginning and its end are in the
    /// [timeline](crate::Net::timeline). Whatever still runs at the end of the test is ended
    /// with it.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_daemon_starts(server: Host) -> Result {
    ///     let daemon = server.command("my-daemon").arg("--port=80").spawn()?;
    ///     assert!(daemon.id() > 0);
    ///     Ok(())
    /// }
    /// ```
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        enter_before_exec(&mut command, Arc::clone(self.namespace().file()));
        witness::watch(&mut command, self);
        command
    }

    /// The same as tokio's command, for async tests.
    pub fn command_async(&self, program: impl AsRef<OsStr>) -> tokio::process::Command {
        self.command(program).into()
    }

    /// Runs a program inside the host to its end and returns what it printed.
    ///
    /// # Errors
    ///
    /// If it cannot be started, and if it fails: then with its status and what it printed.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn addresses_are_set(server: Host) -> Result {
    ///     let printed = server.exec("ip", ["-brief", "address"])?;
    ///     assert!(printed.contains("10.0.0.1/24"));
    ///     Ok(())
    /// }
    /// ```
    pub fn exec<I, S>(&self, program: &str, arguments: I) -> Result<String, Error>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut command = self.command(program);
        command.args(arguments);
        let words: Vec<_> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let operation = format!("run `{}` in `{}`", words.join(" "), self.name());
        match command.output() {
            Ok(output) if output.status.success() => {
                Ok(String::from_utf8_lossy(&output.stdout).into_owned())
            }
            Ok(output) => Err(Error::new(operation, failure(&output))),
            Err(error) if is_missing(program, &error) => {
                Err(Error::unsupported(operation, format!("`{program}` is not installed")))
            }
            Err(error) => Err(Error::os(operation, error)),
        }
    }
}

fn failure(output: &Output) -> String {
    let mut text = format!("it ended with {}", output.status);
    for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let printed = String::from_utf8_lossy(bytes);
        if !printed.trim().is_empty() {
            text.push_str(&format!("\n{stream}: {}", printed.trim()));
        }
    }
    text
}
