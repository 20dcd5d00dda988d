use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{Error, sandbox};

/// The test's own folder for what its programs write. It is empty at first, and gone with the test.
///
/// If the sandbox may mount, the folder is in memory, in a file system that only this test sees: no
/// two tests share it, and nothing is left of it, however the test ends. Otherwise it is a
/// temporary folder, which is removed when the last handle to it is dropped.
///
/// ```no_run
/// use netns_test::{Folder, Host, Program, Result, netns_test};
///
/// #[netns_test]
/// fn the_daemon_writes_its_number(server: Host) -> Result {
///     let folder = Folder::new()?;
///     let daemon = Program::new("my-daemon").arg("--pid-file=pid").in_folder(&folder);
///     server.start(daemon)?.wait_for_port(80)?;
///     assert!(folder.path().join("pid").exists());
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Folder(Arc<Owned>);

#[derive(Debug)]
struct Owned(PathBuf);

impl Folder {
    /// Makes a folder.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn new() -> Result<Self, Error> {
        let refused = |error| Error::os("make a folder for the programs of a test", error);
        let parent = sandbox::current().and_then(|mounts| mounts.folders().ok());
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_owned);
        Self::make_in(&parent).map_err(refused)
    }

    fn make_in(parent: &Path) -> io::Result<Self> {
        let mut number = 0;
        loop {
            let path = parent.join(format!("netns-test-{}-{number}", std::process::id()));
            // For programs of other users, which are handed the folder.
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(Arc::new(Owned(path)))),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it is.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let folder = Folder::new()?;
    /// std::fs::write(folder.path().join("app.toml"), "listen = \"0.0.0.0:80\"")?;
    /// server.start(Program::new("my-daemon").args(["--config", "app.toml"]).in_folder(&folder))?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn path(&self) -> &Path {
        &self.0.0
    }

    /// Hands it to a user. One that is not known here is this one under another number.
    pub(super) fn hand_to(&self, user: u32, group: u32) -> io::Result<()> {
        match chown(self.path(), Some(user), Some(group)) {
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
            handed => handed,
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // Nobody is there to be told; in a file system of the test's own it would go anyway.
        let _ = fs::remove_dir_all(&self.0);
    }
}
