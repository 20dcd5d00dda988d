//! Programs of a host: started, waited for, stopped, killed, frozen, started again.
#![cfg(target_os = "linux")]

#[path = "process/async_code.rs"]
mod async_code;
#[path = "process/bad_input.rs"]
mod bad_input;
#[path = "process/frozen_hosts.rs"]
mod frozen_hosts;
#[path = "process/functions.rs"]
mod functions;
#[path = "process/programs.rs"]
mod programs;
mod support;
#[path = "process/waiting.rs"]
mod waiting;

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use netns_test::timeline::{Event, ProcessPhase};
use netns_test::{
    Folder, Host, Net, Place, Process, Program, Result, consistently, eventually, netns_test,
};

use programs::server as serves;

/// Longer than anything here takes that does not wait for ever.
const SOON: Duration = Duration::from_secs(10);

fn sh(script: &str) -> Program {
    Program::new("sh").args(["-c", script])
}

/// What the timeline says of programs, a line each.
fn told(net: &Net) -> Vec<String> {
    let timeline = net.timeline();
    let line = |event: &Event| matches!(event, Event::Process { .. }).then(|| event.to_string());
    timeline.iter().filter_map(|entry| line(&entry.event)).collect()
}

// Beginning and end.

#[netns_test]
fn the_beginning_and_the_end_of_the_shortest_program_are_recorded(net: Net, host: Host) -> Result {
    for status in 0..20 {
        host.start(Program::new("sh").args(["-c", &format!("exit {status}")]))?.wait()?;
    }
    let expected: Vec<String> = (0..20)
        .flat_map(|status| {
            let words = format!("`sh -c exit {status}`: ");
            [format!("{words}started"), format!("{words}ended with status {status}")]
        })
        .collect();
    assert_eq!(told(&net), expected);
    Ok(())
}

/// Of the commands of std as well, whoever is first to wait for them.
#[netns_test]
fn no_end_of_a_command_is_missed(net: Net, host: Host) -> Result {
    for _ in 0..20 {
        assert!(host.exec("sh", ["-c", "exit 3"]).is_err());
    }
    let all = told(&net).join("\n");
    assert_eq!(all.matches(": started").count(), 20, "{all}");
    assert_eq!(all.matches("ended with status 3").count(), 20, "{all}");
    for _ in 0..20 {
        assert_eq!(host.command("sh").args(["-c", "exit 4"]).status()?.code(), Some(4));
    }
    let all = told(&net).join("\n");
    assert_eq!(all.matches(": started").count(), 40, "{all}");
    assert_eq!(all.matches("ended with").count(), 40, "{all}");
    // Before Linux 6.15 nobody but who has waited knows the status.
    if release() >= (6, 15) {
        assert_eq!(all.matches("ended with status 4").count(), 20, "{all}");
    }
    Ok(())
}

