//! How the relay's thread waits.

use std::io::{PipeReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;

/// How much earlier it wakes at most than it has to.
const MOST: Duration = Duration::from_micros(200);
/// Who wakes sooner than expected sleeps again until there is no more time than this.
const AWAKE: Duration = Duration::from_micros(100);
/// Who is later than this found his processor busy: to wake earlier is no help, and costs the others.
const BUSY: Duration = Duration::from_micros(500);
/// It wakes earlier by no more than this part of the time that it waits.
const PART: u32 = 10;

/// What a relay's thread waits for.
///
/// A processor that had nothing to do is slow to wake: the longer it slept, the slower, and most of all
/// that of a virtual machine, by 50 µs after a millisecond and by 170 µs after a tenth of a second. A
/// frame would be late by that. So the thread wakes as much earlier as it was late of late, and stays
/// awake for the rest.
pub(super) struct Watch {
    woken: PipeReader,
    sockets: Vec<Arc<OwnedFd>>,
    ahead: Duration,
}

impl Watch {
    pub(super) fn of(woken: PipeReader) -> Self {
        Self { woken, sockets: Vec::new(), ahead: Duration::ZERO }
    }

    /// Watches these sockets from now on.
    pub(super) fn become_of(&mut self, sockets: Vec<Arc<OwnedFd>>) {
        self.sockets = sockets;
    }

    /// Waits until that moment, or until somebody asks for something, or a frame has come.
    pub(super) fn wait_until(&mut self, due: Instant) {
        let begun = Instant::now();
        let limit = due.saturating_duration_since(begun);
        let asked = limit - self.ahead.min(limit / PART);
        if self.wait(Some(asked)) {
            return;
        }
        let late = begun.elapsed().saturating_sub(asked);
        if late < BUSY {
            self.ahead = ((self.ahead + late) / 2).min(MOST);
        }
        let left = || due.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
        while let Some(left) = left() {
            if self.wait(Some(left.saturating_sub(AWAKE))) {
                return;
            }
        }
    }

    /// Waits for no longer than that, and says whether somebody asks for something, or a frame has come.
    pub(super) fn wait(&mut self, limit: Option<Duration>) -> bool {
        let sockets = self.sockets.iter().map(|socket| socket.as_fd());
        let mut watched: Vec<PollFd<'_>> = std::iter::once(self.woken.as_fd())
            .chain(sockets)
            .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
            .collect();
        // An error is a signal, and makes the wait shorter.
        let came = ppoll(&mut watched, limit.map(TimeSpec::from), None) != Ok(0);
        if watched[0].any().unwrap_or(false) {
            drop(watched);
            let _ = self.woken.read(&mut [0; 64]);
        }
        came
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// However much earlier the thread wakes, it goes on no earlier than it should.
    #[test]
    fn it_is_waited_until_the_time_has_come() -> io::Result<()> {
        let (woken, _wake) = io::pipe()?;
        let mut watch = Watch::of(woken);
        for ahead in [Duration::ZERO, MOST] {
            watch.ahead = ahead;
            let due = Instant::now() + 5 * MS;
            watch.wait_until(due);
            assert!(Instant::now() >= due && watch.ahead <= MOST);
        }
        Ok(())
    }

    #[test]
    fn whoever_asks_for_something_is_not_kept_waiting() -> io::Result<()> {
        let (woken, mut wake) = io::pipe()?;
        let mut watch = Watch::of(woken);
        let due = Instant::now() + 3_600_000 * MS;
        wake.write_all(&[0])?;
        watch.wait_until(due);
        assert!(Instant::now() < due);
        Ok(())
    }
}
