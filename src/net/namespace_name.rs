use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

#[cfg(feature = "netns-rs")]
use netns_rs::{Env, NetNs};

use crate::sandbox;
use crate::sys::mount::bind;
use crate::sys::namespace::Identity;

/// The name of a namespace in the sandbox's own /run/netns, as `ip netns` knows it. Dropping it
/// takes it away.
pub(super) struct NamespaceName {
    path: PathBuf,
    #[cfg(feature = "netns-rs")]
    name: String,
    #[cfg(feature = "netns-rs")]
    directory: PathBuf,
}

/// The directory of names. netns-rs would make its mount shared; ours is to be seen by nobody.
#[cfg(feature = "netns-rs")]
struct Names(PathBuf);

#[cfg(feature = "netns-rs")]
impl Env for Names {
    fn persist_dir(&self) -> PathBuf {
        self.0.clone()
    }

    fn init(&self) -> netns_rs::Result<()> {
        Ok(())
    }
}

impl NamespaceName {
    /// Gives a namespace a name: `name`, or `name.2` and so on if that is taken by another net of
    /// the same test.
    pub(super) fn give(namespace: BorrowedFd<'_>, name: &str) -> io::Result<Self> {
        let mounts = sandbox::current().ok_or_else(|| {
            io::Error::other("namespaces can be named only inside `#[netns_test]` and `program`")
        })?;
        let directory = mounts.names()?.to_owned();
        let name = reserve(&directory, name)?;
        let path = directory.join(&name);
        if let Err(error) = bind(namespace, &path) {
            // The reservation is ours alone.
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        let named = Self {
            path,
            #[cfg(feature = "netns-rs")]
            name,
            #[cfg(feature = "netns-rs")]
            directory,
        };
        named.check(namespace)?;
        Ok(named)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that who opens the name gets this namespace.
    fn check(&self, namespace: BorrowedFd<'_>) -> io::Result<()> {
        if self.identity()? == Identity::of(namespace)? {
            return Ok(());
        }
        Err(io::Error::other(format!("{} names another namespace", self.path.display())))
    }
}

#[cfg(feature = "netns-rs")]
impl NamespaceName {
    fn identity(&self) -> io::Result<Identity> {
        Identity::of(self.open()?.file().as_fd())
    }

    fn remove(&self) -> io::Result<()> {
        self.open()?.remove().map_err(told)
    }

    fn open(&self) -> io::Result<NetNs<Names>> {
        NetNs::get_from_env(&self.name, Names(self.directory.clone())).map_err(told)
    }
}

#[cfg(feature = "netns-rs")]
fn told(error: netns_rs::Error) -> io::Error {
    io::Error::other(error.to_string())
}

/// The same in the kernel's own words.
#[cfg(not(feature = "netns-rs"))]
impl NamespaceName {
    fn identity(&self) -> io::Result<Identity> {
        Identity::of(File::open(&self.path)?.as_fd())
    }

    fn remove(&self) -> io::Result<()> {
        nix::mount::umount2(&self.path, nix::mount::MntFlags::MNT_DETACH)?;
        fs::remove_file(&self.path)
    }
}

impl Drop for NamespaceName {
    fn drop(&mut self) {
        // The sandbox's mounts end with it; there is nobody to tell.
        let _ = self.remove();
    }
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