/// The kernel's version.
fn release() -> (u32, u32) {
    let text = std::fs::read_to_string("/proc/sys/kernel/osrelease").expect("/proc is mounted");
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[netns_test]
fn a_command_that_cannot_be_executed_has_not_been_started(net: Net, host: Host) {
    for _ in 0..5 {
        assert!(host.command("no-such-program").spawn().is_err());
    }
    let all = told(&net).join("\n");
    assert_eq!(all.matches("`no-such-program`: not started").count(), 5, "{all}");
    assert_eq!(all.lines().count(), 5, "{all}");
}

#[netns_test]
fn a_program_that_is_not_there_says_so(net: Net, host: Host) {
    let error = host.start("no-such-program").expect_err("it is not there");
    assert!(error.is_unsupported());
    let text = "cannot start `no-such-program` in `host`: `no-such-program` is not installed";
    assert_eq!(error.to_string(), text);
    assert_eq!(told(&net), [format!("`no-such-program`: not started: {text}")]);
}

#[netns_test]
fn a_program_is_inside_its_host(host: Host) -> Result {
    let shows =
        host.start(sh("cat /proc/net/dev; echo $HELLO; pwd; readlink /proc/self/ns/net"))?;
    shows.wait()?;
    let output = shows.output();
    let namespace = host.run(|| std::fs::read_link("/proc/thread-self/ns/net"))?;
    assert!(output.contains("eth0") || output.contains(&*namespace.to_string_lossy()), "{output}");
    Ok(())
}

#[netns_test]
fn a_program_has_its_environment_and_its_folder(host: Host) -> Result {
    let folder = Folder::new()?;
    let script = sh("echo $GREETING $UNWANTED; pwd; echo $TMPDIR; echo kept > here")
        .env("GREETING", "hello")
        .env("UNWANTED", "x")
        .env_remove("UNWANTED")
        .in_folder(&folder);
    let process = host.start(script)?;
    process.wait()?;
    let path = folder.path().display();
    assert_eq!(process.output(), format!("hello\n{path}\n{path}\n"));
    assert_eq!(std::fs::read_to_string(folder.path().join("here"))?, "kept\n");
    Ok(())
}

#[netns_test]
fn a_folder_is_gone_with_its_last_handle() -> Result {
    let folder = Folder::new()?;
    let (path, other) = (folder.path().to_owned(), folder.clone());
    assert!(Folder::new()?.path() != path);
    drop(folder);
    assert!(path.is_dir());
    drop(other);
    assert!(!path.exists());
    Ok(())
}

#[netns_test]
fn a_process_has_a_name(host: Host) -> Result {
    let process = host.start(sh("exit 0").named("check"))?;
    assert_eq!(process.to_string(), "`check` of `host`");
    assert_eq!(host.start("true")?.name(), "true");
    assert!(process == process.clone() && process != host.start("true")?);
    Ok(())
}

/// A pipe holds 64 KiB. Who does not take what comes has the program wait for ever.
#[netns_test]
fn a_program_may_print_without_end(host: Host) -> Result {
    let prints = host.start(sh("head -c 100000000 /dev/zero | tr '\\0' x; echo the end >&2"))?;
    assert!(prints.wait_within(Duration::from_secs(30))?.success());
    let output = prints.output();
    assert_eq!(output.len(), 1 << 20);
    assert!(output.ends_with("xthe end\n"), "{}", &output[output.len() - 20..]);
    Ok(())
}

#[netns_test]
fn a_line_of_output_is_waited_for(host: Host) -> Result {
    let process = host.start(sh("sleep 0.05; echo now; sleep 1000"))?;
    process.wait_for_output("now")?;
    let error = host.start(sh("echo oh >&2; exit 7"))?.wait_for_output("now").expect_err("it ends");
    let text = "cannot see `now` in the output of `sh` of `host`: it has ended with status 7; it said:\n  oh";
    assert_eq!(error.to_string(), text);
    Ok(())
}

#[netns_test]
fn what_runs_longer_than_a_limit_says_so(host: Host) -> Result {
    let process = host.start(Program::new("sleep").arg("1000"))?;
    let error = process.wait_within(Duration::from_millis(20)).expect_err("it sleeps");
    assert_eq!(
        error.to_string(),
        "cannot wait for `sleep` of `host`: it has not ended within 20ms"
    );
    assert!(process.is_running() && process.status().is_none());
    Ok(())
}

/// A program that may not be root says who it is.
#[netns_test]
fn a_program_runs_as_another_user(host: Host) -> Result {
    let folder = Folder::new()?;
    let id = Program::new("sh").args(["-c", "id -u; id -g; echo here > mine; stat -c %u mine"]);
    let id = host.start(id.in_folder(&folder).user("1234"))?;
    assert!(id.wait()?.success());
    assert_eq!(id.output(), "1234\n1234\n1234\n");
    let unknown =
        host.start(Program::new("true").user("nobody-at-all")).expect_err("there is none");
    let text = "cannot start `true` in `host`: this system has no user `nobody-at-all`\n\
                help: name one of /etc/passwd, or give a number";
    assert_eq!(unknown.to_string(), text);
    Ok(())
}

// Listening.

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
    assert!(told(&net).last().is_some_and(|last| last.ends_with(": what it started runs on")));
    daemon.stop(SOON)?;
    assert!(!daemon.is_running() && client.connect(host.addr(80)).is_err());
    Ok(())
}

// Ends.

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

// Freezing.

