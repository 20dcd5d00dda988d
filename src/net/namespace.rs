use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use netns_rs::{Env, NetNs};
use nix::sched::{CloneFlags, setns, unshare};

use crate::{Error, sandbox};

/// A network namespace, held by a file descriptor, and by a name where mounts are permitted.
pub(super) struct Namespace {
    file: Arc<OwnedFd>,
    name: io::Result<Name>,
}

/// A name in the sandbox's own /run/netns, as `ip netns` knows it. Dropping it takes it away.
struct Name(Option<NetNs<Names>>);

/// The directory of names. netns-rs would make its mount shared; ours is to be seen by nobody.
struct Names(PathBuf);

impl Env for Names {
    fn persist_dir(&self) -> PathBuf {
        self.0.clone()
    }

    fn init(&self) -> netns_rs::Result<()> {
        Ok(())
    }
}

impl Namespace {
    /// Makes a namespace that has the given name if it can have one.
    ///
    /// A second network in the same test may use the same names for its hosts; its namespaces
    /// are then called `server.2` and so on.
    pub(super) fn named(name: &str) -> io::Result<Self> {
        match Name::make(name) {
            Ok((name, file)) => Ok(Self { file: Arc::new(file), name: Ok(name) }),
            Err(error) => Ok(Self { file: Arc::new(anonymous()?), name: Err(error) }),
        }
    }

    /// Makes a namespace that only its descriptor knows.
    pub(super) fn anonymous() -> io::Result<Self> {
        let name = Err(io::Error::other("it was made without one"));
        Ok(Self { file: Arc::new(anonymous()?), name })
    }

    /// The file under which `ip netns` and `nsenter` find it, or why there is none.
    pub(super) fn path(&self) -> Result<&Path, &io::Error> {
        match &self.name {
            Ok(Name(Some(name))) => Ok(name.path()),
            Ok(Name(None)) => unreachable!("a name is taken only when it is dropped"),
            Err(error) => Err(error),
        }
    }

    /// The descriptor, for a process or thread that enters it later.
    pub(super) fn file(&self) -> &Arc<OwnedFd> {
        &self.file
    }

    /// Runs `work` in it, on this thread.
    pub(super) fn run<T>(&self, work: impl FnOnce() -> T) -> io::Result<T> {
        let home = home()?;
        enter(&self.file)?;
        let _back = Back(home);
        Ok(work())
    }
}

impl AsFd for Namespace {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Name {
    fn make(name: &str) -> io::Result<(Self, OwnedFd)> {
        let mounts = sandbox::current().ok_or_else(|| {
            io::Error::other("names are made inside `#[netns_test]` and `program` only")
        })?;
        let directory = mounts.names()?;
        let name = reserve(directory, name)?;
        let named = NetNs::new_with_env(&name, Names(directory.to_owned()))
            .map_err(|error| io::Error::other(error.to_string()))?;
        let file = named.file().try_clone()?.into();
        Ok((Self(Some(named)), file))
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        if let Some(name) = self.0.take() {
            // The sandbox's mounts end with it; there is nobody to tell.
            let _ = name.remove();
        }
    }
}

/// The error for a namespace that the kernel does not give. It says `ENOSPC`, "no space left on
/// device", when it means a limit.
pub(super) fn refused(operation: impl Into<String>, error: io::Error) -> Error {
    let limit = error.raw_os_error() == Some(libc::ENOSPC);
    let error = Error::os(operation, error);
    if limit {
        return error.with_help(
            "the limit on network namespaces is reached: \
             `sudo sysctl -w user.max_net_namespaces=65536`",
        );
    }
    error
}

/// Takes a name by making its file, so that no other thread takes the same.
fn reserve(directory: &Path, name: &str) -> io::Result<String> {
    let mut free = name.to_owned();
    let mut number = 2;
    loop {
        match File::create_new(directory.join(&free)) {
            Ok(_) => return Ok(free),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                free = format!("{name}.{number}");
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Makes a namespace on this thread and returns to the one before.
fn anonymous() -> io::Result<OwnedFd> {
    let home = home()?;
    unshare(CloneFlags::CLONE_NEWNET)?;
    let _back = Back(home);
    self::home()
}

/// The namespace of this thread. Not `/proc/self`: that is the namespace of the main thread.
fn home() -> io::Result<OwnedFd> {
    Ok(File::open("/proc/thread-self/ns/net")?.into())
}

/// Moves this thread.
pub(super) fn enter(namespace: &OwnedFd) -> io::Result<()> {
    Ok(setns(namespace, CloneFlags::CLONE_NEWNET)?)
}

/// Brings this thread back, also when what it did panicked.
struct Back(OwnedFd);

impl Drop for Back {
    fn drop(&mut self) {
        if let Err(error) = enter(&self.0) {
            // A thread in the wrong namespace would make every later result a lie.
            eprintln!("netns-test: a thread cannot return to its network namespace: {error}");
            std::process::abort();
        }
    }
}
