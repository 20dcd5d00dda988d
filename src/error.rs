use std::fmt;
use std::io;

use crate::Feature;

/// What went wrong while a network, a fault or a sandbox was set up or taken down.
///
/// The text is a lowercase fragment that names the operation, its operands and the cause. If a
/// fix is known, a `help:` line has it:
///
/// ```text
/// cannot block `client` from `client`: a host cannot be blocked from itself
/// ```
///
/// Traffic does not use this type: [`connect`](crate::Host::connect) and its siblings return
/// [`std::io::Error`], because tests tell `TimedOut` from `ConnectionRefused`.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// let error = client.block(&client).expect_err("a host is always reached by itself");
/// println!("{error}");            // cannot block `client` from `client`: a host cannot be cut off ...
/// assert!(!error.is_unsupported() && !error.is_timed_out());
/// # let _ = server;
/// # Ok(()) }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    operation: String,
    cause: Cause,
    kind: Kind,
    help: Option<String>,
    lacks: Option<Feature>,
}

enum Cause {
    Text(String),
    Os(io::Error, Option<String>),
}

/// What callers may tell apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing more than what the cause says.
    Other,
    Unsupported,
    Missed,
    TimedOut,
    Lost,
}

/// For `EMFILE`: a host takes four descriptors, and most shells begin with a limit of 1024.
const RAISE_THE_LIMIT: &str = "raise the limit of this shell: `ulimit -n $(ulimit -Hn)`";

impl Error {
    /// An error of your own, for a fixture that cannot be made.
    ///
    /// `operation` completes "cannot …", and `cause` says why. Both are lowercase fragments.
    ///
    /// ```
    /// use netns_test::Error;
    ///
    /// let error = Error::other("start the database", "its folder is not empty");
    /// assert_eq!(error.to_string(), "cannot start the database: its folder is not empty");
    /// ```
    pub fn other(operation: impl Into<String>, cause: impl fmt::Display) -> Self {
        Self::new(operation, cause.to_string())
    }

    /// An error whose cause is a rule of this crate.
    pub(crate) fn new(operation: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::from_cause(operation.into(), Cause::Text(cause.into()))
    }

    /// An error of a larger operation, one step of which has failed.
    pub(crate) fn caused(operation: &str, step: Self) -> Self {
        let Inner { operation: part, cause, help, kind, lacks } = *step.0;
        let operation = format!("{operation}: cannot {part}");
        Self(Box::new(Inner { operation, cause, help, kind, lacks }))
    }

    /// An error whose cause is something that this system does not have.
    pub(crate) fn unsupported(operation: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::new(operation, cause).of_kind(Kind::Unsupported)
    }

    /// A claim that is not met.
    pub(crate) fn missed(claim: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::new(claim, cause).of_kind(Kind::Missed)
    }

    /// A wait whose limit has passed.
    pub(crate) fn timed_out(operation: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::new(operation, cause).of_kind(Kind::TimedOut)
    }

    /// A fault that ended before it was lifted.
    pub(crate) fn lost(operation: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::new(operation, cause).of_kind(Kind::Lost)
    }

    /// The same error, of a fault that ended before it was lifted.
    pub(crate) fn of_lost_fault(self) -> Self {
        self.of_kind(Kind::Lost)
    }

    fn of_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// An error that the operating system returned.
    pub(crate) fn os(operation: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self::from_cause(operation.into(), Cause::Os(source.into(), None))
    }

    /// An error that the kernel explained in words, by netlink's extended acknowledgement.
    pub(crate) fn netlink(
        operation: impl Into<String>,
        source: io::Error,
        explanation: Option<String>,
    ) -> Self {
        Self::from_cause(operation.into(), Cause::Os(source, explanation))
    }

    fn from_cause(operation: String, cause: Cause) -> Self {
        let too_many_files = matches!(&cause, Cause::Os(source, _)
            if source.raw_os_error() == Some(libc::EMFILE));
        let help = too_many_files.then(|| RAISE_THE_LIMIT.to_owned());
        Self(Box::new(Inner { operation, cause, kind: Kind::Other, help, lacks: None }))
    }

    /// Adds the one command or step that repairs it.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Says what the system would have to have.
    pub(crate) fn for_lack_of(mut self, feature: Feature) -> Self {
        self.0.lacks = Some(feature);
        self
    }

