//! A failure explains itself: in the output of the test, and in a folder.

#![expect(clippy::unwrap_used, reason = "a test may")]

#[path = "report/fixtures.rs"]
mod fixtures;
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
    let source = include_str!("report/fixtures.rs");
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
        ("hangs_in_a_probe", "park() })?", "cannot see it hold within 50ms: it has not answered"),
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

// Where it is left.

/// The name of a report's folder, without its date.
fn name_of(report: &Path) -> String {
    let name = report.file_name().and_then(|name| name.to_str()).expect("it has a name");
    let (name, _) = name.rsplit_once('-').expect("the time");
    let (name, _) = name.rsplit_once('-').expect("the day");
    name.to_owned()
}

#[test]
fn a_folder_is_named_after_package_binary_and_test() {
    let (_, _folder, report) = report_of("panics_during_a_block");
    assert_eq!(name_of(&report), "netns-test.report.fixtures.panics_during_a_block");
    let (_, _folder, report) = report_of("r#struct");
    assert_eq!(name_of(&report), "netns-test.report.fixtures.struct");
    let (_, _folder, report) = report_of("der_größte_サーバー_हिन्दी");
    assert_eq!(name_of(&report), "netns-test.report.fixtures.der_größte_サーバー_हिन्दी");
}

/// Two that differ after the place where a name is cut off have folders of their own.
#[test]
fn a_test_with_a_name_of_any_length_has_a_report() {
    let names = include_str!("report/fixtures.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("fn given_")?.split_once('('))
        .map(|(rest, _)| format!("given_{rest}"));
    let names: Vec<String> = names.collect();
    assert!(names.len() == 2 && names.iter().all(|name| name.len() > 240), "{names:?}");
    let [one, other] = [0, 1].map(|at| report_of(&names[at]).2);
    let [one, other] = [one, other].map(|report| name_of(&report));
    assert!(one != other && one.starts_with("netns-test.report.fixtures.given_"), "{one}, {other}");
}

/// Runs `passes` so that it leaves a report, and returns the folder.
fn passes(folder: &Folder) -> PathBuf {
    let mut runner = reporting("passes", folder);
    let run = run(runner.env("NETNS_TEST_REPORT", "always").arg("--show-output"));
    assert_eq!(run.status, 0, "{run}");
    let told = run.stdout.lines().find_map(|line| line.strip_prefix("netns-test: the report is "));
    let page = Path::new(told.unwrap_or_else(|| panic!("no report is told: {run}")));
    page.parent().expect("the page is in a folder").to_owned()
}

#[test]
fn the_newest_runs_of_a_test_are_kept() {
    let folder = Folder::make();
    // What is not a run of this test is nobody's to remove.
    let others = [
        "netns-test.report.fixtures.passes-20200101-000000-x",
        "netns-test.report.fixtures.passes_too-20200101-000000",
    ];
    for other in others {
        fs::create_dir(folder.path().join(other)).expect("it can be made");
    }
    let old = folder.path().join("netns-test.report.fixtures.passes-20200101-000000");
    fs::create_dir(&old).expect("it can be made");
    fs::write(old.join("report.html"), "old").expect("it can be written");
    let runs: Vec<_> = (0..6).map(|_| passes(&folder)).collect();
    let left = reports(&folder);
    for (at, run) in runs.iter().enumerate() {
        assert_eq!(left.contains(run), at > 0, "{left:?}");
    }
    assert!(!old.exists() && others.iter().all(|other| folder.path().join(other).exists()));
}

/// The process of a test whose network is kept lives on, and a person looks at its report.
#[test]
fn a_report_in_use_is_not_removed() {
    use std::io::{BufRead, BufReader};
    let folder = Folder::make();
    let mut paused = reporting("panics_during_a_block", &folder);
    let mut paused = start(paused.env("NETNS_TEST_PAUSE", "1"));
    let mut lines = BufReader::new(paused.stderr.take().expect("it is piped")).lines();
    let kill = lines.find_map(|line| Some(line.ok()?.split_once("kill -9 ")?.1.to_owned()));
    let kill: i32 = kill.and_then(|pid| pid.trim().parse().ok()).expect("it says how to end it");
    let in_use = reports(&folder).remove(0);
    let others =
        || (0..6).for_each(|_| drop(run(&mut reporting("panics_during_a_block", &folder))));
    others();
    assert!(in_use.join("report.html").exists());
    assert_eq!(reports(&folder).len(), 6);
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(kill), nix::sys::signal::Signal::SIGKILL)
        .expect("it lives");
    end_of(paused);
    run(&mut reporting("panics_during_a_block", &folder));
    assert!(!in_use.exists());
    assert_eq!(reports(&folder).len(), 5);
}

