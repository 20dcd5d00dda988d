//! What a sandbox offers where it may mount: its own /proc, /run/netns and /etc/hosts.
//!
//! The core of the crate needs none of it. Only this test sees it.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use nix::fcntl::{OFlag, open, openat};
use nix::mount::{MsFlags, mount};
use nix::sys::stat::Mode;

use crate::mutex::lock;
use crate::sys::mount::bind;

/// Where `ip netns` looks for names (ip-netns(8)).
const NAMES: &str = "/run/netns";
const HOSTS: &str = "/etc/hosts";

/// The mounts of this sandbox, each with the reason if it could not be made.
pub(crate) struct Mounts {
    names: io::Result<PathBuf>,
    hosts: io::Result<Overlay>,
    folders: OnceLock<io::Result<PathBuf>>,
}

/// A private /etc/hosts.
struct Overlay {
    file: File,
    /// What the system's own file says.
    before: Vec<u8>,
    /// The lines of each net, of the newest first.
    added: Mutex<Vec<(u64, Vec<String>)>>,
}

impl Mounts {
    pub(super) fn make() -> Self {
        let names = private().and_then(|()| {
            // Without it, /proc shows the processes of the namespace outside by their numbers there,
            // or nothing. The crate asks it for its own numbers, so no more is lost than what
            // programs look for themselves; `/proc/sys/net` is each host's all the same.
            let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
            let _ = mount(Some("proc"), "/proc", Some("proc"), flags, NOTHING);
            names()
        });
        let hosts = match &names {
            Ok(names) => Overlay::make(names),
            Err(error) => Err(copy(error)),
        };
        Self { names, hosts, folders: OnceLock::new() }
    }

    /// The directory for names of namespaces, empty at the start of the test.
    pub(crate) fn names(&self) -> io::Result<&Path> {
        self.names.as_deref().map_err(copy)
    }

    /// A directory in memory for folders of the test, mounted when it is first asked for.
    pub(crate) fn folders(&self) -> io::Result<&Path> {
        let names = self.names.as_deref().map_err(copy)?;
        let folders = self.folders.get_or_init(|| folders(names));
        folders.as_deref().map_err(copy)
    }

    /// Puts lines before what the system's own /etc/hosts says, in the place of those that `owner` had
    /// there, and before those of others.
    ///
    /// They stay until the test ends: a test may have several nets, and hosts that outlive them.
    pub(crate) fn publish_hosts(&self, owner: u64, lines: Vec<String>) -> io::Result<()> {
        let overlay = self.hosts.as_ref().map_err(copy)?;
        let mut added = lock(&overlay.added);
        // A net that is gone may have had the same names, again and again.
        added.iter_mut().for_each(|(_, theirs)| theirs.retain(|line| !lines.contains(line)));
        added.retain(|(other, theirs)| *other != owner && !theirs.is_empty());
        added.insert(0, (owner, lines));
        let mut text = overlay.before.clone();
        text.push(b'\n');
        for line in added.iter().flat_map(|(_, lines)| lines) {
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
        overlay.file.write_all_at(&text, 0)?;
        overlay.file.set_len(text.len() as u64)
    }
}

const NOTHING: Option<&str> = None;

fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(errno) => io::Error::from_raw_os_error(errno),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// Keeps every mount from here on from being seen outside, and by the programs of hosts, which have
/// mounts of their own.
fn private() -> io::Result<()> {
    Ok(mount(NOTHING, "/", NOTHING, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NOTHING)?)
}

fn names() -> io::Result<PathBuf> {
    if !Path::new(NAMES).is_dir() {
        shadow_run()?;
        fs::create_dir(NAMES)?;
    }
    tmpfs(NAMES)?;
    // What is named there, by the test or by `ip netns add` in a program, is there for all of the test.
    mount(NOTHING, NAMES, NOTHING, MsFlags::MS_SHARED, NOTHING)?;
    Ok(NAMES.into())
}

/// Directories that exist on most systems, and are there to have something mounted on them.
const MOUNT_POINTS: [&str; 3] = ["/mnt", "/media", "/srv"];

/// Mounts a file system in memory where it hides nothing: on an empty directory. If there is none it
/// is one among the names, where `ip netns list` shows it.
fn folders(names: &Path) -> io::Result<PathBuf> {
    let is_empty = |at: &str| fs::read_dir(at).is_ok_and(|mut entries| entries.next().is_none());
    if let Some(at) = MOUNT_POINTS.into_iter().find(|at| is_empty(at) && tmpfs(at).is_ok()) {
        return Ok(at.into());
    }
    let among_names = names.join("folders");
    fs::create_dir(&among_names)?;
    Ok(among_names)
}

fn tmpfs(at: &str) -> io::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    Ok(mount(Some("tmpfs"), at, Some("tmpfs"), flags, Some("mode=0755"))?)
}

/// Puts a private copy of /run's entries in its place, so that a directory can be added to it:
/// the real /run is the system's, and not to be touched.
fn shadow_run() -> io::Result<()> {
    let real = open("/run", OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    let entries: Vec<fs::DirEntry> = fs::read_dir("/run")?.collect::<io::Result<_>>()?;
    let kinds: Vec<fs::FileType> =
        entries.iter().map(fs::DirEntry::file_type).collect::<io::Result<_>>()?;
    let links: Vec<Option<PathBuf>> =
        entries.iter().map(|entry| fs::read_link(entry.path()).ok()).collect();
    tmpfs("/run")?;
    for ((entry, kind), link) in entries.iter().zip(kinds).zip(links) {
        let at = Path::new("/run").join(entry.file_name());
        match link {
            Some(target) => symlink(target, &at)?,
            None => bind_entry(&real, entry, kind, &at)?,
        }
    }
    Ok(())
}

fn bind_entry(
    real: &OwnedFd,
    entry: &fs::DirEntry,
    kind: fs::FileType,
    at: &Path,
) -> io::Result<()> {
    if kind.is_dir() {
        fs::create_dir(at)?;
    } else {
        File::create(at)?;
    }
    // An entry that may not be bound stays as an empty one: it is of no use to a test without
    // the system's network, and no reason to do without names.
    let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let name = entry.file_name();
    let _ =
        openat(real, name.as_os_str(), flags, Mode::empty()).map(|entry| bind(entry.as_fd(), at));
    Ok(())
}

impl Overlay {
    /// Mounts a file over /etc/hosts. The file lives in the private tmpfs, and only there.
    fn make(names: &Path) -> io::Result<Self> {
        let before = fs::read(HOSTS)?;
        let path = names.join(".hosts");
        let file = File::create_new(&path)?;
        // Whatever the umask: programs of other users resolve names as well.
        file.set_permissions(Permissions::from_mode(0o644))?;
        file.write_all_at(&before, 0)?;
        let bound = mount(Some(&path), HOSTS, NOTHING, MsFlags::MS_BIND, NOTHING);
        // The mount keeps the file; its name would be taken for that of a namespace.
        fs::remove_file(&path)?;
        bound?;
        Ok(Self { file, before, added: Mutex::default() })
    }
}
