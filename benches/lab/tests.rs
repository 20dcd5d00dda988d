//! What a test costs in the runner: a real test binary, run as a person runs it.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use netns_test::{Failure, Result};

use super::sample::Sample;

const EMPTY_RUNS: usize = 50;
const ALL_RUNS: usize = 10;

/// `empty_test` is an empty test and its runner, less the runner alone; `one_test` is one of two hosts
/// from the start of its runner to the end, and `tests_64` is 64 of them, with all that `cargo test`
/// starts for them.
pub(crate) fn samples() -> Result<[Sample; 3]> {
    let binary = build()?;
    let mut empty = Sample::new("empty_test");
    for _ in 0..EMPTY_RUNS {
        let alone = run(&binary, &["--exact", "no_such_test"])?;
        let with_test = run(&binary, &["--exact", "empty"])?;
        empty.push(with_test.saturating_sub(alone));
    }
    let mut one = Sample::new("one_test");
    for _ in 0..EMPTY_RUNS {
        one.push(run(&binary, &["--exact", "two_hosts::t01"])?);
    }
    let mut all = Sample::new("tests_64");
    for _ in 0..ALL_RUNS {
        all.push(run(&binary, &["two_hosts", "--test-threads=2"])?);
    }
    Ok([empty, one, all])
}

/// Builds `tests/many.rs` and returns the test binary, which cargo prints.
fn build() -> Result<PathBuf> {
    let built = Command::new(env!("CARGO"))
        .args(["test", "--profile", "bench", "--test", "many", "--no-run"])
        .args(["--message-format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()?;
    let printed = String::from_utf8_lossy(&built.stdout);
    let executables = printed.lines().filter(|line| line.contains("\"name\":\"many\""));
    let mut path =
        executables.filter_map(|line| line.split("\"executable\":\"").nth(1)?.split('"').next());
    match path.next_back() {
        Some(path) => Ok(path.into()),
        None => Err(Failure::new("cargo built no test binary `many`")),
    }
}

fn run(binary: &PathBuf, arguments: &[&str]) -> Result<Duration> {
    let begun = Instant::now();
    let status = Command::new(binary).args(arguments).stdout(Stdio::null()).status()?;
    let time = begun.elapsed();
    if status.success() { Ok(time) } else { Err(Failure::new(format!("{binary:?}: {status}"))) }
}
