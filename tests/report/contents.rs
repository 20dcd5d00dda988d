//! What a report says.

use super::*;

#[test]
fn an_error_during_a_block_is_explained() {
    let (run, _folder, report) = report_of("returns_an_error_during_a_block");
    assert_eq!(run.status, 101, "{run}");
    let [subnet, server, client] = addresses();
    // The guard was dropped when the body returned; the report is about the moment before.
    shows(
        &run.stdout,
        &[
            "Error: cannot receive from",
            "netns-test: report of `fixtures::returns_an_error_during_a_block`, which failed at \
             tests/report/fixtures.rs:",
            "  cannot receive from",
            "the network:",
            &format!("  eth0, a veth pair, {subnet}"),
            &format!("  ├─ server  {server}"),
            &format!("  └─ client  {client}"),
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
            "NETNS_TEST_PAUSE=1 cargo test -p netns-test fixtures::returns_an_error_during_a_block -- --exact",
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
    let [_, server, client] = addresses();
    assert!(network.ends_with(&format!("\n├─ server  {server}\n└─ client  {client}\n")));
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

/// Also of a network that ends with the body, before there is a report.
#[test]
fn the_packets_of_a_net_that_the_body_has_made_are_told() {
    for name in ["returns_an_error_with_a_net_of_its_own", "panics_with_a_net_of_its_own"] {
        let (run, _folder, report) = report_of(name);
        let (_, network) = run.stdout.split_once("the network:\n").expect("it is drawn");
        assert!(network.starts_with("  eth0, a veth pair, "), "{run}");
        assert!(run.stdout.contains(" client > server: 10.0.0.2."), "{run}");
        let data = data_of(&report);
        let columns = data["packets"]["columns"].as_array().unwrap();
        let length = columns.iter().position(|column| column == "length").unwrap();
        let rows = data["packets"]["rows"].as_array().unwrap();
        assert_eq!(rows.iter().filter(|row| row[length] == "hello".len()).count(), 1, "{data}");
        let recorded = fs::metadata(report.join("capture.pcapng")).unwrap().len();
        assert!(recorded > 100, "{recorded}: more than the heads of an empty one");
    }
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
            "report of `fixtures::panics_during_a_block`, which failed at tests/report/fixtures.rs:",
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
            "report of `fixtures::never_ends` (tests/report/fixtures.rs:",
            "), which failed ",
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

/// The line of the fixture that has this in it, as a report names it.
fn line_of(text: &str) -> String {
    let source = include_str!("fixtures.rs");
    let line = source.lines().position(|line| line.contains(text)).expect("the line is there") + 1;
    format!("tests/report/fixtures.rs:{line}:")
}

/// What the header of the page and the beginning of the text say, of each way to fail.
#[test]
fn the_line_of_the_failure_comes_first() {
    for (name, line, message) in [
        ("returns_an_error_during_a_block", "accepted.recv()?", "cannot receive from"),
        ("panics_during_a_block", "panic!(\"the server is gone\")", "the server is gone"),
        ("breaks_a_claim", "|| false)?", "cannot see it hold within 50ms: after "),
        ("breaks_a_claim_and_expects_it", "never at all", "never at all: cannot see it hold"),
        (
            "hangs_in_a_probe",
            "park() })?",
            "cannot see it hold within 50ms: the probe has not finished",
        ),
        ("panics_in_a_thread", "in a thread", "the body passed, but thread `"),
    ] {
        let (run, _folder, report) = report_of(name);
        let place = line_of(line);
        let text = fs::read_to_string(report.join("report.txt")).expect("it is there");
        let mut lines = text.trim_start().lines();
        let first = lines.next().unwrap_or_default();
        let headline = format!("netns-test: report of `fixtures::{name}`, which failed at {place}");
        assert!(first.starts_with(&headline), "{headline}: {run}");
        let second = lines.next().unwrap_or_default();
        assert!(second.starts_with(&format!("  {message}")), "{message}: {run}");
        let data = data_of(&report);
        assert!(data["failed_at"].as_str().unwrap_or_default().starts_with(&place), "{data}");
        // The box of the page is for the failure: sockets and timeline have their own.
        let told = data["message"].as_str().unwrap_or_default();
        assert!(told.starts_with(message), "{told}");
        assert!(!told.contains("sockets") && !told.contains("timeline"), "{told}");
    }
    let (_, _folder, report) = report_of("never_ends");
    let data = data_of(&report);
    assert!(data["failed_at"].is_null(), "nobody knows where it was");
    assert!(
        data["at"].as_str().is_some_and(|at| line_of("fn never_ends").starts_with(at)),
        "{data}"
    );
}

/// A thousand dials that are refused do not hide that the program has ended to which they go.
#[test]
fn repetitions_are_told_once_and_hide_nothing() {
    let (run, _folder, report) = report_of("polls_a_daemon_that_has_ended");
    let text = fs::read_to_string(report.join("report.txt")).expect("it is there");
    let (_, timeline) = text.split_once("\ntimeline (").expect("not all is shown");
    let (timeline, rest) = timeline.split_once("\nsockets").expect("the sockets come next");
    shows(
        timeline,
        &[" entries):", "ended with status 1", "claim to see it hold within 300ms: failed"],
    );
    let told_once = |line: &&str| line.contains("refused") && line.contains(" times until 0.");
    assert!(timeline.lines().any(|line| told_once(&line)), "{text}");
    assert!(timeline.lines().count() < 20, "{timeline}");
    shows(rest, &["packets (", "Flags [S]", "Flags [R.]", "(these 2 packets ", " times until "]);
    // The message of the claim as well.
    shows(&run.stdout, &["Error: cannot see", "meanwhile, the timeline (", "ended with status 1"]);
}
