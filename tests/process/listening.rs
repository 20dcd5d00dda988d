//! Until a process listens.

use super::*;

#[netns_test]
fn a_server_is_waited_for(host: Host, client: Host) -> Result {
    let process = host.start(serves("late", 80))?;
    process.wait_for_port(80)?;
    client.connect(host.addr(80))?;
    Ok(())
}

/// The bound is a tenth of what it would wait for otherwise.
#[netns_test]
fn a_server_that_ends_is_not_waited_for(host: Host) -> Result {
    let process = host.start(sh("echo no configuration >&2; sleep 0.1; exit 1"))?;
    let begun = Instant::now();
    let error = process.wait_for_port(80).expect_err("it ends").to_string();
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(
        error,
        "cannot see `sh` of `host` listen on port 80: it has ended with status 1; it said:\n  \
         no configuration"
    );
    Ok(())
}

#[netns_test]
fn the_listener_of_another_is_not_its_own(host: Host) -> Result {
    let _theirs = host.listen(80)?;
    let process = host.start(Program::new("sleep").arg("1000"))?;
    let limit = Duration::from_millis(50);
    let error = process.wait_for_port_within(80, limit).expect_err("it does not");
    assert!(error.is_timed_out());
    let error = error.to_string();
    let text =
        "cannot see `sleep` of `host` listen on port 80: another process listens there, after 50ms";
    assert_eq!(error, text);
    Ok(())
}

/// A daemon that ends by itself is no silent one: the timeline has it.
#[netns_test]
fn the_end_of_a_daemon_is_told(net: Net, host: Host) -> Result {
    let daemon = host.start(sh("(sleep 0.1; exit 6) & exit 0"))?;
    assert!(daemon.wait()?.success() && daemon.is_running());
    eventually(SOON, || !daemon.is_running())?;
    let told = told(&net);
    let expected = ["started", "ended with status 0", "what it started is still running"];
    let expected = expected.into_iter().chain(["what it started has ended"]);
    assert!(told.iter().zip(expected).all(|(told, end)| told.ends_with(end)), "{told:?}");
    assert_eq!(told.len(), 4, "{told:?}");
    Ok(())
}

/// What listens is a grandchild of a program that has ended: status 0 says that this was meant.
#[netns_test]
fn a_daemon_is_waited_for(net: Net, host: Host, client: Host) -> Result {
    let script = r#"setsid "$0" "$@" & exit 0"#;
    let mut daemon = Program::new("sh").args(["-c", script]);
    daemon = daemon.arg(std::env::current_exe()?).args(["programs::late", "--exact", "--ignored"]);
    let daemon = host.start(daemon.env("NETNS_TEST_PORT", "80").named("daemon"))?;
    daemon.wait_for_port(80)?;
    assert_eq!(daemon.wait()?.code(), Some(0));
    assert!(daemon.is_running());
    client.connect(host.addr(80))?;
    assert!(
        told(&net).last().is_some_and(|last| last.ends_with(": what it started is still running"))
    );
    daemon.stop(SOON)?;
    assert!(told(&net).last().is_some_and(|last| last.ends_with(": what it started has ended")));
    assert!(!daemon.is_running() && client.connect(host.addr(80)).is_err());
    Ok(())
}
