//! What a person reads who has set a variable to what makes no sense, or given a test an option or a
//! parameter that it cannot have.
//!
//! Each message is a file beside this one. `NETNS_TEST_MESSAGES=overwrite` writes them anew, to be read
//! before they are committed.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use netns_test::nemesis::{Kind, Nemesis};
use netns_test::{Host, Result, eventually, netns_test};

use crate::support::folder::Folder;
use crate::support::runner::{Source, fixture, run, stable};

const SOURCE: Source =
    Source { path: "tests/bad_input/messages.rs", text: include_str!("messages.rs") };

/// The stored messages, by the name of their file.
const STORED: [(&str, &str); 14] = [
    ("report", include_str!("report.txt")),
    ("report_not_unicode", include_str!("report_not_unicode.txt")),
    ("reports", include_str!("reports.txt")),
    ("reports_nowhere", include_str!("reports_nowhere.txt")),
    ("pause", include_str!("pause.txt")),
    ("capture", include_str!("capture.txt")),
    ("slow", include_str!("slow.txt")),
    ("seed", include_str!("seed.txt")),
    ("seed_not_unicode", include_str!("seed_not_unicode.txt")),
    ("sandbox", include_str!("sandbox.txt")),
    ("timeout", include_str!("timeout.txt")),
    ("host_letter", include_str!("host_letter.txt")),
    ("host_length", include_str!("host_length.txt")),
    ("host_localhost", include_str!("host_localhost.txt")),
];

/// Demands that a fixture fails, and that this is what is shown of it.
#[track_caller]
fn shows(name: &str, runner: &mut Command, change: impl Fn(String) -> String) {
    is_stored(name, &change(run(runner).failure(&SOURCE)));
}

