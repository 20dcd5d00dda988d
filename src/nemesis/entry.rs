use std::time::{Duration, Instant};

use crate::Host;
use crate::record::Place;

/// A fault of a [`Schedule`](super::Schedule): when it is planned, and when it really happened.
///
/// Once the schedule has begun, an entry shows the state at the moment it was asked for.
///
/// ```no_run
/// # use std::time::Duration;
/// # use netns_test::nemesis::{Kind, Nemesis};
/// # use netns_test::{Host, Result, netns_test};
/// # #[netns_test]
/// # fn t(a: Host, b: Host, c: Host) -> Result {
/// let entries = Nemesis::of([&a, &b, &c]).with([Kind::cut()]).faults(3).begin()?.wait()?;
/// for entry in &entries {
///     println!("{}: {}, late by {:?}", entry.number(), entry.fault(), entry.late());
/// }
/// # Ok(()) }
/// ```
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

    /// What it is and where, for instance ``block `b` from `a` by reset``.
    pub fn fault(&self) -> &str {
        &self.fault
    }

    /// Where it acts.
    pub fn place(&self) -> &Place<Host> {
        &self.place
    }

    /// When it is to begin, from the beginning of the schedule; `None` if a condition decides.
    pub fn begins(&self) -> Option<Duration> {
        self.begins
    }

    /// When it is to end, from the beginning of the schedule; `None` if a condition decides when it
    /// begins, or if it stays until it is healed.
    pub fn ends(&self) -> Option<Duration> {
        self.ends
    }

    /// When it came into effect, if it has.
    pub fn began_at(&self) -> Option<Instant> {
        self.began_at
    }

    /// When it had been lifted and traffic passed again, if it has been.
    pub fn ended_at(&self) -> Option<Instant> {
        self.ended_at
    }

    /// How much later than planned it came into effect, if it has: the time that the kernel took to make
    /// it, and delays of the machine and of the faults before it.
    pub fn late(&self) -> Option<Duration> {
        self.late
    }

    /// Why it could not be made, or not be lifted.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}
