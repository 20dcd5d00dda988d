use std::iter::Sum;
use std::ops::Add;

/// What one rule of a block has counted so far.
///
/// From [`Block::counters`](crate::Block::counters).
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// // Did anything of the server get lost, or was it the client alone that spoke?
/// let block = client.block(&server)?;
/// let counters = block.counters()?;
/// let lost_at_client: u64 =
///     counters.iter().filter(|one| one.host == "client").map(|one| one.packets).sum();
/// assert_eq!(lost_at_client, 0, "the server has sent something");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counter {
    /// The host whose rule it is. On the wire it counts what *this* host took from the wire; a firewall's
    /// rule counts what the host received or sent.
    pub host: String,
    /// The rule, in the notation of nft(8) or iptables(8).
    pub rule: String,
    /// Packets that it dropped or refused.
    pub packets: u64,
    /// Their bytes, including IP headers.
    pub bytes: u64,
}

/// Packets and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) packets: u64,
    pub(super) bytes: u64,
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { packets: self.packets + other.packets, bytes: self.bytes + other.bytes }
    }
}

impl Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}
