//! What one wire does to the packets of one hop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::impairment::{Fates, Impairment};
use super::super::recipe::WireRule;
use super::counts::WireCounts;
use super::cut::packets;
use super::frame::Frame;
use super::matching::is_about;

/// What a wire does to packets. What hosts say to find each other passes, as under a block.
#[derive(Clone, Debug)]
pub(in crate::fault) enum Treatment {
    Impaired(Arc<Impairment>),
    /// Nothing passes until it is released.
    Held,
}

/// A wire's share in a hop.
pub(super) struct Lane {
    /// The number of the wire.
    pub(super) wire: u64,
    treatment: Treatment,
    /// Which packets it is about.
    rules: Vec<WireRule>,
    fates: Fates,
    /// What waits, by when it is due and in which order it came.
    waiting: BTreeMap<(Instant, u64), Waiting>,
    /// Until when the wire is busy with what it carries, if it carries only so much in a second.
    busy: Option<Instant>,
    /// When the last one is due that does not go ahead.
    last: Option<Instant>,
    counts: WireCounts,
    /// Whether it does anything: a wire that is suspended does not.
    pub(super) acts: bool,
    next: u64,
}

/// A frame that waits.
struct Waiting {
    frame: Frame,
    doubled: bool,
}

/// What is held is due when nobody will be there any more.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

impl Lane {
    pub(super) fn new(wire: u64, treatment: Treatment, rules: Vec<WireRule>, fates: Fates) -> Self {
        Self {
            wire,
            treatment,
            rules,
            fates,
            waiting: BTreeMap::new(),
            busy: None,
            last: None,
            counts: WireCounts::default(),
            acts: true,
            next: 0,
        }
    }

    /// Is another wire from now on. What waits is due when it was, and nothing overtakes it. Without
    /// new fates the packets go on to be numbered.
    pub(super) fn becomes(
        &mut self,
        (treatment, rules): (Treatment, Vec<WireRule>),
        fates: Option<Fates>,
    ) {
        (self.treatment, self.rules) = (treatment, rules);
        if let Some(fates) = fates {
            self.fates = fates;
        }
    }

    pub(super) fn counts(&self) -> WireCounts {
        WireCounts { waiting: self.waiting.len() as u64, ..self.counts }
    }

