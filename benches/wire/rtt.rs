//! How much longer a round trip takes than was asked for.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Host, Impairment, Net, Result};

const DELAYS: [u64; 4] = [0, 1, 10, 100];
const MOST: usize = 2_000;
/// What one delay may take.
const TIME: Duration = Duration::from_secs(4);

pub(crate) fn measure(json: bool) -> Result {
    let [server, client] = Net::new().hosts(["server", "client"])?;
    for busy in [false, true] {
        let stop = AtomicBool::new(false);
        thread::scope(|scope| -> Result {
            for _ in 0..if busy { thread::available_parallelism()?.get() } else { 0 } {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            let done = of_all(&client, &server, busy, json);
            stop.store(true, Ordering::Relaxed);
            done
        })?;
    }
    Ok(())
}

fn of_all(client: &Host, server: &Host, busy: bool, json: bool) -> Result {
    let load = if busy { "busy" } else { "quiet" };
    let plain = round_trips(client, server)?;
    let [plain_50, plain_99] = [50, 99].map(|share| at(&plain, share));
    if !json {
        println!("plain pair, {load:<27} p50 {plain_50:>9.1} µs  p99 {plain_99:>9.1} µs");
    }
    for delay in DELAYS {
        let wire = client.impair(server, Impairment::delay(Duration::from_millis(delay)))?;
        let times = round_trips(client, server)?;
        let late = wire.counts().worst_lateness;
        wire.lift()?;
        let asked = 2_000.0 * delay as f64;
        let [p50, p99] = [(50, plain_50), (99, plain_99)]
            .map(|(share, plain)| at(&times, share) - asked - plain);
        if json {
            println!(
                "{{\"bench\":\"rtt\",\"delay_ms\":{delay},\"p50_beyond_us\":{p50:.1},\
                 \"p99_beyond_us\":{p99:.1},\"load\":\"{load}\",\"n\":{},\"worst_lateness_us\":{}}}",
                times.len(),
                late.as_micros()
            );
        } else {
            println!(
                "delay {delay:>3} ms, {load:<24} p50 beyond {p50:>8.1} µs  p99 beyond {p99:>8.1} µs  \
                 worst lateness {late:?}"
            );
        }
    }
    Ok(())
}

fn round_trips(client: &Host, server: &Host) -> Result<Vec<Duration>> {
    let to = (server.ipv4(), 7000);
    let echo = server.run(|| UdpSocket::bind(to))?;
    let socket = client.run(|| UdpSocket::bind("0.0.0.0:0"))?;
    socket.connect(to)?;
    let begun = Instant::now();
    thread::scope(|scope| {
        let echoing = scope.spawn(move || -> std::io::Result<()> {
            let mut buffer = [0; 8];
            loop {
                let (length, from) = echo.recv_from(&mut buffer)?;
                if length == 0 {
                    return Ok(());
                }
                echo.send_to(&buffer[..length], from)?;
            }
        });
        let mut times = Vec::new();
        let mut buffer = [0; 8];
        while times.len() < MOST && begun.elapsed() < TIME {
            let sent = Instant::now();
            socket.send(&[7])?;
            socket.recv(&mut buffer)?;
            times.push(sent.elapsed());
        }
        socket.send(&[])?;
        echoing.join().expect("it does not panic")?;
        times.sort_unstable();
        Ok(times)
    })
}

/// The time below which so many of a hundred are, in microseconds.
fn at(times: &[Duration], share: usize) -> f64 {
    times[(times.len() - 1) * share / 100].as_secs_f64() * 1e6
}
