//! Stages four outages for a cluster of three, and prints who sees whom dead and alive, and when.
//!
//! `cargo run -p membership`, with `-- --json` for one line of JSON per event.

use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use membership::change::Change;
use membership::cluster::{ALL, Cluster, NAMES};
use membership::isolation::Isolation;
use membership::node::{GOSSIP, NOTICED};
use netns_test::{Error, Net, Policy, Result, eventually, program};

const SOON: Duration = Duration::from_secs(10);

type Cut = fn(&Cluster) -> Result<Isolation, Error>;

const OUTAGES: [(&str, Cut); 4] = [
    ("n1 is cut off from both others", |cluster| cluster.isolate(0, Policy::drop())),
    ("n1 is mute: what it sends is lost", |cluster| cluster.isolate(0, Policy::drop().to_peer())),
    ("n1 is deaf: what is sent to it is lost", |cluster| {
        cluster.isolate(0, Policy::drop().from_peer())
    }),
    ("n1 and n2 are cut off from each other", |cluster| {
        Isolation::begin(cluster.host(0), &[cluster.host(1).clone()], Policy::drop())
    }),
];

fn main() -> ExitCode {
    let json = std::env::args().any(|word| word == "--json");
    program(move || -> Result { OUTAGES.iter().try_for_each(|outage| stage(outage, json)) })
}

fn stage((outage, cut): &(&str, Cut), json: bool) -> Result {
    let cluster = Cluster::start(Net::new().hosts(NAMES)?)?;
    eventually(SOON, || cluster.see(ALL))?;
    let changes = cluster.changes();

    let isolation = cut(&cluster)?;
    let begun = isolation.in_effect_at();
    let tell = |at: Instant, event: &str| print(outage, at - begun, event, json);
    tell(begun, "the outage begins");
    // Long enough to notice anything that will be noticed.
    follow(&changes, begun + NOTICED, |change| tell(change.at, &describe(change)));
    for (name, view) in NAMES.iter().zip(cluster.views()) {
        tell(Instant::now(), &format!("{name} sees {view}"));
    }
    isolation.unblock()?;
    tell(Instant::now(), "the outage is over");
    eventually(SOON, || cluster.see(ALL))?;
    // A change may still be being recorded.
    follow(&changes, Instant::now() + GOSSIP, |change| tell(change.at, &describe(change)));
    Ok(())
}

/// Passes on each change until then.
fn follow(changes: &Receiver<Change>, until: Instant, told: impl Fn(&Change)) {
    let left = || until.saturating_duration_since(Instant::now());
    while let Ok(change) = changes.recv_timeout(left()) {
        told(&change);
    }
}

fn describe(change: &Change) -> String {
    let Change { by, peer, alive, .. } = change;
    format!("{by} sees {peer} {}", if *alive { "alive" } else { "dead" })
}

fn print(outage: &str, after: Duration, event: &str, json: bool) {
    let millis = after.as_millis();
    if json {
        println!(r#"{{"outage":"{outage}","after_ms":{millis},"event":"{event}"}}"#);
    } else {
        println!("{outage:<40} {millis:>5} ms  {event}");
    }
}
