#[cfg(feature = "tokio")]
use std::future::Future;
use std::ops::Range;
use std::panic::Location;
use std::time::{Duration, Instant};

use super::demand::Demand;
use super::probe::Probe;
use super::statement::Statement;
use super::trial::Trial;
use crate::Error;

/// A claim about time, with more to say than [`eventually`](crate::eventually),
/// [`within`](crate::within) and [`consistently`](crate::consistently) have room for: what it is
/// called, since when its clock runs, how often it asks.
///
/// ```no_run
/// use std::time::Duration;
/// use netns_test::{Claim, Host, Result, netns_test};
/// # struct Registry;
/// # impl Registry { fn knows(&self, _: &str) -> bool { false } }
/// # fn registry(_: &Host, _: &Host) -> Registry { Registry }
///
/// #[netns_test]
/// fn the_client_is_evicted(server: Host, client: Host) -> Result {
///     let registry = registry(&server, &client);
///     let block = client.block(&server)?;
///     let time = Duration::from_millis(500)..Duration::from_secs(3);
///     Claim::new("the client is evicted")
///         .since(block.in_effect_at())
///         .within(time, || !registry.knows("client"))?;
///     Ok(())
/// }
/// ```
///
/// # When an answer counts
///
/// - The probe is asked at once, then a millisecond after each answer (two, if it takes long), at
///   the bounds, and a last time when the upper bound has passed.
/// - The time that comes back is the one at which the probe *had answered*: what it says has been
///   so by then at the latest. With it, a probe that was asked in time is late 20 ms after the
///   upper bound, whatever it says. If a busy machine keeps the claim from asking for the last
///   time when the bound has passed, that try counts all the same: whoever cannot ask in time does
///   not know that it was late, and the code under test had to wait for a processor as well.
/// - Against the lower bound the time counts at which the probe was *asked and refused* last: what
///   it said was not so until then. `within` is met only if that was no more than 2 ms before the
///   lower bound. If nobody asked in between, because the machine or the probe was slow, the
///   claim fails and says so, rather than pass for what came too early. So it does if the probe itself
///   is what takes the time, as a request that is awaited over the lower bound: what it waited for may
///   have been so before. Measure such a request by [`Instant`], or ask for what it changes.
///
/// # A probe that hangs
///
/// What the traffic fixtures of this crate wait for inside a probe, `recv` for one, ends with the
/// claim, and so do claims inside a probe. An async probe is dropped. If anything else keeps a
/// probe from returning (a lock, a socket of std, an endless loop), a thread that watches over the
/// claims fails the test in its place one second after the end of the claim. No Rust code can be
/// stopped from outside, so that ends the test's process, with the message that the claim would
/// have had; `#[should_panic]` does not accept it. Outside of a sandbox it ends the whole process,
/// with status 101.
///
/// # Slow machines
///
/// `NETNS_TEST_SLOW=2.5` stretches the upper bounds of `eventually` and `within` two and a half
/// times, and messages say so. Lower bounds, and the time of `consistently`, stay.
///
/// The message of a claim that is missed also says when its probe could not be asked for a tenth
/// of a second or longer: then it was the machine that was busy, or the test blocked its runtime.
#[derive(Clone, Debug, Default)]
#[must_use = "a claim does nothing until it is tried: `eventually`, `within`, `consistently`"]
pub struct Claim {
    label: Option<String>,
    since: Option<Instant>,
    every: Option<Duration>,
}

/// A claim whose clock starts at an event, not at the call.
///
/// ```no_run
/// use std::time::Duration;
/// use netns_test::{Host, Result, netns_test, since};
///
/// #[netns_test]
/// fn a_blocked_dial_repeats_its_syn(server: Host, client: Host) -> Result {
///     let block = client.block(&server)?;
///     let _dial = client.dial((server.ipv4(), 7000))?;
///     since(block.in_effect_at()).eventually(Duration::from_secs(3), || block.packets() > 1)?;
///     Ok(())
/// }
/// ```
pub fn since(event: Instant) -> Claim {
    Claim::default().since(event)
}

