//! How many packets are lost, doubled and reordered, and whether they are the same ones again.

use std::net::UdpSocket;
use std::time::Duration;

use netns_test::{Host, Impairment, Loss, Net, Result};

const N: u32 = 20_000;
/// As many are under way at once: they have room in every socket.
const BURST: u32 = 100;

pub(crate) fn measure(json: bool) -> Result {
    let [server, client] = Net::new().hosts(["server", "client"])?;
    let delay = Impairment::delay(Duration::from_millis(5));
    let bursts = Loss::gemodel(0.01, 0.25);
    // The share that is asked for, and by how much the variance exceeds that of independent draws.
    let cases = [
        ("loss", Impairment::new().loss(0.02), 0.02, 1.0),
        ("loss", Impairment::new().loss(0.3), 0.3, 1.0),
        ("loss gemodel", Impairment::new().loss(bursts), 0.01 / 0.26, 1.74 / 0.26),
        ("duplicate", Impairment::new().duplicate(0.05), 0.05, 1.0),
        ("reorder", delay.reorder(0.1), 0.1, 1.0),
    ];
    for (kind, wire, asked, spread) in cases {
        let wire = wire.seed(42).udp().to_peer();
        let arrived = arrived(&client, &server, wire.clone())?;
        let same = arrived == self::arrived(&client, &server, wire)?;
        let seen = f64::from(count(kind, &arrived)) / f64::from(N);
        let sigma = (asked * (1.0 - asked) * spread / f64::from(N)).sqrt();
        let off = (seen - asked) / sigma;
        if json {
            println!(
                "{{\"bench\":\"fate\",\"kind\":\"{kind}\",\"asked\":{asked:.4},\"seen\":{seen:.4},\
                 \"n\":{N},\"sigma\":{off:.2},\"same_again\":{same}}}"
            );
        } else {
            println!(
                "{kind:<14} asked {asked:.4}  seen {seen:.4}  {off:+.2} sigma  \
                 the same again: {same}"
            );
        }
    }
    Ok(())
}

/// The numbers of the datagrams that arrive, in their order.
fn arrived(client: &Host, server: &Host, wire: Impairment) -> Result<Vec<u32>> {
    let to = (server.ipv4(), 7000);
    let receiver = server.run(|| UdpSocket::bind(to))?;
    receiver.set_read_timeout(Some(Duration::from_millis(1)))?;
    let sender = client.run(|| UdpSocket::bind("0.0.0.0:0"))?;
    sender.connect(to)?;
    let wire = client.impair(server, wire)?;
    let mut all = Vec::new();
    let mut buffer = [0; 8];
    for first in (0..N).step_by(BURST as usize) {
        for number in first..first + BURST {
            sender.send(&number.to_be_bytes())?;
        }
        let passed = || wire.counts();
        while passed().packets() < u64::from(first + BURST) || passed().waiting > 0 {
            std::thread::yield_now();
        }
        let wanted = {
            let counts = wire.counts();
            counts.passed + counts.doubled
        };
        while (all.len() as u64) < wanted {
            if receiver.recv(&mut buffer).is_ok() {
                all.push(u32::from_be_bytes([buffer[0], buffer[1], buffer[2], buffer[3]]));
            }
        }
    }
    wire.lift()?;
    Ok(all)
}

/// How many of what arrived are of a kind.
fn count(kind: &str, arrived: &[u32]) -> u32 {
    let mut sorted = arrived.to_vec();
    sorted.sort_unstable();
    let doubled = sorted.windows(2).filter(|pair| pair[0] == pair[1]).count() as u32;
    match kind {
        "duplicate" => doubled,
        // Of each burst, those that came ahead of one with a smaller number.
        "reorder" => {
            let mut ahead = 0;
            for burst in arrived.chunks(BURST as usize) {
                let mut least = u32::MAX;
                for number in burst.iter().rev() {
                    ahead += u32::from(*number > least);
                    least = least.min(*number);
                }
            }
            ahead
        }
        _ => N - (arrived.len() as u32 - doubled),
    }
}
