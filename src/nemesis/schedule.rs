use std::fmt;
use std::time::Duration;

use super::drawn::Drawn;
use super::entry::Entry;
use super::plan::Plan;
use super::running::Running;
use super::timing::counted;
use crate::Error;

/// What a [`Nemesis`](super::Nemesis) is going to do: which fault, where, from when to when.
///
/// It is drawn completely before anything begins; `println!("{schedule}")` shows it:
///
/// ```text
/// nemesis of `a`, `b`, `c`: 3 faults in 2s, drawn from NETNS_TEST_SEED=42
///   1  0.241 s to 0.645 s  partition `b` from `a`, `c`
///   2  0.901 s to 1.288 s  power off `c`
///   3  1.502 s to 2.000 s  block `a` from `c` by reset
/// ```
#[must_use = "a schedule does nothing until it is begun"]
pub struct Schedule {
    pub(super) plan: Plan,
    pub(super) faults: Vec<Drawn>,
    pub(super) seed: u64,
    pub(super) total: Duration,
}

impl Schedule {
    /// Begins it in the background, on a thread of its own.
    ///
    /// # Errors
    ///
    /// If the thread does not start.
    pub fn begin(self) -> Result<Running, Error> {
        let mark = format!("nemesis: {} in {:?}", counted(self.faults.len()), self.total);
        self.plan.begin(self.faults, None, Some(mark))
    }

    /// Runs it, and returns when everything is healed.
    ///
    /// # Errors
    ///
    /// As [`Running::wait`].
    pub fn run(self) -> Result<Vec<Entry>, Error> {
        self.begin()?.wait()
    }

    /// Its faults, in the order in which they begin.
    pub fn entries(&self) -> Vec<Entry> {
        self.plan.entries()
    }

    /// The seed from which it was drawn: `NETNS_TEST_SEED`, or [its own](super::Nemesis::seed).
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How long it takes, until the last fault ends.
    pub fn total(&self) -> Duration {
        self.total
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Schedule");
        debug.field("seed", &self.seed).field("total", &self.total);
        debug.field("entries", &self.entries()).finish()
    }
}
