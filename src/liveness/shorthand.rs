//! Claims in one call. [`Claim`] has what they have no room for.

#[cfg(feature = "tokio")]
use std::future::Future;
use std::ops::Range;
use std::time::Duration;

use super::claim::Claim;
use super::probe::Probe;
use crate::Error;

/// Waits until the probe holds, and returns how long that took.
///
/// For what must happen within `limit`. The probe is asked at once, then every millisecond or two, and
/// a last time when the limit has passed. [`Claim`] says which answers count, and what happens to a
/// probe that hangs.
///
/// # Errors
///
/// If it does not hold within `limit`, or does not answer ([`Error::is_missed_claim`]). The message has
/// the last answer, how often the probe was asked, and what the network was doing.
///
/// # Panics
///
/// If the probe does; the claim is printed then.
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
#[doc(alias("wait_until", "poll", "retry"))]
#[track_caller]
pub fn eventually<P: Probe>(limit: Duration, probe: impl FnMut() -> P) -> Result<Duration, Error> {
    Claim::default().eventually(limit, probe)
}

/// Checks that the probe holds all the time.
///
/// For what must *not* happen: a false alarm, an eviction under mere load. The probe is asked at once,
/// then every millisecond or two, and a last time when the time is over. A change between two tries is not
/// seen.
///
/// # Errors
///
/// As soon as it does not hold ([`Error::is_missed_claim`]); the message has its answer, and when it came.
/// Also if it does not answer: a probe that is being asked when the time ends has another 200 ms.
///
/// # Panics
///
/// If the probe does; the claim is printed then.
///
/// ```
/// use std::time::Duration;
/// use netns_test::consistently;
///
/// consistently(Duration::from_millis(20), || true)?;
/// assert!(consistently(Duration::from_millis(20), || false).is_err());
/// # Ok::<(), netns_test::Error>(())
/// ```
#[track_caller]
pub fn consistently<P: Probe>(time: Duration, probe: impl FnMut() -> P) -> Result<(), Error> {
    Claim::default().consistently(time, probe)
}

/// Waits until the probe holds, requires that it did not hold before the lower bound, and returns how
/// long that took.
///
/// For what must happen neither too early nor too late: a peer is evicted after three missed heartbeats,
/// not after the first. [`Claim`] says which answers count.
///
/// # Errors
///
/// If it does not hold in time, and at once if it holds too early ([`Error::is_missed_claim`]). Also if
/// nobody can tell, because the probe was not asked between the lower bound and when it held, and if the
/// lower bound is not below the upper one.
///
/// # Panics
///
/// If the probe does; the claim is printed then.
///
/// ```
/// use std::time::{Duration, Instant};
/// use netns_test::within;
///
/// let begun = Instant::now();
/// let time = Duration::from_millis(10)..Duration::from_secs(5);
/// let after = within(time, || begun.elapsed() >= Duration::from_millis(100))?;
/// assert!(after >= Duration::from_millis(99));
/// # Ok::<(), netns_test::Error>(())
/// ```
#[track_caller]
pub fn within<P: Probe>(
    time: Range<Duration>,
    probe: impl FnMut() -> P,
) -> Result<Duration, Error> {
    Claim::default().within(time, probe)
}

/// As [`eventually`], for async tests: it does not block the runtime, and drops a probe that is still
/// pending when the limit has passed.
///
/// An async closure may borrow, but then the future of its claim is not [`Send`]. In a task of
/// [`Host::spawn`](crate::Host::spawn), use a `move ||` closure that returns an `async move` block.
///
/// # Errors
///
/// As [`eventually`].
///
/// # Panics
///
/// Outside of a tokio runtime, and if the probe does.
///
/// ```no_run
/// use std::time::Duration;
/// use netns_test::{Host, Result, eventually_async, netns_test};
///
/// #[netns_test]
/// async fn the_server_comes_up(server: Host, client: Host) -> Result {
///     let limit = Duration::from_secs(2);
///     eventually_async(limit, async || client.connect_async((server.ipv4(), 7000)).await).await?;
///     Ok(())
/// }
/// ```
#[cfg(feature = "tokio")]
#[track_caller]
pub fn eventually_async<P: Probe>(
    limit: Duration,
    probe: impl AsyncFnMut() -> P,
) -> impl Future<Output = Result<Duration, Error>> {
    Claim::default().eventually_async(limit, probe)
}

/// As [`consistently`], for async tests.
///
/// # Errors
///
/// As [`consistently`].
///
/// # Panics
///
/// Outside of a tokio runtime, and if the probe does.
///
/// ```no_run
/// use std::time::Duration;
/// use netns_test::{Host, Result, consistently_async, netns_test};
///
/// #[netns_test]
/// async fn the_server_stays_up(server: Host, client: Host) -> Result {
///     let listener = server.listen_async(7000).await?;
///     let second = Duration::from_secs(1);
///     consistently_async(second, async || client.connect_async(listener.addr()).await).await?;
///     Ok(())
/// }
/// ```
#[cfg(feature = "tokio")]
#[track_caller]
pub fn consistently_async<P: Probe>(
    time: Duration,
    probe: impl AsyncFnMut() -> P,
) -> impl Future<Output = Result<(), Error>> {
    Claim::default().consistently_async(time, probe)
}

/// As [`within`], for async tests.
///
/// # Errors
///
/// As [`within`].
///
/// # Panics
///
/// Outside of a tokio runtime, and if the probe does.
///
/// ```
/// use std::time::{Duration, Instant};
/// use netns_test::within_async;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let begun = Instant::now();
/// let time = Duration::from_millis(10)..Duration::from_secs(5);
/// within_async(time, async || begun.elapsed() >= Duration::from_millis(100)).await?;
/// # Ok::<(), netns_test::Error>(())
/// # }).unwrap();
/// ```
#[cfg(feature = "tokio")]
#[track_caller]
pub fn within_async<P: Probe>(
    time: Range<Duration>,
    probe: impl AsyncFnMut() -> P,
) -> impl Future<Output = Result<Duration, Error>> {
    Claim::default().within_async(time, probe)
}
