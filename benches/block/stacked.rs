//! A thousand blocks on one host, of one peer and of twenty, lifted in random order: what the last
//! ones cost against the first ones, and how much dearer each block makes the next.

use std::time::{Duration, Instant};

use netns_test::{Block, Failure, Host, Net, Result};

use super::order::shuffled;
use super::sample::Sample;
use super::tables;

pub(crate) const BLOCKS: usize = 1000;
pub(crate) const PEERS: usize = 20;
/// The first and the last so many are compared.
const ENDS: usize = 100;

pub(crate) fn measure(json: bool) -> Result {
    for (name, peers) in [("one_peer", 1), ("20_peers", PEERS)] {
        let net = Net::new();
        let (hub, peers) = star(&net, peers)?;
        let mut applied = Vec::with_capacity(BLOCKS);
        let mut blocks: Vec<Option<Block>> = Vec::with_capacity(BLOCKS);
        for number in 0..BLOCKS {
            let begun = Instant::now();
            blocks.push(Some(hub.block(&peers[number % peers.len()])?));
            applied.push(begun.elapsed());
        }
        let mut lifted = Vec::with_capacity(BLOCKS);
        for at in shuffled(BLOCKS) {
            let Some(block) = blocks[at].take() else { continue };
            let begun = Instant::now();
            block.unblock()?;
            lifted.push(begun.elapsed());
        }
        growth(&format!("stacked_1000_{name}_apply"), &applied, json);
        // The first to be lifted are lifted from among a thousand, the last from among a hundred.
        lifted.reverse();
        growth(&format!("stacked_1000_{name}_lift"), &lifted, json);
        nothing_is_left(&hub, &peers)?;
    }
    Ok(())
}

pub(crate) fn star(net: &Net, peers: usize) -> Result<(Host, Vec<Host>)> {
    let names: Vec<_> = (0..=peers).map(|number| format!("host-{number}")).collect();
    let mut hosts = net.add_hosts(&names)?;
    let hub = hosts.remove(0);
    Ok((hub, hosts))
}

/// Prints the times with few blocks there, with many, and their ratio.
fn growth(name: &str, times: &[Duration], json: bool) {
    let ends = [&times[..ENDS], &times[times.len() - ENDS..]];
    let [few, many] = ends.map(|times| {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        sorted[ENDS / 2]
    });
    for (which, times) in ["few", "many"].into_iter().zip(ends) {
        let mut sample = Sample::new(format!("{name}_{which}"));
        times.iter().for_each(|time| sample.push(*time));
        sample.print(json);
    }
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    // From the middle of the first ones to the middle of the last ones.
    let between = (times.len() - ENDS) as f64;
    let each = (many.as_secs_f64() - few.as_secs_f64()) * 1e9 / between;
    if json {
        println!("{{\"bench\":\"{name}_growth\",\"ratio\":{ratio:.2},\"ns_per_block\":{each:.0}}}");
    } else {
        println!("{:<36} {ratio:.2}, {each:.0} ns for each block", format!("{name}_growth"));
    }
}

/// No table in any host, and everybody is reached at the first attempt.
fn nothing_is_left(hub: &Host, peers: &[Host]) -> Result {
    let listener = hub.listen(0)?;
    for peer in peers {
        peer.connect_within(listener.addr(), Duration::from_millis(900))?;
    }
    for host in peers.iter().chain([hub]) {
        let count = tables::count(host)?;
        if count > 0 {
            return Err(Failure::new(format!("`{}` has {count} tables left", host.name())));
        }
    }
    Ok(())
}
