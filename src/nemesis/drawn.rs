use std::time::Instant;

use crate::matrix::Guard;
use crate::record::Place;
use crate::{Host, Result};

/// A fault that was drawn: what it is called, where it is, and what puts it into effect.
pub(super) struct Drawn {
    pub(super) told: String,
    pub(super) place: Place<Host>,
    pub(super) begin: Box<Begin>,
}

pub(super) type Begin = dyn FnOnce() -> Result<InEffect> + Send;

/// A fault that is in effect. Dropping it drops its guard, which lifts the fault quietly; where the network of
/// a failed test is kept, the fault stays. A closure that lifts a fault is not called then.
pub(super) struct InEffect {
    /// Since when, where its guard knows; then it stands in the record by itself.
    pub(super) since: Option<Instant>,
    pub(super) lift: Box<dyn FnOnce() -> Result>,
}

impl InEffect {
    pub(super) fn of(guard: impl Guard + 'static) -> Self {
        Self { since: guard.in_effect_at(), lift: Box::new(move || guard.lift()) }
    }
}
