//! The time.

use super::*;

#[test]
fn a_body_that_never_ends_is_red() {
    shows(
        "never_ends",
        &[
            "server waits",
            "netns-test: `fixtures::never_ends` (fixtures.rs:`fn never_ends(server: Host) {`) did not end within 300ms; it was killed with all that it had started",
            r#"help: give it more time with #[netns_test(timeout = "…")]"#,
        ],
    );
}

#[test]
fn an_async_body_that_never_ends_is_red() {
    shows(
        "never_ends_async",
        &[
            "netns-test: `fixtures::never_ends_async` (fixtures.rs:`async fn never_ends_async(_server: Host) {`) did not end within 300ms; it was killed with all that it had started",
            r#"help: give it more time with #[netns_test(timeout = "…")]"#,
        ],
    );
}

#[test]
fn a_body_that_blocks_all_signals_is_red_in_time() {
    shows(
        "never_ends_and_blocks_all_signals",
        &[
            "netns-test: `fixtures::never_ends_and_blocks_all_signals` (fixtures.rs:`fn never_ends_and_blocks_all_signals(_server: Host) -> Result {`) did not end within 300ms; it was killed with all that it had started",
            r#"help: give it more time with #[netns_test(timeout = "…")]"#,
        ],
    );
}

#[test]
fn a_body_that_stops_itself_is_red_in_time() {
    shows(
        "stops_itself",
        &[
            "netns-test: `fixtures::stops_itself` (fixtures.rs:`fn stops_itself(_server: Host) -> Result {`) did not end within 300ms; it was killed with all that it had started",
            r#"help: give it more time with #[netns_test(timeout = "…")]"#,
        ],
    );
}

#[test]
fn a_body_that_passed_is_red_if_its_process_does_not_end() {
    shows(
        "passes_but_hangs_in_exit",
        &[
            "netns-test: `fixtures::passes_but_hangs_in_exit` (fixtures.rs:`fn passes_but_hangs_in_exit(_server: Host) {`) did not end within 300ms; it was killed with all that it had started",
            r#"help: give it more time with #[netns_test(timeout = "…")]"#,
        ],
    );
}

/// It writes as fast as it can be read, so that there is always something to read.
#[test]
fn a_body_that_never_stops_to_write_is_red_in_time() {
    let run = run(&mut fixture("fixtures::never_ends_to_write"));
    assert_eq!((run.status, &*run.stderr), (101, ""));
    let message = "`fixtures::never_ends_to_write` (tests/red_is_red/fixtures.rs:";
    let shown = run.stdout.rfind(message).map(|from| &run.stdout[from..]);
    let shown = shown.expect("the message comes after what was written");
    assert!(shown.contains(") did not end within 100ms; it was killed"), "{shown}");
    assert!(shown.contains("\ntest result: FAILED. 0 passed; 1 failed; 0 ignored"), "{shown}");
}
