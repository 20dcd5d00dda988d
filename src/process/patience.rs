use std::time::{Duration, Instant};

use super::life::after;
use crate::traffic::limit;

/// How long somebody waits for a process: for a time of their own, and in the probe of a claim not
/// beyond its end.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    within: Duration,
    end: Instant,
    /// Whether it is the end of the claim, which comes before that of the time.
    of_claim: bool,
}

impl Patience {
    /// Begins now.
    pub(super) fn of(within: Duration) -> Self {
        let own = after(within);
        let end = limit().map_or(own, |claim| claim.min(own));
        Self { within, end, of_claim: end != own }
    }

    pub(super) fn end(&self) -> Instant {
        self.end
    }

    /// Why there is none left: `told` of its own time, or the claim that is over.
    pub(super) fn passed(&self, told: impl FnOnce(Duration) -> String) -> String {
        match self.of_claim {
            true => "the time limit of the claim has passed".to_owned(),
            false => told(self.within),
        }
    }
}