impl Claim {
    /// A claim with a name, which its message shows: ``cannot see `the client is evicted` within
    /// 3s``.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..Self::default() }
    }

    /// Starts its clock at an event, as [`Block::in_effect_at`](crate::Block::in_effect_at).
    ///
    /// A claim that is stated when its upper bound has passed asks once, and fails. One whose
    /// clock starts in the future waits until then.
    pub fn since(self, event: Instant) -> Self {
        Self { since: Some(event), ..self }
    }

    /// Asks this long after each answer, instead of after a millisecond or two.
    ///
    /// For a probe that disturbs what it looks at. It is asked at the bounds all the same.
    pub fn every(self, pause: Duration) -> Self {
        Self { every: Some(pause), ..self }
    }

    /// Waits until the probe holds, and returns after how long it did.
    ///
    /// # Errors
    ///
    /// As [`eventually`](crate::eventually).
    ///
    /// # Panics
    ///
    /// If the probe does; then what the claim was is printed.
    #[track_caller]
    pub fn eventually<P: Probe>(
        self,
        limit: Duration,
        probe: impl FnMut() -> P,
    ) -> Result<Duration, Error> {
        self.begin(Demand::Within(Duration::ZERO..limit), Location::caller())?.run(probe)
    }

    /// Waits until the probe holds, demands that it did not hold before the lower bound, and
    /// returns after how long it did.
    ///
    /// # Errors
    ///
    /// As [`within`](crate::within).
    ///
    /// # Panics
    ///
    /// If the probe does; then what the claim was is printed.
    #[track_caller]
    pub fn within<P: Probe>(
        self,
        time: Range<Duration>,
        probe: impl FnMut() -> P,
    ) -> Result<Duration, Error> {
        self.begin(Demand::Within(time), Location::caller())?.run(probe)
    }

    /// Watches that the probe holds all the time.
    ///
    /// # Errors
    ///
    /// As [`consistently`](crate::consistently).
    ///
    /// # Panics
    ///
    /// If the probe does; then what the claim was is printed.
    #[track_caller]
    pub fn consistently<P: Probe>(
        self,
        time: Duration,
        probe: impl FnMut() -> P,
    ) -> Result<(), Error> {
        self.begin(Demand::For(time), Location::caller())?.run(probe).map(drop)
    }

    /// The same as [`eventually`](Self::eventually), for async tests.
    ///
    /// # Errors
    ///
    /// As [`eventually`](crate::eventually).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and if the probe does.
    #[cfg(feature = "tokio")]
    #[track_caller]
    pub fn eventually_async<P: Probe>(
        self,
        limit: Duration,
        probe: impl AsyncFnMut() -> P,
    ) -> impl Future<Output = Result<Duration, Error>> {
        self.begin_async(Demand::Within(Duration::ZERO..limit), probe, Location::caller())
    }

    /// The same as [`within`](Self::within), for async tests.
    ///
    /// # Errors
    ///
    /// As [`within`](crate::within).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and if the probe does.
    #[cfg(feature = "tokio")]
    #[track_caller]
    pub fn within_async<P: Probe>(
        self,
        time: Range<Duration>,
        probe: impl AsyncFnMut() -> P,
    ) -> impl Future<Output = Result<Duration, Error>> {
        self.begin_async(Demand::Within(time), probe, Location::caller())
    }

    /// The same as [`consistently`](Self::consistently), for async tests.
    ///
    /// # Errors
    ///
    /// As [`consistently`](crate::consistently).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and if the probe does.
    #[cfg(feature = "tokio")]
    #[track_caller]
    pub fn consistently_async<P: Probe>(
        self,
        time: Duration,
        probe: impl AsyncFnMut() -> P,
    ) -> impl Future<Output = Result<(), Error>> {
        let tried = self.begin_async(Demand::For(time), probe, Location::caller());
        async { tried.await.map(drop) }
    }

    fn begin(self, demand: Demand, place: &'static Location<'static>) -> Result<Trial, Error> {
        Trial::begin(Statement::new(self.label, demand, self.since)?, self.every, place)
    }

    #[cfg(feature = "tokio")]
    async fn begin_async<P: Probe>(
        self,
        demand: Demand,
        probe: impl AsyncFnMut() -> P,
        place: &'static Location<'static>,
    ) -> Result<Duration, Error> {
        self.begin(demand, place)?.run_async(probe).await
    }
}
