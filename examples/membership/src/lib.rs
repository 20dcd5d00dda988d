//! A real system as an example: chitchat, the cluster membership of Quickwit, three nodes of it in
//! three hosts, and a network between these that really fails.
//!
//! Its nodes gossip over UDP, and each of them decides for itself, by a phi accrual failure
//! detector, who is alive.
//!
//! - [`node`] is the service. It knows nothing of netns-test.
//! - [`cluster`] puts three nodes into three hosts, and [`isolation`] cuts one of these off.
//! - [`change`] writes down when a node changes its mind about another one.
//! - `tests/` says what must be noticed, by whom and by when, and what must not.
//! - `cargo run -p membership` stages four outages.

pub mod change;
pub mod cluster;
pub mod isolation;
pub mod node;
