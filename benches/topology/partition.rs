//! Thirty-two hosts on a bridge, parted in halves and healed: 256 pairs, each verified both ways; and a
//! hundred changes of shape in a row.

use std::time::Instant;

use netns_test::{Net, Result, Split};

use super::sample::Sample;

const HOSTS: usize = 32;
const ROUNDS: usize = 20;
const CHANGES: u64 = 100;

pub(crate) fn measure(json: bool) -> Result {
    let net = Net::new();
    let names: Vec<String> = (0..HOSTS).map(|number| format!("h{number}")).collect();
    let hosts = net.add_hosts(&names)?;
    let (mut parted, mut healed) =
        (Sample::new("partition_32_halves"), Sample::new("partition_32_heal"));
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let partition = net.partition(Split::halves(&hosts))?;
        parted.push(begun.elapsed());
        let begun = Instant::now();
        partition.heal()?;
        healed.push(begun.elapsed());
    }
    parted.print(json);
    healed.print(json);
    let mut changed = Sample::new("partition_32_change_of_shape");
    let mut last = net.partition(Split::random_from(&hosts, 0))?;
    for seed in 1..=CHANGES {
        let begun = Instant::now();
        let next = net.partition(Split::random_from(&hosts, seed))?;
        std::mem::replace(&mut last, next).heal()?;
        changed.push(begun.elapsed());
    }
    last.heal()?;
    changed.print(json);
    Ok(())
}
