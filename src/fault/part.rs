use std::time::Duration;

use super::counter::Counter;
use crate::Error;

/// What a fault consists of: as much as comes into effect and is lifted in one step.
///
/// All that a kind of fault has to say for itself. What its guard owes its user beyond that is the
/// same for every kind ([`Standing`](super::standing::Standing)).
pub(crate) trait Part: Send + 'static {
    /// Puts it out of effect for a while, and checks that it is. Once more is no error.
    fn suspend(&mut self) -> Result<(), Error>;

    /// Puts it in effect again, and checks that it is. If it is already, nothing is done.
    fn resume(&mut self) -> Result<(), Error>;

    /// Takes it away for good, and checks that it is. Returns how many packets it had counted, where
    /// that is known without asking a program.
    fn remove(&mut self) -> Result<Option<u64>, Error>;

    /// What it has counted so far; an error if it is no longer there.
    fn counters(&self) -> Result<Vec<Counter>, Error>;

    /// How much later than it should it has let a packet go at worst, if it has any wait.
    fn worst_lateness(&self) -> Option<Duration> {
        None
    }

    /// Has it stay in effect when this is dropped.
    fn keep(&mut self) {}
}

/// Why a part is no longer there when it is looked for.
pub(super) const FLUSHED: &str =
    "it was gone before: something flushed the ruleset, and the block ended then";
