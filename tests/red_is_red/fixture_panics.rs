//! What comes before the body.

use super::*;

#[test]
fn a_name_that_no_test_has_is_red() {
    let shown = run(&mut fixture("fixtures::asks_for_a_test_that_does_not_exist")).failure(&SOURCE);
    let message = "netns-test: `fixtures::is_not_there` (fixtures.rs:`line: line!(),`) did not run: \
                   the test binary ended with status 0 and ran no test of this name\n\
                   it said: running 0 tests\n\
                   test result: ok. 0 passed; 0 failed; 0 ignored;";
    assert!(shown.starts_with(message), "{shown}");
}

#[test]
fn a_fixture_that_fails_is_red() {
    shows(
        "has_a_fixture_that_fails",
        &[
            "netns-test: the fixtures of `fixtures::has_a_fixture_that_fails` (fixtures.rs:`fn has_a_fixture_that_fails(_server: Host, _client: Host, _database: Broken) {`): cannot find host `database`: the hosts are `server`, `client`",
        ],
    );
}

#[test]
fn a_bad_host_name_of_a_fixture_is_red() {
    shows(
        "has_a_fixture_with_a_bad_host_name",
        &[
            "netns-test: the fixtures of `fixtures::has_a_fixture_with_a_bad_host_name` (fixtures.rs:`fn has_a_fixture_with_a_bad_host_name(_server: Host, _fixture: Named<0>) {`): cannot add host `no host`: a name consists of ASCII letters, digits, `-` and `_`, and ' ' is none of them",
        ],
    );
}

#[test]
fn a_host_that_two_fixtures_ask_for_is_red() {
    shows(
        "has_a_fixture_with_a_taken_host_name",
        &[
            "netns-test: the fixtures of `fixtures::has_a_fixture_with_a_taken_host_name` (fixtures.rs:`fn has_a_fixture_with_a_taken_host_name(_server: Host, _fixture: Named<1>) {`): cannot add host `Server`: a host `server` already exists",
        ],
    );
}
