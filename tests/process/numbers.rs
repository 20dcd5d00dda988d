//! Which numbers processes have.

use super::*;

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
        let mut runner = support::runner::fixture("numbers::shows_its_number");
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
