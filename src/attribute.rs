//! What `#[netns_test]` expands to: one call.

use std::cell::OnceCell;
use std::process::Termination;

use crate::Error;
use crate::net::{Fixtures, Parameter};
use crate::record::clock;
use crate::report::AFTERMATH;
use crate::sandbox::{self, Case};

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
    // Kept beyond the body: the report looks at the network.
    let fixtures = OnceCell::new();
    sandbox::run(case, &AFTERMATH, || {
        clock::start();
        let made = Fixtures::make(parameters)?;
        body(fixtures.get_or_init(|| made))
    });
}
