//! What is claimed, and by when: `eventually`, `consistently`, `within`.
//!
//! A [`Statement`](statement::Statement) is what a claim demands, a [`Trial`](trial::Trial) asks
//! the probe until [`Demand`](demand::Demand) has judged, which knows no clock but the one it is
//! given. The [`watchdog`] interrupts a probe that never returns.

mod rounded;

mod probe;

mod slow;

mod demand;

mod statement;

mod context;

mod record;

mod progress;

mod watchdog;

mod trial;

mod async_trial;

mod claim;

mod shorthand;

pub use claim::{Claim, since};
pub(crate) use context::without_context;
pub use probe::Probe;
pub use shorthand::{
    consistently, consistently_async, eventually, eventually_async, within, within_async,
};
pub(crate) use slow::{Slow, slow_factor, stretched};