/// Whoever begins at the same time gets a folder of their own, and nobody loses theirs while they run.
#[test]
fn parallel_runs_leave_each_other_alone() {
    let folder = Folder::make();
    let start = |_| start(reporting("panics_during_a_block", &folder).env("RUST_BACKTRACE", "0"));
    let runners: Vec<_> = (0..12).map(start).collect();
    for runner in runners {
        let run = end_of(runner);
        shows(&run.stdout, &["netns-test: the report is "]);
        assert!(!run.stdout.contains("could not be written"), "{run}");
    }
    let left = reports(&folder);
    assert!((5..=12).contains(&left.len()), "{left:?}");
    assert!(left.iter().all(|report| report.join("report.html").exists()), "{left:?}");
}

#[test]
fn reports_of_other_users_stay() {
    let folder = Folder::make();
    let theirs = folder.path().join("netns-test.report.fixtures.passes-20200101-000000");
    fs::create_dir(&theirs).expect("it can be made");
    if std::os::unix::fs::chown(&theirs, Some(1234), Some(1234)).is_err() {
        println!("NOT RUN: needs root, who can make a folder of another user");
        return;
    }
    (0..6).for_each(|_| drop(passes(&folder)));
    assert!(theirs.exists());
}

/// Where the reports go, by the variables and wherever the test goes itself.
#[test]
fn reports_are_in_the_target_folder_or_where_the_variable_says() {
    let folder = Folder::make();
    let mut runner = reporting("passes", &folder);
    runner.env("NETNS_TEST_REPORT", "always").env_remove("NETNS_TEST_REPORT_DIR");
    run(runner.env("CARGO_TARGET_DIR", folder.path()));
    let in_target = folder.path().join("netns-test");
    assert_eq!(fs::read_dir(&in_target).map(Iterator::count).ok(), Some(1));

    for name in ["goes_elsewhere", "passes"] {
        let mut runner = reporting(name, &folder);
        runner.env("NETNS_TEST_REPORT", "always").env("NETNS_TEST_REPORT_DIR", "mine");
        let run = run(runner.current_dir(folder.path()).arg("--show-output"));
        let mine = folder.path().join("mine");
        shows(&run.stdout, &[&format!("netns-test: the report is {}/", mine.display())]);
    }
    let here = std::env::current_exe().expect("this is a file");
    let tagged = here.ancestors().filter(|folder| folder.join("CACHEDIR.TAG").is_file()).last();
    let Some(target) = tagged else { return println!("NOT RUN: needs a target folder of cargo's") };
    let mut runner = reporting("passes", &folder);
    for empty in ["NETNS_TEST_REPORT_DIR", "CARGO_TARGET_DIR"] {
        runner.env(empty, "");
    }
    runner.env("NETNS_TEST_REPORT", "always").arg("--show-output");
    let run = run(runner.current_dir(folder.path()));
    shows(&run.stdout, &[&format!("netns-test: the report is {}/netns-test/", target.display())]);
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
        &["which failed at ", "the server is gone", "the report could not be written: ", cause],
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
