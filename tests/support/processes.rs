//! Who is left in /proc.

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

/// The name of the process that has started this one.
pub(crate) fn name_of_parent(pid: i32) -> Option<String> {
    // The name stands in brackets and may have spaces: state and parent follow the last one.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.to_owned();
    let name = fs::read_to_string(format!("/proc/{parent}/comm")).ok()?;
    Some(name.trim_end().to_owned())
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

/// The mounts of network namespaces, of any process, at a name that ends so.
pub(crate) fn mounted_as(name: &str) -> Vec<String> {
    let mut mounted = Vec::new();
    for process in all() {
        let mounts = fs::read_to_string(process.join("mountinfo")).unwrap_or_default();
        let at = mounts.lines().filter(|line| {
            let place = line.split(' ').nth(4).unwrap_or_default();
            place.starts_with("/run/netns/") && place.ends_with(name)
        });
        mounted.extend(at.map(|line| format!("{}: {line}", describe(&process))));
    }
    mounted
}
