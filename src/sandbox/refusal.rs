use std::fmt;
use std::io;

use super::privilege::Privilege;
use crate::sys::init::Step;

/// A privilege that the kernel refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) privilege: Privilege,
    /// The step in the new namespaces that failed; `None` if they could not be made.
    pub(super) step: Option<Step>,
    pub(super) errno: i32,
}

impl Refusal {
    pub(super) fn of_clone(privilege: Privilege, error: &io::Error) -> Self {
        Self { privilege, step: None, errno: error.raw_os_error().unwrap_or(0) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.privilege {
            Privilege::Direct => "directly",
            Privilege::UserNamespace => "in a user namespace",
        };
        let step = match self.step {
            None => "making the namespaces",
            Some(Step::Files) => "taking the descriptors",
            Some(Step::Signals) => "taking signals by default",
            Some(Step::DieWithTheRunner) => "asking to end with the runner (PR_SET_PDEATHSIG)",
            Some(Step::Session) => "beginning a session",
            Some(Step::Setgroups) => "writing /proc/self/setgroups",
            Some(Step::UidMap) => "writing /proc/self/uid_map",
            Some(Step::GidMap) => "writing /proc/self/gid_map",
            Some(Step::Loopback) => "bringing `lo` up",
            Some(Step::Fork) => "forking the test's process",
            Some(Step::Exec) => "starting /proc/self/exe",
            Some(Step::Wait) => "waiting for the test's process",
        };
        let errno = nix::errno::Errno::from_raw(self.errno);
        write!(f, "{way}, {step} gives {errno:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_way_step_and_errno() {
        let refusal = Refusal {
            privilege: Privilege::UserNamespace,
            step: Some(Step::UidMap),
            errno: libc::EPERM,
        };
        let text = refusal.to_string();
        assert_eq!(text, "in a user namespace, writing /proc/self/uid_map gives EPERM");
    }
}
