//! What `#[netns_test]` expands to: one call.

use std::cell::OnceCell;
use std::process::Termination;

use crate::Error;
use crate::net::{Fixtures, Parameter};
use crate::record::clock;
use crate::report::{AFTERMATH, WHEN, find_reports};
use crate::sandbox::{self, Case, PAUSE};
use crate::tap::CAPTURE;

/// Runs a test: `body` gets the network that the parameters ask for.
///
/// # Panics
///
/// In the runner, if the test failed, with its message.
pub fn run<R: Termination>(
    case: &Case,
    parameters: &[Parameter],
    body: impl FnOnce(&Fixtures) -> Result<R, Error>,
) {
    // A switch that is misspelt is none: nobody would learn that it is not thrown.
    if let Err(cause) = variables() {
        return sandbox::refuse(case, &cause);
    }
    // Kept beyond the body: the report looks at the network.
    let fixtures = OnceCell::new();
    sandbox::run(case, &AFTERMATH, || {
        clock::start();
        find_reports();
        let made = Fixtures::make(parameters)?;
        body(fixtures.get_or_init(|| made))
    });
}

/// Whether each variable that is a switch stands where it can.
fn variables() -> Result<(), String> {
    [&WHEN, &PAUSE, &CAPTURE].iter().try_for_each(|variable| variable.value().map(drop))
}
