use std::time::{Duration, Instant};

use crate::Host;
use crate::record::Place;

/// A fault of a [`Schedule`](super::Schedule): when it is to be, and when it really was.
///
/// What is asked of one that has begun is of the moment at which it was asked for.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) number: usize,
    pub(super) fault: String,
    pub(super) place: Place<Host>,
    pub(super) begins: Option<Duration>,
    pub(super) ends: Option<Duration>,
    pub(super) began_at: Option<Instant>,
    pub(super) ended_at: Option<Instant>,
    pub(super) late: Option<Duration>,
    pub(super) error: Option<String>,
}

impl Entry {
    /// Its place in the schedule, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// What it is and on whom, for instance ``block `b` from `a` by reset``.
    pub fn fault(&self) -> &str {
        &self.fault
    }

    /// On whom.
    pub fn place(&self) -> &Place<Host> {
        &self.place
    }

    /// When it is to begin, counted from the beginning of the schedule; `None` where a condition
    /// decides.
    pub fn begins(&self) -> Option<Duration> {
        self.begins
    }

    /// When it is to end, counted from the beginning of the schedule; `None` where a condition decides
    /// when it begins, and where it stays until it is healed.
    pub fn ends(&self) -> Option<Duration> {
        self.ends
    }

    /// When it came into effect, if it has.
    pub fn began_at(&self) -> Option<Instant> {
        self.began_at
    }

    /// When it had been lifted, if it has been: traffic passed again.
    pub fn ended_at(&self) -> Option<Instant> {
        self.ended_at
    }

    /// How much later than planned it came into effect, if it has: what the kernel took to make it, and
    /// what the machine and the faults before it were late.
    pub fn late(&self) -> Option<Duration> {
        self.late
    }

    /// Why it could not be made, or not be lifted.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}
