//! How processes are ended, and started again.

use super::*;

#[netns_test]
fn a_process_is_killed_with_all_that_it_has_started(net: Net, host: Host) -> Result {
    let folder = Folder::new()?;
    let script = "sleep 1000 & setsid sleep 1000 & (setsid sh -c 'sleep 1000 & sleep 1000' &) ; \
                  while :; do echo . >> ticks; sleep 0.01; done";
    let process = host.start(sh(script).in_folder(&folder))?;
    let ticks = || std::fs::metadata(folder.path().join("ticks")).map_or(0, |file| file.len());
    eventually(SOON, || ticks() > 2)?;
    assert_eq!(process.kill()?.signal(), Some(9));
    let ticked = ticks();
    consistently(Duration::from_millis(50), || ticks() == ticked)?;
    assert_eq!(host.exec("sh", ["-c", "cat /proc/[0-9]*/comm | grep -cx sleep || true"])?, "0\n");
    let told = told(&net);
    assert!(told[1].ends_with("sent SIGKILL, with all that it had started"), "{told:#?}");
    assert!(told[2].ends_with("ended with SIGKILL"), "{told:#?}");
    Ok(())
}

#[netns_test]
fn what_has_ended_cannot_be_killed_or_stopped_or_frozen(host: Host) -> Result {
    let process = host.start(sh("echo bye; exit 5"))?;
    process.wait()?;
    eventually(SOON, || !process.is_running())?;
    let because = "`sh` of `host`: it has ended with status 5; it said:\n  bye";
    let refusals = [
        ("kill", process.kill().map(drop)),
        ("stop", process.stop(SOON).map(drop)),
        ("freeze", process.freeze().map(drop)),
    ];
    for (verb, refused) in refusals {
        let error = refused.expect_err("it has ended").to_string();
        assert_eq!(error, format!("cannot {verb} {because}"));
    }
    Ok(())
}

#[netns_test]
fn a_process_is_stopped_when_it_ends_by_itself(net: Net, host: Host) -> Result {
    let script = "trap 'echo closing; exit 4' TERM; echo ready; while :; do sleep 0.01; done";
    let process = host.start(sh(script))?;
    process.wait_for_output("ready")?;
    assert_eq!(process.stop(SOON)?.code(), Some(4));
    assert!(process.output().ends_with("closing\n"));
    assert!(told(&net)[1].ends_with("sent SIGTERM"));
    Ok(())
}

#[netns_test]
fn a_process_that_ignores_sigterm_is_killed_and_told_of(host: Host) -> Result {
    let process = host.start(sh("trap '' TERM; echo ready; while :; do sleep 0.01; done"))?;
    process.wait_for_output("ready")?;
    let error = process.stop(Duration::from_millis(50)).expect_err("it ignores it");
    assert_eq!(
        error.to_string(),
        "cannot stop `sh` of `host`: it did not end within 50ms of SIGTERM, and was killed"
    );
    assert_eq!(process.status().and_then(|status| status.signal()), Some(9));
    assert!(!process.is_running());
    Ok(())
}

/// The program itself is what is asked; what it leaves is ended with it.
#[netns_test]
fn what_a_stopped_program_leaves_is_ended(host: Host) -> Result {
    let process = host.start(sh("sleep 1000 & trap 'exit 0' TERM; echo ready; wait"))?;
    process.wait_for_output("ready")?;
    assert!(process.stop(SOON)?.success());
    assert!(!process.is_running());
    Ok(())
}

#[netns_test]
fn a_process_is_started_again(net: Net, host: Host, client: Host) -> Result {
    let process = host.start(serves("echo", 80))?;
    process.wait_for_port(80)?;
    let before = process.id();
    let mut conn = client.connect(host.addr(80))?;
    // One that it has not accepted yet would be reset.
    conn.send(b"accepted")?;
    assert_eq!(conn.recv()?, b"accepted");
    process.restart()?;
    process.wait_for_port(80)?;
    assert_ne!(process.id(), before);
    // Its end is closed by the kernel when the process is.
    assert!(conn.recv().is_ok_and(|bytes| bytes.is_empty()));
    client.connect(host.addr(80))?;
    process.kill()?;
    process.restart()?;
    process.wait_for_port(80)?;
    let phases: Vec<_> = told(&net);
    let count = |end| phases.iter().filter(|line| line.ends_with(end)).count();
    assert_eq!((count(": started"), count("ended with SIGKILL")), (3, 2), "{phases:#?}");
    Ok(())
}

#[netns_test]
async fn a_process_is_awaited_in_async_tests(host: Host, client: Host) -> Result {
    let process = host.start(serves("echo", 80))?;
    process.wait_for_port_async(80).await?;
    process.wait_for_output_async("ready").await?;
    client.connect_async(host.addr(80)).await?;
    process.restart_async().await?;
    process.wait_for_port_async(80).await?;
    let freeze = process.freeze_async().await?;
    freeze.thaw()?;
    assert_eq!(process.stop_async(SOON).await?.signal(), Some(15));
    process.restart_async().await?;
    assert_eq!(process.kill_async().await?.signal(), Some(9));
    assert_eq!(process.wait_async().await?.signal(), Some(9));
    Ok(())
}
