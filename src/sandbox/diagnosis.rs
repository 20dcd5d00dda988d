//! Why no sandbox can be made here, and what repairs it.

use std::fmt;
use std::io;

use super::launch::Way;
use super::surroundings::Surroundings;
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
        let Some(decisive) = Self::decisive(refusals) else {
            return Error::new(operation, "no way to the privilege was tried");
        };
        let error = Error::netlink(
            operation,
            io::Error::from_raw_os_error(decisive.errno),
            Some(tried.join("; ")),
        );
        with_help(error, Surroundings::look().repair(decisive))
    }

    /// The refusal that is to be repaired: that of the first way which only a limit bars, because
    /// the next one would not have been needed; else the last one.
    fn decisive(refusals: &[Self]) -> Option<&Self> {
        let limited = |refusal: &&Self| {
            matches!(refusal.errno, libc::ENOSPC | libc::EAGAIN | libc::EMFILE | libc::ENFILE)
        };
        refusals.iter().find(limited).or(refusals.last())
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

/// Something that failed on either side of the sandbox and has nothing to do with the way.
pub(super) struct Trouble {
    step: &'static str,
    error: io::Error,
}

impl Trouble {
    /// Names what was being done, as in "making a pipe".
    pub(super) fn at(step: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self { step, error }
    }

    /// The error for the person.
    pub(super) fn explain(self, operation: &str) -> Error {
        let help = repair_of_call(&self.error);
        with_help(Error::netlink(operation, self.error, Some(self.step.to_owned())), help)
    }
}

/// The error of something inside a sandbox that the operating system refused, with the repair where
/// that does not depend on what it was: a limit is reached, or system calls are forbidden.
pub(crate) fn refused(operation: impl Into<String>, error: io::Error) -> Error {
    let help = repair_of_call(&error);
    with_help(Error::os(operation, error), help)
}

fn repair_of_call(error: &io::Error) -> Option<String> {
    Surroundings::look().repair_of_call(error.raw_os_error()?)
}

fn with_help(error: Error, help: Option<String>) -> Error {
    match help {
        Some(help) => error.with_help(help),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_way_step_and_errno() {
        let refusal =
            Refusal { way: Way::UserNamespace, step: Some(Step::UidMap), errno: libc::EPERM };
        let text = refusal.to_string();
        assert_eq!(text, "in a user namespace, writing /proc/self/uid_map gives EPERM");
    }

    #[test]
    fn a_limit_on_the_way_that_is_permitted_is_what_is_to_be_repaired() {
        let refused = |way, errno| Refusal { way, step: None, errno };
        let decisive = |direct, user| {
            let refusals = [refused(Way::Direct, direct), refused(Way::UserNamespace, user)];
            Refusal::decisive(&refusals).map(|refusal| refusal.way)
        };
        assert_eq!(decisive(libc::ENOSPC, libc::ENOSPC), Some(Way::Direct));
        assert_eq!(decisive(libc::ENOSPC, libc::EPERM), Some(Way::Direct));
        assert_eq!(decisive(libc::EPERM, libc::ENOSPC), Some(Way::UserNamespace));
        assert_eq!(decisive(libc::EPERM, libc::EPERM), Some(Way::UserNamespace));
    }
}
