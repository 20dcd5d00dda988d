//! Finds out which of the system's limits was reached.

use std::fs;
use std::path::Path;

use super::privilege::Privilege;
use crate::sys::child::try_namespaces;

const KINDS: [(i32, &str); 3] = [
    (libc::CLONE_NEWNET, "max_net_namespaces"),
    (libc::CLONE_NEWPID, "max_pid_namespaces"),
    (libc::CLONE_NEWNS, "max_mnt_namespaces"),
];

/// Repairs the limit on namespaces that keeps us from going this way. The kernel does not say
/// which it was, so one of each kind is asked for.
pub(super) fn repair_of_namespaces(privilege: Privilege) -> String {
    match reached(privilege) {
        Some(name) => {
            let value = number(&format!("user/{name}"));
            let shown = value.map(|value| format!(" = {value}")).unwrap_or_default();
            let enough = value.unwrap_or(0).saturating_mul(4).max(1024);
            format!(
                "the limit user.{name}{shown} is reached: `sudo sysctl -w user.{name}={enough}`"
            )
        }
        None => "a limit on namespaces was reached, but no longer is: run fewer tests side by \
                 side (`--test-threads`), or raise user.max_*_namespaces (namespaces(7))"
            .into(),
    }
}

fn reached(privilege: Privilege) -> Option<&'static str> {
    let is_full = |flags| {
        try_namespaces(flags).is_err_and(|error| error.raw_os_error() == Some(libc::ENOSPC))
    };
    let user = match privilege {
        Privilege::Direct => 0,
        Privilege::UserNamespace => libc::CLONE_NEWUSER,
    };
    if user != 0 && is_full(user) {
        return Some("max_user_namespaces");
    }
    KINDS.into_iter().find(|(kind, _)| is_full(user | kind)).map(|(_, name)| name)
}

/// Repairs the limit that leaves us no more processes and threads.
pub(super) fn repair_of_processes() -> String {
    if let Some((path, most)) = full_group() {
        return format!(
            "the control group has reached its limit of processes (pids.max = {most}): start \
             the container with a higher `--pids-limit`, or write a higher number to {path}"
        );
    }
    match limit("Max processes") {
        Some((soft, hard)) if soft == hard => format!(
            "this user has reached its limit of processes and threads (`ulimit -Hu` = {hard}): \
             end some, or raise the limit as root: `ulimit -u 4096`"
        ),
        Some((soft, _)) => format!(
            "this user has reached its limit of processes and threads (`ulimit -u` = {soft}): \
             raise the limit of this shell: `ulimit -u $(ulimit -Hu)`"
        ),
        None => "the system has reached its limit of processes and threads: \
                 `sudo sysctl -w kernel.pid_max=4194304 kernel.threads-max=126000`"
            .into(),
    }
}

/// The file of the control group that is full, ours or one above it, and its limit.
fn full_group() -> Option<(String, u64)> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let ours = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    full_group_above(&Path::new("/sys/fs/cgroup").join(ours))
}

fn full_group_above(group: &Path) -> Option<(String, u64)> {
    group.ancestors().find_map(|folder| {
        let read = |name| {
            let text = fs::read_to_string(folder.join(name)).ok()?;
            text.trim().parse::<u64>().ok()
        };
        let (most, now) = (read("pids.max")?, read("pids.current")?);
        // A fork that failed may have been one of several threads.
        (now + 1 >= most).then(|| (folder.join("pids.max").display().to_string(), most))
    })
}

/// A soft and a hard limit of this process, if it has one.
fn limit(name: &str) -> Option<(u64, u64)> {
    limit_in(&fs::read_to_string("/proc/self/limits").ok()?, name)
}

fn limit_in(limits: &str, name: &str) -> Option<(u64, u64)> {
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    let mut words = line.split_whitespace().map(|word| word.parse().unwrap_or(u64::MAX));
    let limit = (words.next()?, words.next()?);
    (limit.0 != u64::MAX).then_some(limit)
}

/// A number in /proc/sys.
pub(super) fn number(name: &str) -> Option<u64> {
    fs::read_to_string(format!("/proc/sys/{name}")).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn a_group_is_full_when_it_or_one_above_it_is() -> io::Result<()> {
        let name = format!("netns-test-limits-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let (outer, inner) = (folder.join("outer"), folder.join("outer/inner"));
        fs::create_dir_all(&inner)?;
        let set = |group: &Path, most: &str, now: &str| {
            fs::write(group.join("pids.max"), most)?;
            fs::write(group.join("pids.current"), now)
        };
        set(&outer, "100\n", "20\n")?;
        set(&inner, "max\n", "20\n")?;
        assert_eq!(full_group_above(&inner), None);
        set(&outer, "20\n", "20\n")?;
        let file = outer.join("pids.max").display().to_string();
        assert_eq!(full_group_above(&inner), Some((file, 20)));
        fs::remove_dir_all(folder)
    }

    #[test]
    fn a_limit_has_a_soft_and_a_hard_number_or_is_none() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max processes             60                   unlimited            processes\n\
                      Max open files            unlimited            unlimited            files\n";
        assert_eq!(limit_in(limits, "Max processes"), Some((60, u64::MAX)));
        assert_eq!(limit_in(limits, "Max open files"), None);
        assert_eq!(limit_in(limits, "Max locked memory"), None);
    }
}
