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
    /// Packets that got through. A duplicated packet counts once; a packet that still waits does not count
    /// yet.
    pub passed: u64,
    /// Packets that had to wait, or do.
    pub delayed: u64,
    /// Packets that did not get through.
    pub lost: u64,
    /// How many of the lost packets found no room to wait.
    pub overflowed: u64,
    /// Frames that the kernel dropped before the wire could decide their fate: the relay had no processor
    /// for so long that the socket buffer was full (packet(7)). They get no number, so from then on the
    /// same seed loses other packets. On a bridge all frames come to the relay together, so these may have
    /// been for any wire: each wire counts them all, once for all directions.
    pub missed: u64,
    /// Frames that could not be sent when they were due, because the link was down or, on a bridge, where
    /// blocks come before the link, because a block dropped them. The wire had let them pass, and they
    /// count as such.
    pub dropped: u64,
    /// Packets that got through twice.
    pub doubled: u64,
    /// Packets that overtook waiting ones.
    pub reordered: u64,
    /// Bytes of all of them, including Ethernet headers.
    pub bytes: u64,
    /// How late a packet was sent on at worst. The thread that sends it has to wait for a processor like
    /// any other.
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
