use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::mutex::lock;
use crate::sandbox::witness_error;

/// What a test body returns: `fn t(server: Host) -> Result { … }`.
///
/// ```
/// // The helper of a test returns it as well: its `?` is the line in the report.
/// fn read_config(folder: &std::path::Path) -> netns_test::Result<String> {
///     Ok(std::fs::read_to_string(folder.join("peers.toml"))?)
/// }
/// assert!(read_config("/no/such/folder".as_ref()).is_err());
/// ```
pub type Result<T = (), E = Failure> = std::result::Result<T, E>;

/// Any error on its way out of a test, with the line of the `?` that let it go.
///
/// A test that uses [`Result`] can apply `?` to whatever can be boxed as an error: the errors of this
/// crate, [`std::io::Error`], its own, a `String` or a `&str`, a `Box<dyn Error + Send + Sync>`, the
/// errors of `anyhow` and `eyre`. Its report still names the line:
///
/// ```text
/// Error: connection refused (os error 111)
///   at tests/registry.rs:17:52
/// ```
///
/// ```
/// fn port(text: &str) -> netns_test::Result<u16> {
///     Ok(text.parse()?)
/// }
/// let failure = port("many").unwrap_err();
/// assert!(format!("{failure:?}").contains("invalid digit"));
///
/// fn first_peer(peers: &[&str]) -> netns_test::Result<String> {
///     let first = peers.first().ok_or("there are no peers")?;
///     Ok((*first).to_owned())
/// }
/// assert_eq!(first_peer(&[]).unwrap_err().to_string(), "there are no peers");
/// ```
///
/// A plain `Box<dyn Error>` cannot be sent to another thread, and a failure can; so its text has to
/// do: `.map_err(|error| error.to_string())?`.
pub struct Failure {
    source: Box<dyn Error + Send + Sync>,
    location: &'static Location<'static>,
}

impl Failure {
    /// Makes a failure out of a sentence, for `Err(Failure::new("the peer is still there"))`.
    ///
    /// ```
    /// use netns_test::{Failure, Result};
    ///
    /// fn leader(votes: &[usize]) -> Result<usize> {
    ///     let most = votes.iter().max().ok_or_else(|| Failure::new("nobody has voted"))?;
    ///     Ok(*most)
    /// }
    /// assert_eq!(leader(&[]).unwrap_err().to_string(), "nobody has voted");
    /// ```
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Self::make(message.into().into(), Location::caller())
    }

    fn make(source: Box<dyn Error + Send + Sync>, location: &'static Location<'static>) -> Self {
        // In a moment the guards and sockets of the body are gone.
        witness_error();
        ON_THEIR_WAY.fetch_add(1, Ordering::Relaxed);
        let failure = Self { source, location };
        let told = LastFailure { words: failure.words(), spot: location.to_string() };
        *lock(&LAST) = Some(told);
        failure
    }

    /// The error itself, if it is of this type.
    ///
    /// ```
    /// use std::io;
    /// use netns_test::Failure;
    ///
    /// let failure = Failure::from(io::Error::from(io::ErrorKind::NotFound));
    /// let error = failure.downcast_ref::<io::Error>();
    /// assert_eq!(error.map(io::Error::kind), Some(io::ErrorKind::NotFound));
    /// ```
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.source.downcast_ref()
    }

    /// What it says, with its causes.
    fn words(&self) -> String {
        let mut said = self.source.to_string();
        let mut cause = self.source.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors repeat their source in their own text; once is enough.
            if !said.to_lowercase().contains(&text.to_lowercase()) {
                said += &format!("\n  caused by: {text}");
            }
            cause = error.source();
        }
        said
    }

    /// The line where the error left the test.
    ///
    /// ```
    /// let failure = netns_test::Failure::new("the peer is still there");
    /// assert!(failure.location().file().ends_with(".rs"));
    /// ```
    pub fn location(&self) -> &'static Location<'static> {
        self.location
    }
}

/// How many failures there are that nobody has dropped.
static ON_THEIR_WAY: AtomicUsize = AtomicUsize::new(0);

/// What is known of a failure when it is gone.
#[derive(Clone)]
pub(crate) struct LastFailure {
    /// What it says.
    pub(crate) words: String,
    /// Where it left the test, as `file:line:column`.
    pub(crate) spot: String,
}

/// The failure that was made last.
static LAST: Mutex<Option<LastFailure>> = Mutex::new(None);

/// What the body has returned, if it returned a failure.
pub(crate) fn last() -> Option<LastFailure> {
    lock(&LAST).clone()
}

/// Whether a body is being left by a `?`: there is a failure that nobody has taken care of.
pub(crate) fn on_its_way() -> bool {
    ON_THEIR_WAY.load(Ordering::Relaxed) > 0
}

impl Drop for Failure {
    fn drop(&mut self) {
        ON_THEIR_WAY.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    #[track_caller]
    fn from(source: E) -> Self {
        Self::make(source.into(), Location::caller())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  at {}", self.words(), self.location)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> std::io::Result<()> {
        Err(std::io::Error::from_raw_os_error(libc::ECONNREFUSED))
    }

    #[test]
    fn the_line_of_the_question_mark_is_kept() {
        let (failure, line) = {
            let body = || -> Result<()> {
                refused()?;
                Ok(())
            };
            (body().expect_err("it was refused"), line!() - 3)
        };
        assert_eq!(failure.location().line(), line);
        assert!(format!("{failure:?}").contains("Connection refused"));
        assert!(format!("{failure:?}").contains(file!()));
    }
}
