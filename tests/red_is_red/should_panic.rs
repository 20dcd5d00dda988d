//! `#[should_panic]`.

use super::*;

#[test]
fn a_panic_that_is_expected_is_green() {
    for name in ["should_panic_and_does", "should_panic_and_does_with_the_words"] {
        run(&mut fixture(&format!("fixtures::{name}"))).passed();
    }
}

#[test]
fn a_panic_with_other_words_than_expected_is_red() {
    shows(
        "should_panic_and_does_with_other_words",
        &[
            r#"thread 'fixtures::should_panic_and_does_with_other_words' panicked at fixtures.rs:`panic!("the network is gone");`:"#,
            "the network is gone",
            "note: panic did not contain expected string",
            r#"      panic message: "the network is gone""#,
            r#" expected substring: "peer is gone""#,
        ],
    );
}

#[test]
fn no_panic_where_one_is_expected_is_red() {
    shows(
        "should_panic_and_passes",
        &[
            "note: test did not panic as expected at fixtures.rs:`fn should_panic_and_passes(_server: Host) {}`",
        ],
    );
}

#[test]
fn an_error_is_not_the_expected_panic() {
    shows(
        "should_panic_and_returns_err",
        &[
            "Error: timed out",
            "  at fixtures.rs:`Err(io::Error::from(io::ErrorKind::TimedOut))?`",
            "netns-test: `fixtures::should_panic_and_returns_err` (fixtures.rs:`fn should_panic_and_returns_err(_server: Host) -> Result {`) returned an error",
            "netns-test: `fixtures::should_panic_and_returns_err` (fixtures.rs:`fn should_panic_and_returns_err(_server: Host) -> Result {`) was expected to panic, but this is not a panic",
            "note: test did not panic as expected at fixtures.rs:`fn should_panic_and_returns_err(_server: Host) -> Result {`",
        ],
    );
}

#[test]
fn a_time_out_is_not_the_expected_panic() {
    shows(
        "should_panic_and_never_ends",
        &[
            "netns-test: `fixtures::should_panic_and_never_ends` (fixtures.rs:`fn should_panic_and_never_ends(_server: Host) {`) did not end within 300ms; it was killed with all that it had started",
            r#"help: give it more time with #[netns_test(timeout = "…")]"#,
            "netns-test: `fixtures::should_panic_and_never_ends` (fixtures.rs:`fn should_panic_and_never_ends(_server: Host) {`) was expected to panic, but this is not a panic",
            "note: test did not panic as expected at fixtures.rs:`fn should_panic_and_never_ends(_server: Host) {`",
        ],
    );
}

#[test]
fn an_exit_is_not_the_expected_panic() {
    shows(
        "should_panic_and_exits",
        &[
            "netns-test: `fixtures::should_panic_and_exits` (fixtures.rs:`fn should_panic_and_exits(_server: Host) {`) called exit(0) or otherwise ended its process before the test was over",
            "netns-test: `fixtures::should_panic_and_exits` (fixtures.rs:`fn should_panic_and_exits(_server: Host) {`) was expected to panic, but this is not a panic",
            "note: test did not panic as expected at fixtures.rs:`fn should_panic_and_exits(_server: Host) {`",
        ],
    );
}

#[test]
fn an_exit_with_the_status_of_a_failed_test_is_not_the_expected_panic() {
    shows(
        "should_panic_and_exits_as_a_failed_test_does",
        &[
            "netns-test: `fixtures::should_panic_and_exits_as_a_failed_test_does` (fixtures.rs:`fn should_panic_and_exits_as_a_failed_test_does(_server: Host) {`) called exit(101) or otherwise ended its process before the test was over",
            "netns-test: `fixtures::should_panic_and_exits_as_a_failed_test_does` (fixtures.rs:`fn should_panic_and_exits_as_a_failed_test_does(_server: Host) {`) was expected to panic, but this is not a panic",
            "note: test did not panic as expected at fixtures.rs:`fn should_panic_and_exits_as_a_failed_test_does(_server: Host) {`",
        ],
    );
}

#[test]
fn a_signal_is_not_the_expected_panic() {
    shows(
        "should_panic_and_is_killed",
        &[
            "netns-test: the process of `fixtures::should_panic_and_is_killed` (fixtures.rs:`fn should_panic_and_is_killed(_server: Host) -> Result {`) was killed by SIGKILL",
            "netns-test: `fixtures::should_panic_and_is_killed` (fixtures.rs:`fn should_panic_and_is_killed(_server: Host) -> Result {`) was expected to panic, but this is not a panic",
            "note: test did not panic as expected at fixtures.rs:`fn should_panic_and_is_killed(_server: Host) -> Result {`",
        ],
    );
}

#[test]
fn a_fixture_that_fails_is_not_the_expected_panic() {
    shows(
        "should_panic_and_its_fixture_fails",
        &[
            "netns-test: the fixtures of `fixtures::should_panic_and_its_fixture_fails` (fixtures.rs:`fn should_panic_and_its_fixture_fails(_server: Host, _database: Broken) {`): cannot find host `database`: the hosts are `server`",
            "netns-test: `fixtures::should_panic_and_its_fixture_fails` (fixtures.rs:`fn should_panic_and_its_fixture_fails(_server: Host, _database: Broken) {`) was expected to panic, but this is not a panic",
            "note: test did not panic as expected at fixtures.rs:`fn should_panic_and_its_fixture_fails(_server: Host, _database: Broken) {`",
        ],
    );
}

#[test]
fn a_sandbox_that_cannot_be_made_is_not_the_expected_panic() {
    let mut runner = fixture("fixtures::should_panic_with_two_hosts");
    forbid_namespaces(&mut runner);
    let shown = run(&mut runner).failure(&SOURCE);
    assert!(shown.contains("in a sandbox: directly, making the namespaces gives EPERM"), "{shown}");
    assert!(shown.contains("was expected to panic, but this is not a panic"), "{shown}");
}
