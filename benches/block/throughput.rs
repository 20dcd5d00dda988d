//! What a thousand blocks of other peers cost the traffic of one that is not blocked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Block, Error, Failure, Host, Net, Result};

use super::stacked::{BLOCKS, PEERS, star};

/// Pairs of a transfer without and one with the blocks: many and short, for the machine has other
/// things to do.
const PAIRS: usize = 41;
const TIME: Duration = Duration::from_millis(300);
const CHUNK: usize = 256 << 10;

pub(crate) fn measure(json: bool) -> Result {
    let net = Net::new();
    let (hub, mut peers) = star(&net, PEERS + 1)?;
    let Some(client) = peers.pop() else { return Err(Failure::new("there are no peers")) };
    let mut ratios = Vec::with_capacity(PAIRS);
    let mut rates = [Vec::new(), Vec::new()];
    for pair in 0..PAIRS {
        // Which comes first alternates, so that a machine which gets busier favours neither.
        let [with, without] = if pair % 2 == 0 {
            let without = transfer(&hub, &client)?;
            [blocked(&hub, &peers, &client)?, without]
        } else {
            let with = blocked(&hub, &peers, &client)?;
            [with, transfer(&hub, &client)?]
        };
        ratios.push(with / without);
        rates[0].push(without);
        rates[1].push(with);
    }
    for (name, rates) in ["throughput_without", "throughput_1000_blocks"].into_iter().zip(rates) {
        let rate = median(rates) / 1e9;
        if json {
            println!("{{\"bench\":\"{name}\",\"n\":{PAIRS},\"median_gbit_s\":{rate:.2}}}");
        } else {
            println!("{name:<36} {rate:.2} Gbit/s");
        }
    }
    let ratio = median(ratios);
    if json {
        println!("{{\"bench\":\"throughput_ratio_1000_blocks\",\"ratio\":{ratio:.3}}}");
    } else {
        println!("{:<36} {ratio:.3}", "throughput_ratio_1000_blocks");
    }
    Ok(())
}

fn blocked(hub: &Host, peers: &[Host], client: &Host) -> Result<f64> {
    let blocks: Result<Vec<Block>, Error> =
        (0..BLOCKS).map(|number| hub.block(&peers[number % peers.len()])).collect();
    let blocks = blocks?;
    let rate = transfer(hub, client)?;
    blocks.into_iter().try_for_each(Block::unblock)?;
    Ok(rate)
}

/// How many bits a second the hub receives from the client.
fn transfer(hub: &Host, client: &Host) -> Result<f64> {
    let to = SocketAddr::from((hub.ipv4(), 7000));
    let listener = hub.run(|| TcpListener::bind(to))?;
    let mut sending = client.run(|| TcpStream::connect(to))?;
    let mut receiving = listener.accept()?.0;
    thread::scope(|scope| -> Result<f64> {
        scope.spawn(move || {
            let chunk = vec![7; CHUNK];
            // Until the receiver has enough and closes.
            while sending.write_all(&chunk).is_ok() {}
        });
        let mut buffer = vec![0; CHUNK];
        let mut received = 0;
        let begun = Instant::now();
        while begun.elapsed() < TIME {
            received += receiving.read(&mut buffer)?;
        }
        let rate = received as f64 * 8.0 / begun.elapsed().as_secs_f64();
        drop(receiving);
        Ok(rate)
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
