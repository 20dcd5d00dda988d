//! Programs that are not there, that never end, print without end, or hide from who started them.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use netns_test::{
    DEFAULT_DEADLINE, Folder, Host, Net, Program, Result, consistently, eventually, netns_test,
};

use super::freezing::counter;
use super::support::runner::{fixture, run};
use super::{SOON, sh, told};

/// A file of a program, in the folder.
fn file(folder: &Folder, text: &str, mode: u32) -> Result<String> {
    let path = folder.path().join("program");
    std::fs::write(&path, text)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))?;
    Ok(path.display().to_string())
}

/// The kernel says the same of a directory and of an interpreter that are missing as of the program.
#[netns_test]
fn a_program_that_cannot_be_started_says_what_is_missing(host: Host) -> Result {
    let folder = Folder::new()?;
    let refused = |program: Program| host.start(program).expect_err("it cannot run").to_string();

    let error = refused(Program::new("true").current_dir("/no/such/place"));
    let text =
        "cannot start `true` in `host`: its working directory `/no/such/place` is not a directory";
    assert_eq!(error, text);

    let path = file(&folder, "#!/no/such/shell\n", 0o755)?;
    let text = format!(
        "cannot start `{path}` in `host`: no such file or directory (os error 2)\n\
         help: its interpreter is missing: see its first line"
    );
    assert_eq!(refused(Program::new(&path)), text);

    let path = file(&folder, "#!/bin/sh\n", 0o644)?;
    let text = format!("cannot start `{path}` in `host`: permission denied (os error 13)");
    assert_eq!(refused(Program::new(&path)), text);
    Ok(())
}

/// It has ended then, and says so; and may be started again when it is there again.
#[netns_test]
fn a_program_that_has_vanished_cannot_be_started_again(net: Net, host: Host) -> Result {
    let folder = Folder::new()?;
    let path = file(&folder, "#!/bin/sh\necho here\nexec sleep 1000\n", 0o755)?;
    let process = host.start(Program::new(&path).named("server"))?;
    process.wait_for_output("here")?;
    std::fs::remove_file(&path)?;
    let error = process.restart().expect_err("it is not there any more").to_string();
    assert!(error.contains(&format!("`{path}` is not installed")), "{error}");
    assert_eq!(process.status().and_then(|status| status.signal()), Some(9));
    assert!(!process.is_running());
    assert!(told(&net).last().is_some_and(|last| last.contains("not started")));
    file(&folder, "#!/bin/sh\necho again\nexec sleep 1000\n", 0o755)?;
    process.restart()?;
    process.wait_for_output("again")?;
    Ok(())
}

/// Longer than a clock can say is longer than the test takes.
#[netns_test]
fn a_limit_may_be_as_long_as_there_is(host: Host) -> Result {
    let process = host.start(super::serves("echo", 80))?;
    process.wait_for_port_within(80, Duration::MAX)?;
    assert_eq!(process.stop(Duration::MAX)?.signal(), Some(15));
    assert_eq!(process.wait_within(Duration::MAX)?.signal(), Some(15));
    Ok(())
}

/// What it left behind, in a session of its own, is the process from then on.
#[netns_test]
fn a_daemon_is_frozen_and_killed(net: Net, host: Host) -> Result {
    let folder = Folder::new()?;
    let counts = "trap '' TERM; while :; do echo . >> ticks; done";
    let daemon = host.start(sh(&format!("setsid sh -c \"{counts}\" &")).in_folder(&folder))?;
    assert_eq!(daemon.wait()?.code(), Some(0));
    let ticks = || std::fs::metadata(folder.path().join("ticks")).map_or(0, |file| file.len());
    eventually(SOON, || ticks() > 0)?;
    let freeze = daemon.freeze()?;
    let stopped = ticks();
    consistently(Duration::from_millis(30), || ticks() == stopped)?;
    freeze.thaw()?;
    eventually(SOON, || ticks() > stopped)?;
    let error = daemon.stop(Duration::from_millis(30)).expect_err("it ignores it").to_string();
    assert!(error.ends_with("it did not end within 30ms of SIGTERM, and was killed"), "{error}");
    let stopped = ticks();
    consistently(Duration::from_millis(30), || ticks() == stopped)?;
    assert!(!daemon.is_running(), "{:?}", told(&net));
    Ok(())
}

/// Its parent waits for a child that is stopped, which no signal changes.
#[netns_test]
fn what_starts_programs_without_end_is_frozen(host: Host) -> Result {
    let process = host.start(sh("echo begun; while :; do /bin/true; done"))?;
    process.wait_for_output("begun")?;
    for _ in 0..20 {
        process.freeze()?.thaw()?;
    }
    process.kill()?;
    Ok(())
}

/// Each freeze counts, of whatever kind it is, and in whatever order they are over.
#[netns_test]
fn a_process_that_is_frozen_with_its_host_as_well_goes_on_after_both(host: Host) -> Result {
    let folder = Folder::new()?;
    let (process, ticks) = counter(&host, &folder)?;
    let (own, hosts) = (process.freeze()?, host.freeze()?);
    let stopped = ticks();
    own.thaw()?;
    consistently(Duration::from_millis(20), || ticks() == stopped)?;
    hosts.thaw()?;
    eventually(SOON, || ticks() > stopped)?;
    Ok(())
}

/// There is nothing of it that could be frozen; its host is all the same.
#[netns_test]
fn a_host_whose_processes_have_ended_is_frozen(host: Host) -> Result {
    let process = host.start("true")?;
    process.wait()?;
    eventually(SOON, || !process.is_running())?;
    let freeze = host.freeze()?;
    assert_eq!(freeze.left_out(), [] as [&str; 0]);
    freeze.thaw()?;
    Ok(())
}

fn prints(bytes: u32) {
    let line = [b"x".repeat(99), b"\n".to_vec()].concat();
    // Not by `println!`, which takes ten times as long for its lines.
    let mut out = std::fs::File::options().write(true).open("/dev/stdout").expect("it is open");
    for _ in 0..bytes / 100 {
        out.write_all(&line).expect("somebody reads");
    }
    eprintln!("the end");
}

/// It is printed by the test as well.
#[netns_test(timeout = "60s")]
#[ignore = "FIXTURE: prints 100 MB"]
fn has_a_function_that_prints_without_end(host: Host) -> Result {
    let process = host.start_fn(prints, 100_000_000)?;
    assert!(process.wait_within(Duration::from_secs(50))?.success());
    assert_eq!(process.output().len(), 1 << 20);
    // It has a pipe for each stream, so this may stand before the last of the lines.
    assert!(process.output().contains("the end\n"));
    Ok(())
}

#[test]
fn a_function_may_print_without_end() {
    let mut runner = fixture("bad_input::has_a_function_that_prints_without_end");
    run(&mut runner).passed();
}

#[netns_test]
#[ignore = "FIXTURE: gives up a wait"]
async fn gives_up_a_wait(host: Host) -> Result {
    let process = host.start(Program::new("sleep").arg("1000"))?;
    let wait = tokio::time::timeout(Duration::from_millis(20), process.wait_async());
    wait.await.expect_err("it sleeps");
    Ok(())
}

/// The bound is half of what the wait would have taken.
#[test]
fn a_wait_that_is_given_up_does_not_hold_up_the_end_of_the_test() {
    let mut runner = fixture("bad_input::gives_up_a_wait");
    let begun = Instant::now();
    run(&mut runner).passed();
    assert!(begun.elapsed() < DEFAULT_DEADLINE / 2, "{:?}", begun.elapsed());
}
