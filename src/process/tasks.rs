//! The processes of a PID namespace, as the `/proc` that is mounted here shows them. That `/proc` may
//! belong to a PID namespace other than ours, in which they have other PIDs.

use std::fs;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::sys::descriptor::number_in_proc;

/// A process, by its folder.
pub(super) struct Task(PathBuf);

/// The processes in the namespace of this first process, without it. `None` where `/proc` does not
/// show them.
pub(super) fn of(first: BorrowedFd<'_>) -> Option<Vec<Task>> {
    let first = PathBuf::from(format!("/proc/{}", number_in_proc(first)?));
    let namespace = namespace(&first)?;
    let entries = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.path());
    // What has ended and was not waited for is in no namespace.
    let ours = entries.filter(|path| *path != first && self::namespace(path) == Some(namespace));
    Some(ours.map(Task).collect())
}

fn namespace(process: &Path) -> Option<(u64, u64)> {
    let file = fs::metadata(process.join("ns/pid")).ok()?;
    Some((file.dev(), file.ino()))
}

impl Task {
    /// Whether none of its threads can run on.
    pub(super) fn is_stopped(&self) -> bool {
        let threads = fs::read_dir(self.0.join("task")).map(|entries| entries.flatten().collect());
        // Without threads it has ended meanwhile.
        let threads: Vec<fs::DirEntry> = threads.unwrap_or_default();
        threads.iter().all(|thread| is_stopped(&thread.path()))
    }

    /// Whether it has this socket open, by the number of its file.
    pub(super) fn has_socket(&self, inode: u32) -> bool {
        let wanted = PathBuf::from(format!("socket:[{inode}]"));
        let open = fs::read_dir(self.0.join("fd"));
        let mut open = open.into_iter().flatten().flatten();
        open.any(|file| fs::read_link(file.path()).is_ok_and(|target| target == wanted))
    }

    /// Its name, and the state of its threads, for people.
    pub(super) fn describe(&self) -> String {
        let name = fs::read_to_string(self.0.join("comm")).unwrap_or_default();
        let state = state(&self.0).unwrap_or('?');
        format!("`{}` (state {state})", name.trim())
    }
}

/// Whether a thread is stopped. One that waits for what it has started by vfork(2) is as well: it
/// goes on when that does, and that is stopped.
fn is_stopped(thread: &Path) -> bool {
    match state(thread) {
        Some('T' | 't' | 'Z' | 'X') | None => true,
        Some('D') => waits_for_a_child(thread),
        Some(_) => false,
    }
}

fn state(thread: &Path) -> Option<char> {
    let line = fs::read_to_string(thread.join("stat")).ok()?;
    // Its name may have any character in it, and stands in brackets before.
    line.rsplit_once(')')?.1.trim_start().chars().next()
}

/// Whether it is in one of the calls that make processes (proc_pid_syscall(5)).
fn waits_for_a_child(thread: &Path) -> bool {
    let call = fs::read_to_string(thread.join("syscall")).unwrap_or_default();
    let number = call.split(' ').next().and_then(|number| number.parse().ok());
    #[cfg(target_arch = "x86_64")]
    let making = [libc::SYS_clone, libc::SYS_clone3, libc::SYS_vfork];
    #[cfg(not(target_arch = "x86_64"))]
    let making = [libc::SYS_clone, libc::SYS_clone3];
    number.is_some_and(|number: libc::c_long| making.contains(&number))
}
