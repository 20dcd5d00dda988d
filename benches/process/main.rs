//! What processes of hosts cost: `cargo bench --bench process [-- --json] [PART]`.
//!
//! The parts are `start`, a program and a function from the call to the first line, each against fork
//! and exec of the same file; `freeze`, ten processes that compute, frozen and thawed; and `trial`, a
//! trial of the matrix that does nothing, against what it consists of.

#[path = "../parts.rs"]
mod parts;
#[path = "../sample.rs"]
mod sample;

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use netns_test::matrix::{Fault, Matrix};
use netns_test::{Host, Net, Program, Result};

use sample::Sample;

/// Set for the process that only shows how fast it can be.
const FLOOR: &str = "NETNS_TEST_BENCH_FLOOR";
const ROUNDS: usize = 50;

fn main() -> ExitCode {
    if std::env::var_os(FLOOR).is_some() {
        says(());
        return ExitCode::SUCCESS;
    }
    parts::run(&[("trial", trial), ("start", start), ("freeze", freeze)])
}

fn says(_: ()) {
    println!("first line");
}

fn one_host() -> Result<Host> {
    let [host] = Net::new().hosts(["host"])?;
    Ok(host)
}

/// From the call to the first line.
fn start(json: bool) -> Result {
    let host = one_host()?;
    let samples = ["start/fork and exec", "start/program", "start/function"];
    let [mut floor, mut program, mut function] = samples.map(Sample::new);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let mut command = Command::new("/proc/self/exe");
        let mut child = command.env(FLOOR, "1").stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut String::new())?;
        floor.push(begun.elapsed());
        child.wait()?;

        let begun = Instant::now();
        let process = host.start(Program::new("/proc/self/exe").env(FLOOR, "1"))?;
        process.wait_for_output("first line")?;
        program.push(begun.elapsed());
        process.wait()?;

        let begun = Instant::now();
        let process = host.start_fn(says, ())?;
        process.wait_for_output("first line")?;
        function.push(begun.elapsed());
        process.wait()?;
    }
    [floor, program, function].into_iter().for_each(|sample| sample.print(json));
    Ok(())
}

/// Ten processes of one host that compute, and of one that has ten that were forked.
fn freeze(json: bool) -> Result {
    let host = one_host()?;
    let spin = "while :; do :; done";
    let mut processes = Vec::new();
    for _ in 0..10 {
        processes.push(host.start(Program::new("sh").args(["-c", spin]))?);
    }
    let [mut freezes, mut thaws] = ["freeze/ten processes", "freeze/thaw"].map(Sample::new);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let freeze = host.freeze()?;
        freezes.push(begun.elapsed());
        let begun = Instant::now();
        freeze.thaw()?;
        thaws.push(begun.elapsed());
    }
    for process in processes {
        process.kill()?;
    }
    let forks = format!("for i in 1 2 3 4 5 6 7 8 9; do ({spin}) & done; echo all; {spin}");
    let process = host.start(Program::new("sh").args(["-c", &forks]))?;
    process.wait_for_output("all")?;
    let mut one = Sample::new("freeze/one with nine children");
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let freeze = process.freeze()?;
        one.push(begun.elapsed());
        freeze.thaw()?;
    }
    [freezes, thaws, one].into_iter().for_each(|sample| sample.print(json));
    Ok(())
}

/// One trial that ends at once, as one matrix.
fn trial(json: bool) -> Result {
    let mut trials = Sample::new("trial/in a process of its own");
    let mut network = Sample::new("trial/its network alone");
    let zero = Duration::ZERO;
    // First: what stands before a matrix is done again in the process of each trial.
    for _ in 0..20 {
        let begun = Instant::now();
        let matrix = Matrix::new(|_| Ok(|| true)).against([Fault::nothing()]).trials(1);
        matrix.no_false_alarm_for(zero).detects_within(zero).measure()?;
        trials.push(begun.elapsed());
    }
    for _ in 0..20 {
        let begun = Instant::now();
        let net = Net::new();
        net.hosts(["server", "client"])?;
        drop(net);
        network.push(begun.elapsed());
    }
    [network, trials].into_iter().for_each(|sample| sample.print(json));
    Ok(())
}
