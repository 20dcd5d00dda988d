//! Where the reports of all tests are.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs, io};

use super::run_folder::at;

/// Another place for the reports than `netns-test` in the target folder.
const PLACE: &str = "NETNS_TEST_REPORT_DIR";
/// Where cargo builds, if the user says so.
const TARGET: &str = "CARGO_TARGET_DIR";
/// What cargo puts into a target folder (the Cache Directory Tagging Specification).
const TAG: &str = "CACHEDIR.TAG";

/// The folder of all reports.
pub(super) struct Reports {
    path: PathBuf,
    owner: Option<(u32, u32)>,
}

/// The folder as it was found when the test began: a body may go to another folder, and change its
/// variables.
static PATH: OnceLock<Result<PathBuf, String>> = OnceLock::new();

/// Looks for the folder before the body of the test can change what it is found by.
pub(crate) fn find() {
    PATH.get_or_init(path);
}

impl Reports {
    pub(super) fn of_this_test() -> io::Result<Self> {
        let path = PATH.get_or_init(path).clone();
        let path = path.map_err(|cause| io::Error::new(io::ErrorKind::NotFound, cause))?;
        let owner = owner(&path);
        Ok(Self { path, owner })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder with all that is missing above it.
    pub(super) fn make(&self) -> io::Result<()> {
        let missing: Vec<_> = self.path.ancestors().take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => self.give(folder),
                // Another test's report was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(at(folder, error)),
            }
        }
        Ok(())
    }

    /// Gives a file to the owner of the reports. In a user namespace it is the user's anyway, and may
    /// not be given away.
    pub(super) fn give(&self, path: &Path) {
        if let Some((user, group)) = self.owner {
            let _ = chown(path, Some(user), Some(group));
        }
    }
}

fn path() -> Result<PathBuf, String> {
    if let Some(place) = set(PLACE) {
        let absolute = std::path::absolute(&place);
        return absolute.map_err(|error| format!("{PLACE} is `{}`: {error}", place.display()));
    }
    let target = set(TARGET).filter(|target| target.is_absolute());
    // A target folder that is not absolute is so for cargo, whose folder is unknown here.
    let around = || env::current_exe().ok().and_then(|binary| tagged(&binary));
    match target.or_else(around).or_else(beside_manifest) {
        Some(target) => Ok(target.join("netns-test")),
        None => Err(format!(
            "the test binary is in no target folder of cargo's\n\
             help: name a folder for the reports: `{PLACE}=/tmp/reports`"
        )),
    }
}

/// The path in a variable. One that is empty says nothing.
fn set(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The outermost folder around the binary that is tagged as a target folder.
fn tagged(binary: &Path) -> Option<PathBuf> {
    binary.ancestors().filter(|folder| folder.join(TAG).is_file()).last().map(Path::to_owned)
}

/// The target folder of the package whose tests cargo runs.
fn beside_manifest() -> Option<PathBuf> {
    set("CARGO_MANIFEST_DIR").map(|package| package.join("target"))
}

/// Who is to own what is made under `folder`, if the process is root and can give it away: the
/// user who called sudo, or the owner of the folder around it.
fn owner(folder: &Path) -> Option<(u32, u32)> {
    if !nix::unistd::geteuid().is_root() {
        return None;
    }
    let number = |name| env::var(name).ok().and_then(|text| text.parse().ok());
    if let (Some(user), Some(group)) = (number("SUDO_UID"), number("SUDO_GID")) {
        return Some((user, group));
    }
    let around = folder.ancestors().find_map(|folder| fs::metadata(folder).ok())?;
    Some((around.uid(), around.gid()))
}
