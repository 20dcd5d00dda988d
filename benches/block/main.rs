//! What blocks cost: `cargo bench --bench block [-- --json] [PART]`.
//!
//! The parts are `policies`, `stacked`, `star` and `throughput`: each policy applied and lifted,
//! verified as always; a thousand blocks on one host; one host of two hundred cut off from all
//! others; and what a thousand blocks of other peers cost a transfer. Without a part it is all of
//! them.

mod order;
#[path = "../parts.rs"]
mod parts;
mod policies;
#[path = "../sample.rs"]
mod sample;
mod stacked;
mod star;
#[path = "../../tests/support/tables.rs"]
mod tables;
mod throughput;

use std::process::ExitCode;

fn main() -> ExitCode {
    parts::run(&[
        ("policies", policies::measure),
        ("stacked", stacked::measure),
        ("star", star::measure),
        ("throughput", throughput::measure),
    ])
}
