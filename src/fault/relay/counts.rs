use std::ops::Add;
use std::time::Duration;

/// What a wire has done to packets so far.
///
/// From [`Impaired::counts`](crate::Impaired::counts), for both directions together or for one.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// # let _listener = server.listen(80)?;
/// let wire = client.impair(&server, Impairment::new().loss(0.2).duplicate(0.1))?;
/// let before = wire.counts();
/// client.connect(server.addr(80))?;
/// let after = wire.counts();
/// assert!(after.packets() > before.packets() && after.missed == 0, "{after:?}");
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WireCounts {
    /// Packets that have got through: those that were doubled once, those that still wait not yet.
    pub passed: u64,
    /// Packets that had to wait, or do.
    pub delayed: u64,
    /// Packets that did not get through.
    pub lost: u64,
    /// Of those that were lost, the ones that found no room to wait.
    pub overflowed: u64,
    /// Frames that were lost before they met the wire, for nobody can tell their fate: the relay had no
    /// processor for so long that the kernel had no room left for what came (packet(7)). They have no
    /// number, so that from then on the same seed loses others. On a bridge, where frames come to the
    /// relay together, they may have been of any wire: each counts them all, once for all directions.
    pub missed: u64,
    /// Frames that did not get onto the link when they were due: it was down, or, on a bridge, where
    /// blocks come before the link, a block took them. The wire had let them pass, and they count as such.
    pub dropped: u64,
    /// Packets that got through twice.
    pub doubled: u64,
    /// Packets that went ahead of those that waited.
    pub reordered: u64,
    /// Bytes of all of them, with their Ethernet headers.
    pub bytes: u64,
    /// How much later than it should a packet was sent on at worst. The thread that does it has to
    /// wait for a processor like any other.
    pub worst_lateness: Duration,
    /// Packets that wait now.
    pub waiting: u64,
}

impl WireCounts {
    /// How many packets have met the wire.
    pub fn packets(&self) -> u64 {
        self.passed + self.lost + self.waiting
    }
}

impl Add for WireCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            delayed: self.delayed + other.delayed,
            lost: self.lost + other.lost,
            overflowed: self.overflowed + other.overflowed,
            missed: self.missed + other.missed,
            dropped: self.dropped + other.dropped,
            doubled: self.doubled + other.doubled,
            reordered: self.reordered + other.reordered,
            waiting: self.waiting + other.waiting,
            bytes: self.bytes + other.bytes,
            worst_lateness: self.worst_lateness.max(other.worst_lateness),
        }
    }
}
