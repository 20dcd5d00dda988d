//! Where the report of one run of a test goes: a folder of its own.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::folder_name::FolderName;
use super::reports_folder::Reports;

/// More runs of one test in one second than there can be.
const MOST: u32 = 10_000;

/// A folder that did not exist before, and belongs to the user who runs the tests, also by sudo.
pub(super) struct Folder<'a> {
    pub(super) reports: &'a Reports,
    pub(super) path: PathBuf,
}

/// The lock on the folder of this process, which says that it is in use: as long as the process
/// lives, which may be until a person has seen enough of its network.
static IN_USE: OnceLock<Flock<File>> = OnceLock::new();

impl<'a> Folder<'a> {
    /// Makes the folder of one run of a test.
    pub(super) fn make(reports: &'a Reports, name: &FolderName) -> io::Result<Self> {
        reports.make()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        for number in 1..MOST {
            let path = reports.path().join(name.run(now, number));
            match fs::create_dir(&path) {
                Ok(()) if use_it(&path) => {
                    reports.give(&path);
                    return Ok(Self { reports, path });
                }
                // Another process has found it before it was in use, and removed it as an old one.
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(at(&path, error)),
            }
        }
        Err(io::Error::other(format!("{} is full", reports.path().display())))
    }

    /// Writes a file into it; nothing is left of one that could not be written whole.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        if let Err(error) = fs::write(&path, bytes) {
            let _ = fs::remove_file(&path);
            return Err(at(&path, error));
        }
        self.reports.give(&path);
        Ok(path)
    }
}

/// Says that the folder is in use; `false` if it has been removed in the meantime.
fn use_it(path: &Path) -> bool {
    let Ok(folder) = File::open(path) else { return path.exists() };
    let Ok(opened) = folder.metadata() else { return true };
    match Flock::lock(folder, FlockArg::LockSharedNonblock) {
        Ok(lock) => {
            let there = fs::metadata(path).is_ok_and(|there| there.ino() == opened.ino());
            if there {
                IN_USE.get_or_init(|| lock);
            }
            there
        }
        // Somebody is removing it.
        Err((_, Errno::EWOULDBLOCK)) => false,
        // A file system without locks, where nothing is removed either.
        Err(_) => true,
    }
}

pub(super) fn at(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
