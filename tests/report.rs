//! A failure explains itself: in the output of the test, and in a folder.

#![expect(clippy::unwrap_used, reason = "a test may")]

#[path = "report/contents.rs"]
mod contents;
#[path = "report/fixtures.rs"]
mod fixtures;
#[path = "report/lost.rs"]
mod lost;
#[path = "report/places.rs"]
mod places;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use support::families::has_ipv6;
use support::folder::Folder;
use support::runner::{Run, end_of, fixture, fixture_in_namespaces, run, start};

/// The runner of a fixture whose report goes to `folder`.
fn reporting(name: &str, folder: &Folder) -> Command {
    let mut command = fixture(&format!("fixtures::{name}"));
    command.env_remove("NETNS_TEST_REPORT").env("NETNS_TEST_REPORT_DIR", folder.path());
    command
}

/// Runs a fixture, and returns what it said and where its report is.
#[track_caller]
fn report_of(name: &str) -> (Run, Folder, PathBuf) {
    let folder = Folder::make();
    let run = run(&mut reporting(name, &folder));
    let mut reports = reports(&folder);
    assert_eq!(reports.len(), 1, "{run}");
    let report = reports.remove(0);
    (run, folder, report)
}

fn reports(folder: &Folder) -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(folder.path())
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    all.sort();
    all
}

/// Demands that the lines are in the text, in this order.
#[track_caller]
fn shows(text: &str, lines: &[&str]) {
    let mut rest = text;
    for line in lines {
        match rest.split_once(line) {
            Some((_, after)) => rest = after,
            None => panic!("`{line}` is not shown, or not there:\n{text}"),
        }
    }
}

/// The addresses of the link, of the server and of the client, as they are drawn.
fn addresses() -> [&'static str; 3] {
    if has_ipv6() {
        ["10.0.0.0/24, fd00::/64", "10.0.0.1  fd00::1", "10.0.0.2  fd00::2"]
    } else {
        ["10.0.0.0/24", "10.0.0.1", "10.0.0.2"]
    }
}
