//! Runs the proofs: both sides of each, of which the failing one must be red, with the claim that it
//! is about, and the other one green.
//!
//! - `options.rs`: what is asked for.
//! - `proof.rs`: the proofs that there are, read from their manifests.
//! - `repaired.rs`: that two sides which are versions differ in nothing else.
//! - `side.rs`: the two sides of a proof, how one is built, and how it is run.
//! - `server.rs`: the server that a proof needs, and its version.
//! - `verdict.rs`: what one run has shown.
//! - `runs.rs`: all runs of all sides.
//! - `busy.rs`: processors that have something else to do.
//! - `table.rs`: what a person sees.

mod busy;
mod options;
mod proof;
mod repaired;
mod runs;
mod server;
mod side;
mod table;
mod verdict;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use options::Options;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("proofs: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Whether all that was asked for is as it should be.
///
/// # Errors
///
/// If it cannot be said what is to be run.
fn run() -> Result<bool, String> {
    let options = Options::parse(std::env::args().skip(1))?;
    let proofs = proof::all(&folder())?;
    let proofs = options.chosen(proofs)?;
    let results = runs::run(&proofs, &options);
    print!("{}", table::table(&results));
    let problems = table::problems(&results);
    eprint!("{problems}");
    Ok(problems.is_empty())
}

/// Where the proofs are: beside this program's source, unless `NETNS_TEST_PROOFS` says otherwise, as
/// the tests of this program do.
fn folder() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::var_os("NETNS_TEST_PROOFS").map_or(beside, PathBuf::from)
}
