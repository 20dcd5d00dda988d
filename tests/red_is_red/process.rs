//! The process.

use super::*;

#[test]
fn an_abort_is_red() {
    shows(
        "aborts",
        &[
            "netns-test: the process of `fixtures::aborts` (fixtures.rs:`fn aborts(_server: Host) {`) was killed by SIGABRT",
        ],
    );
}

#[test]
fn an_exit_with_0_is_red() {
    shows(
        "exits_with_0",
        &[
            "on stdout, and then nothing more",
            "netns-test: `fixtures::exits_with_0` (fixtures.rs:`fn exits_with_0(_server: Host) {`) called exit(0) or otherwise ended its process before the test was over",
        ],
    );
}

#[test]
fn an_exit_with_0_in_a_thread_is_red() {
    shows(
        "exits_with_0_in_a_thread",
        &[
            "netns-test: `fixtures::exits_with_0_in_a_thread` (fixtures.rs:`fn exits_with_0_in_a_thread(server: Host) {`) called exit(0) or otherwise ended its process before the test was over",
        ],
    );
}

#[test]
fn an_exit_with_the_status_of_a_failed_test_is_told_as_what_it_is() {
    shows(
        "exits_with_101",
        &[
            "netns-test: `fixtures::exits_with_101` (fixtures.rs:`fn exits_with_101(_server: Host) {`) called exit(101) or otherwise ended its process before the test was over",
        ],
    );
}

#[test]
fn a_killed_test_is_red() {
    shows(
        "is_killed",
        &[
            "netns-test: the process of `fixtures::is_killed` (fixtures.rs:`fn is_killed(_server: Host) -> Result {`) was killed by SIGKILL",
        ],
    );
}

#[test]
fn a_stack_overflow_is_red() {
    shows(
        "overflows_its_stack",
        &[
            "thread 'fixtures::overflows_its_stack' has overflowed its stack",
            "fatal runtime error: stack overflow, aborting",
            "netns-test: the process of `fixtures::overflows_its_stack` (fixtures.rs:`fn overflows_its_stack(_server: Host) {`) was killed by SIGABRT",
        ],
    );
}
