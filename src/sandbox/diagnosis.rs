//! Why no sandbox can be made here, and what repairs it.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use nix::unistd::geteuid;

use super::launch::Way;
use crate::Error;
use crate::sys::init::Step;

/// A way that the kernel refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) way: Way,
    /// The step in the new namespaces that failed; `None` if they could not be made.
    pub(super) step: Option<Step>,
    pub(super) errno: i32,
}

impl Refusal {
    pub(super) fn of_clone(way: Way, error: &io::Error) -> Self {
        Self { way, step: None, errno: error.raw_os_error().unwrap_or(0) }
    }

    /// The error for the person, from all refusals: what was tried, and the one repair.
    pub(super) fn explain(operation: &str, refusals: &[Self]) -> Error {
        let tried: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        let error = match refusals.last() {
            Some(last) => Error::netlink(
                operation,
                io::Error::from_raw_os_error(last.errno),
                Some(tried.join("; ")),
            ),
            None => Error::new(operation, "no way to the privilege was tried"),
        };
        error.with_help(Surroundings::look().repair(refusals))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.way {
            Way::Direct => "directly",
            Way::UserNamespace => "in a user namespace",
        };
        let step = match self.step {
            None => "making the namespaces",
            Some(Step::Setgroups) => "writing /proc/self/setgroups",
            Some(Step::UidMap) => "writing /proc/self/uid_map",
            Some(Step::GidMap) => "writing /proc/self/gid_map",
            Some(Step::Loopback) => "bringing `lo` up",
            Some(Step::Fork | Step::Exec) => "starting the test's process",
        };
        let errno = nix::errno::Errno::from_raw(self.errno);
        write!(f, "{way}, {step} gives {errno:?}")
    }
}

/// What the state files say. They are read only after something was refused: they explain, they
/// do not decide.
struct Surroundings {
    container: bool,
    seccomp: bool,
    apparmor: bool,
    debian_switch_off: bool,
    mapped: bool,
    /// Root whom the kernel does not let map itself (user_namespaces(7), since Linux 5.12).
    root_without_setfcap: bool,
    exhausted: Vec<(&'static str, u64)>,
}

const LIMITS: [&str; 4] =
    ["max_net_namespaces", "max_user_namespaces", "max_pid_namespaces", "max_mnt_namespaces"];

impl Surroundings {
    fn look() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let limits =
            LIMITS.iter().filter_map(|name| Some((*name, number(&format!("user/{name}"))?)));
        Self {
            container: Path::new("/.dockerenv").exists()
                || Path::new("/run/.containerenv").exists(),
            seccomp: status.lines().any(|line| line == "Seccomp:\t2"),
            apparmor: number("kernel/apparmor_restrict_unprivileged_userns") == Some(1),
            debian_switch_off: number("kernel/unprivileged_userns_clone") == Some(0),
            mapped: fs::read_to_string("/proc/self/uid_map")
                .is_ok_and(|map| !map.trim().is_empty()),
            root_without_setfcap: geteuid().is_root() && !has_setfcap(&status),
            exhausted: limits.collect(),
        }
    }

    fn repair(&self, refusals: &[Refusal]) -> String {
        if refusals.iter().any(|refusal| refusal.errno == libc::ENOSPC) {
            return self.repair_of_limits();
        }
        if refusals.iter().any(|refusal| refusal.errno == libc::EAGAIN) {
            return "raise the limit on processes: `ulimit -u`, or pids.max of the container"
                .into();
        }
        if !self.mapped {
            return "this user is not mapped in its user namespace: run the tests as a mapped user"
                .into();
        }
        let map = refusals.iter().any(|refusal| refusal.step == Some(Step::UidMap));
        if map && self.root_without_setfcap {
            return "root without CAP_SETFCAP may not map itself: add this capability, in a \
                    container by `--cap-add SETFCAP`, or run the tests as an ordinary user"
                .into();
        }
        if self.apparmor {
            return "AppArmor keeps user namespaces from working: \
                    `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"
                .into();
        }
        if self.debian_switch_off {
            return "user namespaces are switched off: \
                    `sudo sysctl -w kernel.unprivileged_userns_clone=1`"
                .into();
        }
        if self.container || self.seccomp {
            return "this container's seccomp profile forbids namespaces: start it with \
                    `--security-opt seccomp=unconfined`, or with `--privileged`"
                .into();
        }
        "run the test binary as root: \
         `CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER='sudo --preserve-env=RUST_BACKTRACE' cargo test`"
            .into()
    }

