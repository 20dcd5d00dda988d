//! A red test is red: whatever goes wrong in a test fails it, with its own message and the line.
//!
//! Each test runs one fixture of `red_is_red/fixtures.rs` as a user would, and compares what the
//! runner shows of it. `fixtures.rs:` is followed by the line of the user's code itself.
#![cfg(target_os = "linux")]

mod body;
mod fixture_panics;
mod fixtures;
mod limits;
mod process;
mod should_panic;
#[path = "../support/mod.rs"]
mod support;
mod tasks;
mod threads;
mod time;

use support::runner::{Run, Source, fixture, fixture_in_namespaces, run};
use support::seccomp::forbid_namespaces;

const SOURCE: Source =
    Source { path: "tests/red_is_red/fixtures.rs", text: include_str!("fixtures.rs") };

/// Runs a fixture that fails, and compares what is shown of it.
#[track_caller]
fn shows(name: &str, lines: &[&str]) {
    run(&mut fixture(&format!("fixtures::{name}"))).failed_with(&SOURCE, lines);
}