/// Counts as long as it runs.
fn counter(host: &Host, folder: &Folder) -> Result<(Process, impl Fn() -> u64 + use<>)> {
    let process = host.start(sh("while :; do echo . >> ticks; done").in_folder(folder))?;
    let file = folder.path().join("ticks");
    let ticks = move || std::fs::metadata(&file).map_or(0, |file| file.len());
    eventually(SOON, || ticks() > 0)?;
    Ok((process, ticks))
}

#[netns_test]
fn a_frozen_process_computes_nothing_and_goes_on_when_it_is_thawed(net: Net, host: Host) -> Result {
    let folder = Folder::new()?;
    let (process, ticks) = counter(&host, &folder)?;
    let freeze = process.freeze()?;
    let stopped = ticks();
    assert_eq!(freeze.to_string(), "freeze `sh` of `host`");
    assert!(matches!(freeze.place(), Place::Process { process, .. } if process == "sh"));
    consistently(Duration::from_millis(50), || ticks() == stopped)?;
    assert!(process.is_running());
    freeze.thaw()?;
    eventually(SOON, || ticks() > stopped)?;
    let faults: Vec<_> =
        net.timeline().faults().iter().map(|entry| entry.event.to_string()).collect();
    assert_eq!(
        faults,
        ["asked for", "in effect", "lifted"].map(|phase| format!("freeze `sh` of `host`: {phase}"))
    );
    Ok(())
}

/// A kernel that is asked one by one would always be behind these.
#[netns_test]
fn what_forks_without_end_is_frozen(host: Host) -> Result {
    let folder = Folder::new()?;
    let forks = "while :; do (echo . >> ticks) & done";
    let script = format!("setsid sh -c '{forks}' & setsid sh -c '{forks}' & {forks}");
    let process = host.start(sh(&script).in_folder(&folder))?;
    let ticks = || std::fs::metadata(folder.path().join("ticks")).map_or(0, |file| file.len());
    eventually(SOON, || ticks() > 100)?;
    for _ in 0..5 {
        let freeze = process.freeze()?;
        let stopped = ticks();
        consistently(Duration::from_millis(10), || ticks() == stopped)?;
        freeze.thaw()?;
        eventually(SOON, || ticks() > stopped)?;
    }
    process.kill()?;
    Ok(())
}

#[netns_test]
fn a_freeze_that_is_dropped_is_over(host: Host) -> Result {
    let folder = Folder::new()?;
    let (process, ticks) = counter(&host, &folder)?;
    drop(process.freeze()?);
    let before = ticks();
    eventually(SOON, || ticks() > before)?;
    Ok(())
}

#[netns_test]
fn what_is_frozen_twice_goes_on_when_both_are_over(host: Host) -> Result {
    let folder = Folder::new()?;
    let (process, ticks) = counter(&host, &folder)?;
    let (first, mut second) = (process.freeze()?, process.freeze()?);
    let stopped = ticks();
    first.thaw()?;
    consistently(Duration::from_millis(30), || ticks() == stopped)?;
    second.suspend(|| eventually(SOON, || ticks() > stopped))??;
    let stopped = ticks();
    consistently(Duration::from_millis(30), || ticks() == stopped)?;
    second.thaw()?;
    eventually(SOON, || ticks() > stopped)?;
    Ok(())
}

#[netns_test]
fn a_freeze_that_is_kept_stays(host: Host) -> Result {
    let folder = Folder::new()?;
    let (process, ticks) = counter(&host, &folder)?;
    let kept = process.freeze()?.keep();
    let stopped = ticks();
    drop(kept);
    consistently(Duration::from_millis(30), || ticks() == stopped)?;
    Ok(())
}

/// SIGKILL is the one signal that does not wait.
#[netns_test]
fn a_frozen_process_can_be_killed_and_not_thawed_then(host: Host) -> Result {
    let process = host.start(Program::new("sleep").arg("1000"))?;
    let freeze = process.freeze()?;
    let stopped = process.stop(Duration::from_millis(20)).expect_err("it cannot react");
    assert!(stopped.to_string().contains("and was killed"), "{stopped}");
    let error = freeze.thaw().expect_err("it is gone");
    assert_eq!(error.to_string(), "cannot thaw `sleep` of `host`: it has ended with SIGKILL");
    assert!(error.is_lost_fault());
    process.restart()?;
    let freeze = process.freeze()?;
    process.restart()?;
    let error = freeze.thaw().expect_err("another one runs").to_string();
    assert_eq!(error, "cannot thaw `sleep` of `host`: it has ended with SIGKILL");
    assert!(process.is_running());
    Ok(())
}

