//! What is claimed, and by when: `eventually`, `consistently`, `within`.
//!
//! A [`Statement`](statement::Statement) is what a claim demands. A [`Trial`](trial::Trial) asks the probe
//! until [`Demand`](demand::Demand) has decided; that type knows no clock but the one it is given. The
//! [`watchdog`] interrupts a probe that never returns.

mod rounded;

mod probe;

mod slow;

mod lasts;

mod demand;

mod statement;

mod context;

mod record;

mod progress;

mod watchdog;

mod trial;

#[cfg(feature = "tokio")]
mod async_trial;

mod claim;

mod shorthand;

pub use claim::{Claim, since};
pub(crate) use context::without_context;
pub(crate) use lasts::Lasts;
pub use probe::Probe;
pub use shorthand::{consistently, eventually, within};
#[cfg(feature = "tokio")]
pub use shorthand::{consistently_async, eventually_async, within_async};
pub(crate) use slow::{Slow, slow_factor, stretched};