    /// When the oldest frame was heard that waits: they wait in their order.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(_, waiting)| waiting.frame.at)
    }

    /// When the next frame is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    /// Takes a frame that comes at a moment. What does not have to wait is given on at once.
    pub(super) fn take(&mut self, frame: Frame, at: Instant, on: &mut Vec<Frame>) {
        let headers = frame.headers();
        let passes = headers.is_housekeeping(&frame.bytes);
        if !self.acts || passes || !is_about(&self.rules, &headers, &frame.bytes) {
            return on.push(frame);
        }
        match &self.treatment {
            Treatment::Held => self.hold(frame, at),
            Treatment::Impaired(wire) => {
                let wire = Arc::clone(wire);
                match wire.is_of_packets() {
                    true => packets(frame)
                        .into_iter()
                        .for_each(|packet| self.take_packet(packet, &wire, at, on)),
                    false => self.take_packet(frame, &wire, at, on),
                }
            }
        }
    }

    fn hold(&mut self, frame: Frame, at: Instant) {
        self.counts.delayed += 1;
        self.counts.bytes += frame.bytes.len() as u64;
        self.keep(at + NEVER, Waiting { frame, doubled: false });
    }

    fn take_packet(&mut self, frame: Frame, wire: &Impairment, at: Instant, on: &mut Vec<Frame>) {
        let fate = self.fates.next(wire);
        self.counts.bytes += frame.bytes.len() as u64;
        if fate.lost {
            self.counts.lost += 1;
            return;
        }
        let packet = Waiting { frame, doubled: fate.doubled };
        if fate.reordered {
            self.counts.reordered += 1;
            return self.give_on(packet, on);
        }
        if self.waiting.len() >= wire.room() {
            self.counts.lost += 1;
            self.counts.overflowed += 1;
            return;
        }
        let mut due = at;
        if let Some(rate) = wire.carries() {
            due =
                self.busy.map_or(at, |busy| busy.max(at)) + rate.time_of(packet.frame.bytes.len());
            self.busy = Some(due);
        }
        self.wait_until(due + fate.delay, at, packet, on);
    }

    /// Has a frame wait until it is due, but no shorter than the one before it.
    fn wait_until(&mut self, due: Instant, at: Instant, frame: Waiting, on: &mut Vec<Frame>) {
        let due = self.last.map_or(due, |last| last.max(due));
        self.last = Some(due);
        if due <= at && self.waiting.is_empty() {
            return self.give_on(frame, on);
        }
        self.counts.delayed += 1;
        self.keep(due, frame);
    }

    fn keep(&mut self, due: Instant, frame: Waiting) {
        self.next += 1;
        self.waiting.insert((due, self.next), frame);
    }

    fn give_on(&mut self, packet: Waiting, on: &mut Vec<Frame>) {
        if packet.doubled {
            self.counts.doubled += 1;
            on.push(packet.frame.clone());
        }
        self.counts.passed += 1;
        on.push(packet.frame);
    }

    /// Gives on the first frame that waits, if it is due, and says when it was.
    pub(super) fn release(&mut self, now: Instant, on: &mut Vec<Frame>) -> Option<Instant> {
        let first = self.waiting.first_entry().filter(|first| first.key().0 <= now)?;
        let ((due, _), packet) = first.remove_entry();
        self.was_late(now.saturating_duration_since(due));
        self.give_on(packet, on);
        Some(due)
    }

    /// Gives on all that waits, in its order.
    pub(super) fn release_all(&mut self, on: &mut Vec<Frame>) {
        for packet in std::mem::take(&mut self.waiting).into_values() {
            self.give_on(packet, on);
        }
        (self.last, self.busy) = (None, None);
    }

    /// Loses all that waits.
    pub(super) fn discard(&mut self) {
        self.counts.lost += std::mem::take(&mut self.waiting).len() as u64;
    }

    /// Counts frames that were lost before they met it.
    pub(super) fn missed(&mut self, frames: u64) {
        self.counts.missed += frames;
    }

    /// Counts a frame that passed all wires, and did not get onto the link.
    pub(super) fn dropped(&mut self) {
        self.counts.dropped += 1;
    }

    pub(super) fn was_late(&mut self, late: Duration) {
        self.counts.worst_lateness = self.counts.worst_lateness.max(late);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::policy::Policy;
    use super::super::super::recipe::recipe;
    use super::super::frame::tests::udp;
    use super::*;
    use crate::{Loss, Rate};

    const MS: Duration = Duration::from_millis(1);

    fn lane(treatment: Treatment) -> Lane {
        Lane::new(1, treatment, recipe(&Policy::drop(), true, &[]), Fates::new(1, 2))
    }

    fn wire(impairment: Impairment) -> Lane {
        lane(Treatment::Impaired(Arc::new(impairment)))
    }

    fn numbered(number: u8) -> Frame {
        udp(false, (1, 2), &[number; 58])
    }

    /// What comes of datagrams that are sent at these milliseconds: their numbers, and when they are
    /// given on.
    fn carried(lane: &mut Lane, sent: &[u32]) -> Vec<(u8, u32)> {
        let start = Instant::now();
        let mut all = Vec::new();
        for (number, at) in sent.iter().enumerate() {
            let mut on = Vec::new();
            lane.take(numbered(number as u8), start + MS * *at, &mut on);
            all.extend(on.iter().map(|frame| (frame.bytes[50], *at)));
        }
        let mut on = Vec::new();
        while let Some(due) = lane.release(start + 3600 * MS, &mut on) {
            let at = (due - start).as_millis() as u32;
            all.extend(on.drain(..).map(|frame| (frame.bytes[50], at)));
        }
        all
    }

    #[test]
    fn a_delay_is_for_each() {
        let mut lane = wire(Impairment::delay(10 * MS));
        assert_eq!(carried(&mut lane, &[0, 1, 5]), [(0, 10), (1, 11), (2, 15)]);
        let counts = lane.counts();
        assert_eq!((counts.passed, counts.delayed, counts.lost, counts.packets()), (3, 3, 0, 3));
    }

    #[test]
    fn a_rate_has_them_wait_for_each_other() {
        // 100 bytes are 10 ms.
        let slow = Impairment::new().rate(Rate::kbit(80));
        assert_eq!(carried(&mut wire(slow.clone()), &[0, 0, 50]), [(0, 10), (1, 20), (2, 60)]);
        let mut full = wire(slow.limit(2));
        assert_eq!(carried(&mut full, &[0, 0, 0, 0]), [(0, 10), (1, 20)]);
        let counts = full.counts();
        assert_eq!((counts.passed, counts.lost, counts.overflowed), (2, 2, 2));
    }

    #[test]
    fn jitter_keeps_the_order() {
        let jittery = Impairment::delay(10 * MS).jitter(10 * MS);
        let carried = carried(&mut wire(jittery), &(0..200).collect::<Vec<_>>());
        assert!(carried.is_sorted_by_key(|(number, _)| *number) && carried.len() == 200);
        assert!(carried.is_sorted_by_key(|(_, at)| *at));
    }

    #[test]
    fn what_is_reordered_goes_ahead_and_what_is_doubled_comes_twice() {
        let mut ahead = wire(Impairment::delay(10 * MS).reorder(1.0));
        assert_eq!(carried(&mut ahead, &[0, 1]), [(0, 0), (1, 1)]);
        let mut twice = wire(Impairment::delay(MS).duplicate(1.0));
        assert_eq!(carried(&mut twice, &[0, 1]), [(0, 1), (0, 1), (1, 2), (1, 2)]);
        let counts = twice.counts();
        assert_eq!((counts.passed, counts.doubled, ahead.counts().reordered), (2, 2, 2));
        let mut lossy = wire(Impairment::new().loss(Loss::every(2)));
        assert_eq!(carried(&mut lossy, &[0, 1, 2, 3]), [(0, 0), (2, 2)]);
    }

    /// A wire that becomes faster does not put what comes out of order.
    #[test]
    fn nothing_overtakes_what_waited_before_a_change() {
        let mut lane = wire(Impairment::delay(100 * MS));
        let (start, mut on) = (Instant::now(), Vec::new());
        lane.take(numbered(0), start, &mut on);
        let rules = recipe(&Policy::drop(), true, &[]);
        lane.becomes((Treatment::Impaired(Arc::new(Impairment::new())), rules), None);
        lane.take(numbered(1), start + MS, &mut on);
        assert!(on.is_empty() && lane.release(start + 99 * MS, &mut on).is_none());
        for number in [0, 1] {
            assert_eq!(lane.release(start + 101 * MS, &mut on), Some(start + 100 * MS));
            assert_eq!(on[number].bytes[50], number as u8);
        }
        assert_eq!(lane.counts().worst_lateness, MS);
        lane.take(numbered(2), start + 102 * MS, &mut on);
        assert_eq!(on.len(), 3);
    }

    #[test]
    fn what_is_held_is_released_in_order_or_discarded() {
        for released in [true, false] {
            let mut lane = lane(Treatment::Held);
            assert_eq!(carried(&mut lane, &[0, 1, 2]), []);
            assert_eq!((lane.counts().waiting, lane.counts().passed), (3, 0));
            let mut on = Vec::new();
            if released {
                lane.release_all(&mut on)
            } else {
                lane.discard()
            }
            let numbers: Vec<u8> = on.iter().map(|frame| frame.bytes[50]).collect();
            assert_eq!(numbers, if released { vec![0, 1, 2] } else { vec![] });
            let counts = lane.counts();
            assert_eq!((counts.passed, counts.lost), if released { (3, 0) } else { (0, 3) });
        }
    }

    #[test]
    fn what_kernels_say_passes_at_once_and_has_no_number() {
        for treatment in
            [Treatment::Held, Treatment::Impaired(Arc::new(Impairment::delay(MS).loss(1.0)))]
        {
            let mut lane = lane(treatment);
            let mut arp = numbered(0);
            arp.bytes[13] = 6;
            let mut on = Vec::new();
            lane.take(arp, Instant::now(), &mut on);
            assert_eq!((on.len(), lane.counts().packets()), (1, 0));
        }
    }
}
