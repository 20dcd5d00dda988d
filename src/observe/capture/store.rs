//! What has been recorded of a host, bounded: the oldest goes first.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// How much memory the recorded frames of a host take at most: about 100,000 long ones, or three
/// times as many short ones.
const MOST_BYTES: usize = 32 << 20;
/// How many arrivals of a host are remembered.
const MOST_ARRIVALS: usize = 1 << 20;
/// How much of a frame tells it from others: headers, and a little of the payload.
pub(super) const TELLING: usize = 128;

/// A frame that a host has sent.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) at: Instant,
    pub(super) interface: u32,
    /// Its whole length; `bytes` may be its beginning only.
    pub(super) length: u32,
    pub(super) bytes: Arc<[u8]>,
}

/// A frame that has got into a host, past everything that can happen to it on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) at: Instant,
    pub(super) likeness: u64,
}

#[derive(Debug, Default)]
pub(super) struct Store {
    frames: VecDeque<Frame>,
    size: usize,
    arrivals: VecDeque<Arrival>,
    /// Since when every arrival is known; `None` if they are not recorded.
    whole_since: Option<Instant>,
    /// How many frames were given up for newer ones.
    pub(super) discarded: u64,
    /// How many frames the kernel could not record.
    pub(super) lost: u64,
}

impl Store {
    pub(super) fn push(&mut self, frame: Frame) {
        self.size += size(&frame);
        self.frames.push_back(frame);
        while self.size > MOST_BYTES
            && let Some(oldest) = self.frames.pop_front()
        {
            self.size -= size(&oldest);
            self.discarded += 1;
        }
    }

    pub(super) fn arrived(&mut self, arrival: Arrival) {
        if self.arrivals.len() == MOST_ARRIVALS
            && let Some(oldest) = self.arrivals.pop_front()
        {
            self.whole_since = Some(oldest.at);
        }
        self.arrivals.push_back(arrival);
    }

    /// From now on all arrivals are recorded.
    pub(super) fn expect_arrivals(&mut self) {
        self.whole_since.get_or_insert_with(Instant::now);
    }

    /// Some arrivals were lost: what did not arrive until now may have arrived all the same.
    pub(super) fn arrivals_lost(&mut self) {
        self.whole_since = Some(Instant::now());
    }

    pub(super) fn frames(&self) -> Vec<Frame> {
        self.frames.iter().cloned().collect()
    }

    pub(super) fn arrivals(&self) -> (Option<Instant>, Vec<Arrival>) {
        (self.whole_since, self.arrivals.iter().copied().collect())
    }
}

fn size(frame: &Frame) -> usize {
    // The counters of an `Arc` come on top of its bytes.
    size_of::<Frame>() + 2 * size_of::<usize>() + frame.bytes.len()
}

/// A number that two frames have in common only if they look the same.
///
/// Not std's hasher: at 100,000 frames a second it takes too long where nothing is optimised, as in
/// tests.
pub(super) fn likeness(bytes: &[u8], length: u32) -> u64 {
    let (words, rest) = bytes[..bytes.len().min(TELLING)].as_chunks::<8>();
    let mut sum = u64::from(length);
    for word in words {
        sum = stir(sum, u64::from_ne_bytes(*word));
    }
    for byte in rest {
        sum = stir(sum, u64::from(*byte));
    }
    sum
}

/// An odd number with as many ones as zeros, without a pattern (the golden ratio's).
const STIRRER: u64 = 0x9e37_79b9_7f4a_7c15;

fn stir(sum: u64, word: u64) -> u64 {
    (sum ^ word).wrapping_mul(STIRRER).rotate_left(29)
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
            store.push(Frame { at: Instant::now(), interface: number, length: 4000, bytes });
        }
        let frames = store.frames();
        let kept = frames.len();
        assert!(kept * 4000 <= MOST_BYTES && kept * 4100 >= MOST_BYTES, "{kept}");
        assert_eq!(store.discarded as usize, 10_000 - kept);
        assert_eq!(frames[kept - 1].interface, 9_999);
    }
}