#[track_caller]
fn is_stored(name: &str, shown: &str) {
    if env::var_os("NETNS_TEST_MESSAGES").is_some_and(|value| value == "overwrite") {
        let file = format!("{}/tests/bad_input/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        fs::write(&file, shown).unwrap_or_else(|error| panic!("{file}: {error}"));
        return;
    }
    let stored = STORED.iter().find(|(stored, _)| *stored == name);
    let (_, stored) = stored.unwrap_or_else(|| panic!("no message is stored as `{name}`"));
    assert!(shown == *stored, "stored:\n{stored}\nshown:\n{shown}");
}

fn passing() -> Command {
    fixture("messages::fixtures::passes")
}

#[test]
fn a_switch_that_is_misspelt_is_told() {
    for (name, variable, value) in [
        ("report", "NETNS_TEST_REPORT", OsStr::new("alwasy")),
        ("report_not_unicode", "NETNS_TEST_REPORT", OsStr::from_bytes(b"off\xff")),
        ("pause", "NETNS_TEST_PAUSE", OsStr::new("yes")),
        ("capture", "NETNS_TEST_CAPTURE", OsStr::new("no")),
    ] {
        shows(name, passing().env(variable, value), |shown| shown);
    }
}

#[test]
fn a_switch_that_is_empty_is_as_one_that_is_not_set() {
    let mut runner = passing();
    for variable in ["NETNS_TEST_PAUSE", "NETNS_TEST_CAPTURE", "NETNS_TEST_SLOW"] {
        runner.env(variable, "");
    }
    run(&mut runner).passed();
    let mut runner = fixture("messages::fixtures::fails");
    run(runner.env("NETNS_TEST_PAUSE", "0")).is_red();
}

#[test]
fn a_factor_that_is_no_number_is_told() {
    let mut runner = fixture("messages::fixtures::claims");
    shows("slow", runner.env("NETNS_TEST_SLOW", "2,5"), |shown| shown);
}

#[test]
fn a_seed_that_is_no_number_is_told() {
    for (name, value) in
        [("seed", OsStr::new("seven")), ("seed_not_unicode", OsStr::from_bytes(b"7\xff"))]
    {
        let mut runner = fixture("messages::fixtures::draws");
        shows(name, runner.env("NETNS_TEST_SEED", value), |shown| shown);
    }
    for value in ["", "7", "0x2a"] {
        run(fixture("messages::fixtures::draws").env("NETNS_TEST_SEED", value)).passed();
    }
}

/// The line that says that the report is lost, of a report that has its own tests.
fn lost(shown: &str) -> String {
    let lines = shown.lines().skip_while(|line| !line.contains("the report could not be written"));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_place_that_is_no_folder_for_reports_is_told() {
    let folder = Folder::make();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").expect("it can be written");
    let mut runner = fixture("messages::fixtures::fails");
    runner.env("NETNS_TEST_REPORT", "failed").env("NETNS_TEST_REPORT_DIR", file.join("reports"));
    let place = folder.path().display().to_string();
    shows("reports", &mut runner, |shown| lost(&shown).replace(&place, "/tmp/folder"));
}

/// A binary that was copied away, and is run by hand.
#[test]
fn a_binary_in_no_target_folder_is_told_where_reports_can_go() {
    let folder = Folder::make();
    let copy = folder.path().join("copy");
    // By a process of its own: what another thread forks here could hold it open for writing, and
    // nobody can run it meanwhile (ETXTBSY).
    let this = env::current_exe().expect("it has a path");
    let copied = Command::new("cp").arg(this).arg(&copy).status();
    assert!(copied.is_ok_and(|status| status.success()));
    let there = fixture("messages::fixtures::fails");
    let mut runner = Command::new(copy);
    runner.args(there.get_args()).env("NETNS_TEST_REPORT", "failed");
    for variable in ["NETNS_TEST_REPORT_DIR", "CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR"] {
        runner.env_remove(variable);
    }
    shows("reports_nowhere", &mut runner, |shown| lost(&shown));
}

/// The crate's own variable, which nobody is to set.
#[test]
fn a_sandbox_that_was_not_made_is_told() {
    let mut runner = passing();
    let run = run(runner.env("NETNS_TEST_SANDBOX", "messages::fixtures::passes"));
    // It ends the whole process, so that libtest shows nothing of it.
    assert_eq!(run.status, 101, "{run}");
    is_stored("sandbox", &stable(&run.stderr, &SOURCE));
}

#[test]
fn an_option_that_leaves_no_time_is_told() {
    let mut runner = fixture("messages::fixtures::has_a_millisecond");
    shows("timeout", &mut runner, |shown| shown);
}

#[test]
fn a_parameter_that_names_no_host_is_told() {
    for (message, test) in
        [("host_letter", "a_letter"), ("host_length", "a_length"), ("host_localhost", "localhost")]
    {
        let mut runner = fixture(&format!("messages::fixtures::{test}"));
        shows(message, &mut runner, |shown| shown);
    }
}

mod fixtures {
    use super::*;

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn passes() {}

    #[netns_test]
    #[ignore = "fails on purpose"]
    fn fails() {
        panic!("on purpose");
    }

    #[netns_test]
    #[ignore = "fails on purpose"]
    fn claims() -> Result {
        eventually(Duration::from_secs(1), || true)?;
        Ok(())
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn draws(a: Host) -> Result {
        let schedule = Nemesis::of([&a]).with([Kind::freeze()]).draw()?;
        assert_eq!(schedule.entries().len(), 1);
        Ok(())
    }

    #[netns_test(timeout = "1ms")]
    #[ignore = "fails on purpose"]
    fn has_a_millisecond(_server: Host) {
        loop {
            std::thread::park();
        }
    }

    #[netns_test]
    #[ignore = "fails on purpose"]
    fn a_letter(_größe: Host) {}

    #[netns_test]
    #[ignore = "fails on purpose"]
    fn a_length(_the_server_that_has_all_the_data_and_never_ends_whatever_happens_to_it: Host) {}

    #[netns_test]
    #[ignore = "fails on purpose"]
    fn localhost(_localhost: Host) {}
}
