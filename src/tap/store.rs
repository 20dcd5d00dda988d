//! What has been recorded of a host, bounded: the oldest goes first.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

/// How much memory the recorded frames of a host take at most: about 100,000 long ones, or three
/// times as many short ones.
const MOST_BYTES: usize = 32 << 20;
/// How many arrivals of a host are remembered.
const MOST_ARRIVALS: usize = 1 << 20;

/// A frame that a host has sent.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) at: Instant,
    pub(crate) interface: u32,
    /// Its whole length; `bytes` may be its beginning only.
    pub(crate) length: u32,
    /// How much payload each packet has that it is to be cut into; zero if it is not.
    pub(crate) segment: u16,
    pub(crate) bytes: Arc<[u8]>,
}

/// A frame that has got into a host, past everything that can happen to it on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    pub(crate) fingerprint: u64,
    /// Its length and its beginning, if it may be what the wire answers in a host's place.
    pub(crate) answer: Option<(u32, Arc<[u8]>)>,
}

#[derive(Debug, Default)]
pub(crate) struct Store {
    frames: VecDeque<Frame>,
    size: usize,
    arrivals: VecDeque<Arrival>,
    /// Since when every arrival is known; `None` if they are not recorded.
    whole_since: Option<Instant>,
    /// How many arrivals were forgotten.
    forgotten: u64,
    /// The Ethernet addresses under which frames get into this namespace, or pass through it:
    /// whatever is sent to one of them can be looked for here.
    reached: BTreeSet<Mac>,
    /// How many frames were given up for newer ones.
    pub(crate) discarded: u64,
    /// How many frames the kernel could not record.
    pub(crate) lost: u64,
}

impl Store {
    pub(crate) fn push(&mut self, frame: Frame) {
        self.size += size(&frame);
        self.frames.push_back(frame);
        while self.size > MOST_BYTES
            && let Some(oldest) = self.frames.pop_front()
        {
            self.size -= size(&oldest);
            self.discarded += 1;
        }
    }

    /// Remembers what has got into the host.
    pub(crate) fn arrived(&mut self, arrival: Arrival, bytes: &[u8]) {
        self.reach(bytes, 0);
        self.remember(arrival);
    }

    /// Remembers what has left by a device that is no end of a link. What came in for somebody
    /// behind a bridge of the host has arrived by that.
    pub(crate) fn passed(&mut self, passed: Arrival, bytes: &[u8]) {
        self.reach(bytes, 0);
        self.reach(bytes, size_of::<Mac>());
        if self.whole_since.is_some() {
            self.remember(passed);
        }
    }

    /// Remembers what has got in in another form.
    pub(crate) fn arrived_in_part(&mut self, arrival: Arrival) {
        if self.whole_since.is_some() {
            self.remember(arrival);
        }
    }

    fn reach(&mut self, bytes: &[u8], at: usize) {
        if let Some(mac) = bytes.get(at..).and_then(|bytes| bytes.first_chunk())
            && !self.reached.contains(mac)
        {
            self.reached.insert(*mac);
        }
    }

    fn remember(&mut self, arrival: Arrival) {
        if self.arrivals.len() == MOST_ARRIVALS
            && let Some(oldest) = self.arrivals.pop_front()
        {
            self.whole_since = Some(oldest.at);
            self.forgotten += 1;
        }
        self.arrivals.push_back(arrival);
    }

    /// From now on all arrivals are recorded.
    pub(crate) fn expect_arrivals(&mut self) {
        self.whole_since.get_or_insert_with(Instant::now);
    }

    /// Some arrivals were lost: what did not arrive until now may have arrived all the same.
    pub(crate) fn arrivals_lost(&mut self) {
        self.whole_since = Some(Instant::now());
    }

    /// The frames from a number on that are still there, and the number of the next one. They are
    /// numbered as they came, from 0.
    pub(crate) fn frames(&self, from: u64) -> (impl Iterator<Item = (u64, &Frame)>, u64) {
        let known = from.saturating_sub(self.discarded) as usize;
        let frames = (self.discarded..).zip(&self.frames).skip(known);
        (frames, self.discarded + self.frames.len() as u64)
    }

    /// The arrivals from a number on that are still there, and the number of the next one.
    pub(crate) fn arrivals(&self, from: u64) -> (impl Iterator<Item = &Arrival>, u64) {
        let known = from.saturating_sub(self.forgotten) as usize;
        (self.arrivals.iter().skip(known), self.forgotten + self.arrivals.len() as u64)
    }

    /// Since when all arrivals are known, if they are.
    pub(crate) fn whole_since(&self) -> Option<Instant> {
        self.whole_since
    }

    /// Whether what is sent to an Ethernet address can be looked for here.
    pub(crate) fn is_reached_by(&self, mac: Mac) -> bool {
        self.reached.contains(&mac)
    }
}

/// An Ethernet address.
pub(crate) type Mac = [u8; 6];

fn size(frame: &Frame) -> usize {
    // The counters of an `Arc` come on top of its bytes.
    size_of::<Frame>() + 2 * size_of::<usize>() + frame.bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_frames_go_first_and_are_counted() {
        let mut store = Store::default();
        let bytes: Arc<[u8]> = vec![0; 4000].into();
        for number in 0..10_000 {
            let bytes = Arc::clone(&bytes);
            let at = Instant::now();
            store.push(Frame { at, interface: number, length: 4000, segment: 0, bytes });
        }
        let frames: Vec<(u64, &Frame)> = store.frames(0).0.collect();
        let kept = frames.len();
        assert!(kept * 4000 <= MOST_BYTES && kept * 4100 >= MOST_BYTES, "{kept}");
        assert_eq!(store.discarded as usize, 10_000 - kept);
        let (number, last) = frames[kept - 1];
        assert_eq!((number, last.interface), (9_999, 9_999));
        assert_eq!(store.frames(9_998).0.count(), 2);
    }
}
