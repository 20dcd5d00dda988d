//! What stands in its way, and what is hostile.

use super::*;

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
