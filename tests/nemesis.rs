//! A nemesis: faults over time, drawn from a seed, carried out beside the test, healed at their end.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

#[path = "nemesis/cluster.rs"]
mod cluster;
#[path = "nemesis/ends.rs"]
mod ends;
#[path = "nemesis/kinds.rs"]
mod kinds;
#[path = "nemesis/planned.rs"]
mod planned;
#[path = "nemesis/refused.rs"]
mod refused;
#[path = "nemesis/schedule.rs"]
mod schedule;
#[path = "nemesis/told.rs"]
mod told;
