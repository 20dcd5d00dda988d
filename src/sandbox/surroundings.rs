//! What kind of system this is, to explain why something was refused.

use std::fs;
use std::path::Path;

use nix::unistd::geteuid;

use super::limits;
use super::refusal::Refusal;
use crate::sys::init::Step;

/// What the state files say. They are read only after something was refused: they explain, they
/// do not decide.
pub(super) struct Surroundings {
    /// Whether /proc shows this process.
    proc: bool,
    container: bool,
    seccomp: bool,
    apparmor: bool,
    debian_switch_off: bool,
    mapped: bool,
    chroot: bool,
    /// The effective capabilities of root.
    root: Option<u64>,
}

/// Bits of the mask of capabilities (capabilities(7)).
const CAP_SYS_ADMIN: u64 = 1 << 21;
const CAP_SETFCAP: u64 = 1 << 31;

impl Surroundings {
    pub(super) fn look() -> Self {
        // Of this thread: each has its own filter.
        let status = fs::read_to_string("/proc/thread-self/status").ok();
        let map = fs::read_to_string("/proc/self/uid_map");
        let limits = limits::number;
        let text = status.as_deref().unwrap_or_default();
        Self {
            proc: Path::new("/proc/self/status").exists(),
            container: Path::new("/.dockerenv").exists()
                || Path::new("/run/.containerenv").exists(),
            seccomp: text.lines().any(|line| line == "Seccomp:\t2"),
            apparmor: limits("kernel/apparmor_restrict_unprivileged_userns") == Some(1),
            debian_switch_off: limits("kernel/unprivileged_userns_clone") == Some(0),
            mapped: map.map_or(true, |map| !map.trim().is_empty()),
            chroot: is_chroot(),
            root: geteuid().is_root().then(|| capabilities(text).unwrap_or(u64::MAX)),
        }
    }

    /// The one repair of a way that was refused, where one is known.
    pub(super) fn repair(&self, refusal: &Refusal) -> Option<String> {
        let maps = [Some(Step::Setgroups), Some(Step::UidMap), Some(Step::GidMap)];
        let in_proc = maps.contains(&refusal.step);
        match (refusal.errno, refusal.step) {
            (libc::ENOSPC, None) => Some(limits::repair_of_namespaces(refusal.privilege)),
            (libc::EINVAL, None) => Some(
                "this kernel was built without namespaces: one with CONFIG_NET_NS, CONFIG_PID_NS \
                 and CONFIG_USER_NS is needed"
                    .into(),
            ),
            (libc::EROFS, _) if in_proc => Some(
                "/proc is read-only: `sudo mount -o remount,rw /proc`, or run the test binary as \
                 root"
                    .into(),
            ),
            (libc::ENOENT, Some(Step::Exec)) if !self.proc => Some(NO_PROC.into()),
            (libc::ENOENT, _) if in_proc && !self.proc => Some(NO_PROC.into()),
            (libc::EPERM | libc::EACCES, Some(Step::UidMap)) if self.lacks(CAP_SETFCAP) => Some(
                "root without CAP_SETFCAP cannot map itself: add this capability, in a container \
                 with `--cap-add SETFCAP`, or run the tests as an ordinary user"
                    .into(),
            ),
            (libc::EPERM | libc::EACCES, step) if step.is_none() || in_proc => {
                Some(self.repair_of_namespaces())
            }
            (libc::EPERM | libc::EACCES, Some(Step::Loopback)) => Some(self.repair_of_namespaces()),
            (errno, _) => self.repair_of_call(errno),
        }
    }

