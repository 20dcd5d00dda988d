//! Why no sandbox can be made here, and what repairs it.

use std::io;

use super::refusal::Refusal;
use super::surroundings::Surroundings;
use crate::Error;

/// The error for the person, from all refusals: what was tried, and the one repair.
pub(super) fn explain(operation: &str, refusals: &[Refusal]) -> Error {
    let tried: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    let Some(decisive) = decisive(refusals) else {
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
fn decisive(refusals: &[Refusal]) -> Option<&Refusal> {
    let limited = |refusal: &&Refusal| {
        matches!(refusal.errno, libc::ENOSPC | libc::EAGAIN | libc::EMFILE | libc::ENFILE)
    };
    refusals.iter().find(limited).or(refusals.last())
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
    use super::super::privilege::Privilege;
    use super::*;

    #[test]
    fn a_limit_on_the_way_that_is_permitted_is_what_is_to_be_repaired() {
        let refused = |privilege, errno| Refusal { privilege, step: None, errno };
        let decisive = |direct, user| {
            let refusals =
                [refused(Privilege::Direct, direct), refused(Privilege::UserNamespace, user)];
            super::decisive(&refusals).map(|refusal| refusal.privilege)
        };
        assert_eq!(decisive(libc::ENOSPC, libc::ENOSPC), Some(Privilege::Direct));
        assert_eq!(decisive(libc::ENOSPC, libc::EPERM), Some(Privilege::Direct));
        assert_eq!(decisive(libc::EPERM, libc::ENOSPC), Some(Privilege::UserNamespace));
        assert_eq!(decisive(libc::EPERM, libc::EPERM), Some(Privilege::UserNamespace));
    }
}
