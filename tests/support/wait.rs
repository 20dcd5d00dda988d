//! Waiting for something that can be observed.

use std::thread;
use std::time::{Duration, Instant};

/// Polls until `observe` gives something, and tells how long that took. `what` is told if it
/// does not.
///
/// # Panics
///
/// If it has given nothing when the limit is over.
#[track_caller]
pub(crate) fn eventually<T>(
    limit: Duration,
    what: &dyn Fn() -> String,
    observe: impl Fn() -> Option<T>,
) -> (T, Duration) {
    let start = Instant::now();
    loop {
        let asked = start.elapsed();
        if let Some(seen) = observe() {
            return (seen, start.elapsed());
        }
        assert!(asked < limit, "not within {limit:?}: {}", what());
        thread::yield_now();
        thread::park_timeout(Duration::from_millis(1));
    }
}

/// Checks again and again that `holds` does, for the whole of `span`.
#[track_caller]
pub(crate) fn consistently(span: Duration, what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while start.elapsed() < span {
        assert!(holds(), "not at {:?}: {what}", start.elapsed());
        thread::park_timeout(Duration::from_millis(1));
    }
}
