//! What became of the packets: those that entered the host that they were sent to, and those that the wire
//! dropped.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::packet::{Fate, Packet};
use crate::tap::store::Arrival;

/// How long a packet may be under way before it counts as dropped. It takes microseconds; where
/// the processors are busy, the kernel may leave it for a while.
pub(super) const UNDER_WAY: Duration = Duration::from_millis(20);
/// How much earlier than its sending an arrival may seem to be: their times are converted from the
/// wall clock one after the other.
const SKEW: Duration = Duration::from_micros(50);

/// Packets by what tells them apart: the host that they are for, and what they look like. They are
/// known by their places.
type Places = BTreeMap<(usize, u64), Vec<usize>>;

#[derive(Debug, Default)]
pub(super) struct Fates {
    /// Packets whose place stays, and which have not arrived.
    waiting: Places,
    /// What has arrived, host by host, and was no packet so far.
    arrivals: Vec<(usize, Arrival)>,
    /// Since when each host's arrivals are known, if they are.
    since: Vec<Option<Instant>>,
    /// Whether one of them has changed since the last judgement: arrivals were lost, or are recorded
    /// from now on.
    since_is_new: bool,
    /// Whether one of the packets was under way at the last judgement.
    some_under_way: bool,
}

/// Whether a packet may be held on its way: `None` if nothing on it holds packets.
pub(super) type Late<'a> = &'a dyn Fn(&Packet) -> Option<bool>;

impl Fates {
    /// Takes in what has arrived at a host.
    pub(super) fn arrived<'a>(
        &mut self,
        host: usize,
        since: Option<Instant>,
        arrivals: impl Iterator<Item = &'a Arrival>,
    ) {
        self.since.resize(self.since.len().max(host + 1), None);
        self.since_is_new |= self.since[host] != since;
        self.since[host] = since;
        self.arrivals.extend(arrivals.map(|arrival| (host, arrival.clone())));
    }

    /// Whether anybody looks at what arrives.
    pub(super) fn are_of_interest(&self) -> bool {
        self.since.iter().any(Option::is_some)
    }

    /// Whether there is nothing by which a judgement could become another one.
    pub(super) fn are_settled(&self) -> bool {
        self.arrivals.is_empty() && !self.since_is_new && !self.some_under_way
    }

    /// Judges packets, which are in the order of their time. The places of the first `settled` stay.
    /// All that was sent up to `seen` is among them. Returns what has arrived, at which host, and was
    /// sent by none: what the wire has answered in the place of one.
    pub(super) fn judge(
        &mut self,
        packets: &mut [Packet],
        settled: usize,
        seen: Instant,
        late: Late<'_>,
    ) -> Vec<(usize, Arrival)> {
        let mut young = Places::new();
        for (place, packet) in packets.iter().enumerate().skip(settled) {
            if let Some(key) = self.key(packet) {
                young.entry(key).or_default().push(place);
            }
        }
        self.arrivals.sort_by_key(|(_, arrival)| arrival.at);
        let known = self.arrivals.partition_point(|(_, arrival)| arrival.at <= seen);
        let mut strangers: Vec<(usize, Arrival)> = Vec::new();
        for (host, arrival) in self.arrivals.drain(..known) {
            let key = (host, arrival.fingerprint);
            let found = take_held(&mut self.waiting, key, packets, late)
                .or_else(|| take_held(&mut young, key, packets, late))
                .or_else(|| take(&mut young, key, packets, arrival.at))
                .or_else(|| take(&mut self.waiting, key, packets, arrival.at));
            match found {
                Some(place) => packets[place].fate = Fate::Arrived(arrival.at),
                None => strangers.push((host, arrival)),
            }
        }
        let all = std::mem::take(&mut self.since_is_new);
        let again = all || std::mem::take(&mut self.some_under_way);
        let waiting = again.then_some(self.waiting.values());
        for (is_young, place) in young
            .values()
            .flatten()
            .map(|place| (true, place))
            .chain(waiting.into_iter().flatten().flatten().map(|place| (false, place)))
        {
            let packet = &mut packets[*place];
            if all || is_young || packet.fate == Fate::UnderWay {
                packet.fate = unarrived(packet, &self.since, seen, late);
                self.some_under_way |= packet.fate == Fate::UnderWay;
            }
        }
        strangers.retain(|(_, arrival)| arrival.answer.is_some());
        strangers
    }

    /// The place of a packet stays from now on.
    pub(super) fn settle(&mut self, place: usize, packet: &Packet) {
        if let Some(key) = self.key(packet) {
            self.waiting.entry(key).or_default().push(place);
        }
    }

    /// The places have changed: those of these packets stay now.
    pub(super) fn settle_anew(&mut self, packets: &[Packet]) {
        self.waiting.clear();
        packets.iter().enumerate().for_each(|(place, packet)| self.settle(place, packet));
    }

    /// `None` for what nobody waits for.
    fn key(&self, packet: &Packet) -> Option<(usize, u64)> {
        let receiver = packet.receiver?;
        let wanted = packet.is_ip() && !matches!(packet.fate, Fate::Arrived(_));
        (wanted && self.since[receiver].is_some()).then_some((receiver, packet.fingerprint))
    }
}

/// Of several that look the same on a way that holds packets, the first one: they come in their order.
fn take_held(
    places: &mut Places,
    key: (usize, u64),
    packets: &[Packet],
    late: Late<'_>,
) -> Option<usize> {
    let alike = places.get_mut(&key)?;
    // Asked once: there may be a million of them, and where nothing holds packets none was held.
    late(&packets[*alike.first()?])?;
    let held = |place: &usize| matches!(packets[*place].fate, Fate::UnderWay | Fate::Unknown);
    alike.iter().position(held).map(|found| alike.remove(found))
}

/// Of several that look the same, the last one that had been sent by then; if there is none, the first
/// one right after.
fn take(
    places: &mut Places,
    key: (usize, u64),
    packets: &[Packet],
    arrived: Instant,
) -> Option<usize> {
    let alike = places.get_mut(&key)?;
    let before = alike.iter().rposition(|place| packets[*place].at <= arrived);
    let after = || alike.iter().position(|place| packets[*place].at <= arrived + SKEW);
    before.or_else(after).map(|found| alike.remove(found))
}

/// What is known of a packet that has not arrived.
fn unarrived(packet: &Packet, since: &[Option<Instant>], seen: Instant, late: Late<'_>) -> Fate {
    let since = packet.receiver.and_then(|receiver| since[receiver]);
    match since {
        Some(since) if packet.watched && packet.at >= since => {
            if packet.at + UNDER_WAY <= seen && late(packet) != Some(true) {
                Fate::Dropped
            } else {
                Fate::UnderWay
            }
        }
        _ => Fate::Unknown,
    }
}
