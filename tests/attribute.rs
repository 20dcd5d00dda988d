//! `#[netns_test]` makes an ordinary test: of any form, in any place, with any flag of the runner.
#![cfg(target_os = "linux")]

#[path = "attribute/cases.rs"]
mod cases;
#[path = "attribute/fixtures.rs"]
mod fixtures;
mod support;

use std::io::Read;
use std::net::TcpListener;
use std::process::{ExitCode, Termination};

use netns_test::{Error, FromNet, Host, Net, Plan, Result, netns_test};
use support::folder::Folder;
use support::hello::hello;
use support::runner::{Run, end_of, fixtures, run, start};
use support::seccomp::forbid_sockets;

// What the function asks for.

/// The names of the interfaces that a thread sees.
fn interfaces() -> Vec<String> {
    let table = std::fs::read_to_string("/proc/thread-self/net/dev").expect("/proc is mounted");
    // Two lines of headings.
    let names = table.lines().skip(2).filter_map(|line| line.split_once(':'));
    names.map(|(name, _)| name.trim().to_owned()).collect()
}

#[netns_test]
fn a_test_without_parameters_has_a_network_of_its_own() {
    assert_eq!(interfaces(), ["lo"]);
    TcpListener::bind("127.0.0.1:80").expect("lo is up, and port 80 is free and permitted");
}

#[netns_test]
fn a_test_with_one_host_has_it_without_a_link(server: Host) {
    assert_eq!(server.name(), "server");
    assert_eq!(server.run(interfaces), ["lo"]);
    server.run(|| TcpListener::bind("127.0.0.1:80")).expect("lo of the host is up");
}

#[netns_test]
fn two_hosts_reach_each_other(server: Host, client: Host) -> Result {
    for (at, from) in [(&server, &client), (&client, &server)] {
        for addr in at.addrs() {
            hello((addr, 80).into(), at, from)?;
        }
    }
    Ok(())
}

#[netns_test]
fn three_hosts_reach_each_other(a: Host, b: Host, c: Host) -> Result {
    for (server, client) in [(&a, &b), (&b, &c), (&c, &a)] {
        for addr in server.addrs() {
            hello((addr, 80).into(), server, client)?;
        }
    }
    Ok(())
}

#[netns_test]
fn the_net_and_a_host_of_it(net: Net, server: Host) -> Result {
    let [client] = net.hosts(["client"])?;
    net.link("eth1", &[&server, &client])?;
    assert_eq!(net.host("server")?.addrs(), server.addrs());
    hello((server.ipv4(), 80).into(), &server, &client)
}

#[netns_test]
fn an_underscore_is_not_part_of_a_host_s_name(net: Net, _server: Host, __client: Host) {
    assert!(net.host("server").is_ok());
    assert!(net.host("client").is_ok());
}

struct Replicas(Vec<Host>);

impl FromNet for Replicas {
    fn plan(plan: &mut Plan, name: &str) {
        ["1", "2", "3"].iter().for_each(|number| plan.add_host(&format!("{name}-{number}")));
    }

    fn from_net(net: &Net, name: &str) -> std::result::Result<Self, Error> {
        let host = |number| net.host(&format!("{name}-{number}"));
        Ok(Self(vec![host(1)?, host(2)?, host(3)?]))
    }
}

#[netns_test]
fn a_fixture_of_ones_own_shares_the_link(client: Host, replica: Replicas) -> Result {
    let names: Vec<_> = replica.0.iter().map(Host::name).collect();
    assert_eq!(names, ["replica-1", "replica-2", "replica-3"]);
    assert_eq!(client.ipv4().to_string(), "10.0.0.1");
    assert_eq!(replica.0[2].ipv4().to_string(), "10.0.0.4");
    hello((replica.0[2].ipv4(), 80).into(), &replica.0[2], &client)
}

// What the function returns.

#[netns_test]
fn a_result_with_any_error(server: Host) -> std::io::Result<()> {
    server.run(|| TcpListener::bind("127.0.0.1:80"))?;
    Ok(())
}

#[netns_test]
fn an_exit_code(_server: Host) -> ExitCode {
    ExitCode::SUCCESS
}

struct Report;

impl Termination for Report {
    fn report(self) -> ExitCode {
        ExitCode::SUCCESS
    }
}

#[netns_test]
async fn a_type_of_ones_own(_server: Host) -> std::result::Result<Report, Error> {
    Ok(Report)
}

#[netns_test]
#[should_panic(expected = "as expected")]
fn nothing_ever(_server: Host) -> ! {
    panic!("as expected")
}

#[netns_test]
async fn an_async_body_has_sockets_and_timers_of_tokio(server: Host, client: Host) -> Result {
    let address = (server.ipv4(), 80);
    let bind = server.spawn(tokio::net::TcpListener::bind(address));
    let listener = bind.await?;
    let _dialled = client.spawn(tokio::net::TcpStream::connect(address)).await?;
    let limit = std::time::Duration::from_secs(10);
    tokio::time::timeout(limit, listener.accept()).await??;
    Ok(())
}

