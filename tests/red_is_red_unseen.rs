//! A red test is red also where the body passes, the process ends with 0, or no panic hook is run:
//! the verdict comes from nothing that a test can replace, lose or give away by accident.
//!
//! Each test runs one fixture of `red_is_red_unseen/fixtures.rs` as a user would.
#![cfg(target_os = "linux")]

#[path = "red_is_red_unseen/fixtures.rs"]
mod fixtures;
mod support;

use support::runner::{Run, Source, fixture, run};

const SOURCE: Source = Source {
    path: "tests/red_is_red_unseen/fixtures.rs",
    text: include_str!("red_is_red_unseen/fixtures.rs"),
};

/// Runs a fixture.
#[track_caller]
fn run_of(name: &str) -> Run {
    run(&mut fixture(&format!("fixtures::{name}")))
}

/// Runs a fixture that fails, and returns what is shown of it, without what it says of itself.
#[track_caller]
fn shown(name: &str) -> String {
    run_of(name).failure(&SOURCE).replace(&format!("`fixtures::{name}`"), "`it`")
}

/// Asserts that a fixture fails, and that the last that is shown of it is `line`.
#[track_caller]
fn ends_with(name: &str, line: &str) {
    let shown = shown(name);
    assert_eq!(shown.lines().last(), Some(line), "{shown}");
}

/// Asserts that a fixture fails because its process ended before the body did.
#[track_caller]
fn ends_early(name: &str) {
    let shown = shown(name);
    let last = shown.lines().last().unwrap_or_default();
    let (begin, end) =
        ("netns-test: `it` (fixtures.rs:`", "otherwise ended its process before the test was over");
    assert!(last.starts_with(begin) && last.ends_with(end), "{shown}");
    assert!(last.contains(") called exit(0) or "), "{shown}");
}

// The panic hook is another's.

const UNTOLD: &str =
    "the message is unknown: the panic hook was replaced, or `resume_unwind` bypassed it";

#[test]
#[cfg_attr(target_feature = "crt-static", ignore = "NOT RUN: the unwinder is linked statically")]
fn a_panic_of_a_thread_is_red_whatever_the_hook_is() {
    for (name, thread) in [
        ("the_hook_was_replaced_and_a_thread_panics", "unnamed"),
        ("the_hook_was_replaced_and_a_named_thread_panics", "worker"),
        ("the_hook_was_taken_and_a_thread_panics", "unnamed"),
    ] {
        let told = format!("netns-test: the body passed, but thread `{thread}` panicked: {UNTOLD}");
        ends_with(name, &told);
    }
}

/// A hook that hands on what it is told is as good as ours.
#[test]
fn a_panic_is_told_once_and_with_its_words_if_the_hook_was_wrapped() {
    let shown = shown("the_hook_was_wrapped_and_a_thread_panics");
    let told = "netns-test: the body passed, but thread `unnamed` panicked at fixtures.rs:`let ended \
                = host.run(|| thread::spawn(|| panic!(\"the worker crashed\"))).join();`: the \
                worker crashed";
    assert_eq!(shown.lines().last(), Some(told), "{shown}");
    assert_eq!(
        shown.matches("panicked").count(),
        2,
        "by the first hook, and by the verdict: {shown}"
    );
}

/// The runtime gives the panic back to us, so its words are known.
#[test]
fn a_panic_of_a_task_of_a_host_is_red_with_its_words_whatever_the_hook_is() {
    ends_with(
        "the_hook_was_replaced_and_a_task_of_a_host_panics",
        "netns-test: the body passed, but thread `host server` panicked: the server crashed",
    );
}

#[test]
#[cfg_attr(target_feature = "crt-static", ignore = "NOT RUN: the unwinder is linked statically")]
fn a_panic_of_any_other_task_is_red_whatever_the_hook_is() {
    for (name, thread) in [
        ("the_hook_was_replaced_and_a_task_of_a_task_panics", "host server"),
        (
            "the_hook_was_replaced_and_a_task_of_the_body_panics",
            "fixtures::the_hook_was_replaced_and_a_task_of_the_body_panics",
        ),
    ] {
        let shown = run_of(name).failure(&SOURCE);
        let told =
            format!("netns-test: the body passed, but thread `{thread}` panicked: {UNTOLD}\n");
        assert_eq!(shown, told);
    }
}

#[test]
fn a_panic_of_the_body_is_red_whatever_the_hook_is() {
    // Nobody prints it, and the message of a panic is the hook's to print.
    run_of("the_hook_was_replaced_and_the_body_panics").is_red();
    ends_early("the_hook_ends_the_process_with_0");
}

#[test]
#[cfg_attr(target_feature = "crt-static", ignore = "NOT RUN: the unwinder is linked statically")]
fn an_unwinding_of_a_thread_that_runs_no_hook_is_red() {
    ends_with(
        "a_thread_unwinds_without_the_hook",
        &format!("netns-test: the body passed, but thread `unnamed` panicked: {UNTOLD}"),
    );
}

#[test]
fn an_unwinding_of_a_task_that_runs_no_hook_is_red() {
    ends_with(
        "a_task_unwinds_without_the_hook",
        "netns-test: the body passed, but thread `host server` panicked: the server crashed",
    );
}

// `#[should_panic]`.

/// Asserts that a fixture fails although a panic is expected, with `told` before that is said.
#[track_caller]
fn is_not_the_expected_panic(name: &str, told: &str) {
    let shown = shown(name);
    assert!(shown.contains(told), "{shown}");
    assert!(shown.contains(") was expected to panic, but this is not a panic\n"), "{shown}");
    assert!(shown.contains("note: test did not panic as expected at fixtures.rs:"), "{shown}");
}

