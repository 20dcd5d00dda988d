//! Where a test runs: in a process of its own, in namespaces of its own.
//!
//! The runner's side ([`parent`]) starts the same test binary again for this one test, relays its
//! output and judges its end. The test's side ([`child`]) runs the body and says how it went.
//! Both enter here, through [`run`]; an environment variable tells them apart.

mod aftermath;
mod case;
mod child;
mod diagnosis;
mod function;
mod handover;
mod home;
mod launch;
mod limits;
#[cfg(feature = "serial")]
mod lock;
mod mounts;
mod panics;
mod parent;
mod pause;
mod privilege;
mod program;
mod refusal;
mod relay;
mod rerun;
mod runner;
#[cfg(feature = "serial")]
mod serial;
mod spot;
mod surroundings;
mod time_limit;
mod verdict;

pub(crate) use aftermath::{
    Aftermath, PAUSE, is_held, is_test, keeps, sockets_of_now, witness_error, worst_lateness,
};
pub use case::{Case, DEFAULT_TIMEOUT};
pub(crate) use child::current;
pub(crate) use diagnosis::refused;
pub(crate) use function::{Call, Report};
pub(crate) use home::{go_home, home, home_file};
pub use panics::{Panic, take_panics};
pub(crate) use panics::{
    add as add_panic, caught, is_body, message as panic_message, telling as panic_is_told,
};
#[cfg(feature = "tokio")]
pub(crate) use panics::{attended, carry_on};
pub(crate) use parent::refuse;
pub use program::program;
pub(crate) use rerun::{Answer, Rerun, asked};
pub(crate) use runner::fail_now;
#[cfg(feature = "serial")]
use serial::while_locked;
pub(crate) use spot::{is_failed_at, spot_of};
pub(crate) use verdict::Verdict;

use std::process::Termination;

use crate::Error;

/// Set in the test's process, and only until its body begins: what this process is to run.
const VARIABLE: &str = "NETNS_TEST_SANDBOX";

/// Runs one test: in the runner by starting it in a sandbox, in the sandbox by running its body.
///
/// The body must leave the network to `aftermath`: what it has made is looked at after it.
pub(crate) fn run<R: Termination>(
    case: &Case,
    aftermath: &'static Aftermath,
    body: impl FnOnce() -> Result<R, Error>,
) {
    function::run_if_asked();
    if rerun::enter() {
        // What it returns is of no use, and a panic has been told.
        let _ = panics::caught(body);
        rerun::not_reached()
    }
    if std::env::var_os(VARIABLE).is_some_and(|name| name == *case.libtest_name()) {
        child::run_test(case, aftermath, body)
    }
    let case = *case;
    if let Err(error) = while_locked(case.serial, move || parent::run_test(&case)) {
        parent::refuse(&case, &error);
    }
}

/// Without the feature there are no keys: the attribute refuses them.
#[cfg(not(feature = "serial"))]
fn while_locked(_: &[&str], job: impl FnOnce()) -> Result<(), Error> {
    job();
    Ok(())
}
