use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::folder::Folder;
use super::function::Function;

/// A program that [`Host::start`](crate::Host::start) runs: its arguments, its environment, its user.
///
/// The methods are named as in [`std::process::Command`]. You do not set up pipes: the standard input is
/// empty, and the output is [kept](crate::Process::output) for the report.
///
/// ```no_run
/// use netns_test::{Folder, Host, Program, Result, netns_test};
///
/// #[netns_test]
/// fn redis_answers(server: Host, client: Host) -> Result {
///     let data = Folder::new()?;
///     let redis = Program::new("redis-server").args(["--port", "6379"]).in_folder(&data);
///     server.start(redis)?.wait_for_port(6379)?;
///     let mut conn = client.connect(server.addr(6379))?;
///     conn.send(b"PING\r\n")?;
///     assert_eq!(conn.recv()?, b"+PONG\r\n".as_slice()[..]);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a program does nothing until a host starts it"]
pub struct Program {
    pub(super) path: OsString,
    pub(super) arguments: Vec<OsString>,
    /// `None` for a variable that it is not to have.
    environment: Vec<(OsString, Option<OsString>)>,
    pub(super) directory: Option<PathBuf>,
    pub(super) folder: Option<Folder>,
    pub(super) user: Option<String>,
    name: Option<String>,
    /// What the program is to run, if it is this program's own file.
    pub(super) function: Option<Function>,
}

impl Program {
    /// A program by its path, or by its name in `PATH`, without arguments.
    pub fn new(path: impl AsRef<OsStr>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: None,
            folder: None,
            user: None,
            name: None,
            function: None,
        }
    }

    /// Adds an argument.
    pub fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    /// Adds arguments.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let ping = Program::new("ping").args(["-c", "3"]).arg(server.ipv4().to_string());
    /// assert!(client.start(ping)?.wait()?.success());
    /// # Ok(()) }
    /// ```
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|one| one.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable. The rest of its environment is the test's.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let service = Program::new("my-service").env("LISTEN", "0.0.0.0:80").env_remove("HTTP_PROXY");
    /// server.start(service)?.wait_for_port(80)?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let value = Some(value.as_ref().to_owned());
        self.environment.push((name.as_ref().to_owned(), value));
        self
    }

    /// Removes a variable from its environment.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // What the shell of a developer has, and CI has not.
    /// let service = Program::new("my-service").env_remove("RUST_LOG");
    /// server.start(service)?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), None));
        self
    }

    /// Sets its working directory. By default it is the test's.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let tests_own = server.start(Program::new("my-service").current_dir("tests/support"))?;
    /// # drop((tests_own, client));
    /// # Ok(()) }
    /// ```
    pub fn current_dir(mut self, directory: impl AsRef<Path>) -> Self {
        self.directory = Some(directory.as_ref().to_owned());
        self
    }

    /// Runs it in the test's own folder, which is also its folder for temporary files
    /// (`TMPDIR`). The program's [`user`](Self::user) becomes the owner of the folder.
    ///
    /// The folder lives as long as the program does, and stays the same when the program is restarted.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let data = Folder::new()?;
    /// let redis = Program::new("redis-server").args(["--appendonly", "yes"]).in_folder(&data);
    /// server.start(redis)?.wait_for_port(6379)?;
    /// println!("its files are in {}", data.path().display());
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn in_folder(mut self, folder: &Folder) -> Self {
        self.folder = Some(folder.clone());
        self
    }

    /// Runs it as a user other than root, given by name or UID. For programs that refuse to run as
    /// root, like PostgreSQL, or that drop root, like mosquitto.
    ///
    /// If root runs the test, the program becomes that user, with its groups, as by
    /// setpriv(1). If an ordinary user runs the test, the sandbox has only that user, called root there.
    /// Then the program gets its own user namespace, in which that one user has
    /// the wanted UID. The program sees itself as the wanted user, and owns all files of the user who runs
    /// the test; to the kernel it is still the latter. In both cases it has no privileges in its
    /// host: for example, it cannot bind ports below 1024.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // It refuses to be root's, which is what the user of a test is in its hosts.
    /// let folder = Folder::new()?;
    /// let make = Program::new("initdb").args(["-D", "data"]).in_folder(&folder).user("postgres");
    /// assert!(server.start(make)?.wait_within(Duration::from_secs(60))?.success());
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Sets the name by which messages and the report call it. By default it is the file name.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // In reports and in the timeline they can be told from each other.
    /// let one = server.start(Program::new("my-worker").named("first worker"))?;
    /// let two = server.start(Program::new("my-worker").named("second worker"))?;
    /// assert_ne!(one.name(), two.name());
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Its name.
    pub fn name(&self) -> String {
        let file = || Path::new(&self.path).file_name().unwrap_or(&self.path).to_string_lossy();
        self.name.clone().unwrap_or_else(|| file().into_owned())
    }

    /// The command that starts it, without what a host adds.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments);
        if let Some(folder) = &self.folder {
            command.current_dir(folder.path()).env("TMPDIR", folder.path());
        }
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }
}

/// A program by its name or path, without arguments.
impl From<&str> for Program {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

/// The program with its arguments, as ps(1) shows them, after its name if it has been given one.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, &self.function) {
            // How the test binary is run again says nothing.
            (Some(name), Some(_)) => return f.write_str(name),
            (Some(name), None) => write!(f, "{name}: ")?,
            (None, _) => {}
        }
        write!(f, "{}", self.path.to_string_lossy())?;
        self.arguments.iter().try_for_each(|word| write!(f, " {}", word.to_string_lossy()))
    }
}
