use std::ops::Range;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use super::probe::Probe;
use crate::Error;

/// How often a probe is asked. It bounds the lag between the truth and the claim.
const POLL: Duration = Duration::from_millis(1);

/// Waits until the probe holds, and returns after how long it did.
///
/// For what must happen, at the latest after `limit`. The probe is asked at once, then every
/// millisecond, and a last time when the limit has passed: on a busy machine it counts what is
/// true by then.
///
/// # Errors
///
/// If it does not hold within `limit`; with the last thing it said, and how often it was asked.
///
/// ```
/// use std::time::Duration;
/// use netns_test::eventually;
///
/// let mut asked = 0;
/// let after = eventually(Duration::from_secs(5), || {
///     asked += 1;
///     asked == 3
/// })?;
/// assert!(after >= Duration::from_millis(2));
/// # Ok::<(), netns_test::Error>(())
/// ```
pub fn eventually<P: Probe>(
    limit: Duration,
    mut probe: impl FnMut() -> P,
) -> Result<Duration, Error> {
    let begun = Instant::now();
    let mut asked = 0_u64;
    loop {
        let last_chance = begun.elapsed() >= limit;
        asked += 1;
        let Some(refusal) = probe().refusal() else { return Ok(begun.elapsed()) };
        if last_chance {
            let cause = format!("after {asked} tries it is still {refusal}");
            return Err(Error::new(format!("see it hold within {limit:?}"), cause));
        }
        park_timeout(POLL);
    }
}

/// Watches that the probe holds all the time.
///
/// For what must *not* happen: a false alarm, an eviction under mere load.
///
/// # Errors
///
/// As soon as it does not hold; with what it said, and when.
///
/// ```
/// use std::time::Duration;
/// use netns_test::consistently;
///
/// consistently(Duration::from_millis(20), || true)?;
/// assert!(consistently(Duration::from_millis(20), || false).is_err());
/// # Ok::<(), netns_test::Error>(())
/// ```
pub fn consistently<P: Probe>(time: Duration, mut probe: impl FnMut() -> P) -> Result<(), Error> {
    let begun = Instant::now();
    loop {
        let over = begun.elapsed() >= time;
        if let Some(refusal) = probe().refusal() {
            let cause = format!("after {:?} it is {refusal}", begun.elapsed());
            return Err(Error::new(format!("see it hold for {time:?}"), cause));
        }
        if over {
            return Ok(());
        }
        park_timeout(POLL);
    }
}

/// Waits until the probe holds, demands that it did not hold before the lower bound, and returns
/// after how long it did.
///
/// For what must happen neither too early nor too late: a peer that is evicted after three
/// missed heartbeats, not after the first.
///
/// # Errors
///
/// If the lower bound is not below the upper one, if it holds too early, or not in time.
///
/// ```
/// use std::time::{Duration, Instant};
/// use netns_test::within;
///
/// let begun = Instant::now();
/// let time = Duration::from_millis(10)..Duration::from_secs(5);
/// let after = within(time, || begun.elapsed() >= Duration::from_millis(20))?;
/// assert!(after >= Duration::from_millis(19));
/// # Ok::<(), netns_test::Error>(())
/// ```
pub fn within<P: Probe>(
    time: Range<Duration>,
    probe: impl FnMut() -> P,
) -> Result<Duration, Error> {
    let operation = || format!("see it hold between {:?} and {:?}", time.start, time.end);
    if time.is_empty() {
        return Err(Error::new(operation(), "the lower bound is not below the upper one"));
    }
    let after = eventually(time.end, probe)?;
    if after < time.start {
        return Err(Error::new(operation(), format!("it held after {after:?} already")));
    }
    Ok(after)
}