    /// What this system lacks, if that is known to be the cause.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // A block that this kernel cannot make is no failure of the code under test.
    /// match client.block_with(&server, Policy::reset()) {
    ///     Ok(block) => block.unblock()?,
    ///     Err(error) => println!("not on this kernel: it lacks {}", error.lacks().ok_or("nothing")?),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn lacks(&self) -> Option<&Feature> {
        self.0.lacks.as_ref()
    }

    /// The errno behind this error, if the kernel returned one.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let error = server.exec("no-such-program", [""; 0]).expect_err("it is not installed");
    /// println!("{error}: {:?}", error.raw_os_error());
    /// # Ok(()) }
    /// ```
    pub fn raw_os_error(&self) -> Option<i32> {
        match &self.0.cause {
            Cause::Os(source, _) => source.raw_os_error(),
            Cause::Text(_) => None,
        }
    }

    /// Whether this system lacks what was asked for: the kernel does not have the feature, or a program
    /// is not installed.
    ///
    /// ```no_run
    /// use netns_test::{Host, Policy, Result, Notified, netns_test};
    ///
    /// #[netns_test]
    /// fn peers_are_told_where_the_kernel_can_tell_them(server: Host, client: Host) -> Result {
    ///     let policy = Policy::sever(Notified::Both);
    ///     let block = match server.block_with(&client, policy) {
    ///         Err(error) if error.is_unsupported() => server.block(&client)?,
    ///         block => block?,
    ///     };
    ///     block.unblock()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn is_unsupported(&self) -> bool {
        let errno = self.raw_os_error();
        self.0.kind == Kind::Unsupported
            || matches!(
                errno,
                Some(libc::EOPNOTSUPP | libc::ENOSYS | libc::EAFNOSUPPORT | libc::EPROTONOSUPPORT)
            )
    }

    /// Whether the process lacked the permission (`EPERM`, `EACCES`).
    pub fn is_permission_denied(&self) -> bool {
        matches!(self.raw_os_error(), Some(libc::EPERM | libc::EACCES))
    }

    /// Whether a claim was not met: an [`eventually`](crate::eventually), a
    /// [`within`](crate::within) that came too early, too late or never, a
    /// [`consistently`](crate::consistently) that did not hold, a row of a
    /// [`Matrix`](crate::matrix::Matrix).
    ///
    /// ```
    /// use std::time::Duration;
    /// use netns_test::eventually;
    ///
    /// let missed = eventually(Duration::from_millis(5), || false).unwrap_err();
    /// assert!(missed.is_missed_claim() && !missed.is_timed_out());
    /// ```
    pub fn is_missed_claim(&self) -> bool {
        self.0.kind == Kind::Missed
    }

    /// Whether a wait reached its limit. That covers the methods whose names begin with `wait_for`:
    /// [`Block::wait_for_hit`](crate::Block::wait_for_hit),
    /// [`Host::wait_for_sockets`](crate::Host::wait_for_sockets),
    /// [`Host::wait_for_established`](crate::Host::wait_for_established),
    /// [`Process::wait_for_port`](crate::Process::wait_for_port). It also covers
    /// [`Process::wait`](crate::Process::wait), and the grace period of
    /// [`Process::stop`](crate::Process::stop).
    ///
    /// The waits of traffic return an [`io::Error`] of kind
    /// [`TimedOut`](io::ErrorKind::TimedOut) instead.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let block = client.block(&server)?;
    /// let error = block.wait_for_hit(Duration::from_millis(100)).expect_err("nobody has sent a thing");
    /// assert!(error.is_timed_out());
    /// # Ok(()) }
    /// ```
    pub fn is_timed_out(&self) -> bool {
        self.0.kind == Kind::TimedOut
    }

    /// Whether a fault had ended before it was lifted: a program flushed a host's rules, the
    /// interface that the rules were attached to was deleted, moved away or renamed, or a frozen process
    /// was killed or restarted.
    ///
    /// ```no_run
    /// use netns_test::{Host, Policy, Result, Rule, netns_test};
    ///
    /// #[netns_test]
    /// fn a_daemon_flushes_all_rules(server: Host, client: Host) -> Result {
    ///     let block = server.block_with(&client, Policy::firewall([Rule::input().drop()]))?;
    ///     server.exec("nft", ["flush", "ruleset"])?;
    ///     assert!(block.try_packets().unwrap_err().is_lost_fault());
    ///     Ok(())
    /// }
    /// ```
    pub fn is_lost_fault(&self) -> bool {
        self.0.kind == Kind::Lost
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: ", self.0.operation)?;
        match &self.0.cause {
            Cause::Text(text) => f.write_str(text)?,
            Cause::Os(source, None) => write_os(f, source)?,
            Cause::Os(source, Some(explanation)) => {
                write!(f, "{explanation}: ")?;
                write_os(f, source)?;
            }
        }
        match &self.0.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

/// Writes the operating system's words as a fragment: they begin with a capital letter.
fn write_os(f: &mut fmt::Formatter<'_>, source: &io::Error) -> fmt::Result {
    let text = source.to_string();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => write!(f, "{}{}", first.to_lowercase(), letters.as_str()),
        None => Ok(()),
    }
}

/// The same text as `Display`: this is what `unwrap` and a test that returns `Err` print.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::Os(source, _) => Some(source),
            Cause::Text(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_operation_cause_and_repair() {
        let error = Error::os("make a namespace", io::Error::from_raw_os_error(libc::EPERM))
            .with_help("run it as root");
        assert_eq!(
            error.to_string(),
            "cannot make a namespace: operation not permitted (os error 1)\nhelp: run it as root"
        );
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(error.is_permission_denied() && !error.is_unsupported());
    }

    #[test]
    fn the_kernels_own_words_come_first() {
        let error = Error::netlink(
            "add link `eth0`",
            io::Error::from_raw_os_error(libc::EEXIST),
            Some("device exists already".into()),
        );
        assert_eq!(
            error.to_string(),
            "cannot add link `eth0`: device exists already: file exists (os error 17)"
        );
    }
}
