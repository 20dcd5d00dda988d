//! The matrix: what it measures, what it counts, and what it does with a detector that fails.
//!
//! Real monitors are tried first, those of the example; then detectors that do exactly as told.

use std::time::Duration;

use netns_test::matrix::{Matrix, Table};

#[path = "../../examples/matrix/agent.rs"]
mod agent;
mod async_code;
mod cluster;
#[path = "../../examples/matrix/detector.rs"]
mod detector;
mod failing;
#[allow(dead_code, reason = "the example uses all of it")]
#[path = "../../examples/matrix/monitor.rs"]
mod monitor;
mod monitors;
mod network;
mod process;
mod questions;
#[path = "../support/mod.rs"]
mod support;
mod told;
mod world;

/// Long enough for anything that happens, on a busy machine as well.
const LIMIT: Duration = Duration::from_secs(6);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// One trial at a time, and little to wait for.
fn quick(matrix: Matrix) -> Matrix {
    matrix.parallel(1).trials(2).no_false_alarm_for(ms(20)).detects_within(ms(100))
}

/// The errors of the row, from the text that has the whole table.
fn errors(failed: std::result::Result<Table, netns_test::Error>) -> Vec<String> {
    let told = failed.expect_err("trials have failed").to_string();
    let of_row = told.lines().filter(|line| line.contains(", trial "));
    of_row.map(str::to_owned).collect()
}
