//! A bench that consists of parts.

use std::process::ExitCode;

use netns_test::{Result, program};

/// A name and what it measures; it prints JSON lines if it is told so.
pub(crate) type Part = (&'static str, fn(bool) -> Result);

/// Measures the parts that the command line names, or all of them. Where cargo-nextest asks what
/// tests there are, it answers that there are none.
pub(crate) fn run(parts: &'static [Part]) -> ExitCode {
    if std::env::args().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    program(|| -> Result {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let json = words.iter().any(|word| word == "--json");
        let named: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
        for (name, measure) in parts {
            if named.is_empty() || named.iter().any(|word| *word == name) {
                measure(json)?;
            }
        }
        Ok(())
    })
}