    /// The lowest limit is the likeliest to be the one; the kernel does not say which it was.
    fn repair_of_limits(&self) -> String {
        match self.exhausted.iter().min_by_key(|(_, value)| *value) {
            Some((name, value)) => format!(
                "a limit on namespaces is reached, and user.{name} = {value} is the lowest: \
                 `sudo sysctl -w user.{name}={}`",
                (value * 4).max(1024)
            ),
            None => "raise the limits user.max_*_namespaces (namespaces(7))".into(),
        }
    }
}

/// Whether the effective capabilities in a /proc/self/status hold CAP_SETFCAP.
fn has_setfcap(status: &str) -> bool {
    const CAP_SETFCAP: u32 = 31;
    let held = status.lines().find_map(|line| line.strip_prefix("CapEff:\t"));
    let held = held.and_then(|mask| u64::from_str_radix(mask, 16).ok());
    held.is_some_and(|mask| mask & 1 << CAP_SETFCAP != 0)
}

fn number(name: &str) -> Option<u64> {
    fs::read_to_string(format!("/proc/sys/{name}")).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings {
            container: false,
            seccomp: false,
            apparmor: false,
            debian_switch_off: false,
            mapped: true,
            root_without_setfcap: false,
            exhausted: vec![("max_net_namespaces", 4), ("max_user_namespaces", 63_000)],
        }
    }

    fn refused(step: Option<Step>, errno: i32) -> Refusal {
        Refusal { way: Way::UserNamespace, step, errno }
    }

    #[test]
    fn a_refusal_names_way_step_and_errno() {
        let text = refused(Some(Step::UidMap), libc::EPERM).to_string();
        assert_eq!(text, "in a user namespace, writing /proc/self/uid_map gives EPERM");
    }

    #[test]
    fn each_cause_has_its_own_repair() {
        let eperm = [refused(None, libc::EPERM)];
        let with = |change: fn(&mut Surroundings)| {
            let mut surroundings = surroundings();
            change(&mut surroundings);
            surroundings.repair(&eperm)
        };
        assert!(with(|s| s.apparmor = true).contains("apparmor_restrict_unprivileged_userns=0"));
        assert!(with(|s| s.debian_switch_off = true).contains("unprivileged_userns_clone=1"));
        assert!(with(|s| s.seccomp = true).contains("seccomp=unconfined"));
        assert!(with(|s| s.container = true).contains("--privileged"));
        assert!(with(|s| s.mapped = false).contains("not mapped"));
        assert!(with(|_| ()).contains("sudo"));
        let root = Surroundings { root_without_setfcap: true, ..surroundings() };
        assert!(root.repair(&[refused(Some(Step::UidMap), libc::EPERM)]).contains("SETFCAP"));
        assert!(root.repair(&eperm).contains("sudo"));
        let full = surroundings().repair(&[refused(None, libc::ENOSPC)]);
        assert!(full.contains("`sudo sysctl -w user.max_net_namespaces=1024`"), "{full}");
    }

    #[test]
    fn a_capability_is_found_in_the_mask() {
        assert!(has_setfcap("CapPrm:\t0000000000000000\nCapEff:\t000001ffffffffff\n"));
        assert!(!has_setfcap("CapEff:\t000001ff7fffffff\n"));
        assert!(!has_setfcap(""));
    }
}
