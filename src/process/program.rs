use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::folder::Folder;
use super::function::Function;

/// A program that [`Host::start`](crate::Host::start) runs: its arguments, its environment, its user.
///
/// The words are those of [`std::process::Command`]. What a command has beside them, its pipes, is
/// taken care of: the standard input is empty, and what it prints is
/// [kept](crate::Process::output) for the report.
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

    /// Sets a variable of its environment, which is that of the test otherwise.
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

    /// Sets its working directory, which is that of the test otherwise.
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

    /// Has it work in a folder that is the test's own, and keep its temporary files there
    /// (`TMPDIR`). The folder is handed to the program's [`user`](Self::user).
    ///
    /// The folder lives as long as the program does, and is the same when that is started again.
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

    /// Has it run as another user than root, by name or number: for programs that refuse to run as
    /// root, as PostgreSQL does, or that give up being root, as mosquitto does.
    ///
    /// Where the test runs as root, the program becomes that user, with its groups, as by
    /// setpriv(1). Where an ordinary user runs the test there is one user only, who is called root
    /// in the test: then the program gets a user namespace of its own, in which that one user has
    /// the wanted number. It sees itself as that user, and all files of the user who runs the test
    /// as its own; for the kernel it is still that one. In both cases it has no privilege in its
    /// host: ports below 1024, for one, are not for it.
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

    /// Gives it a name, by which messages and the report call it: by default the file's name.
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

    /// What it is called.
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

/// The program with its arguments, as ps(1) shows them; behind its name, if it has been given one.
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
