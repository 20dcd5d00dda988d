//! The network of a failed test can be kept, to be looked at.

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command};
use std::time::Duration;

use netns_test::nemesis::{Kind, Nemesis, Running};
use netns_test::{Host, Policy, Result, netns_test};
use support::folder::Folder;
use support::runner::{Run, end_of, fixture, run, start};

#[netns_test]
#[ignore = "fails on purpose"]
fn fails_with_two_hosts(server: Host, client: Host) {
    let _listener = server.listen(7000).expect("the port is free");
    panic!("{} has lost {}", server.name(), client.name());
}

#[netns_test]
#[ignore = "fails on purpose"]
fn fails_by_an_error_during_a_block(server: Host, client: Host) -> Result {
    let _block = client.block(&server)?;
    client.connect_within((server.ipv4(), 7000), Duration::from_millis(50))?;
    Ok(())
}

/// When the body is left the block goes before the listener, whose connection is reset.
#[netns_test]
#[ignore = "fails on purpose"]
fn fails_with_a_reset_behind_its_block(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let _dialled = client.connect(listener.addr())?;
    let _block = client.block(&server)?;
    Err(std::io::Error::other("nobody was told"))?
}

/// A block by a nemesis that lasts so long.
fn nemesis(server: &Host, client: &Host, lasting: Duration) -> Result<Running> {
    nemesis_with(Kind::block(Policy::drop()), [server, client], lasting)
}

/// A fault by a nemesis that lasts so long.
fn nemesis_with(kind: Kind, hosts: [&Host; 2], lasting: Duration) -> Result<Running> {
    let nemesis = Nemesis::of(hosts).with([kind]).faults(1);
    let nemesis = nemesis.quiet_at_least(Duration::ZERO).lasting_at_least(lasting);
    let running = nemesis.in_total(lasting).begin()?;
    running.wait_for_fault()?;
    Ok(running)
}

