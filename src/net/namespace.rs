use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use nix::sched::{CloneFlags, setns, unshare};

use super::attachments::Attachments;
use super::namespace_name::NamespaceName;
use super::netlink_sockets::NetlinkSockets;
use crate::mutex::lock;
use crate::netlink::Netlink;
use crate::sys::namespace::{Identity, of_this_thread};
use crate::{Error, sandbox};

/// A network namespace, held by a file descriptor, and by a name where mounts are permitted; with
/// what the crate keeps open in it.
pub(crate) struct Namespace {
    /// Whose it is, as messages say it.
    owner: String,
    file: Arc<OwnedFd>,
    identity: Identity,
    name: io::Result<NamespaceName>,
    sockets: NetlinkSockets,
    /// For names of what is made in it and must not meet another of its kind.
    numbers: AtomicU32,
    attached: Attachments,
}

/// The namespaces of this process that are there. Their inode numbers are theirs as long as they
/// are open.
static THERE: Mutex<BTreeSet<Identity>> = Mutex::new(BTreeSet::new());

impl Namespace {
    /// Makes a namespace that has the given name if it can have one. This thread is inside it until
    /// the visit is dropped.
    ///
    /// A second network in the same test may use the same names for its hosts; its namespaces
    /// are then called `server.2` and so on.
    ///
    /// # Errors
    ///
    /// What the kernel said, and if the namespace cannot be told from one that was there before:
    /// a host that is not alone would let a test pass that should not.
    pub(super) fn named(name: &str) -> io::Result<(Self, Visit)> {
        let (mut namespace, visit) = Self::anonymous(format!("`{name}`"))?;
        namespace.name = NamespaceName::give(namespace.as_fd(), name);
        Ok((namespace, visit))
    }

    /// Makes a namespace that only its descriptor knows. This thread is inside it until the visit
    /// is dropped. Messages call it `owner`.
    ///
    /// # Errors
    ///
    /// As [`named`](Self::named).
    pub(super) fn anonymous(owner: String) -> io::Result<(Self, Visit)> {
        let home = of_this_thread()?;
        let before = Identity::of(home.as_fd())?;
        unshare(CloneFlags::CLONE_NEWNET)?;
        let visit = Visit(home);
        Ok((Self::of_this_thread(owner, before)?, visit))
    }

    /// The namespace that this thread has just made, after it had been in another one.
    fn of_this_thread(owner: String, before: Identity) -> io::Result<Self> {
        let file = of_this_thread()?;
        let identity = Identity::of(file.as_fd())?;
        let known = [Some(before), sandbox::home()].contains(&Some(identity));
        if known || !there().insert(identity) {
            return Err(io::Error::other("the namespace that the kernel returned is not new"));
        }
        let name = Err(io::Error::other("it was made without one"));
        Ok(Self {
            owner,
            file: Arc::new(file),
            identity,
            name,
            sockets: NetlinkSockets::default(),
            numbers: AtomicU32::new(1),
            attached: Attachments::default(),
        })
    }

    /// The file under which `ip netns` and `nsenter` find it, or why there is none.
    pub(super) fn path(&self) -> Result<&Path, &io::Error> {
        self.name.as_ref().map(NamespaceName::path)
    }

    /// The descriptor, for a process or thread that enters it later.
    pub(super) fn file(&self) -> &Arc<OwnedFd> {
        &self.file
    }

    /// Runs `work` in it, on this thread.
    pub(crate) fn run<T>(&self, work: impl FnOnce() -> T) -> io::Result<T> {
        let home = of_this_thread()?;
        enter(&self.file)?;
        let _visit = Visit(home);
        Ok(work())
    }

    /// Uses its own socket to one of netlink's families, opened when first needed.
    ///
    /// One user at a time: `work` must not ask for a socket of the same namespace.
    pub(crate) fn netlink<T>(
        &self,
        protocol: i32,
        work: impl FnOnce(&mut Netlink) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let open = || {
            let opened = self.run(|| Netlink::open(protocol)).and_then(|opened| opened);
            opened.map_err(|error| self.cannot_open(protocol, error))
        };
        self.sockets.with(protocol, open, work)
    }

    /// Opens its own socket to one of netlink's families; this thread is inside it.
    pub(super) fn open_netlink(&self, protocol: i32) -> Result<(), Error> {
        let open = || Netlink::open(protocol).map_err(|error| self.cannot_open(protocol, error));
        self.sockets.with(protocol, open, |_| Ok(()))
    }

    fn cannot_open(&self, protocol: i32, error: io::Error) -> Error {
        Error::os(format!("open netlink family {protocol} in {self}"), error)
    }

    /// What another part of the crate keeps about it, one value of each type. The network does not
    /// know what faults there are.
    pub(crate) fn attached<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.attached.get()
    }

    /// The next number for a name of something in it.
    pub(crate) fn next_number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.owner)
    }
}

impl AsFd for Namespace {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Before the descriptor is closed: from then on a new namespace may have the number.
        there().remove(&self.identity);
    }
}

fn there() -> MutexGuard<'static, BTreeSet<Identity>> {
    lock(&THERE)
}

/// The error for a namespace that the kernel does not give. It says `ENOSPC`, "no space left on
/// device", when it means a limit.
pub(super) fn refused(operation: impl Into<String>, error: io::Error) -> Error {
    let limit = error.raw_os_error() == Some(libc::ENOSPC);
    let error = sandbox::refused(operation, error);
    if limit {
        return error.with_help(
            "the limit on network namespaces is reached: \
             `sudo sysctl -w user.max_net_namespaces=65536`",
        );
    }
    error
}

/// Runs `work` in the sandbox's own namespace, on this thread; `None` where there is none, or it cannot
/// be entered.
pub(crate) fn at_home<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = of_this_thread().ok()?;
    enter(sandbox::home_file()?).ok()?;
    let _visit = Visit(before);
    Some(work())
}

/// Moves this thread.
pub(super) fn enter(namespace: &OwnedFd) -> io::Result<()> {
    Ok(setns(namespace, CloneFlags::CLONE_NEWNET)?)
}

/// A stay in a namespace. Dropping it brings this thread back, also when what it did panicked.
#[must_use = "dropping it ends the visit"]
pub(super) struct Visit(OwnedFd);

impl Drop for Visit {
    fn drop(&mut self) {
        if let Err(error) = enter(&self.0) {
            // A thread in the wrong namespace would make every later result a lie.
            let operation = "bring a thread back to its network namespace";
            eprintln!("netns-test: {}", sandbox::refused(operation, error));
            std::process::abort();
        }
    }
}
