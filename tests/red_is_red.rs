//! A red test is red: whatever goes wrong in a test fails it, with its own message and the line.
#![cfg(target_os = "linux")]

#[path = "red_is_red/fixtures.rs"]
mod fixtures;
mod support;

use support::runner::{Source, fixture, run};

const SOURCE: Source =
    Source { path: "tests/red_is_red/fixtures.rs", text: include_str!("red_is_red/fixtures.rs") };

#[test]
fn scratch() {
    let names: Vec<_> = SOURCE
        .text
        .split("\n#[ignore")
        .skip(1)
        .filter_map(|rest| rest.split("fn ").nth(1)?.split('(').next())
        .collect();
    for name in names {
        let run = run(&mut fixture(&format!("fixtures::{name}")));
        println!("=== {name} {}\n{run}", run.status);
    }
}
