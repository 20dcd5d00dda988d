//! Asking again and again: the kernel announces a change of a socket's state to nobody.

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
    let begun = Instant::now();
    let at = end(begun, limit);
    loop {
        let last = at.is_some_and(|at| Instant::now() >= at);
        if ask()? {
            return Ok(Some(begun.elapsed()));
        }
        if last {
            return Ok(None);
        }
        park_timeout(POLL);
    }
}

/// The same, and the runtime goes on in between.
pub(crate) async fn until_async<E>(
    limit: Duration,
    mut ask: impl FnMut() -> Result<bool, E>,
) -> Result<Option<Duration>, E> {
    let begun = Instant::now();
    let at = end(begun, limit);
    loop {
        let last = at.is_some_and(|at| Instant::now() >= at);
        if ask()? {
            return Ok(Some(begun.elapsed()));
        }
        if last {
            return Ok(None);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// `None`: so far off that the clock cannot say it.
fn end(begun: Instant, within: Duration) -> Option<Instant> {
    limit::earlier(begun.checked_add(within), limit::limit())
}
