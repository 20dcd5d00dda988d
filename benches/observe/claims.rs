//! What a claim costs, and how far it lags behind the truth.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Net, Result, eventually, eventually_async};
use nix::time::{ClockId, clock_gettime};

use crate::sample::Sample;

/// How often the lag is measured, and how often a claim that is met at once.
const LAGS: u32 = 300;
const CLAIMS: u32 = 2000;

/// How long the cost of waiting is measured.
const WAIT: Duration = Duration::from_secs(2);

const LIMIT: Duration = Duration::from_secs(30);

/// Prints the lag between the truth and the claim, what a claim costs that is met at once, and
/// the share of a processor that waiting takes.
pub(crate) fn run(json: bool) -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    lag("claim_lag", |truth| eventually(LIMIT, || truth.load(Ordering::Acquire)))?.print(json);
    lag("claim_lag_async", |truth| {
        runtime.block_on(eventually_async(LIMIT, async || truth.load(Ordering::Acquire)))
    })?
    .print(json);
    at_once()?.print(json);
    share("claim_cpu_flag", json, || false);
    let net = Net::new();
    let [server, client] = net.hosts(["server", "client"])?;
    let block = client.block(&server)?;
    share("claim_cpu_packets", json, || block.packets() > 0);
    block.unblock()?;
    Ok(())
}

/// From when something is so to when the claim says so.
fn lag(
    name: &str,
    claim: impl Fn(&AtomicBool) -> std::result::Result<Duration, netns_test::Error>,
) -> Result<Sample> {
    let mut sample = Sample::new(name);
    for number in 0..LAGS {
        let truth = AtomicBool::new(false);
        // At other points of the claim's pace each time.
        let time = Duration::from_micros(10_000 + u64::from(number) * 37);
        let lag = thread::scope(|scope| -> Result<Duration> {
            let turns = scope.spawn(|| {
                thread::sleep(time);
                let at = Instant::now();
                truth.store(true, Ordering::Release);
                at
            });
            claim(&truth)?;
            let seen = Instant::now();
            let at = turns.join().expect("it does not panic");
            Ok(seen.duration_since(at))
        })?;
        sample.push(lag);
    }
    Ok(sample)
}

fn at_once() -> Result<Sample> {
    let mut sample = Sample::new("claim_met_at_once");
    for _ in 0..CLAIMS {
        let begun = Instant::now();
        eventually(LIMIT, || true)?;
        sample.push(begun.elapsed());
    }
    Ok(sample)
}

/// The share of one processor that a claim takes which waits.
fn share(name: &str, json: bool, mut probe: impl FnMut() -> bool) {
    let mut asked = 0_u64;
    let before = processor_time();
    let begun = Instant::now();
    let _ = eventually(WAIT, || {
        asked += 1;
        probe()
    });
    let spent = processor_time().saturating_sub(before);
    let share = 100.0 * spent.as_secs_f64() / begun.elapsed().as_secs_f64();
    match json {
        true => println!("{{\"bench\":\"{name}\",\"asked\":{asked},\"cpu_percent\":{share:.2}}}"),
        false => {
            println!("{name:<36} asked {asked:>5} times in {WAIT:?}, {share:.2} % of a processor")
        }
    }
}

fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}
