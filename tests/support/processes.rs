//! Who is left in /proc.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The variable that marks a runner and, by inheritance, everything that it starts.
pub(crate) const MARK: &str = "NETNS_TEST_MARKED_BY";

/// The processes that carry the mark, with their names.
pub(crate) fn marked(mark: &str) -> Vec<String> {
    let wanted = format!("{MARK}={mark}");
    let carries = |process: &PathBuf| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes())
    };
    all().filter(carries).map(|process| describe(&process)).collect()
}

/// The numbers of the processes that carry the mark and have this name (proc(5), `comm`).
pub(crate) fn marked_as(mark: &str, name: &str) -> Vec<i32> {
    let found = marked(mark);
    let split = found.iter().filter_map(|process| process.split_once(' '));
    split.filter(|(_, comm)| *comm == name).filter_map(|(pid, _)| pid.parse().ok()).collect()
}

fn describe(process: &Path) -> String {
    let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
    let pid = process.file_name().unwrap_or_default().to_string_lossy().into_owned();
    format!("{pid} {}", name.trim())
}

fn all() -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir("/proc").expect("/proc is mounted");
    let numbered = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.bytes().all(|byte| byte.is_ascii_digit())
    };
    entries.flatten().map(|entry| entry.path()).filter(numbered)
}

/// The network namespaces, of those asked for, that something still holds: a thread that is in
/// one, a descriptor, a mount.
pub(crate) fn held(namespaces: &BTreeSet<String>) -> Vec<String> {
    let mut held = Vec::new();
    for process in all() {
        let threads = fs::read_dir(process.join("task")).into_iter().flatten().flatten();
        let threads = threads.map(|thread| thread.path().join("ns/net"));
        let files = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        let files = files.map(|file| file.path());
        for place in threads.chain(files) {
            let target = fs::read_link(&place).unwrap_or_default();
            if namespaces.contains(&*target.to_string_lossy()) {
                held.push(format!("{} -> {}", place.display(), target.display()));
            }
        }
        let mounts = fs::read_to_string(process.join("mountinfo")).unwrap_or_default();
        for line in mounts.lines().filter(|line| namespaces.iter().any(|name| line.contains(name)))
        {
            held.push(format!("{}: {line}", describe(&process)));
        }
    }
    held
}
