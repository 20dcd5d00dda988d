//! A nemesis of 50 faults on five hosts: from asking for it to the whole schedule drawn, and to the first
//! fault in effect. There is no quiet before it here, so that the time is the nemesis's own.

use std::time::{Duration, Instant};

use netns_test::nemesis::{Entry, Kind, Nemesis};
use netns_test::{Net, Policy, Result};

const FAULTS: usize = 50;
const ROUNDS: usize = 20;

pub(crate) fn measure(json: bool) -> Result {
    let net = Net::new();
    let hosts = net.hosts(["a", "b", "c", "d", "e"])?;
    let kinds = [
        Kind::block(Policy::drop()),
        Kind::block(Policy::reset()),
        Kind::partition(Policy::drop()),
        Kind::cut(),
    ];
    let mut rounds = Vec::new();
    for seed in 0..ROUNDS as u64 {
        let nemesis = Nemesis::of(&hosts).with(kinds.clone()).faults(FAULTS).seed(seed);
        let nemesis = nemesis.quiet_at_least(Duration::ZERO);
        let nemesis = nemesis.lasting_at_least(Duration::from_millis(100));
        let nemesis = nemesis.in_total(Duration::from_millis(100) * FAULTS as u32);
        let asked = Instant::now();
        let schedule = nemesis.draw()?;
        let drawn = asked.elapsed();
        let running = schedule.begin()?;
        running.wait_for_fault()?;
        let first = running.entries().first().and_then(Entry::began_at);
        rounds.push((first.map(|first| first - asked).unwrap_or_default(), drawn));
        running.heal()?;
    }
    rounds.sort_unstable();
    let ((begun, drawn), worst) = (rounds[ROUNDS / 2], rounds[ROUNDS - 1].0);
    let [begun, drawn, worst] = [begun, drawn, worst].map(|time| time.as_micros());
    if json {
        println!(
            "{{\"bench\":\"schedule\",\"faults\":{FAULTS},\"n\":{ROUNDS},\"drawn_us\":{drawn},\
             \"begun_us\":{begun},\"begun_max_us\":{worst}}}"
        );
    } else {
        println!(
            "schedule     {FAULTS} faults  drawn {drawn} µs, the first in effect after {begun} µs, {worst} at worst"
        );
    }
    Ok(())
}
