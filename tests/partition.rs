//! Partitions: groups of hosts that are cut off from each other, made and healed as one step.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

#[path = "partition/guard.rs"]
mod guard;
#[path = "partition/parts_of_it.rs"]
mod parts_of_it;
#[path = "partition/peers.rs"]
mod peers;
#[path = "partition/refused.rs"]
mod refused;
#[path = "partition/shapes.rs"]
mod shapes;