/// The kernel goes on for what is frozen: it accepts and acknowledges.
#[netns_test]
fn a_frozen_server_accepts_and_does_not_answer(host: Host, client: Host) -> Result {
    let process = host.start(serves("echo", 80))?;
    process.wait_for_port(80)?;
    let freeze = process.freeze()?;
    let mut conn = client.connect(host.addr(80))?;
    conn.send(b"hello")?;
    eventually(SOON, || conn.info().is_ok_and(|info| info.unacked == 0))?;
    conn.set_deadline(Duration::from_millis(50));
    assert!(conn.recv().is_err());
    conn.set_deadline(SOON);
    freeze.thaw()?;
    assert_eq!(conn.recv()?, b"hello");
    Ok(())
}

/// A program is not in the way of another one.
#[netns_test]
fn a_process_is_frozen_by_itself(host: Host) -> Result {
    let (one, other) = (Folder::new()?, Folder::new()?);
    let (first, _) = counter(&host, &one)?;
    let (_second, ticks) = counter(&host, &other)?;
    let freeze = first.freeze()?;
    let before = ticks();
    eventually(SOON, || ticks() > before)?;
    freeze.thaw()?;
    Ok(())
}

// Numbers.

/// A program finds itself in its own `/proc`, where the sandbox may mount one, and numbers of two
/// programs of a test are not the same by chance.
#[netns_test]
fn programs_have_numbers_of_their_own(host: Host) -> Result {
    let show = || host.start(sh("echo $$; readlink /proc/self >/dev/null && echo here"));
    let (first, second) = (show()?, show()?);
    first.wait()?;
    second.wait()?;
    let number = |process: &Process| process.output().lines().next().unwrap_or_default().to_owned();
    assert_ne!(number(&first), number(&second));
    Ok(())
}

#[netns_test]
fn a_phase_of_a_process_is_a_line_of_json(net: Net, host: Host) -> Result {
    host.start(sh("exit 3"))?.wait()?;
    let lines = net.timeline().to_json_lines();
    assert!(lines.contains(r#""phase":"ended""#), "{lines}");
    let ended = |event: &Event| matches!(event, Event::Process { phase: ProcessPhase::Ended(status), .. } if status == "status 3");
    assert!(net.timeline().iter().any(|entry| ended(&entry.event)));
    Ok(())
}

/// Programs and tests name files after their numbers: those that run at the same time have others.
/// Not where `/proc/sys` is read-only.
#[test]
fn tests_that_run_together_have_numbers_of_their_own() {
    use std::process::Stdio;
    let writable = std::fs::File::options().write(true).open("/proc/sys/kernel/ns_last_pid");
    if writable.is_err() {
        println!("NOT RUN: /proc/sys is not writable");
        return;
    }
    let start = || {
        let mut runner = support::runner::fixture("shows_its_number");
        runner.arg("--nocapture").stdout(Stdio::piped()).spawn().expect("it starts")
    };
    let runners: Vec<_> = (0..8).map(|_| start()).collect();
    let mut numbers: Vec<String> = runners
        .into_iter()
        .map(|runner| runner.wait_with_output().expect("it ends").stdout)
        .flat_map(|output| {
            let text = String::from_utf8_lossy(&output).into_owned();
            let lines: Vec<_> = text.lines().map(str::to_owned).collect();
            lines.into_iter().filter_map(|line| Some(line.split_once("number=")?.1.to_owned()))
        })
        .collect();
    assert_eq!(numbers.len(), 16, "{numbers:?}");
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 16, "{numbers:?}");
}

#[netns_test]
#[ignore = "FIXTURE: run by a test beside it"]
fn shows_its_number(host: Host) -> Result {
    println!("number={}", std::process::id());
    let program = host.start(sh("echo number=$$"))?;
    program.wait()?;
    print!("{}", program.output());
    Ok(())
}
