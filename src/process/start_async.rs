use std::ffi::{OsStr, OsString};
use std::future::Future;
use std::process::Termination;

use super::argument::Argument;
use super::aside::aside;
use super::process::Process;
use super::program::Program;
use crate::quoted::Quoted;
use crate::{Error, Host};

impl Host {
    /// As [`start`](Self::start), without blocking the runtime. Once the start has begun, the program
    /// is started even if the future is dropped.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Program, Result, netns_test};
    ///
    /// #[netns_test]
    /// async fn the_broker_answers(server: Host, client: Host) -> Result {
    ///     let broker = Program::new("nats-server").args(["--port", "4222"]);
    ///     let broker = server.start_async(broker).await?;
    ///     broker.wait_for_port_async(4222).await?;
    ///     client.connect_async(server.addr(4222)).await?;
    ///     broker.stop_async(Duration::from_secs(2)).await?;
    ///     Ok(())
    /// }
    /// ```
    pub async fn start_async(&self, program: impl Into<Program>) -> Result<Process, Error> {
        let (host, program) = (self.clone(), program.into());
        let operation = format!("start {} in `{}`", Quoted(&program.to_string()), self.name());
        aside(&operation, move || host.start(program)).await
    }

    /// As [`start_fn`](Self::start_fn), without blocking the runtime. The function itself is not async:
    /// to run a future, make a runtime in it.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// fn greet(name: String) {
    ///     println!("hello, {name}");
    /// }
    ///
    /// #[netns_test]
    /// async fn a_function_greets(server: Host) -> Result {
    ///     let process = server.start_fn_async(greet, "world".to_owned()).await?;
    ///     process.wait_for_output_async("hello, world").await?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn start_fn_async<A: Argument, R: Termination>(
        &self,
        function: fn(A) -> R,
        argument: A,
    ) -> impl Future<Output = Result<Process, Error>> {
        self.start_async(Program::function(function, argument))
    }

    /// As [`exec`](Self::exec), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`exec`](Self::exec).
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// async fn the_route_is_there(client: Host) -> Result {
    ///     assert!(client.exec_async("ip", ["route"]).await?.contains("default"));
    ///     Ok(())
    /// }
    /// ```
    pub async fn exec_async<I, S>(&self, program: &str, arguments: I) -> Result<String, Error>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let arguments: Vec<OsString> =
            arguments.into_iter().map(|one| one.as_ref().to_owned()).collect();
        let (host, program) = (self.clone(), program.to_owned());
        let operation = format!("run {} in `{}`", Quoted(&program), self.name());
        aside(&operation, move || host.exec(&program, arguments)).await
    }
}
