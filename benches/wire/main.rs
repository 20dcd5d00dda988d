//! What wires that are impaired do, and cost: `cargo bench --bench wire [-- --json] [PART]`.
//!
//! The parts are `rtt`, `tcp`, `fate` and `steps`: round trips beyond what was asked for, quiet and with
//! all processors busy; the throughput of TCP, against the plain pair; how many packets are lost,
//! doubled and reordered, in standard deviations from what was asked for; and how long it takes to put
//! a wire on, to change it and to take it off, and sixteen of them. Without a part it is all of them.

mod fate;
#[path = "../parts.rs"]
mod parts;
mod rtt;
#[path = "../sample.rs"]
mod sample;
mod steps;
mod tcp;

use std::process::ExitCode;

fn main() -> ExitCode {
    parts::run(&[
        ("rtt", rtt::measure),
        ("tcp", tcp::measure),
        ("fate", fate::measure),
        ("steps", steps::measure),
    ])
}