// Where it stands, and what it is given.

mod nested {
    mod deeper {
        use netns_test::netns_test;

        #[netns_test]
        fn a_test_in_a_nested_module() {}

        /// The same name as outside, so that the path has to tell them apart.
        #[netns_test]
        fn an_exit_code() {}
    }
}

mod r#impl {
    use netns_test::netns_test;

    #[netns_test]
    fn r#try() {}
}

#[netns_test(timeout = "24m", serial(attribute))]
#[cfg(target_os = "linux")]
#[allow(non_snake_case, reason = "to see that attributes stay")]
fn Options_And_Attributes_Of_All_Kinds(_server: Host) {}

#[netns_test]
fn the_environment_is_the_runner_s_own() {
    assert!(std::env::var_os("PATH").is_some());
    assert!(std::env::vars_os().all(|(name, _)| name != "NETNS_TEST_SANDBOX"));
    let mut typed = String::new();
    std::io::stdin().read_to_string(&mut typed).expect("stdin can be read");
    assert_eq!(typed, "", "nobody types into a test");
    assert_eq!(std::thread::current().name(), Some("the_environment_is_the_runner_s_own"));
}

#[netns_test]
fn a_program_starts_with_the_descriptors_and_signals_that_it_expects(server: Host) -> Result {
    let open = server.exec("sh", ["-c", "ls /proc/self/fd | tr '\\n' ' '"])?;
    assert_eq!(open, "0 1 2 3 ", "3 is that of ls itself");
    let ignored = server.exec("sh", ["-c", "grep SigIgn /proc/self/status"])?;
    let ignored = ignored.trim_start_matches("SigIgn:").trim();
    let ignored = u64::from_str_radix(ignored, 16).expect("a mask");
    assert_eq!(ignored & 1 << (libc::SIGPIPE - 1), 0, "a write to a closed pipe ends it");
    Ok(())
}

// The flags of the runner.

/// Runs fixtures, and asserts how many passed and failed.
#[track_caller]
fn ran<const N: usize>(arguments: [&str; N], passed: u32, failed: u32) -> Run {
    let run = run(&mut fixtures(arguments));
    assert_counts(&run, passed, failed);
    run
}

#[track_caller]
fn assert_counts(run: &Run, passed: u32, failed: u32) {
    let word = if failed == 0 { "ok" } else { "FAILED" };
    let counts = format!("test result: {word}. {passed} passed; {failed} failed;");
    assert!(run.stdout.contains(&counts), "{counts}{run}");
    assert_eq!(run.status, if failed == 0 { 0 } else { 101 }, "{run}");
}

const PASSES: &str = "fixtures::flags::passes";

#[test]
fn what_is_ignored_is_not_run() {
    let run = ran(["fixtures::flags::"], 0, 0);
    assert!(run.stdout.contains("3 ignored"), "{run}");
    assert!(!run.stdout.contains("printed"), "{run}");
}

#[test]
fn ignored_tests_are_run_on_demand() {
    ran(["fixtures::flags::", "--ignored"], 2, 1);
    ran(["fixtures::flags::", "--include-ignored"], 2, 1);
}

#[test]
fn listing_runs_nothing() {
    let run = run(&mut fixtures(["fixtures::flags::", "--list", "--format=terse"]));
    let expected = "fixtures::flags::fails: test\n\
                    fixtures::flags::nested::passes_too: test\n\
                    fixtures::flags::passes: test\n";
    assert_eq!((&*run.stdout, &*run.stderr, run.status), (expected, "", 0));
}

#[test]
fn filters_choose() {
    ran([PASSES, "--exact", "--ignored"], 1, 0);
    ran(["flags::", "--ignored", "--skip", "fails"], 2, 0);
    ran(["passes_too", PASSES, "--ignored"], 2, 0);
    ran(["no such name", "--ignored"], 0, 0);
}

#[test]
fn the_number_of_threads_does_not_matter() {
    for threads in ["--test-threads=1", "--test-threads=2", "--test-threads=64"] {
        ran(["fixtures::flags::", "--ignored", threads], 2, 1);
    }
    let mut one = fixtures(["fixtures::flags::", "--ignored"]);
    assert_counts(&run(one.env("RUST_TEST_THREADS", "1")), 2, 1);
}

#[test]
fn the_output_of_a_passing_test_is_not_shown() {
    let run = ran([PASSES, "--exact", "--ignored"], 1, 0);
    assert!(!run.stdout.contains("passing test"), "{run}");
    assert_eq!(run.stderr, "");
}

#[test]
fn the_output_of_a_passing_test_is_shown_on_demand() {
    let run = ran([PASSES, "--exact", "--ignored", "--show-output"], 1, 0);
    let shown = "---- fixtures::flags::passes stdout ----\n\
                 printed by a passing test\n\
                 told by a passing test\n";
    assert!(run.stdout.contains(shown), "{run}");
    assert_eq!(run.stderr, "");
}

