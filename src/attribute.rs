//! What `#[netns_test]` expands to: one call.

use std::process::Termination;

use crate::Error;
use crate::net::{Fixtures, Parameter};
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
    sandbox::run(case, || body(&Fixtures::make(parameters)?));
}
