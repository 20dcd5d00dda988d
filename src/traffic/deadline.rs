#[cfg(feature = "tokio")]
use std::future::{Future, poll_fn};
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(feature = "tokio")]
use std::pin::pin;
#[cfg(feature = "tokio")]
use std::task::Poll;
use std::time::{Duration, Instant};
use std::{error, fmt, io};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
#[cfg(feature = "tokio")]
use tokio::task::yield_now;
#[cfg(feature = "tokio")]
use tokio::time::timeout_at;

use super::limit::{earlier, limit};
use super::operation::Operation;

/// How long each traffic operation may take by default: ten seconds.
///
/// That is far more than a network of namespaces needs, and less than the timeout of a test. So an
/// operation that never completes fails at its own line, with its own message. Each connection, listener
/// and endpoint has a `set_deadline`, and [`Host::connect_within`](crate::Host::connect_within) takes one.
///
/// When it passes, the error is [`TimedOut`](io::ErrorKind::TimedOut). It says what was not done in
/// what time, and has no [`raw_os_error`](io::Error::raw_os_error). That distinguishes it from the
/// kernel's own `ETIMEDOUT`, with which TCP gives up a connection: that error has the same kind, and is
/// returned unchanged, like all errors of the kernel.
///
/// Inside the probe of a claim, for example of [`eventually`](crate::eventually), no operation waits
/// beyond the end of the claim.
///
/// ```no_run
/// use std::io::ErrorKind;
/// use std::time::Duration;
/// use netns_test::{Host, Result, netns_test};
///
/// #[netns_test]
/// fn a_silent_server(server: Host, client: Host) -> Result {
///     let _listener = server.listen(7000)?;
///     let mut conn = client.connect((server.ipv4(), 7000))?;
///     conn.set_deadline(Duration::from_millis(200));
///     let error = conn.recv().expect_err("the server says nothing");
///     assert_eq!(error.kind(), ErrorKind::TimedOut);
///     assert_eq!(error.raw_os_error(), None, "the time passed, TCP did not give up");
///     assert_eq!(error.to_string(), "cannot receive from 10.0.0.1:7000: timed out after 200ms");
///     Ok(())
/// }
/// ```
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

/// The point in time by which an operation is to be done.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    operation: Operation,
    within: Duration,
    /// `None`: so far off that the clock cannot say it.
    at: Option<Instant>,
    /// Whether it is the end of the claim around this work, which comes before its own.
    of_claim: bool,
}

impl Deadline {
    pub(super) fn new(operation: Operation, within: Duration) -> Self {
        let own = Instant::now().checked_add(within);
        let at = earlier(own, limit());
        Self { operation, within, at, of_claim: at != own }
    }

    /// The same point in time for the next step of the same work.
    pub(super) fn with(self, operation: Operation) -> Self {
        Self { operation, ..self }
    }

