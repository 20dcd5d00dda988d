//! The runs of a test that came before: a few are kept.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::folder_name::FolderName;
use super::run_folder::Folder;

/// How many runs of a test are kept.
const KEPT: usize = 5;

impl Folder<'_> {
    /// Removes what is left of older runs of the test, but for a few, those that are in use, and those
    /// of other users. What cannot be removed stays: no run fails because of an old one. If another run
    /// is removing now, the next one does the rest.
    pub(super) fn remove_older(&self, name: &FolderName) {
        let Ok(ours) = fs::metadata(&self.path) else { return };
        // One at a time: a folder that another one is removing has just been changed, and would be taken
        // for one of the newest.
        let alone = File::open(self.reports.path()).map(|folder| {
            Flock::lock(folder, FlockArg::LockExclusiveNonblock).map_err(|(_, error)| error)
        });
        if matches!(alone, Ok(Err(Errno::EWOULDBLOCK))) {
            return;
        }
        let mut runs: Vec<(SystemTime, PathBuf)> = fs::read_dir(self.reports.path())
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().to_str().is_some_and(|folder| name.is_of(folder)))
            .filter_map(|entry| {
                // Of a link its own, which is nobody's report.
                let folder = entry.metadata().ok()?;
                let is_ours = folder.is_dir() && folder.uid() == ours.uid();
                // Not by the name: the number of a folder that was removed is taken again.
                is_ours.then_some((folder.modified().ok()?, entry.path()))
            })
            .collect();
        runs.sort();
        let old = runs.len().saturating_sub(KEPT);
        for (_, path) in &runs[..old] {
            remove_unused(path);
        }
    }
}

fn remove_unused(path: &Path) {
    let Ok(folder) = File::open(path) else { return };
    if let Ok(_lock) = Flock::lock(folder, FlockArg::LockExclusiveNonblock) {
        let _ = fs::remove_dir_all(path);
    }
}
