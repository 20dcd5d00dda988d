//! What blocks cost: `cargo bench --bench block [-- --json] [PART]`.
//!
//! The parts are `policies`, `stacked` and `throughput`: each policy applied and lifted, verified
//! as always; a thousand blocks on one host; and what a thousand blocks of other peers cost a
//! transfer. Without a part it is all of them.

mod order;
mod policies;
#[path = "../sample.rs"]
mod sample;
mod stacked;
#[path = "../../tests/support/tables.rs"]
mod tables;
mod throughput;

use std::process::ExitCode;

use netns_test::{Result, program};

/// A name and what it measures.
type Part = (&'static str, fn(bool) -> Result);

fn main() -> ExitCode {
    if std::env::args().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    program(move || -> Result {
        let json = words.iter().any(|word| word == "--json");
        let named: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
        let parts: [Part; 3] = [
            ("policies", policies::measure),
            ("stacked", stacked::measure),
            ("throughput", throughput::measure),
        ];
        for (name, measure) in parts {
            if named.is_empty() || named.iter().any(|word| *word == name) {
                measure(json)?;
            }
        }
        Ok(())
    })
}
