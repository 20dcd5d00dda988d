use std::fs::File;
use std::io::{self, PipeReader, Seek, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::panic::Location;
use std::process::{Command, ExitCode, Stdio, Termination};
use std::sync::Arc;

use nix::sys::memfd::{MFdFlags, memfd_create};

use super::argument::Argument;
use super::process::Process;
use super::program::Program;
use crate::sandbox::Call;
use crate::sys::function::Place;
use crate::sys::program::inherit_before_exec;
use crate::{Error, Host};

impl Host {
    /// Runs a function of the test binary as its own process inside the host.
    ///
    /// Use it for code under test that you want to kill, [freeze](Process::freeze) or restart, and for
    /// code with process-wide state: pools, global executors, environment variables. Each
    /// process has its own copy of that state, without a second binary.
    ///
    /// The function is a `fn`, or a closure that captures nothing: the new process has no values of this
    /// one. Pass what it needs as its [`Argument`]. The test binary is run
    /// again for it, as it is for a test; before the function is called, only libtest and the
    /// initialisation of statics run.
    ///
    /// Its output is printed by the test, and is in its [output](Process::output). A panic in any of its
    /// threads fails the test ([`take_panics`](crate::take_panics) takes those that a
    /// test expects); if the function itself panics, the process ends with status 101. If the function
    /// returns an error, it is printed and the process ends with status 1, as for `main`. A function that
    /// does not return is ended with the test.
    ///
    /// The process has none of the test's hosts or nets: whatever it opens is in its host.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    ///
    /// ```no_run
    /// use std::net::{SocketAddr, TcpStream};
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, eventually, netns_test};
    /// # struct Registry;
    /// # impl Registry { fn knows(&self, _: &str) -> bool { true } }
    /// # fn registry(_: &Host) -> Result<(Registry, SocketAddr)> { Ok((Registry, ([0; 4], 1).into())) }
    ///
    /// fn agent(registry: SocketAddr) -> std::io::Result<()> {
    ///     let _registered = TcpStream::connect(registry)?;
    ///     loop {
    ///         std::thread::park();
    ///     }
    /// }
    ///
    /// #[netns_test]
    /// fn the_registry_evicts_an_agent_that_was_killed(server: Host, client: Host) -> Result {
    ///     let (registry, addr) = registry(&server)?;
    ///     let process = client.start_fn(agent, addr)?;
    ///     eventually(Duration::from_secs(2), || registry.knows("client"))?;
    ///     process.kill()?;
    ///     eventually(Duration::from_secs(2), || !registry.knows("client"))?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// A closure that captures is an error:
    ///
    /// ```compile_fail,E0308
    /// # use netns_test::{Host, Result};
    /// # fn t(server: Host, client: Host) -> Result {
    /// let registry = server.addr(7000);
    /// client.start_fn(|()| println!("{registry}"), ())?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn start_fn<A: Argument, R: Termination>(
        &self,
        function: fn(A) -> R,
        argument: A,
    ) -> Result<Process, Error> {
        self.start(Program::function(function, argument))
    }
}

impl Program {
    /// A function of the test binary, to be started as [`Host::start_fn`] does. Use it to set a name,
    /// an environment, a user or a folder.
    ///
    /// ```no_run
    /// use netns_test::{Host, Program, Result, netns_test};
    ///
    /// fn greet(name: String) {
    ///     println!("hello, {name}, in {}", std::env::var("PLACE").unwrap_or_default());
    /// }
    ///
    /// #[netns_test]
    /// fn a_function_has_an_environment(server: Host) -> Result {
    ///     let greeting = Program::function(greet, "world".to_owned());
    ///     let process = server.start(greeting.named("greeting").env("PLACE", "Linux"))?;
    ///     process.wait_for_output("hello, world, in Linux")?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn function<A: Argument, R: Termination>(function: fn(A) -> R, argument: A) -> Self {
        let mut bytes = Vec::new();
        argument.encode(&mut bytes);
        let function = Function {
            caller: Place::of_caller(call::<A, R>),
            function: Place::of(function),
            argument: bytes,
        };
        let at = Location::caller();
        let mut program = Self::new("/proc/self/exe").args(std::env::args_os().skip(1));
        program.function = Some(function);
        program.named(format!("fn at {}:{}", at.file(), at.line()))
    }
}

/// Calls the function at a place with an argument that is in bytes.
fn call<A: Argument, R: Termination>(function: Place, mut argument: &[u8]) -> ExitCode {
    let argument = A::decode(&mut argument).expect("what was encoded is decoded");
    function.function::<A, R>()(argument).report()
}

/// A function of this program's file, with its argument.
#[derive(Clone, Debug)]
pub(super) struct Function {
    caller: Place,
    function: Place,
    argument: Vec<u8>,
}

impl Function {
    /// Tells a command what it is to run; returns its standard output, and where it reports.
    pub(super) fn tell(&self, command: &mut Command) -> io::Result<[PipeReader; 2]> {
        let mut argument = File::from(memfd_create(c"argument", MFdFlags::MFD_CLOEXEC)?);
        argument.write_all(&self.argument)?;
        argument.rewind()?;
        let ((output, output_writer), (reports, reports_writer)) = (io::pipe()?, io::pipe()?);
        let files: [Arc<OwnedFd>; 3] =
            [argument.into(), output_writer.into(), reports_writer.into()].map(Arc::new);
        let [argument, output_file, reports_file] = files.each_ref().map(|file| file.as_raw_fd());
        let call = Call {
            caller: self.caller,
            function: self.function,
            argument,
            output: output_file,
            reports: reports_file,
        };
        let (name, value) = call.variable();
        command.env(name, value).stdout(Stdio::null());
        files.into_iter().for_each(|file| inherit_before_exec(command, file));
        Ok([output, reports])
    }
}
