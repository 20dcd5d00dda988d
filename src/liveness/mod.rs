//! What is claimed, and by when: `eventually`, `consistently`, `within`.

mod claim;
mod probe;

pub use claim::{consistently, eventually, within};
pub use probe::Probe;