const OF_A_THREAD: &str = "netns-test: the body passed, but thread `unnamed` panicked";

#[test]
fn a_panic_of_a_thread_is_not_the_expected_one() {
    for name in [
        "should_panic_and_only_a_thread_does",
        "should_panic_and_only_a_thread_does_with_the_words",
    ] {
        is_not_the_expected_panic(name, OF_A_THREAD);
    }
}

#[test]
#[cfg_attr(target_feature = "crt-static", ignore = "NOT RUN: the unwinder is linked statically")]
fn a_panic_of_a_thread_is_not_the_expected_one_whatever_the_hook_is() {
    is_not_the_expected_panic(
        "should_panic_and_the_hook_was_replaced_and_only_a_thread_does",
        OF_A_THREAD,
    );
}

#[test]
fn a_panic_of_a_task_is_not_the_expected_one() {
    for name in [
        "should_panic_and_only_a_task_does",
        "should_panic_and_only_a_task_does_with_the_words",
        "should_panic_and_only_a_task_of_a_host_does",
    ] {
        is_not_the_expected_panic(name, "netns-test: the body passed, but thread `");
    }
}

#[test]
fn a_panic_of_a_fixture_is_red_and_not_the_expected_one() {
    let told = "cannot make the fixture `database`: it panicked: the fixture crashed\n";
    let shown = shown("has_a_fixture_that_panics");
    assert!(shown.ends_with(told), "{shown}");
    is_not_the_expected_panic("should_panic_and_only_a_fixture_does", told);
    is_not_the_expected_panic("should_panic_and_only_a_fixture_does_with_the_words", told);
    is_not_the_expected_panic(
        "should_panic_and_only_a_plan_does",
        "cannot plan the fixture `database`: it panicked: the plan crashed\n",
    );
}

#[test]
fn a_panic_of_what_prints_an_error_is_not_the_expected_one() {
    is_not_the_expected_panic(
        "should_panic_and_returns_an_error_that_cannot_be_printed",
        "returned an error that cannot be printed: printing it panicked: no words\n",
    );
}

#[test]
fn a_panic_of_the_body_is_the_expected_one_wherever_it_began() {
    run_of("should_panic_and_carries_on_the_panic_of_a_thread").passed();
    run_of("should_panic_and_does_with_a_payload_that_panics").passed();
}

// Another process.

const STRAY: &str = "netns-test: a process forked by the test returned from the test body; it does not decide the test's outcome, and exits with status 101\n";

#[test]
fn only_the_process_that_began_the_test_speaks_for_it() {
    for name in [
        "the_child_of_a_fork_returns_and_the_test_exits_with_0",
        "becomes_a_daemon",
        "a_child_panics_and_the_test_exits_with_0",
    ] {
        ends_early(name);
        assert!(shown(name).contains(STRAY));
    }
}

/// The number of a process is no proof: in a PID namespace of its own a child can have the parent's.
#[test]
fn a_child_with_the_number_of_the_test_does_not_speak_for_it() {
    let shown = shown("a_child_with_the_number_of_the_test_returns");
    let (numbers, rest) = shown.split_once('\n').unwrap_or_default();
    let same = numbers.split_once(" of ").is_some_and(|(child, test)| child == test);
    assert!(same && rest.starts_with(STRAY), "{shown}");
    ends_early("a_child_with_the_number_of_the_test_returns");
}

/// What becomes of a process that the test started is for the test to look at.
#[test]
fn a_child_does_not_speak_against_the_test_either() {
    for name in ["a_child_returns_and_the_test_passes", "nobody_waits_for_a_child"] {
        run_of(name).passed();
    }
    let mut runner = fixture("fixtures::a_child_returns_and_the_test_passes");
    let shown = run(runner.arg("--nocapture"));
    assert!(shown.stdout.contains("Exited(Pid(") && shown.stdout.contains("), 101)\n"), "{shown}");
    assert!(shown.stderr.contains(STRAY), "{shown}");
}

#[test]
fn an_end_with_0_before_the_body_s_is_red_whoever_brings_it_about() {
    for name in [
        "becomes_another_program",
        "ends_at_once_with_0",
        "ends_at_once_with_0_in_a_thread",
        "exits_with_0_while_the_body_panics",
        "exits_with_1_and_a_handler_ends_with_0",
    ] {
        ends_early(name);
    }
}

#[test]
fn a_body_that_failed_is_red_if_its_process_ends_with_0() {
    ends_with("panics_and_a_handler_ends_with_0", "the peer is gone");
}

// Descriptors.

#[test]
fn a_body_that_closes_every_descriptor_is_red() {
    for name in ["closes_every_descriptor", "closes_every_descriptor_and_panics"] {
        run_of(name).is_red();
    }
    ends_early("puts_another_file_in_the_place_of_every_descriptor");
}

#[test]
fn the_standard_streams_have_no_part_in_the_verdict() {
    run_of("closes_its_standard_streams").passed();
    run_of("leaves_nowhere_to_write").passed();
    let shown = shown("leaves_nowhere_to_write_and_returns_an_error");
    assert!(shown.starts_with("Error: timed out\n"), "{shown}");
    assert!(shown.ends_with(") returned an error\n"), "{shown}");
}

// After the body.

/// The test ends with its body. What a thread does in the moment before its process ends is chance.
#[test]
fn a_panic_after_the_body_is_not_the_test_s() {
    let mut runner = fixture("fixtures::a_thread_panics_after_the_body");
    let shown = run(runner.arg("--nocapture"));
    assert!(shown.stderr.contains("the worker crashed"), "it did panic: {shown}");
    run_of("a_thread_panics_after_the_body").passed();
}
