//! One host of two hundred on a bridge is blocked from all others: each for itself, as a test does
//! that cuts a node off.

use std::time::Instant;

use netns_test::{Block, Net, Result};

use super::sample::Sample;
use super::stacked::star;

const PEERS: usize = 199;
const ROUNDS: usize = 5;

pub(crate) fn measure(json: bool) -> Result {
    let net = Net::new();
    let (hub, peers) = star(&net, PEERS)?;
    let (mut applied, mut lifted) = (Sample::new("star_199_apply"), Sample::new("star_199_lift"));
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let blocks: Vec<Block> =
            peers.iter().map(|peer| hub.block(peer)).collect::<Result<_, _>>()?;
        applied.push(begun.elapsed());
        let begun = Instant::now();
        blocks.into_iter().try_for_each(Block::unblock)?;
        lifted.push(begun.elapsed());
    }
    applied.print(json);
    lifted.print(json);
    Ok(())
}
