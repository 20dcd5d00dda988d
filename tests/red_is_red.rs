//! A red test is red: whatever goes wrong in a test fails it, with its own message and the line.
//!
//! Each test runs one fixture of `red_is_red/fixtures.rs` as a user would, and compares what the
//! runner shows of it. `fixtures.rs:` is followed by the line of the user's code itself.
#![cfg(target_os = "linux")]

#[path = "red_is_red/fixtures.rs"]
mod fixtures;
mod support;

use support::runner::{Run, Source, fixture, fixture_in_namespaces, run};
use support::seccomp::forbid_namespaces;

const SOURCE: Source =
    Source { path: "tests/red_is_red/fixtures.rs", text: include_str!("red_is_red/fixtures.rs") };

/// Runs a fixture that fails, and compares what is shown of it.
#[track_caller]
fn shows(name: &str, lines: &[&str]) {
    run(&mut fixture(&format!("fixtures::{name}"))).failed_with(&SOURCE, lines);
}

// The body.

#[test]
fn a_panic_is_red() {
    shows(
        "panics",
        &[
            "on stdout",
            "on stderr",
            r#"thread 'fixtures::panics' panicked at fixtures.rs:`panic!("the peer is gone");`:"#,
            "the peer is gone",
        ],
    );
}

#[test]
fn a_panic_of_an_async_body_is_red() {
    shows(
        "panics_async",
        &[
            r#"thread 'fixtures::panics_async' panicked at fixtures.rs:`assert_eq!(1 + 1, 3, "the sum is wrong");`:"#,
            "assertion `left == right` failed: the sum is wrong",
            "  left: 2",
            " right: 3",
        ],
    );
}

#[test]
fn an_error_is_red_and_names_the_line_that_let_it_go() {
    shows(
        "returns_err",
        &[
            "Error: Connection refused (os error 111)",
            r#"  at fixtures.rs:`server.run(|| TcpStream::connect("127.0.0.1:9"))?;`"#,
            "netns-test: `fixtures::returns_err` (fixtures.rs:`fn returns_err(server: Host) -> Result {`) returned an error",
        ],
    );
}

#[test]
fn an_error_of_an_async_body_is_red() {
    shows(
        "returns_err_async",
        &[
            "Error: cannot run `sh -c echo no >&2; exit 3` in `server`: it ended with exit status: 3",
            "stderr: no",
            r#"  at fixtures.rs:`server.exec("sh", ["-c", "echo no >&2; exit 3"])?;`"#,
            "netns-test: `fixtures::returns_err_async` (fixtures.rs:`async fn returns_err_async(server: Host) -> Result {`) returned an error",
        ],
    );
}

#[test]
fn an_error_type_of_ones_own_is_red() {
    shows(
        "returns_an_error_of_ones_own",
        &[
            r#"Error: Mine { peer: "client" }"#,
            "netns-test: `fixtures::returns_an_error_of_ones_own` (fixtures.rs:`fn returns_an_error_of_ones_own(_server: Host) -> std::result::Result<(), Mine> {`) returned an error",
        ],
    );
}

#[test]
fn an_exit_code_other_than_success_is_red() {
    shows(
        "returns_an_exit_code",
        &[
            "netns-test: `fixtures::returns_an_exit_code` (fixtures.rs:`fn returns_an_exit_code(_server: Host) -> std::process::ExitCode {`) returned an error",
        ],
    );
}

// The process.

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
            "netns-test: `fixtures::exits_with_0` (fixtures.rs:`fn exits_with_0(_server: Host) {`) called exit(0) or ended its process otherwise before the test was over",
        ],
    );
}

#[test]
fn an_exit_with_0_in_a_thread_is_red() {
    shows(
        "exits_with_0_in_a_thread",
        &[
            "netns-test: `fixtures::exits_with_0_in_a_thread` (fixtures.rs:`fn exits_with_0_in_a_thread(server: Host) {`) called exit(0) or ended its process otherwise before the test was over",
        ],
    );
}