#[test]
fn without_capturing_each_stream_is_itself() {
    let run = ran([PASSES, "--exact", "--ignored", "--nocapture"], 1, 0);
    assert!(run.stdout.contains("printed by a passing test\n"), "{run}");
    assert_eq!(run.stderr, "told by a passing test\n");
}

#[test]
fn the_output_of_a_failing_test_is_shown_once() {
    for flag in ["--test-threads=1", "--nocapture", "--show-output", "--quiet"] {
        let run = ran(["flags::fails", "--ignored", flag], 0, 1);
        let all = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(all.matches("printed by a failing test").count(), 1, "{flag} {run}");
        assert_eq!(all.matches("panicked at tests/attribute/fixtures.rs:").count(), 1, "{run}");
    }
}

#[test]
fn a_backtrace_is_shown_once_and_leads_to_the_body() {
    let mut runner = fixtures(["flags::fails", "--ignored"]);
    let run = run(runner.env("RUST_BACKTRACE", "1"));
    assert_counts(&run, 0, 1);
    assert_eq!(run.stdout.matches("stack backtrace:").count(), 1, "{run}");
    assert!(run.stdout.contains("fixtures::flags::fails::fails\n"), "{run}");
}

// The output.

#[test]
fn output_without_a_newline_is_whole() {
    let run = ran(["output::without_newlines", "--ignored"], 0, 1);
    assert!(run.stdout.contains("on stdout the end of stdout"), "{run}");
    assert!(run.stdout.contains("on stderr "), "{run}");
}

#[test]
fn output_that_is_no_text_is_shown_as_far_as_it_can_be() {
    let run = ran(["output::that_is_no_text", "--ignored"], 0, 1);
    assert!(run.stdout.contains("a byte: \u{fffd}; two thirds of a euro: \u{fffd}"), "{run}");
}

#[test]
fn a_megabyte_of_output_is_whole_and_in_order() {
    let run = ran(["output::of_a_megabyte", "--ignored"], 0, 1);
    let numbers = run.stdout.lines().filter(|line| line.len() == 63 && line.starts_with("000"));
    assert!(numbers.map(str::parse).eq((0..16_384).map(Ok::<u32, _>)), "a line is missing");
}

#[test]
fn the_output_of_a_program_in_a_host_belongs_to_the_test() {
    let run = ran(["output::of_a_program", "--ignored"], 0, 1);
    assert!(run.stdout.contains("by sh\n"), "{run}");
    assert!(run.stdout.contains("and told\n"), "{run}");
    assert_eq!(run.stderr, "");
}

// One at a time.

#[track_caller]
fn ran_in_a_room(filter: &str, threads: &str, passed: u32, failed: u32) {
    let folder = Folder::make();
    let mut runner = fixtures([filter, "--ignored", threads]);
    let run = run(runner.env(fixtures::ROOM, folder.path()));
    assert_counts(&run, passed, failed);
}

/// Without this, the tests below prove nothing.
#[test]
fn tests_run_at_the_same_time() {
    ran_in_a_room("fixtures::not_serial::", "--test-threads=2", 2, 0);
}

#[test]
fn tests_with_the_same_key_exclude_each_other_and_those_of_serial_test() {
    ran_in_a_room("fixtures::serial::by_key::", "--test-threads=3", 3, 0);
}

#[test]
fn tests_without_a_key_exclude_each_other_and_those_of_serial_test() {
    ran_in_a_room("fixtures::serial::without_key::", "--test-threads=2", 2, 0);
}

#[test]
fn tests_with_other_keys_run_at_the_same_time() {
    ran_in_a_room("fixtures::serial::by_other_keys::", "--test-threads=2", 2, 0);
}

#[test]
fn a_test_that_fails_gives_its_lock_back() {
    ran_in_a_room("fixtures::serial::after_a_failure::", "--test-threads=1", 1, 1);
}

/// As under nextest: a process for each test.
#[test]
fn tests_with_the_same_key_exclude_each_other_in_two_processes() {
    let folder = Folder::make();
    let runners = ["one", "two"].map(|name| {
        let name = format!("fixtures::serial::by_key::{name}");
        let mut runner = fixtures([&name, "--exact", "--ignored"]);
        start(runner.env("NEXTEST", "1").env(fixtures::ROOM, folder.path()))
    });
    for runner in runners {
        end_of(runner).passed();
    }
}

/// It is not the panic that a test may expect.
#[test]
fn a_lock_that_cannot_be_had_is_told() {
    for name in ["serial::by_key::one", "serial_expecting_a_panic::one"] {
        let name = format!("fixtures::{name}");
        let mut runner = fixtures([&name, "--exact", "--ignored"]);
        forbid_sockets(&mut runner, libc::AF_UNIX, libc::EACCES);
        let run = run(runner.env("NEXTEST", "1"));
        assert_counts(&run, 0, 1);
        let told = "cannot take the lock `room`: permission denied (os error 13)\n";
        assert!(run.stdout.contains(told), "{run}");
        let place = format!("netns-test: cannot run `{name}` (tests/attribute/fixtures.rs:");
        assert!(run.stdout.contains(&place), "{run}");
    }
}
