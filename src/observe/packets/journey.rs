//! Which frames are one packet, at each hop of its path.
//!
//! A router forwards what has come in with a lower TTL (RFC 1812, section 5.3.1), and a translating one
//! under another address and port. The rest of the packet stays the same, and identifies it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use super::packet::{Fate, Packet};
use super::undo::Undo;
use crate::tap::headers::{ICMP, ICMPV6, IPV4, TCP, UDP, VLAN};

/// What tells a packet from all others, wherever it is on its way: the host that has made it, the number
/// of the frame there, and when that was.
pub(super) type Journey = (usize, u64, Instant);
/// What is to come: what it looks like, which host sends it, and with how many hops to live.
type Next = (u64, usize, u8);

/// The packets that are at a router, or on their way to one, as far as a capture has been looked at, in
/// the order of their time.
#[derive(Debug, Default)]
pub(super) struct Journeys {
    /// How many of each kind have come and gone.
    counts: Undo<Next, (u32, u32)>,
    /// Those that have come.
    waiting: Undo<(Next, u32), Journey>,
}

impl Journeys {
    /// Says whose next hop a packet is, if it is one. `may_forward` says of each host whether it is on
    /// several links: what others are sent ends there.
    pub(super) fn annotate(&mut self, packet: &mut Packet, may_forward: &[bool]) {
        if !may_forward.contains(&true) {
            return;
        }
        let Some((looks, lives)) = looks(packet) else { return };
        if let Some(journey) = self.take((looks, packet.sender, lives)) {
            packet.journey = journey;
        }
        let goes_on = |host: &usize| *host != packet.sender && may_forward[*host];
        let Some(receiver) = packet.receiver.filter(goes_on) else { return };
        if packet.fate != Fate::Dropped
            && let Some(next) = lives.checked_sub(1).filter(|lives| *lives > 0)
        {
            self.put((looks, receiver, next), packet.journey);
        }
    }

    fn put(&mut self, next: Next, journey: Journey) {
        let (come, gone) = self.counts.get(&next).unwrap_or_default();
        self.waiting.set((next, come), journey);
        self.counts.set(next, (come + 1, gone));
    }

    fn take(&mut self, next: Next) -> Option<Journey> {
        let (come, gone) = self.counts.get(&next).filter(|(come, gone)| gone < come)?;
        match gone + 1 == come {
            true => drop(self.counts.remove(&next)),
            false => self.counts.set(next, (come, gone + 1)),
        }
        self.waiting.remove(&(next, gone))
    }

    /// The packets from now on may come again, in another order.
    pub(super) fn begin(&mut self) {
        self.counts.begin();
        self.waiting.begin();
    }

    /// Forgets the packets since then.
    pub(super) fn take_back(&mut self) {
        self.counts.take_back();
        self.waiting.take_back();
    }
}

/// What of a packet stays on its way, and how many hops it has to live.
fn looks(packet: &Packet) -> Option<(u64, u8)> {
    let headers = &packet.headers;
    let protocol = headers.ip?.protocol;
    let bytes = &packet.bytes;
    let tagged = bytes.get(12..14)? == VLAN.to_be_bytes();
    let ip = if tagged { 18 } else { 14 };
    let mut hasher = DefaultHasher::new();
    (protocol, headers.length, headers.tcp.map(|tcp| (tcp.seq, tcp.ack, tcp.flags)))
        .hash(&mut hasher);
    let (lives, transport) = match headers.ethertype {
        IPV4 => {
            bytes.get(ip + 4..ip + 6)?.hash(&mut hasher);
            (*bytes.get(ip + 8)?, ip + usize::from(bytes.get(ip)? & 0x0f) * 4)
        }
        _ => (*bytes.get(ip + 7)?, ip + 40),
    };
    // Without ports, numbers of pings, and checksums, which a router may change.
    let rest = match protocol {
        TCP => transport + 18,
        UDP | ICMP | ICMPV6 => transport + 8,
        _ => transport,
    };
    (headers.icmp, bytes.get(rest..).unwrap_or_default()).hash(&mut hasher);
    Some((hasher.finish(), lives))
}
