//! A probe that hangs: the claim fails the test in its place.

use super::*;

/// Checks all cases at once: each waits for a runner, and hardly does anything.
pub(crate) fn each<T: Send, const N: usize>(cases: [T; N], check: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| check(case));
        }
    });
}

/// Runs a fixture whose probe hangs, and compares what is shown of it.
#[track_caller]
fn hangs(name: &str, operation: &str, after: &str) -> String {
    let begun = Instant::now();
    let shown = run(&mut fixture(&format!("fixtures::{name}"))).failure(&SOURCE);
    // Far less than the timeout of a test, or of a runner.
    assert!(begun.elapsed() < Duration::from_secs(20), "{shown}");
    let message = format!("netns-test: cannot see {operation}: the probe has not finished in ");
    let said = between(&shown, &message, "\n").to_owned();
    assert!(said.contains(after), "{shown}");
    assert_eq!(shown.matches("netns-test: cannot see ").count(), 1, "it is said once: {shown}");
    shown
}

#[test]
fn a_probe_that_never_returns_fails_the_test_in_time_with_the_words_of_the_claim() {
    let first = ": it was called after ";
    let second = ", in the last of 2 tries; the one before said Err: connection refused";
    let fixtures = [
        ("parks_for_ever", "`the peer is gone` within 100ms", first),
        ("loops_for_ever", "it hold within 100ms", first),
        ("locks_what_is_locked", "it hold within 50ms..100ms", first),
        ("reads_a_socket_of_std", "it hold within 100ms", first),
        ("hangs_while_it_is_to_hold_all_the_time", "it hold for 100ms", first),
        ("hangs_in_another_thread", "it hold within 100ms", first),
        ("blocks_the_runtime", "it hold within 100ms", first),
        ("hangs_at_the_second_try", "it hold within 100ms", second),
    ];
    each(fixtures, |(name, operation, after)| {
        hangs(name, operation, after);
    });
}

#[test]
fn the_message_names_the_line_of_the_claim() {
    let shown = hangs("parks_for_ever", "`the peer is gone` within 100ms", ", in the first try");
    let line = r#"  at fixtures.rs:`Claim::new("the peer is gone").eventually(LIMIT, || -> bool { park() })?;`"#;
    assert!(shown.lines().any(|shown| shown == line), "{shown}");
    let shown = hangs("blocks_the_runtime", "it hold within 100ms", ", in the first try");
    let line = "  at fixtures.rs:`eventually_async(LIMIT, async || -> bool { park() }).await?;`";
    assert!(shown.lines().any(|shown| shown == line), "{shown}");
}

#[test]
fn what_was_written_before_is_shown_although_the_streams_are_locked() {
    let shown = hangs("holds_the_standard_streams", "it hold within 100ms", "");
    for line in ["a line before", "a line on stdout", "a line on stderr"] {
        assert!(shown.lines().any(|shown| shown == line), "{shown}");
    }
}

#[test]
fn of_claims_inside_each_other_one_fails_the_test() {
    hangs("hangs_in_a_claim_inside_a_claim", "it hold within 100ms", "");
}

#[test]
fn a_pending_future_is_dropped_and_the_test_goes_on_to_its_own_end() {
    for name in ["is_pending_for_ever", "is_pending_while_it_is_to_hold_all_the_time"] {
        let shown = run(&mut fixture(&format!("fixtures::{name}"))).failure(&SOURCE);
        assert!(shown.starts_with("Error: cannot see it hold "), "{shown}");
        assert!(shown.contains(": the probe has not finished in "), "{shown}");
        assert!(shown.contains(") returned an error"), "{shown}");
    }
}

#[test]
fn a_claim_that_fails_is_not_the_expected_panic() {
    let shown = hangs("should_panic_and_parks_for_ever", "it hold within 100ms", "");
    assert!(shown.contains("was expected to panic, but this is not a panic"), "{shown}");
    let name = "fixtures::should_panic_and_the_claim_fails";
    let shown = run(&mut fixture(name)).failure(&SOURCE);
    assert!(shown.contains("was expected to panic, but this is not a panic"), "{shown}");
}

#[test]
fn a_panic_of_a_probe_is_the_tests_own() {
    run(&mut fixture("fixtures::should_panic_and_the_probe_does")).passed();
    let shown = run(&mut fixture("fixtures::panics_at_the_third_try")).failure(&SOURCE);
    let message = "netns-test: cannot see `the peer is gone` within 100ms: the probe panicked; it was called after ";
    let said = between(&shown, message, "\n");
    assert!(said.ends_with(", in the last of 3 tries; the one before said false"), "{shown}");
    assert_eq!(shown.matches("panicked").count(), 2, "the panic and this line: {shown}");
    let shown = run(&mut fixture("fixtures::panics_in_an_async_probe")).failure(&SOURCE);
    assert!(shown.contains("within 100ms: the probe panicked; it was called after "), "{shown}");
}

/// There is no verdict to be given, and nobody who captures: the process ends.
#[test]
fn outside_of_a_sandbox_a_probe_that_hangs_ends_the_process() {
    let Run { status, stdout, stderr } = run(&mut fixture("fixtures::hangs_outside_of_a_sandbox"));
    assert_eq!(status, 101);
    assert!(!stdout.contains("test result"), "{stdout}");
    let message = "netns-test: cannot see it hold within 100ms: the probe has not finished in ";
    assert!(stderr.starts_with(message), "{stderr}");
}
