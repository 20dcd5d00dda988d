//! A real system as an example: three nodes of chitchat, Quickwit's cluster membership, in
//! three hosts, on a network that really fails.
//!
//! The nodes gossip over UDP. Each decides for itself, by a phi accrual failure
//! detector, who is alive.
//!
//! - [`node`] is the service. It knows nothing of netns-test.
//! - [`cluster`] puts three nodes into three hosts, and [`isolation`] cuts one of these off.
//! - [`change`] records when a node changes its mind about another one.
//! - `tests/` says what must be noticed, by whom and by when, and what must not.
//! - `cargo run -p membership` stages four outages.

pub mod change;
pub mod cluster;
pub mod isolation;
pub mod node;
