//! The record of a test: what was done to the network and in it, in order of time.
//!
//! Everything that acts writes here, through [`note`]; [`Timeline`](crate::Timeline) and the report read.
//! There is one record for the process, because claims and marks belong to no host; each entry says which
//! net it is about. It is bounded: beyond [`MOST`] entries the oldest are evicted, those about traffic and
//! sockets before all others.

pub(crate) mod clock;
mod event;
pub(crate) mod fold;
mod phase;
mod place;
mod tcp_state;
mod text;

pub use event::{Entry, Event, Protocol, Verb};
pub use phase::{AddressPhase, ClaimPhase, FaultPhase, ProcessPhase};
pub use place::Place;
pub use tcp_state::TcpState;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::Instant;

use crate::mutex::lock;

/// How many entries are kept.
pub(crate) const MOST: usize = 100_000;

/// How many older ones are kept beside them, of what a program does not do by the thousand.
const MOST_LANDMARKS: usize = 10_000;

static RECORD: Mutex<Record> = Mutex::new(Record::new());

struct Record {
    /// Older than the entries.
    landmarks: VecDeque<Noted>,
    entries: VecDeque<Noted>,
    given_up: u64,
}

struct Noted {
    net: Option<u64>,
    entry: Entry,
}

/// The next number of a net, a fault, a claim: one row of numbers for all, in the whole process.
pub(crate) fn next_number() -> u64 {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// Records what happens now, in the net of this number, or in none.
pub(crate) fn note(net: impl Into<Option<u64>>, event: Event) {
    let net = net.into();
    let mut record = record();
    // Taken under the lock, so that the order of the entries is that of their times.
    let entry = Entry { at: clock::since_start(Instant::now()), event };
    let place = record.entries.len();
    record.push(place, Noted { net, entry });
}

/// Records what happened at a moment that was measured, which may be before the last entry.
pub(crate) fn note_at(at: Instant, net: impl Into<Option<u64>>, event: Event) {
    let net = net.into();
    let at = clock::since_start(at);
    let mut record = record();
    let place = record.entries.partition_point(|noted| noted.entry.at <= at);
    record.push(place, Noted { net, entry: Entry { at, event } });
}

/// What is to be done before the record is read.
static SETTLE: OnceLock<fn()> = OnceLock::new();

/// Has `settle` called before the record is read: for who sees things late, and can catch up. It must
/// not wait without an end.
pub(crate) fn settle_by(settle: fn()) {
    SETTLE.get_or_init(|| settle);
}

/// The entries about these nets and about none, and how many have been given up.
pub(crate) fn entries(wanted: impl Fn(u64) -> bool) -> (Vec<Entry>, u64) {
    if let Some(settle) = SETTLE.get() {
        settle();
    }
    let record = record();
    let all = record.landmarks.iter().chain(&record.entries);
    let ours = all.filter(|noted| noted.net.is_none_or(&wanted));
    (ours.map(|noted| noted.entry.clone()).collect(), record.given_up)
}

impl Record {
    const fn new() -> Self {
        Self { landmarks: VecDeque::new(), entries: VecDeque::new(), given_up: 0 }
    }

    fn push(&mut self, place: usize, noted: Noted) {
        self.entries.insert(place, noted);
        while self.landmarks.len() + self.entries.len() > MOST {
            let Some(oldest) = self.entries.pop_front() else { return };
            let kept = oldest.entry.event.is_landmark();
            if kept {
                self.landmarks.push_back(oldest);
            }
            if !kept || self.landmarks.len() > MOST_LANDMARKS {
                self.given_up += 1;
            }
            if self.landmarks.len() > MOST_LANDMARKS {
                self.landmarks.pop_front();
            }
        }
    }
}

fn record() -> MutexGuard<'static, Record> {
    lock(&RECORD)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn mark(text: &str) -> Event {
        Event::Mark { text: text.to_owned() }
    }

    #[test]
    fn a_moment_of_before_is_sorted_in() {
        let net = next_number();
        clock::start();
        let before = Instant::now();
        note(net, mark("second"));
        note_at(before, net, mark("first"));
        let (entries, _) = entries(|number| number == net);
        let ours: Vec<_> = entries
            .iter()
            .filter(|entry| [mark("first"), mark("second")].contains(&entry.event))
            .collect();
        assert_eq!(ours.len(), 2);
        assert_eq!(ours[0].event, mark("first"));
        assert!(ours[0].at <= ours[1].at);
    }

    #[test]
    fn the_record_of_one_net_does_not_show_another() {
        let (ours, theirs) = (next_number(), next_number());
        note(theirs, mark("theirs"));
        assert!(
            !entries(|number| number == ours).0.iter().any(|entry| entry.event == mark("theirs"))
        );
    }

    #[test]
    fn the_oldest_entries_are_given_up() {
        let mut record = Record::new();
        let mut push = |at: u64, event| {
            let entry = Entry { at: Duration::from_nanos(at), event };
            record.push(record.entries.len(), Noted { net: None, entry });
        };
        push(0, mark("the first"));
        for at in 1..MOST as u64 + 3 {
            push(at, closed());
        }
        assert_eq!((record.entries.len(), record.given_up), (MOST - 1, 3));
        assert_eq!(record.entries[0].entry.at, Duration::from_nanos(4));
        assert_eq!(record.landmarks[0].entry.event, mark("the first"));
    }

    fn closed() -> Event {
        Event::Traffic {
            host: "client".to_owned(),
            verb: Verb::Close,
            protocol: Protocol::Tcp,
            local: None,
            peer: None,
            outcome: Ok(0),
        }
    }
}