    /// What lets namespaces be made that are not permitted.
    fn repair_of_namespaces(&self) -> String {
        if !self.proc {
            return NO_PROC.into();
        }
        if !self.mapped {
            return "this user is not mapped in its user namespace: run the tests as a mapped user"
                .into();
        }
        if self.chroot {
            return "no user namespace can be made in a chroot: run the tests outside of it, or \
                    the test binary as root"
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
        if self.seccomp {
            return "this container's seccomp profile forbids namespaces: start it with \
                    `--security-opt seccomp=unconfined`, or with `--privileged`"
                .into();
        }
        if self.container {
            return "this container forbids namespaces: start it with `--privileged`".into();
        }
        if self.lacks(CAP_SYS_ADMIN) {
            return "this root has no CAP_SYS_ADMIN, and may not make a user namespace: run the \
                    tests as a root that has it"
                .into();
        }
        "run the test binary as root: \
         `CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER='sudo --preserve-env=RUST_BACKTRACE' cargo test`"
            .into()
    }

    /// What repairs a system call that failed so, whatever it was to do.
    pub(super) fn repair_of_call(&self, errno: i32) -> Option<String> {
        match errno {
            libc::EAGAIN => Some(limits::repair_of_processes()),
            libc::ENFILE => Some(
                "the system has reached its limit of open files: \
                 `sudo sysctl -w fs.file-max=1000000`"
                    .into(),
            ),
            libc::EPERM | libc::EACCES | libc::ENOSYS if self.seccomp => Some(
                "a seccomp profile forbids this system call: start the container with \
                 `--security-opt seccomp=unconfined`, or with `--privileged`"
                    .into(),
            ),
            libc::ENOSYS => {
                Some("this kernel has no such system call: Linux 5.4 or later is needed".into())
            }
            _ => None,
        }
    }

    /// Whether this is a root that lacks the capability.
    fn lacks(&self, capability: u64) -> bool {
        self.root.is_some_and(|held| held & capability == 0)
    }
}

const NO_PROC: &str = "/proc is not mounted: `sudo mount -t proc proc /proc`";

/// The effective capabilities in a /proc/thread-self/status.
fn capabilities(status: &str) -> Option<u64> {
    let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:\t"))?;
    u64::from_str_radix(mask, 16).ok()
}

/// Whether the root folder is not that of the mount namespace: then it is no mount point, or one
/// that the system's first process sees elsewhere.
fn is_chroot() -> bool {
    let Ok(ours) = fs::read_to_string("/proc/self/mountinfo") else { return false };
    let Some((root, _)) = mounts(&ours).find(|(_, place)| *place == "/") else { return true };
    let theirs = fs::read_to_string("/proc/1/mountinfo").unwrap_or_default();
    mounts(&theirs).any(|(mount, place)| mount == root && place != "/")
}

/// The numbers and places of the mounts in a mountinfo (proc(5)).
fn mounts(mountinfo: &str) -> impl Iterator<Item = (&str, &str)> {
    mountinfo.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.nth(3)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::privilege::Privilege;

    fn surroundings() -> Surroundings {
        Surroundings {
            proc: true,
            container: false,
            seccomp: false,
            apparmor: false,
            debian_switch_off: false,
            mapped: true,
            chroot: false,
            root: None,
        }
    }

    fn refused(step: Option<Step>, errno: i32) -> Refusal {
        Refusal { privilege: Privilege::UserNamespace, step, errno }
    }

    /// The repair of this refusal where the surroundings are changed so.
    #[track_caller]
    fn repair(refusal: &Refusal, change: fn(&mut Surroundings)) -> String {
        let mut surroundings = surroundings();
        change(&mut surroundings);
        surroundings.repair(refusal).expect("a repair is known")
    }

    #[test]
    fn each_cause_of_eperm_has_its_own_repair() {
        for step in [None, Some(Step::UidMap), Some(Step::Loopback)] {
            let with = |change| repair(&refused(step, libc::EPERM), change);
            assert!(
                with(|s| s.apparmor = true).contains("apparmor_restrict_unprivileged_userns=0")
            );
            assert!(with(|s| s.debian_switch_off = true).contains("unprivileged_userns_clone=1"));
            assert!(with(|s| s.seccomp = true).contains("seccomp=unconfined"));
            assert!(with(|s| s.container = true).contains("--privileged"));
            assert!(!with(|s| s.container = true).contains("seccomp"));
            assert!(with(|s| s.mapped = false).contains("not mapped"));
            assert!(with(|s| s.chroot = true).contains("chroot"));
            assert!(with(|s| s.proc = false).contains("mount -t proc"));
            assert!(with(|_| ()).contains("sudo"));
        }
    }

    #[test]
    fn a_root_that_lacks_a_capability_is_told_which() {
        let map = refused(Some(Step::UidMap), libc::EPERM);
        assert!(repair(&map, |s| s.root = Some(CAP_SYS_ADMIN)).contains("SETFCAP"));
        assert!(repair(&refused(None, libc::EPERM), |s| s.root = Some(0)).contains("SYS_ADMIN"));
    }

    #[test]
    fn what_is_no_matter_of_permission_does_not_blame_seccomp() {
        let with = |step, errno| repair(&refused(step, errno), |s| s.seccomp = true);
        assert!(with(Some(Step::Setgroups), libc::EROFS).starts_with("/proc is read-only"));
        assert!(with(None, libc::EINVAL).contains("CONFIG_NET_NS"));
        assert!(with(Some(Step::Fork), libc::EAGAIN).contains("ulimit -u"));
        let no_proc = |s: &mut Surroundings| (s.proc, s.seccomp) = (false, true);
        for step in [Step::Exec, Step::Setgroups] {
            let refusal = refused(Some(step), libc::ENOENT);
            assert!(repair(&refusal, no_proc).contains("mount -t proc"));
        }
    }

    #[test]
    fn a_call_that_is_not_there_is_the_profiles_or_the_kernels_doing() {
        let session = refused(Some(Step::Session), libc::ENOSYS);
        assert!(repair(&session, |s| s.seccomp = true).contains("seccomp=unconfined"));
        assert!(repair(&session, |_| ()).contains("Linux 5.4"));
    }

    #[test]
    fn capabilities_are_those_in_effect() {
        let status = "CapPrm:\t0000000000000000\nCapEff:\t000001ffffffffff\n";
        assert_eq!(capabilities(status), Some(0x1ff_ffff_ffff));
        assert_eq!(capabilities(""), None);
    }

    #[test]
    fn a_mount_has_a_number_and_a_place() {
        let text = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw\n";
        assert_eq!(mounts(text).collect::<Vec<_>>(), [("36", "/mnt2")]);
    }
}
