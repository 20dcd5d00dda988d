//! What networks cost: `cargo bench --bench topology [-- --json] [PART]`.
//!
//! The parts are `lan`, LANs of 2 to 254 hosts from nothing to the moment at which each host has spoken to
//! its neighbour, and beside them the same ones by bare netlink requests; `sites`, two sites with a
//! router each that translates, from nothing to the first echo; `memory`, what a host takes; `partition`,
//! 32 hosts in halves, and a hundred changes of shape in a row; and `schedule`, a nemesis of 50 faults from
//! nothing to the first of them in effect.

#[path = "../bare.rs"]
mod bare;
mod bare_lan;
mod conversation;
mod gone;
mod lan;
mod memory;
mod of_hosts;
mod partition;
#[path = "../parts.rs"]
mod parts;
#[path = "../sample.rs"]
mod sample;
mod schedule;
mod sites;

use std::process::ExitCode;

fn main() -> ExitCode {
    parts::run(&[
        ("lan", lan::measure),
        ("sites", sites::measure),
        ("memory", memory::measure),
        ("partition", partition::measure),
        ("schedule", schedule::measure),
    ])
}
