//! What it costs to observe: `cargo bench --bench observe [-- --json] [PART]`.
//!
//! The parts are `capture`, which compares traffic with and without the capture, `sockets`,
//! `claims` and `report`. Without a part it is all of them.

mod capture;
mod claims;
mod report;
#[path = "../sample.rs"]
mod sample;
mod sockets;

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
        if let [once, what] = words.as_slice()
            && once == capture::ONCE
        {
            return capture::once(what);
        }
        let json = words.iter().any(|word| word == "--json");
        let named: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
        let parts: [Part; 4] = [
            ("capture", capture::measure),
            ("sockets", sockets::run),
            ("claims", claims::run),
            ("report", report::run),
        ];
        for (name, measure) in parts {
            if named.is_empty() || named.iter().any(|word| *word == name) {
                measure(json)?;
            }
        }
        Ok(())
    })
}