#[test]
fn an_exit_with_the_status_of_a_failed_test_is_told_as_what_it_is() {
    shows(
        "exits_with_101",
        &[
            "netns-test: `fixtures::exits_with_101` (fixtures.rs:`fn exits_with_101(_server: Host) {`) called exit(101) or ended its process otherwise before the test was over",
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

// The time.

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

// Tasks.

#[test]
fn a_panic_in_a_task_that_nobody_awaits_is_red() {
    shows(
        "a_task_panics_and_nobody_waits",
        &[
            r#"thread 'host server' panicked at fixtures.rs:`panic!("the server crashed");`:"#,
            "the server crashed",
            r#"netns-test: the body passed, but thread `host server` panicked at fixtures.rs:`panic!("the server crashed");`: the server crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_a_task_that_is_awaited_is_red() {
    shows(
        "a_task_panics_and_is_awaited",
        &[
            r#"thread 'host server' panicked at fixtures.rs:`server.spawn(async { panic!("the server crashed") }).await`:"#,
            "the server crashed",
        ],
    );
}

#[test]
fn a_panic_in_a_task_that_is_joined_is_red() {
    shows(
        "a_task_panics_and_is_joined",
        &[
            r#"thread 'host server' panicked at fixtures.rs:`server.spawn(async { panic!("the server crashed") }).join()`:"#,
            "the server crashed",
        ],
    );
}

#[test]
fn a_panic_in_a_task_of_a_task_is_red() {
    shows(
        "a_task_of_a_task_panics",
        &[
            r#"thread 'host server' panicked at fixtures.rs:`let connection = async { panic!("the connection crashed") };`:"#,
            "the connection crashed",
            r#"netns-test: the body passed, but thread `host server` panicked at fixtures.rs:`let connection = async { panic!("the connection crashed") };`: the connection crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_blocking_work_of_a_task_is_red() {
    shows(
        "blocking_work_of_a_task_panics",
        &[
            r#"thread 'tokio-rt-worker' panicked at fixtures.rs:`let looks_up = || panic!("the resolver crashed");`:"#,
            "the resolver crashed",
            r#"netns-test: the body passed, but thread `tokio-rt-worker` panicked at fixtures.rs:`let looks_up = || panic!("the resolver crashed");`: the resolver crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_a_task_on_the_body_s_own_thread_is_red() {
    shows(
        "a_task_of_the_body_panics",
        &[
            r#"thread 'fixtures::a_task_of_the_body_panics' panicked at fixtures.rs:`let task = tokio::spawn(async { panic!("the client crashed") });`:"#,
            "the client crashed",
            r#"netns-test: the body passed, but thread `fixtures::a_task_of_the_body_panics` panicked at fixtures.rs:`let task = tokio::spawn(async { panic!("the client crashed") });`: the client crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_a_task_that_tokio_started_in_a_host_is_red() {
    shows(
        "a_task_started_in_a_host_by_tokio_panics",
        &[
            r#"thread 'host server' panicked at fixtures.rs:`let task = server.run(|| tokio::spawn(async { panic!("the server crashed") }));`:"#,
            "the server crashed",
            r#"netns-test: the body passed, but thread `host server` panicked at fixtures.rs:`let task = server.run(|| tokio::spawn(async { panic!("the server crashed") }));`: the server crashed"#,
        ],
    );
}

// Threads.

#[test]
fn a_panic_in_a_thread_that_nobody_joins_is_red() {
    shows(
        "a_thread_panics_and_nobody_waits",
        &[
            r#"thread 'worker' panicked at fixtures.rs:`panic!("the worker crashed");`:"#,
            "the worker crashed",
            r#"netns-test: the body passed, but thread `worker` panicked at fixtures.rs:`panic!("the worker crashed");`: the worker crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_a_thread_whose_end_is_ignored_is_red() {
    shows(
        "a_thread_panics_and_its_end_is_ignored",
        &[
            r#"thread '<unnamed>' panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(|| panic!("the worker crashed")));`:"#,
            "the worker crashed",
            r#"netns-test: the body passed, but thread `unnamed` panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(|| panic!("the worker crashed")));`: the worker crashed"#,
        ],
    );
}

#[test]
fn every_panic_of_a_thread_is_told() {
    shows(
        "two_threads_panic",
        &[
            r#"thread '<unnamed>' panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(move || panic!("worker {number} crashed")));`:"#,
            "worker 1 crashed",
            r#"thread '<unnamed>' panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(move || panic!("worker {number} crashed")));`:"#,
            "worker 2 crashed",
            r#"netns-test: the body passed, but thread `unnamed` panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(move || panic!("worker {number} crashed")));`: worker 1 crashed"#,
            r#"thread `unnamed` panicked at fixtures.rs:`let thread = server.run(|| thread::spawn(move || panic!("worker {number} crashed")));`: worker 2 crashed"#,
        ],
    );
}

#[test]
fn a_panic_in_a_closure_of_a_host_is_red() {
    shows(
        "a_closure_panics",
        &[
            r#"thread 'fixtures::a_closure_panics' panicked at fixtures.rs:`server.run(|| panic!("no route"));`:"#,
            "no route",
        ],
    );
}

// What comes before the body.

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
            "netns-test: the fixtures of `fixtures::has_a_fixture_with_a_taken_host_name` (fixtures.rs:`fn has_a_fixture_with_a_taken_host_name(_server: Host, _fixture: Named<1>) {`): cannot add host `Server`: there is a host `server` already",
        ],
    );
}

// `#[should_panic]`.

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
            "netns-test: `fixtures::should_panic_and_returns_err` (fixtures.rs:`fn should_panic_and_returns_err(_server: Host) -> Result {`) was expected to panic, and this is no panic",
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
            "netns-test: `fixtures::should_panic_and_never_ends` (fixtures.rs:`fn should_panic_and_never_ends(_server: Host) {`) was expected to panic, and this is no panic",
            "note: test did not panic as expected at fixtures.rs:`fn should_panic_and_never_ends(_server: Host) {`",
        ],
    );
}

#[test]
fn an_exit_is_not_the_expected_panic() {
    shows(
        "should_panic_and_exits",
        &[
            "netns-test: `fixtures::should_panic_and_exits` (fixtures.rs:`fn should_panic_and_exits(_server: Host) {`) called exit(0) or ended its process otherwise before the test was over",
            "netns-test: `fixtures::should_panic_and_exits` (fixtures.rs:`fn should_panic_and_exits(_server: Host) {`) was expected to panic, and this is no panic",
            "note: test did not panic as expected at fixtures.rs:`fn should_panic_and_exits(_server: Host) {`",
        ],
    );
}

#[test]
fn an_exit_with_the_status_of_a_failed_test_is_not_the_expected_panic() {
    shows(
        "should_panic_and_exits_as_a_failed_test_does",
        &[
            "netns-test: `fixtures::should_panic_and_exits_as_a_failed_test_does` (fixtures.rs:`fn should_panic_and_exits_as_a_failed_test_does(_server: Host) {`) called exit(101) or ended its process otherwise before the test was over",
            "netns-test: `fixtures::should_panic_and_exits_as_a_failed_test_does` (fixtures.rs:`fn should_panic_and_exits_as_a_failed_test_does(_server: Host) {`) was expected to panic, and this is no panic",
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
            "netns-test: `fixtures::should_panic_and_is_killed` (fixtures.rs:`fn should_panic_and_is_killed(_server: Host) -> Result {`) was expected to panic, and this is no panic",
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
            "netns-test: `fixtures::should_panic_and_its_fixture_fails` (fixtures.rs:`fn should_panic_and_its_fixture_fails(_server: Host, _database: Broken) {`) was expected to panic, and this is no panic",
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
    assert!(shown.contains("was expected to panic, and this is no panic"), "{shown}");
}

// Limits.

#[test]
fn a_sandbox_beyond_the_limit_on_namespaces_is_red() {
    limited_to(0, "has_two_hosts").failed_with(
        &SOURCE,
        &[
            "netns-test: cannot run `fixtures::has_two_hosts` (fixtures.rs:`fn has_two_hosts(server: Host, client: Host) {`) in a sandbox: directly, making the namespaces gives ENOSPC; \
             in a user namespace, making the namespaces gives ENOSPC: \
             no space left on device (os error 28)",
            "help: the limit user.max_net_namespaces = 0 is reached: \
             `sudo sysctl -w user.max_net_namespaces=1024`",
        ],
    );
}

/// One for the sandbox, one for the first host, and none for the second.
#[test]
fn a_host_beyond_the_limit_on_namespaces_is_red() {
    limited_to(2, "has_two_hosts").failed_with(
        &SOURCE,
        &[
            "netns-test: the fixtures of `fixtures::has_two_hosts` (fixtures.rs:`fn has_two_hosts(server: Host, client: Host) {`): cannot make the network namespace of host `client`: \
             no space left on device (os error 28)",
            "help: the limit on network namespaces is reached: \
             `sudo sysctl -w user.max_net_namespaces=65536`",
        ],
    );
}

#[test]
fn a_limit_on_namespaces_is_not_the_expected_panic() {
    for limit in [0, 2] {
        let shown = limited_to(limit, "should_panic_with_two_hosts").failure(&SOURCE);
        assert!(shown.contains("no space left on device"), "{shown}");
        assert!(shown.contains("was expected to panic, and this is no panic"), "{shown}");
    }
}

#[test]
fn as_many_namespaces_as_are_needed_are_enough() {
    limited_to(3, "has_two_hosts").passed();
}

/// Runs a fixture where there may be this many network namespaces.
fn limited_to(limit: u32, name: &str) -> Run {
    let script = format!("echo {limit} > /proc/sys/user/max_net_namespaces; exec \"$@\"");
    run(&mut fixture_in_namespaces(&[], &script, &format!("fixtures::{name}")))
}
