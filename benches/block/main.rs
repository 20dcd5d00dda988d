//! What blocks cost: `cargo bench --bench block [-- --json]`.
//!
//! Each policy applied and lifted, verified as always; a thousand stacked on one host; and what a
//! thousand blocks of other peers cost a transfer.

mod order;
mod policies;
#[path = "../sample.rs"]
mod sample;
mod stacked;
mod tables;
mod throughput;

use std::process::ExitCode;

use netns_test::{Result, program};

fn main() -> ExitCode {
    if std::env::args().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let json = std::env::args().any(|word| word == "--json");
    program(move || -> Result {
        policies::measure(json)?;
        stacked::measure(json)?;
        throughput::measure(json)
    })
}
