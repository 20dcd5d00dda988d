use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::counter::Counter;
use super::parts::Evidence;
use crate::record::Place;
use crate::{Error, Host};

/// A fault that stays in effect until the test ends; this reads its counters.
///
/// From [`Block::keep`](crate::Block::keep). Dropping it changes nothing.
///
/// ```no_run
/// use std::time::Duration;
/// use netns_test::{Host, Result, eventually, netns_test};
///
/// #[netns_test]
/// fn the_client_keeps_trying(server: Host, client: Host) -> Result {
///     let outage = client.block(&server)?.keep();
///     let _dial = client.dial(server.addr(7000))?;
///     eventually(Duration::from_secs(3), || outage.packets() > 1)?;
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Kept {
    fault: String,
    place: Place<Host>,
    since: Instant,
    evidence: Arc<dyn Evidence>,
}

impl Kept {
    pub(super) fn new(
        (fault, place): (String, Place<Host>),
        since: Instant,
        evidence: Arc<dyn Evidence>,
    ) -> Self {
        Self { fault, place, since, evidence }
    }

    /// How many packets it has dropped or refused so far.
    ///
    /// # Panics
    ///
    /// If the fault is gone; [`try_packets`](Self::try_packets) returns that as an error.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let kept = client.block(&server)?.keep();           // until the test ends
    /// let _dial = client.dial(server.addr(80))?;
    /// eventually(Duration::from_secs(2), || kept.packets() > 0)?;
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn packets(&self) -> u64 {
        match self.try_packets() {
            Ok(packets) => packets,
            Err(error) => panic!("{error}"),
        }
    }

    /// How many packets it has dropped or refused so far.
    ///
    /// # Errors
    ///
    /// If the fault is gone: something flushed its rules.
    pub fn try_packets(&self) -> Result<u64, Error> {
        Ok(self.counters()?.iter().map(|counter| counter.packets).sum())
    }

    /// What each rule has counted, at each host.
    ///
    /// # Errors
    ///
    /// As [`try_packets`](Self::try_packets).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let kept = client.block(&server)?.keep();
    /// for counter in kept.counters()? {
    ///     println!("{}: {} packets", counter.host, counter.packets);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn counters(&self) -> Result<Vec<Counter>, Error> {
        self.evidence.counters()
    }

    /// When the fault came into effect.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let kept = client.block(&server)?.keep();
    /// let _dial = client.dial(server.addr(80))?;          // the code under test
    /// since(kept.in_effect_at()).eventually(Duration::from_secs(3), || kept.packets() > 1)?;
    /// # Ok(()) }
    /// ```
    pub fn in_effect_at(&self) -> Instant {
        self.since
    }

    /// Where the fault is.
    pub fn place(&self) -> &Place<Host> {
        &self.place
    }
}

/// What it is, for instance ``block `server` from `client` by reset``.
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault)
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("fault", &self.fault).field("place", &self.place).finish()
    }
}
