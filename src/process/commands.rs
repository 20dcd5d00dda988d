use std::ffi::OsStr;
use std::io;
use std::process::{Command, Output, Stdio};

use super::life::told;
use super::witness;
use crate::quoted::Quoted;
use crate::record::{Event, ProcessPhase};
use crate::sys::outlook::own_before_exec;
use crate::sys::process::{enter_before_exec, is_missing};
use crate::{Error, Feature, Host};

impl Host {
    /// A command whose process runs inside the host.
    ///
    /// It is std's own [`Command`]: arguments, pipes and waiting work as usual, and you check the exit
    /// status yourself; [`exec`](Self::exec) checks it for you. To wait until a program listens, or to
    /// kill, freeze or restart it, use [`start`](Self::start). A process that cannot
    /// enter the host is not started. The start and end of the process are in the
    /// [timeline](crate::Net::timeline). Before Linux 6.15 its status may be unknown there, if it was
    /// waited for within a millisecond of its end. Processes that still run at the end of the test are
    /// ended with it.
    ///
    /// The process sees the host as its machine: `/sys/class/net` and `/proc/net` are the host's, and the
    /// host name (uname(2)) is the host's name. Its mounts are its own, except for names in `/run/netns`.
    /// Where mounts are not permitted (a container without `CAP_SYS_ADMIN`), only `/proc/net` is the
    /// host's. Code that [`run`](Self::run) puts into the host stays in the test's process: it sees the
    /// machine's `/sys` and host name, and the network of its own thread in `/proc/thread-self/net`.
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
    #[doc(alias("ip netns exec", "nsenter"))]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        enter_before_exec(&mut command, self.namespace_file());
        own_before_exec(&mut command, self.name());
        witness::watch(&mut command, self);
        command
    }

    /// The same as [`command`](Self::command), for async tests: a command of tokio.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let status = client.command_async("curl").arg("http://server/").status().await?;
    /// assert!(status.success());
    /// # drop(server);
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tokio")]
    pub fn command_async(&self, program: impl AsRef<OsStr>) -> tokio::process::Command {
        self.command(program).into()
    }

    /// Runs a program inside the host until it ends, and returns what it printed.
    ///
    /// As in a pipe of a shell, a daemon that it leaves behind with its output is waited for as well: redirect
    /// the daemon's output, or [`start`](Self::start) it.
    ///
    /// # Errors
    ///
    /// If it cannot be started. If it fails: the error has its status and what it printed.
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
        let mut command = Command::new(program);
        enter_before_exec(&mut command, self.namespace_file());
        own_before_exec(&mut command, self.name());
        command.args(arguments).stdin(Stdio::null());
        let words: Vec<_> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let words = words.join(" ");
        let operation = format!("run {} in `{}`", Quoted(&words), self.name());
        match self.run_to_the_end(&mut command, &words) {
            Ok(output) if output.status.success() => {
                Ok(String::from_utf8_lossy(&output.stdout).into_owned())
            }
            Ok(output) => Err(Error::new(operation, failure(&output))),
            Err(error) if is_missing(program, &error) => {
                Err(Error::unsupported(operation, format!("`{program}` is not installed"))
                    .for_lack_of(Feature::program(program)))
            }
            Err(error) => Err(Error::os(operation, error)),
        }
    }

    /// Runs a command, and records how it goes by itself: nobody else waits for it.
    fn run_to_the_end(&self, command: &mut Command, words: &str) -> io::Result<Output> {
        let note = |phase| {
            let (host, program) = (self.name().to_owned(), words.to_owned());
            self.note(Event::Process { host, program, phase });
        };
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let child = spawned.inspect_err(|error| note(ProcessPhase::Refused(error.to_string())))?;
        note(ProcessPhase::Started);
        let output = child.wait_with_output()?;
        note(ProcessPhase::Ended(told(output.status)));
        Ok(output)
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
