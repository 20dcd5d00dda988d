//! A failure explains itself: in the output of the test, and in a folder.

#![expect(clippy::unwrap_used, reason = "a test may")]

#[path = "report/fixtures.rs"]
mod fixtures;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use support::folder::Folder;
use support::runner::{Run, fixture, fixture_in_namespaces, run};

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

#[test]
fn an_error_during_a_block_is_explained() {
    let (run, _folder, report) = report_of("returns_an_error_during_a_block");
    assert_eq!(run.status, 101, "{run}");
    // The guard was dropped when the body returned; the report is about the moment before.
    shows(
        &run.stdout,
        &[
            "Error: cannot receive from",
            "netns-test: report of `fixtures::returns_an_error_during_a_block`",
            "the network:",
            "  eth0, a veth pair, 10.0.0.0/24, fd00::/64",
            "  ├─ server  10.0.0.1  fd00::1",
            "  └─ client  10.0.0.2  fd00::2",
            "faults in effect:",
            "block `server` from `client`, since ",
            "packets, ",
            "timeline:",
            "server     tcp listen on 10.0.0.1:7000",
            "client     tcp connect 10.0.0.2:",
            "mark: the block begins",
            "block `server` from `client`: in effect",
            "tcp send 10.0.0.2:",
            "block `server` from `client`: lifted, after ",
            "sockets at ",
            "10.0.0.1:7000",
            "packets:",
            "Flags [S], seq ",
            "length 16 (dropped on the wire)",
            "length 16 (retransmission) (dropped on the wire)",
            "NETNS_TEST_PAUSE=1 cargo test fixtures::returns_an_error_during_a_block -- --exact",
            "netns-test: the report is ",
        ],
    );
    let files: Vec<_> = ["report.html", "report.txt", "timeline.jsonl", "capture.pcapng"].into();
    for file in files {
        let bytes = fs::read(report.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(!bytes.is_empty(), "{file}");
    }
}

/// What the page draws, as its script reads it.
fn data_of(report: &Path) -> Value {
    let page = fs::read_to_string(report.join("report.html")).expect("it is there");
    let (_, rest) = page.split_once("type=\"application/json\"").expect("it has data");
    let (_, rest) = rest.split_once('>').expect("the element begins");
    let (data, _) = rest.split_once("</script>").expect("the element ends");
    serde_json::from_str(data).expect("the data is JSON")
}

#[test]
fn the_page_has_all_that_happened() {
    let (_, _folder, report) = report_of("returns_an_error_during_a_block");
    let data = data_of(&report);
    let names: Vec<_> =
        data["hosts"].as_array().unwrap().iter().map(|host| &host["name"]).collect();
    assert_eq!(names, ["server", "client"]);
    let network = data["network"].as_str().unwrap();
    assert!(network.ends_with("\n├─ server  10.0.0.1  fd00::1\n└─ client  10.0.0.2  fd00::2\n"));
    assert!(data["message"].as_str().unwrap().starts_with("cannot receive from"), "{data}");

    let columns = data["packets"]["columns"].as_array().unwrap();
    let column = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let rows = data["packets"]["rows"].as_array().unwrap();
    let is = |row: &&Value, name: &str, value: Value| row[column(name)] == value;
    let syn = rows.iter().find(|row| is(row, "flags", "S".into())).expect("there is a SYN");
    assert_eq!((&syn[column("from")], &syn[column("to")]), (&1.into(), &0.into()));
    // The data was sent during the block, and repeated.
    let dropped: Vec<_> = rows.iter().filter(|row| is(row, "arrived", Value::Null)).collect();
    assert!(dropped.len() >= 2, "{dropped:?}");
    assert!(dropped.iter().all(|row| is(row, "length", 16.into())), "{dropped:?}");

    let fault = &data["faults"][0];
    let failed = data["failed_at_us"].as_f64().unwrap();
    let [from, to] = ["from_us", "to_us"].map(|name| fault[name].as_f64().unwrap());
    assert!(from < failed && failed < to, "{fault}");
    assert_eq!(fault["note"], "in effect when the test failed");
    let claim = &data["claims"][0];
    assert_eq!(claim["outcome"], "met");
    assert!(claim["at"].as_str().unwrap().contains("fixtures.rs:"), "{claim}");
    assert_eq!(data["marks"][0]["text"], "the block begins");
    let states: Vec<_> =
        data["sockets"].as_array().unwrap().iter().map(|one| &one["states"]).collect();
    let begins = |state: &str| states.iter().any(|states| states[0][1] == state);
    assert!(begins("SYN-SENT") && begins("SYN-RECV"), "{states:?}");
    assert!(states.iter().all(|states| states[1][1] == "ESTAB"), "{states:?}");
}

#[test]
fn the_timeline_is_lines_of_json() {
    let (_, _folder, report) = report_of("returns_an_error_during_a_block");
    let lines = fs::read_to_string(report.join("timeline.jsonl")).expect("it is there");
    let times: Vec<u64> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"))
        .map(|entry| entry["at_us"].as_u64().expect("an entry has a time"))
        .collect();
    assert!(times.len() > 10 && times.is_sorted(), "{times:?}");
}

#[test]
fn a_panic_during_a_block_is_explained() {
    let (run, ..) = report_of("panics_during_a_block");
    shows(
        &run.stdout,
        &[
            "the server is gone",
            "it failed with:",
            "the server is gone",
            "block `server` from `client`, since",
            "SYN-SENT",
        ],
    );
}

/// What was sent last has its verdict like all else, though the test is over: the block is in force.
#[test]
fn what_a_kept_block_takes_at_the_very_end_is_called_dropped() {
    let (run, _folder, report) = report_of("resets_into_a_kept_block");
    let last = run.stdout.lines().rfind(|line| line.contains("Flags [R")).unwrap_or_default();
    assert!(last.ends_with("(dropped on the wire)"), "{run}");
    let packets = data_of(&report)["packets"].clone();
    let columns: Vec<&str> =
        packets["columns"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let column = |name: &str| columns.iter().position(|one| *one == name).unwrap();
    let rows = packets["rows"].as_array().unwrap();
    let reset =
        |row: &&Value| row[column("flags")].as_str().is_some_and(|flags| flags.contains('R'));
    let resets: Vec<&Value> = rows.iter().filter(reset).collect();
    assert_eq!(resets.len(), 1, "{packets}");
    assert!(resets[0][column("arrived")].is_null(), "{packets}");
}

#[test]
fn a_test_that_never_ends_is_explained_when_its_time_is_over() {
    let (run, ..) = report_of("never_ends");
    shows(
        &run.stdout,
        &[
            "report of `fixtures::never_ends`",
            "did not end within 300ms",
            "block `server` from `client`, since",
        ],
    );
    assert!(run.stdout.contains("help: give it more time"), "{run}");
}

#[test]
fn a_claim_that_is_not_met_shows_what_the_network_did_meanwhile() {
    let (run, ..) = report_of("breaks_a_claim");
    shows(&run.stdout, &["Error: cannot see it hold within 50ms", "sockets", "ESTAB"]);
}

#[test]
fn a_test_that_passes_leaves_nothing_unless_it_is_asked() {
    let folder = Folder::make();
    for name in ["passes", "panics_as_expected"] {
        let run = run(&mut reporting(name, &folder));
        assert_eq!(run.status, 0, "{run}");
        assert!(!run.stdout.contains("netns-test: report"), "{run}");
    }
    assert_eq!(reports(&folder), Vec::<PathBuf>::new());
    let run = run(reporting("passes", &folder).env("NETNS_TEST_REPORT", "always"));
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(reports(&folder).len(), 1);
}

#[test]
fn a_report_can_be_forbidden() {
    let folder = Folder::make();
    let run = run(reporting("panics_during_a_block", &folder).env("NETNS_TEST_REPORT", "off"));
    assert_eq!(run.status, 101, "{run}");
    assert_eq!(reports(&folder), Vec::<PathBuf>::new());
    assert!(!run.stdout.contains("netns-test: report"), "{run}");
}

#[test]
fn a_folder_is_never_used_twice() {
    let folder = Folder::make();
    for _ in 0..3 {
        run(&mut reporting("panics_during_a_block", &folder));
    }
    assert_eq!(reports(&folder).len(), 3);
}

/// The verdict stays the test's own, and the loss is told.
#[track_caller]
fn loses_the_report(run: &Run, cause: &str) {
    assert_eq!(run.status, 101, "{run}");
    shows(
        &run.stdout,
        &["it failed with:", "the server is gone", "the report could not be written: ", cause],
    );
    assert!(run.stdout.contains("test result: FAILED. 0 passed; 1 failed"), "{run}");
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let folder = Folder::make();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").expect("it can be written");
    let run = run(reporting("panics_during_a_block", &folder).env("NETNS_TEST_REPORT_DIR", &file));
    loses_the_report(&run, "Not a directory");
}

#[test]
fn a_read_only_folder_is_told() {
    let script =
        r#"mount -t tmpfs -o ro none /mnt; export NETNS_TEST_REPORT_DIR=/mnt/reports; exec "$@""#;
    let mut runner = fixture_in_namespaces(&["--mount"], script, "fixtures::panics_during_a_block");
    loses_the_report(&run(runner.env_remove("NETNS_TEST_REPORT")), "Read-only file system");
}

#[test]
fn a_full_disk_is_told() {
    let script =
        r#"mount -t tmpfs -o size=16k none /mnt; export NETNS_TEST_REPORT_DIR=/mnt; exec "$@""#;
    let mut runner = fixture_in_namespaces(&["--mount"], script, "fixtures::panics_during_a_block");
    loses_the_report(&run(runner.env_remove("NETNS_TEST_REPORT")), "No space left on device");
}

/// As under sudo: root runs the test, and the report is the user's.
#[test]
fn a_report_belongs_to_the_user_also_under_sudo() {
    use std::os::unix::fs::MetadataExt;
    let folder = Folder::make();
    let root = nix::unistd::geteuid().is_root();
    let mut runner = reporting("panics_during_a_block", &folder);
    run(runner.env("SUDO_UID", "1234").env("SUDO_GID", "2345"));
    let report = reports(&folder).remove(0);
    // Only root could give it away; a user's report is the user's anyway.
    let owner = if root {
        (1234, 2345)
    } else {
        (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw())
    };
    for path in [report.clone(), report.join("report.html"), report.join("timeline.jsonl")] {
        let file = fs::metadata(&path).expect("it is there");
        assert_eq!((file.uid(), file.gid()), owner, "{}", path.display());
    }
}

#[test]
fn hostile_words_stay_words() {
    let (_, _folder, report) = report_of("has_hostile_words");
    let page = fs::read_to_string(report.join("report.html")).expect("it is there");
    assert!(!page.contains("</script><img"), "the data can end its element");
}
