//! One host that is cut off from all the others.

use std::time::Instant;

use netns_test::matrix::Guard;
use netns_test::{Block, Error, Host, Policy, Result};

/// The blocks between one host and each of the others. Dropping it lifts them.
#[must_use = "dropping the guard lifts the blocks"]
pub struct Isolation {
    blocks: Vec<Block>,
    since: Instant,
}

impl Isolation {
    /// Cuts `host` off from all the others, by `policy`, as seen from `host`.
    ///
    /// The hosts are blocked one after the other: the later ones hear it, and pass on what they have
    /// heard, for less than a millisecond longer.
    ///
    /// # Errors
    ///
    /// As [`Host::block_with`]. Nothing is blocked then.
    pub fn begin(host: &Host, all: &[Host], policy: Policy) -> Result<Self, Error> {
        let others = all.iter().filter(|other| other.name() != host.name());
        let blocks: Result<Vec<_>, _> =
            others.map(|other| host.block_with(other, policy.clone())).collect();
        Ok(Self { blocks: blocks?, since: Instant::now() })
    }

    /// Lifts the blocks, and returns when traffic passes again.
    ///
    /// # Errors
    ///
    /// As [`Block::unblock`].
    pub fn unblock(self) -> Result<(), Error> {
        self.blocks.into_iter().try_for_each(Block::unblock)
    }

    /// When the last of the blocks came into effect.
    pub fn in_effect_at(&self) -> Instant {
        self.since
    }

    /// Whether each of the blocks has dropped a packet in each direction that it blocks.
    pub fn has_cost_everybody(&self) -> bool {
        let counts = |block: &Block| block.counters().unwrap_or_default();
        self.blocks.iter().all(|block| counts(block).iter().all(|counter| counter.packets > 0))
    }
}

impl Guard for Isolation {
    fn in_effect_at(&self) -> Option<Instant> {
        Some(self.since)
    }

    fn lift(self) -> Result {
        Ok(self.unblock()?)
    }
}