    /// Tries until it succeeds or fails, and blocks in between. It is tried at least once.
    pub(super) fn block<S: AsFd, T>(
        self,
        socket: &S,
        events: PollFlags,
        mut attempt: impl FnMut(&S) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            match attempt(socket) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(socket.as_fd(), events)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn wait(self, socket: BorrowedFd<'_>, events: PollFlags) -> io::Result<()> {
        let left = self.at.map(|at| at.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Err(self.passed());
        }
        let mut descriptors = [PollFd::new(socket, events)];
        match ppoll(&mut descriptors, left.map(TimeSpec::from), None) {
            // Ready, late or interrupted: the next attempt shows it.
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Awaits `work`, which gets at least one look at what has arrived.
    #[cfg(feature = "tokio")]
    pub(super) async fn bound<T>(self, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        let Some(at) = self.at else { return work.await };
        let mut work = pin!(work);
        if let Ok(result) = timeout_at(at.into(), work.as_mut()).await {
            return result;
        }
        // The reactor may not have looked at the socket yet, if the time was short.
        yield_now().await;
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Pending => Poll::Ready(Err(self.passed())),
            done => done,
        })
        .await
    }

    fn passed(self) -> io::Error {
        let Self { operation, within, of_claim, .. } = self;
        let passed = Passed { operation, within, of_claim, progress: None };
        io::Error::new(io::ErrorKind::TimedOut, passed)
    }
}

/// The error of a deadline.
#[derive(Debug)]
pub(super) struct Passed {
    operation: Operation,
    within: Duration,
    of_claim: bool,
    progress: Option<(usize, usize)>,
}

impl Passed {
    /// Whether `error` is one, and not one of the kernel's.
    pub(super) fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|error| error.is::<Self>())
    }

    /// Adds how many of all bytes were done in the time.
    pub(super) fn with_progress(mut error: io::Error, done: usize, all: usize) -> io::Error {
        let passed = error.get_mut().and_then(|error| error.downcast_mut());
        if let Some(Self { progress, .. }) = passed {
            *progress = Some((done, all));
        }
        error
    }
}

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: ", self.operation)?;
        match self.of_claim {
            true => f.write_str("the time limit of the claim has passed")?,
            false => write!(f, "timed out after {:?}", self.within)?,
        }
        match self.progress {
            Some((done, all)) => write!(f, ", with {done} of {all} bytes done"),
            None => Ok(()),
        }
    }
}

impl error::Error for Passed {}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use tokio::runtime::Builder;

    use super::super::limit::Limited;
    use super::*;

    fn deadline(within: Duration) -> Deadline {
        Deadline::new(Operation::SendTo(([10, 0, 0, 1], 80).into()), within)
    }

    #[test]
    fn the_error_of_a_deadline_says_what_was_done_by_then() {
        let error = Passed::with_progress(deadline(Duration::from_secs(1)).passed(), 3, 10);
        assert!(Passed::is(&error));
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(error.raw_os_error(), None);
        assert_eq!(
            error.to_string(),
            "cannot send to 10.0.0.1:80: timed out after 1s, with 3 of 10 bytes done"
        );
    }

    #[test]
    fn an_error_of_the_kernel_stays_as_it_is() {
        let kernel = io::Error::from_raw_os_error(libc::ETIMEDOUT);
        let error = Passed::with_progress(kernel, 3, 10);
        assert!(!Passed::is(&error));
        assert_eq!(error.raw_os_error(), Some(libc::ETIMEDOUT));
    }

    #[test]
    fn work_that_begins_too_late_gets_a_look_at_what_has_arrived() -> io::Result<()> {
        let (mut there, here) = UnixStream::pair()?;
        there.write_all(b"arrived")?;
        here.set_nonblocking(true)?;
        // Before the clock of the runtime begins, which counts whole milliseconds.
        let late = Deadline { at: Some(Instant::now()), ..deadline(Duration::ZERO) };
        Builder::new_current_thread().enable_all().build()?.block_on(async {
            let here = tokio::net::UnixStream::from_std(here)?;
            late.bound(here.readable()).await
        })
    }

    #[test]
    fn the_end_of_a_claim_comes_before_a_later_deadline() {
        let _claim = Limited::to(Some(Instant::now()));
        let late = deadline(Duration::from_secs(1));
        assert!(late.at <= Some(Instant::now()));
        assert_eq!(
            late.passed().to_string(),
            "cannot send to 10.0.0.1:80: the time limit of the claim has passed"
        );
    }

    #[test]
    fn a_deadline_before_the_end_of_a_claim_stays() {
        let _claim = Limited::to(Some(Instant::now() + Duration::from_secs(1)));
        let error = deadline(Duration::ZERO).passed();
        assert_eq!(error.to_string(), "cannot send to 10.0.0.1:80: timed out after 0ns");
    }

    #[test]
    fn a_deadline_beyond_the_clock_is_none() {
        assert_eq!(deadline(Duration::MAX).at, None);
    }
}
