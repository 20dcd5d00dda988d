#[cfg(feature = "tokio")]
use std::future::Future;
use std::ops::Range;
use std::panic::Location;
use std::time::{Duration, Instant};

use super::demand::Demand;
use super::lasts::Lasts;
use super::probe::Probe;
use super::statement::Statement;
use super::trial::Trial;
use crate::Error;

/// A claim about time, with more options than [`eventually`](crate::eventually), [`within`](crate::within)
/// and [`consistently`](crate::consistently): a name, the event at which its clock starts, and how often
/// it asks.
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
/// - The probe is asked at once, then a millisecond after each answer (two if it is slow), at the bounds,
///   and a last time when the upper bound has passed.
/// - The upper bound is checked against the time at which the probe *answered*, and that time is returned:
///   by then at the latest, the claim was true. An answer counts until 20 ms after the bound. If the
///   machine is too busy for the last try to begin when the bound passes, that try counts whenever it
///   begins: nobody can tell whether it would have held in time, and the code under test was waiting for a
///   processor as well.
/// - The lower bound is checked against the last time the probe was asked and did *not* hold: until then,
///   the claim was not true. `within` is met only if that was at most 2 ms before the lower bound. If the
///   probe was not asked in that time, because it or the machine was slow, the claim fails and says so,
///   rather than accept what may have come too early. The same happens if the probe itself takes time,
///   such as a request that is pending across the lower bound: the condition may have become true while it
///   waited. Time such a request with [`Instant`], or probe its effect.
///
/// # A probe that hangs
///
/// Inside a probe, the waits of this crate's traffic, such as `recv`, end with the claim, and so do nested
/// claims. An async probe is dropped. If anything else keeps a probe from returning (a lock, a socket of
/// std, an endless loop), a watchdog thread fails the test one second after the end of the claim. Rust
/// code cannot be stopped from outside, so this ends the test's process, with the message that the claim
/// would have had; `#[should_panic]` does not accept it. Outside a sandbox it ends the whole process, with
/// status 101.
///
/// # Slow machines
///
/// `NETNS_TEST_SLOW=2.5` multiplies the upper bounds of `eventually` and `within` by 2.5, and messages say
/// so. Lower bounds and the time of `consistently` stay as they are.
///
/// If the probe could not be asked for a tenth of a second or longer, the message of a missed claim
/// says so: the machine was busy, or the test blocked its runtime.
///
/// # Async tests
///
/// A claim blocks its thread. In an `async fn` body, and in the tasks of a host, that thread also runs
/// other tasks, which stand still meanwhile: await [`eventually_async`](Self::eventually_async) or its
/// siblings there. If a blocking claim fails on such a thread, its message says so.
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
    /// A claim with a name, which appears in its message: ``cannot see `the client is evicted` within
    /// 3s``.
    ///
    /// ```
    /// use std::time::Duration;
    /// use netns_test::Claim;
    ///
    /// let error = Claim::new("the client is evicted").eventually(Duration::ZERO, || false).unwrap_err();
    /// assert!(error.to_string().starts_with("cannot see `the client is evicted` within"));
    /// ```
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..Self::default() }
    }

    /// Starts its clock at an event, such as [`Block::in_effect_at`](crate::Block::in_effect_at).
    ///
    /// If the upper bound has already passed, the claim asks once, and fails. If the event is in the
    /// future, it waits for it.
    pub fn since(self, event: Instant) -> Self {
        Self { since: Some(event), ..self }
    }

    /// Asks this long after each answer, instead of after a millisecond or two.
    ///
    /// For probes that disturb what they observe. They are still asked at the bounds.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // Listing the sockets disturbs a busy server, so not every millisecond.
    /// let quiet = Claim::new("all connections are closed").every(Duration::from_millis(50));
    /// quiet.eventually(Duration::from_secs(5), || server.established(&client).map(|n| n == 0))?;
    /// # Ok(()) }
    /// ```
    pub fn every(self, pause: Duration) -> Self {
        Self { every: Some(pause), ..self }
    }

    /// Waits until the probe holds, and returns how long that took.
    ///
    /// # Errors
    ///
    /// As [`eventually`](crate::eventually).
    ///
    /// # Panics
    ///
    /// If the probe does; the claim is printed then.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let took = Claim::new("the client has come")
    ///     .eventually(Duration::from_secs(2), || server.established(&client).map(|n| n > 0))?;
    /// println!("after {took:?}");
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn eventually<P: Probe>(
        self,
        limit: Duration,
        probe: impl FnMut() -> P,
    ) -> Result<Duration, Error> {
        self.begin(Demand::Within(Duration::ZERO..limit), Location::caller())?.run(probe)
    }

    /// Waits until the probe holds, requires that it did not hold before the lower bound, and returns
    /// how long that took.
    ///
    /// # Errors
    ///
    /// As [`within`](crate::within).
    ///
    /// # Panics
    ///
    /// If the probe does; the claim is printed then.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// # let registry = move |_name: &str| false;
    /// let block = client.block(&server)?;
    /// let due = Duration::from_millis(800)..Duration::from_secs(2);
    /// let took = Claim::new("the client is evicted")
    ///     .since(block.in_effect_at())
    ///     .within(due, || !registry("client"))?;
    /// println!("evicted after {took:?}");
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn within<P: Probe>(
        self,
        time: Range<Duration>,
        probe: impl FnMut() -> P,
    ) -> Result<Duration, Error> {
        self.begin(Demand::Within(time), Location::caller())?.run(probe)
    }

    /// Checks that the probe holds all the time.
    ///
    /// # Errors
    ///
    /// As [`consistently`](crate::consistently).
    ///
    /// # Panics
    ///
    /// If the probe does; the claim is printed then.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// Claim::new("a short outage evicts nobody")
    ///     .consistently(Duration::from_secs(1), || server.established(&client).map(|n| n == 1))?;
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn consistently<P: Probe>(
        self,
        time: Duration,
        probe: impl FnMut() -> P,
    ) -> Result<(), Error> {
        self.begin(Demand::For(time), Location::caller())?.run(probe).map(drop)
    }

    /// As [`eventually`](Self::eventually), for async tests.
    ///
    /// # Errors
    ///
    /// As [`eventually`](crate::eventually).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and if the probe does.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let listener = server.listen_async(80).await?;
    /// Claim::new("it is reached by its name")
    ///     .eventually_async(Duration::from_secs(1), async || client.connect_async("server:80").await.is_ok())
    ///     .await?;
    /// # drop(listener);
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tokio")]
    #[track_caller]
    pub fn eventually_async<P: Probe>(
        self,
        limit: Duration,
        probe: impl AsyncFnMut() -> P,
    ) -> impl Future<Output = Result<Duration, Error>> {
        self.begin_async(Demand::Within(Duration::ZERO..limit), probe, Location::caller())
    }

    /// As [`within`](Self::within), for async tests.
    ///
    /// # Errors
    ///
    /// As [`within`](crate::within).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and if the probe does.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// # async fn lease(_: &Host) -> bool { true }
    /// let block = client.block(&server)?;
    /// let due = Duration::from_secs(1)..Duration::from_secs(3);
    /// Claim::new("the lease has run out")
    ///     .since(block.in_effect_at())
    ///     .within_async(due, async || !lease(&client).await)
    ///     .await?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tokio")]
    #[track_caller]
    pub fn within_async<P: Probe>(
        self,
        time: Range<Duration>,
        probe: impl AsyncFnMut() -> P,
    ) -> impl Future<Output = Result<Duration, Error>> {
        self.begin_async(Demand::Within(time), probe, Location::caller())
    }

    /// As [`consistently`](Self::consistently), for async tests.
    ///
    /// # Errors
    ///
    /// As [`consistently`](crate::consistently).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and if the probe does.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// # async fn answers(_: &Host) -> bool { true }
    /// let _far = client.impair(&server, Impairment::intercontinental())?;
    /// Claim::new("a far server is no dead server")
    ///     .consistently_async(Duration::from_secs(1), async || answers(&client).await)
    ///     .await?;
    /// # Ok(()) }
    /// ```
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

    /// Checks that the probe holds all the time until something is over.
    #[track_caller]
    pub(crate) fn while_it_lasts<P: Probe>(
        self,
        lasts: Lasts,
        probe: impl FnMut() -> P,
    ) -> Result<(), Error> {
        self.begin(Demand::While(lasts), Location::caller())?.run(probe).map(drop)
    }

    /// The same, for async tests; `place` is the line of the test.
    #[cfg(feature = "tokio")]
    pub(crate) async fn while_it_lasts_async<P: Probe>(
        self,
        lasts: Lasts,
        probe: impl AsyncFnMut() -> P,
        place: &'static Location<'static>,
    ) -> Result<(), Error> {
        self.begin_async(Demand::While(lasts), probe, place).await.map(drop)
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
