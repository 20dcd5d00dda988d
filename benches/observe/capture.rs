//! What the capture costs the traffic of two hosts, and the making of them.
//!
//! Whether hosts are recorded is decided by a variable of the environment, so each measurement is
//! a process of its own; those with and those without the capture take turns.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Failure, Host, Net, Result};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;

/// Before the name of what a process is to measure once.
pub(crate) const ONCE: &str = "--once";

/// Pairs of a process with and one without the capture.
const PAIRS: usize = 15;
const LABS: u32 = 50;
const TIME: Duration = Duration::from_secs(1);
const CHUNK: usize = 256 << 10;

/// What is measured, in which unit.
const KINDS: [(&str, &str); 7] = [
    ("round_trip", "us"),
    ("round_trip_one_processor", "us"),
    ("round_trip_cpu", "us"),
    ("throughput", "gbit_s"),
    ("throughput_one_processor", "gbit_s"),
    ("throughput_cpu", "gbit_cpu_s"),
    ("pair_ready", "us"),
];

pub(crate) fn measure(json: bool) -> Result {
    for (kind, unit) in KINDS {
        let mut ratios = Vec::with_capacity(PAIRS);
        let mut figures = [Vec::new(), Vec::new()];
        for pair in 0..PAIRS {
            // Which comes first alternates, so that a machine which gets busier favours neither.
            let [off, on] = if pair % 2 == 0 {
                [start(kind, "off")?, start(kind, "on")?]
            } else {
                let on = start(kind, "on")?;
                [start(kind, "off")?, on]
            };
            ratios.push(on / off);
            figures[0].push(off);
            figures[1].push(on);
        }
        let [off, on] = figures.map(median);
        let ratio = median(ratios);
        if json {
            println!(
                "{{\"bench\":\"capture_{kind}\",\"n\":{PAIRS},\"off_{unit}\":{off:.2},\
                 \"on_{unit}\":{on:.2},\"ratio\":{ratio:.3}}}"
            );
        } else {
            let name = format!("capture_{kind}");
            println!("{name:<36} off {off:>8.2} {unit}  on {on:>8.2} {unit}  ratio {ratio:.3}");
        }
    }
    Ok(())
}

/// Measures in a process of its own.
fn start(kind: &str, capture: &str) -> Result<f64> {
    let output = Command::new(std::env::current_exe()?)
        .args([ONCE, kind])
        .env("NETNS_TEST_CAPTURE", capture)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().map_err(|_| Failure::new(format!("{kind} said {said:?}, {output:?}")))
}

/// The time of a clock.
type Clock = fn() -> Duration;

fn time() -> Duration {
    clock(ClockId::CLOCK_MONOTONIC)
}

/// What all threads of this process have taken from the processors, the one that empties the rings
/// among them. A machine that is busy with something else changes it little.
fn processor_time() -> Duration {
    clock(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

fn clock(id: ClockId) -> Duration {
    clock_gettime(id).map_or(Duration::ZERO, Duration::from)
}

/// Measures once, and prints the figure.
pub(crate) fn once(kind: &str) -> Result {
    let figure = match kind {
        "round_trip" => round_trip(time, 20_000, stay)?,
        "round_trip_one_processor" => round_trip(time, 100_000, pin)?,
        "round_trip_cpu" => round_trip(processor_time, 100_000, pin)?,
        "throughput" => throughput(time, stay)?,
        "throughput_one_processor" => throughput(time, pin)?,
        "throughput_cpu" => throughput(processor_time, pin)?,
        _ => pair_ready()?,
    };
    println!("{figure}");
    Ok(())
}

/// The time of a round trip of 64 bytes by the clock, in microseconds, with a thread for each end.
fn round_trip(clock: Clock, round_trips: u32, place: fn() -> Result) -> Result<f64> {
    let net = Net::new();
    let [server, client] = net.hosts(["server", "client"])?;
    let (mut dialled, mut accepted) = connect(&server, &client)?;
    place()?;
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut bytes = [0; 64];
            while accepted.read_exact(&mut bytes).is_ok() && accepted.write_all(&bytes).is_ok() {}
        });
        let mut bytes = [7; 64];
        let begun = clock();
        for _ in 0..round_trips {
            dialled.write_all(&bytes)?;
            dialled.read_exact(&mut bytes)?;
        }
        let time = (clock() - begun).as_secs_f64() * 1e6 / f64::from(round_trips);
        drop(dialled);
        Ok(time)
    })
}

/// The scheduler decides on which processors the ends are.
fn stay() -> Result {
    Ok(())
}

/// Keeps this thread, and those that it starts from now on, on one processor. No idle processor has
/// to be woken then, which takes longer than all the rest, and all that is done for the capture is
/// on the way: the worst case.
fn pin() -> Result {
    let mut processor = CpuSet::new();
    processor.set(0)?;
    sched_setaffinity(Pid::from_raw(0), &processor)?;
    Ok(())
}

/// How many gigabits the server receives in a second of the clock.
fn throughput(clock: Clock, place: fn() -> Result) -> Result<f64> {
    let net = Net::new();
    let [server, client] = net.hosts(["server", "client"])?;
    let (mut dialled, mut accepted) = connect(&server, &client)?;
    place()?;
    thread::scope(|scope| {
        scope.spawn(move || {
            let chunk = vec![7; CHUNK];
            // Until the receiver has enough and closes.
            while dialled.write_all(&chunk).is_ok() {}
        });
        let mut buffer = vec![0; CHUNK];
        let mut received = 0;
        let (end, begun) = (Instant::now() + TIME, clock());
        while Instant::now() < end {
            received += accepted.read(&mut buffer)?;
        }
        let rate = received as f64 * 8.0 / (clock() - begun).as_secs_f64() / 1e9;
        drop(accepted);
        Ok(rate)
    })
}

/// The time until two hosts are ready and have connected, in microseconds.
fn pair_ready() -> Result<f64> {
    let mut times = Vec::new();
    for _ in 0..LABS {
        let begun = Instant::now();
        let net = Net::new();
        let [server, client] = net.hosts(["server", "client"])?;
        connect(&server, &client)?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(median(times))
}

/// Connects with the congestion control that each Linux has. Where a system has BBR by default, which
/// paces by what it has measured itself, one transfer takes twice as long as the next.
fn connect(server: &Host, client: &Host) -> Result<(TcpStream, TcpStream)> {
    for host in [server, client] {
        host.run(|| fs::write("/proc/sys/net/ipv4/tcp_congestion_control", "reno"))?;
    }
    let to = SocketAddr::from((server.ipv4(), 7000));
    let listener = server.run(|| TcpListener::bind(to))?;
    let dialled = client.run(|| TcpStream::connect(to))?;
    dialled.set_nodelay(true)?;
    let accepted = listener.accept()?.0;
    accepted.set_nodelay(true)?;
    Ok((dialled, accepted))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