#[netns_test]
#[ignore = "fails on purpose"]
fn panics_under_a_nemesis(server: Host, client: Host) {
    let _nemesis = nemesis(&server, &client, Duration::from_millis(200)).expect("it begins");
    panic!("there are two leaders");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn fails_by_an_error_under_a_nemesis(server: Host, client: Host) -> Result {
    let _nemesis = nemesis(&server, &client, Duration::from_secs(60))?;
    Err(std::io::Error::other("there are two leaders"))?
}

/// Its fault is lifted by a closure, which is not called.
#[netns_test]
#[ignore = "fails on purpose"]
fn fails_under_a_fault_of_its_own(server: Host, client: Host) -> Result {
    let own = Kind::between("asunder", |_, _| Ok(|| Ok(())));
    let _nemesis = nemesis_with(own, [&server, &client], Duration::from_secs(60))?;
    Err(std::io::Error::other("there are two leaders"))?
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn passes_with_two_hosts(_server: Host, _client: Host) {}

#[netns_test]
#[should_panic]
#[ignore = "run by a test beside it"]
fn panics_as_expected(_server: Host) {
    panic!("as expected");
}

/// What a person reads when a network is kept: how to enter the hosts, and how to end it.
fn instructions(runner: &mut Child) -> Vec<String> {
    let stderr = runner.stderr.take().expect("it is piped");
    let mut lines = Vec::new();
    for line in BufReader::new(stderr).lines() {
        let line = line.expect("it is text");
        let last = line.contains("kill -9");
        lines.push(line);
        if last {
            break;
        }
    }
    lines
}

#[track_caller]
fn paused(name: &str) -> (Child, Vec<String>) {
    let mut runner = start(fixture(name).env("NETNS_TEST_PAUSE", "1"));
    let lines = instructions(&mut runner);
    (runner, lines)
}

/// The command behind `host:`.
#[track_caller]
fn command(lines: &[String], host: &str) -> String {
    let prefix = format!("  {host}: ");
    match lines.iter().find_map(|line| line.strip_prefix(&prefix)) {
        Some(command) => command.to_owned(),
        None => panic!("there is no way into `{host}`: {lines:#?}"),
    }
}

#[track_caller]
fn inside(lines: &[String], host: &str, script: &str) -> String {
    let enter = format!("{} sh -c '{script}'", command(lines, host));
    let output = Command::new("sh").args(["-c", &enter]).output().expect("sh is there");
    assert!(output.status.success(), "{enter}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Ends the pause as the instructions say.
#[track_caller]
fn end(runner: Child, lines: &[String]) -> Run {
    let last = lines.last().expect("there are instructions");
    let (_, kill) = last.split_once("kill -9 ").expect("they say how to end it");
    let status = Command::new("kill").args(["-9", kill.trim()]).status().expect("kill is there");
    assert!(status.success());
    end_of(runner)
}

#[test]
fn the_hosts_of_a_failed_test_can_be_entered() {
    let (runner, lines) = paused("fails_with_two_hosts");
    assert!(lines.iter().any(|line| line.contains("`fails_with_two_hosts`")), "{lines:#?}");
    // 1B58 is 7000: the listener still listens, at the server only.
    let at_server = inside(&lines, "server", "cat /proc/net/tcp*");
    assert!(at_server.contains(":1B58 "), "{at_server}");
    let at_client = inside(&lines, "client", "cat /proc/net/tcp* /proc/net/dev");
    assert!(!at_client.contains(":1B58 ") && at_client.contains("eth0"), "{at_client}");

    let run = end(runner, &lines);
    // The verdict is the one that the test had before.
    assert_eq!(run.status, 101, "{run}");
    assert!(run.stdout.contains("server has lost client"), "{run}");
    assert!(!run.stdout.contains("SIGKILL"), "{run}");
}

#[test]
fn the_faults_of_a_failed_test_are_still_in_effect() {
    let (runner, lines) = paused("fails_by_an_error_during_a_block");
    // A SYN by a shell that is entered later does not get through either: no answer in a second.
    // To an unblocked host nobody listens, and a refusal comes at once.
    let dial = "timeout 1 bash -c \"exec 3<>/dev/tcp/10.0.0.1/7000\"; echo status $?";
    assert_eq!(inside(&lines, "client", dial), "status 124\n");
    let run = end(runner, &lines);
    assert_eq!(run.status, 101, "{run}");
    assert!(run.stdout.contains("Error: cannot connect to 10.0.0.1:7000"), "{run}");
}

/// A nemesis does not go on with a network that is kept: neither at the end of its fault, nor when the
/// body is left.
#[test]
fn the_fault_of_a_nemesis_stays_with_the_network_of_a_failed_test() {
    let all = ["panics_under_a_nemesis", "fails_by_an_error_under_a_nemesis"].map(paused);
    for (runner, lines) in all {
        // Its SYN is repeated after a second, and refused then if the block has gone with its time.
        let dial = "timeout 2 bash -c \"exec 3<>/dev/tcp/10.0.0.1/7000\"; echo status $?";
        assert_eq!(inside(&lines, "client", dial), "status 124\n");
        let run = end(runner, &lines);
        assert_eq!(run.status, 101, "{run}");
        assert!(run.stdout.contains("there are two leaders"), "{run}");
    }
}

#[test]
fn a_fault_that_stays_with_the_network_is_not_told_to_be_over() {
    let run = kept_and_reported("fails_under_a_fault_of_its_own");
    let told: Vec<_> = run.stdout.lines().filter(|line| line.contains("asunder")).collect();
    assert!(told.iter().any(|line| line.ends_with("kept until the end")), "{run}");
    assert!(!told.iter().any(|line| line.contains("lifted")), "{run}");
    assert!(told.iter().any(|line| line.contains(": in effect since ")), "{run}");
}

/// The block is kept with the network, so it takes what is sent from then on.
#[test]
fn what_a_fault_takes_that_is_still_in_effect_is_called_dropped() {
    let run = kept_and_reported("fails_with_a_reset_behind_its_block");
    let last = run.stdout.lines().rfind(|line| line.contains("Flags [R")).unwrap_or_default();
    assert!(last.ends_with("(dropped on the wire)"), "{run}");
}

/// What a fixture prints that was kept, and leaves a report.
fn kept_and_reported(name: &str) -> Run {
    let folder = Folder::make();
    let mut fixture = fixture(name);
    fixture.env_remove("NETNS_TEST_REPORT").env("NETNS_TEST_REPORT_DIR", folder.path());
    let mut runner = start(fixture.env("NETNS_TEST_PAUSE", "1"));
    let lines = instructions(&mut runner);
    end(runner, &lines)
}

/// A timeout of the test would end it under the person's hands.
#[test]
fn a_test_that_passes_is_not_kept() {
    for name in ["passes_with_two_hosts", "panics_as_expected"] {
        let run = run(fixture(name).env("NETNS_TEST_PAUSE", "1"));
        assert_eq!(run.status, 0, "{run}");
    }
}
