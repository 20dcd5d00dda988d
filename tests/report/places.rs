//! Where it is left, and how long.

use super::*;

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
    let names = include_str!("fixtures.rs")
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
