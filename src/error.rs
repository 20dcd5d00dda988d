use std::fmt;
use std::io;

use crate::Feature;

/// What went wrong while a network, a fault or a sandbox was set up or taken down.
///
/// The text names the operation with its operands and the cause, as a lowercase fragment, and
/// where the cause is known one `help:` line with the repair:
///
/// ```text
/// cannot block `client` from `client`: a host cannot be cut off from itself
/// ```
///
/// Traffic does not use this type: [`connect`](crate::Host::connect) and its siblings return
/// [`std::io::Error`], because `TimedOut` against `ConnectionRefused` is what a test asserts.
pub struct Error(Box<Inner>);

struct Inner {
    operation: String,
    cause: Cause,
    help: Option<String>,
    lacks: Option<Feature>,
}

enum Cause {
    Text(String),
    Unsupported(String),
    Os(io::Error, Option<String>),
}

/// For `EMFILE`: a host takes four descriptors, and most shells begin with a limit of 1024.
const RAISE_THE_LIMIT: &str = "raise the limit of this shell: `ulimit -n $(ulimit -Hn)`";

impl Error {
    /// An error of your own, for a fixture that cannot be made.
    ///
    /// `operation` follows "cannot", and `cause` says why, both as lowercase fragments.
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

    /// An error whose cause is something that this system does not have.
    pub(crate) fn unsupported(operation: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::from_cause(operation.into(), Cause::Unsupported(cause.into()))
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
        Self(Box::new(Inner { operation, cause, help, lacks: None }))
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

    /// What this system lacks, where that is known to be the cause.
    pub fn lacks(&self) -> Option<&Feature> {
        self.0.lacks.as_ref()
    }

    /// The errno behind this error, where the kernel gave one.
    pub fn raw_os_error(&self) -> Option<i32> {
        match &self.0.cause {
            Cause::Os(source, _) => source.raw_os_error(),
            Cause::Text(_) | Cause::Unsupported(_) => None,
        }
    }

    /// Whether this system lacks what was asked for: a kernel without the feature, a program
    /// that is not installed.
    pub fn is_unsupported(&self) -> bool {
        match &self.0.cause {
            Cause::Unsupported(_) => true,
            Cause::Text(_) => false,
            Cause::Os(source, _) => matches!(
                source.raw_os_error(),
                Some(libc::EOPNOTSUPP | libc::ENOSYS | libc::EAFNOSUPPORT | libc::EPROTONOSUPPORT)
            ),
        }
    }

    /// Whether the process was not allowed to do it (`EPERM`, `EACCES`).
    pub fn is_permission(&self) -> bool {
        matches!(self.raw_os_error(), Some(libc::EPERM | libc::EACCES))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: ", self.0.operation)?;
        match &self.0.cause {
            Cause::Text(text) | Cause::Unsupported(text) => f.write_str(text)?,
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
            Cause::Text(_) | Cause::Unsupported(_) => None,
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
        assert!(error.is_permission() && !error.is_unsupported());
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
