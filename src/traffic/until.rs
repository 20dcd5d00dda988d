//! Polling: the kernel does not announce changes of a socket's state.

use std::ops::ControlFlow::{self, Break, Continue};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use super::limit;

/// How often it is asked. It bounds the lag between the change and the answer.
const POLL: Duration = Duration::from_millis(1);

/// Asks until the answer is yes, and returns after how long it was; `None` when `limit` has
/// passed, or the time of the claim whose probe waits so. It is asked a last time after that.
pub(crate) fn until<E>(
    limit: Duration,
    mut ask: impl FnMut() -> Result<bool, E>,
) -> Result<Option<Duration>, E> {
    let wait = Wait::begin(limit);
    loop {
        if let Break(end) = wait.look(&mut ask)? {
            return Ok(end);
        }
        park_timeout(POLL);
    }
}

/// The same, and the runtime goes on in between.
#[cfg(feature = "tokio")]
pub(crate) async fn until_async<E>(
    limit: Duration,
    mut ask: impl FnMut() -> Result<bool, E>,
) -> Result<Option<Duration>, E> {
    let wait = Wait::begin(limit);
    loop {
        if let Break(end) = wait.look(&mut ask)? {
            return Ok(end);
        }
        tokio::time::sleep(POLL).await;
    }
}

struct Wait {
    begun: Instant,
    /// `None`: so far off that the clock cannot say it.
    end: Option<Instant>,
}

impl Wait {
    fn begin(limit: Duration) -> Self {
        let begun = Instant::now();
        Self { begun, end: limit::earlier(begun.checked_add(limit), limit::limit()) }
    }

    /// Asks once, and says how the wait ends, if it does.
    fn look<E>(
        &self,
        ask: &mut impl FnMut() -> Result<bool, E>,
    ) -> Result<ControlFlow<Option<Duration>>, E> {
        let last = self.end.is_some_and(|end| Instant::now() >= end);
        Ok(match ask()? {
            true => Break(Some(self.begun.elapsed())),
            false if last => Break(None),
            false => Continue(()),
        })
    }
}
