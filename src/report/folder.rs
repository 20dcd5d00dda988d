//! Where the report of a test goes: a folder of its own under the target folder.

use std::ffi::OsString;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use super::date;

/// Another place for the reports than `target/netns-test`.
const PLACE: &str = "NETNS_TEST_REPORT_DIR";
/// What cargo puts into a target folder (the Cache Directory Tagging Specification).
const TAG: &str = "CACHEDIR.TAG";
/// More runs of one test in one second than there can be.
const MOST: u32 = 10_000;

/// A folder that did not exist before, and belongs to the user who runs the tests, also by sudo.
pub(super) struct Folder {
    path: PathBuf,
    owner: Option<(u32, u32)>,
}

impl Folder {
    /// Makes the folder of one run of a test: its name, when, and a number if that is taken.
    pub(super) fn make(test: &str) -> io::Result<Self> {
        let reports = reports()?;
        let owner = owner(&reports);
        make_all(&reports, owner)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let name = format!("{}-{}", test.replace("::", "."), date::compact(now));
        for number in 1..MOST {
            let name = if number == 1 { name.clone() } else { format!("{name}-{number}") };
            let path = reports.join(name);
            match fs::create_dir(&path) {
                Ok(()) => {
                    give(&path, owner);
                    return Ok(Self { path, owner });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(at(&path, error)),
            }
        }
        Err(io::Error::other(format!("{} is full", reports.display())))
    }

    /// Writes a file into it; nothing is left of one that could not be written whole.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        if let Err(error) = fs::write(&path, bytes) {
            let _ = fs::remove_file(&path);
            return Err(at(&path, error));
        }
        give(&path, self.owner);
        Ok(path)
    }
}

/// The folder of all reports.
fn reports() -> io::Result<PathBuf> {
    if let Some(place) = env::var_os(PLACE) {
        return Ok(place.into());
    }
    let target =
        env::current_exe().ok().and_then(|binary| tagged(&binary)).or_else(beside_manifest);
    match target {
        Some(target) => Ok(target.join("netns-test")),
        None => {
            let cause = format!("the test binary is in no target folder of cargo's; set {PLACE}");
            Err(io::Error::new(io::ErrorKind::NotFound, cause))
        }
    }
}

/// The outermost folder around the binary that is tagged as a target folder.
fn tagged(binary: &Path) -> Option<PathBuf> {
    binary.ancestors().filter(|folder| folder.join(TAG).is_file()).last().map(Path::to_owned)
}

/// The target folder of the package whose tests cargo runs.
fn beside_manifest() -> Option<PathBuf> {
    env::var_os("CARGO_MANIFEST_DIR").map(|package: OsString| Path::new(&package).join("target"))
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

fn make_all(folder: &Path, owner: Option<(u32, u32)>) -> io::Result<()> {
    let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    for folder in missing.into_iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => give(folder, owner),
            // Another test's report was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(at(folder, error)),
        }
    }
    Ok(())
}

/// Gives it to its owner. In a user namespace it is the user's anyway, and may not be given away.
fn give(path: &Path, owner: Option<(u32, u32)>) {
    if let Some((user, group)) = owner {
        let _ = chown(path, Some(user), Some(group));
    }
}

fn at(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
