//! How long it takes to put a wire on, to change it, and to take it off; and sixteen at once.

use std::time::{Duration, Instant};

use netns_test::{Host, Impaired, Impairment, Net, Result};

use crate::sample::Sample;

const N: usize = 50;
const WIRES: usize = 16;
const MS: Duration = Duration::from_millis(1);

pub(crate) fn measure(json: bool) -> Result {
    let pair: Vec<Host> = Net::new().hosts(["a", "b"])?.into();
    let bridge: Vec<Host> = Net::new().hosts(["a", "b", "c"])?.into();
    for (medium, hosts) in [("pair", pair), ("bridge", bridge)] {
        let names = ["first", "apply", "change", "lift"];
        let mut samples = names.map(|name| Sample::new(format!("wire_{name}_{medium}")));
        for at in 0..N {
            let fresh: Vec<Host>;
            // Each tenth in a net of its own: the first wire there has more to make.
            let hosts = if at % 10 == 0 {
                let net = Net::new();
                fresh = if medium == "pair" {
                    net.hosts(["a", "b"])?.into()
                } else {
                    net.hosts(["a", "b", "c"])?.into()
                };
                &fresh
            } else {
                &hosts
            };
            let mut took = Vec::new();
            let mut timed = |begun: Instant| took.push(begun.elapsed());
            let begun = Instant::now();
            let mut wire = hosts[0].impair(&hosts[1], Impairment::delay(MS))?;
            timed(begun);
            let begun = Instant::now();
            wire.change(Impairment::delay(2 * MS).loss(0.1))?;
            timed(begun);
            let begun = Instant::now();
            wire.lift()?;
            timed(begun);
            samples[usize::from(at % 10 != 0)].push(took[0]);
            samples[2].push(took[1]);
            samples[3].push(took[2]);
        }
        samples.into_iter().for_each(|sample| sample.print(json));
    }
    many(json)
}

/// A wire of another delay for each of sixteen peers, with a datagram on each.
fn many(json: bool) -> Result {
    let names: Vec<String> = (0..=WIRES).map(|number| format!("h{number}")).collect();
    let hosts = Net::new().add_hosts(&names)?;
    let (hub, peers) = hosts.split_first().expect("there are some");
    let inbox = hub.bind_udp(7000)?;
    let begun = Instant::now();
    let wires = peers.iter().zip(1..).map(|(peer, number)| {
        Ok(hub.impair(peer, Impairment::delay(10 * MS * number).from_peer())?)
    });
    let wires: Vec<Impaired> = wires.collect::<Result<_>>()?;
    let put_on = begun.elapsed();
    let outboxes: Vec<_> = peers.iter().map(|peer| peer.bind_udp(0)).collect::<Result<_, _>>()?;
    let mut sent = Vec::new();
    for (number, outbox) in (0..).zip(&outboxes) {
        sent.push(Instant::now());
        outbox.send_to(&[number], inbox.addr())?;
    }
    let mut worst = Duration::ZERO;
    for _ in peers {
        let number = usize::from(inbox.recv_from()?.0[0]);
        let asked = 10 * MS * (number as u32 + 1);
        worst = worst.max(sent[number].elapsed().saturating_sub(asked));
    }
    drop(wires);
    let (put_on, worst) = (put_on.as_micros(), worst.as_micros());
    if json {
        println!(
            "{{\"bench\":\"wires_at_once\",\"n\":{WIRES},\"put_on_us\":{put_on},\
             \"worst_beyond_us\":{worst}}}"
        );
    } else {
        println!("{WIRES} wires at once: put on in {put_on} µs, at worst {worst} µs late");
    }
    Ok(())
}
