use std::time::Duration;

use super::counter::Counter;
use crate::Error;

/// A part of a fault: as much as comes into effect and is lifted in one step.
///
/// This is all that a kind of fault has to provide. Everything else that its guard offers is the same for
/// every kind ([`Standing`](super::standing::Standing)).
pub(crate) trait Part: Send + 'static {
    /// Puts it out of effect for a while, and checks that it is. Doing so twice is not an error.
    fn suspend(&mut self) -> Result<(), Error>;

    /// Puts it in effect again, and checks that it is. If it is already, nothing is done.
    fn resume(&mut self) -> Result<(), Error>;

    /// Removes it for good, and checks that it is gone. Returns how many packets it had counted, if that
    /// is known without asking a program.
    fn remove(&mut self) -> Result<Option<u64>, Error>;

    /// What it has counted so far; an error if it is no longer there.
    fn counters(&self) -> Result<Vec<Counter>, Error>;

    /// How late at worst it has let a packet go, if it makes packets wait.
    fn worst_lateness(&self) -> Option<Duration> {
        None
    }

    /// Keeps it in effect when this is dropped.
    fn keep(&mut self) {}
}

/// Why a part is no longer there when it is looked for.
pub(super) const FLUSHED: &str =
    "it was already gone: something flushed the ruleset, which ended the block";
