//! What became of the frames: those that got into the host that they were sent to, and those that
//! the wire has dropped.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::decode::{IPV4, IPV6};
use super::packet::{Fate, Packet};
use super::store::{Arrival, likeness};

/// How long a frame may be under way before it counts as dropped. It takes microseconds; where
/// the processors are busy, the kernel may leave it for a while.
pub(super) const UNDER_WAY: Duration = Duration::from_millis(20);

/// What has got into a host, and since when that is known.
pub(super) type Arrivals = (Option<Instant>, Vec<Arrival>);

/// Judges the packets, which are in the order of their time. `seen` is when the arrivals were
/// looked at, host by host.
pub(super) fn judge(packets: &mut [Packet], arrivals: &[Arrivals], seen: Instant) {
    let mut waiting: BTreeMap<(usize, u64), Vec<usize>> = BTreeMap::new();
    for (number, packet) in packets.iter_mut().enumerate() {
        let Some(receiver) = packet.receiver else { continue };
        let Some(since) = arrivals[receiver].0 else { continue };
        if !matches!(packet.headers.ethertype, IPV4 | IPV6) {
            continue;
        }
        if packet.at >= since && packet.at + UNDER_WAY <= seen {
            packet.fate = Fate::Dropped;
        }
        let likeness = likeness(&packet.bytes, packet.length);
        waiting.entry((receiver, likeness)).or_default().push(number);
    }
    for (host, (_, arrivals)) in arrivals.iter().enumerate() {
        for arrival in arrivals {
            let Some(alike) = waiting.get_mut(&(host, arrival.likeness)) else { continue };
            // Of several that look the same, the last one that had been sent by then.
            let found = alike.iter().rposition(|number| packets[*number].at <= arrival.at);
            if let Some(found) = found {
                packets[alike.remove(found)].fate = Fate::Arrived(arrival.at);
            }
        }
    }
}
