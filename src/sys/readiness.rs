//! Waiting for descriptors (poll(2)).

use std::io;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollTimeout, poll};

/// Waits until one of the descriptors is ready or the time is over, which is rounded up to
/// milliseconds: when it is over, it is. A signal ends the wait as well.
pub(crate) fn await_readiness(watched: &mut [PollFd<'_>], limit: Duration) -> io::Result<()> {
    let whole = Duration::from_millis(limit.as_millis() as u64);
    let rounded = if whole < limit { whole + Duration::from_millis(1) } else { whole };
    let timeout = PollTimeout::try_from(rounded).unwrap_or(PollTimeout::MAX);
    match poll(watched, timeout) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
