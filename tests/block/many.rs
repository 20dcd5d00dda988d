//! Many at once.

use super::*;

#[netns_test]
fn blocks_stack_and_come_off_in_any_order(server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        // The second one from the other side.
        let mut blocks = [
            Some(client.block(&server)?),
            Some(server.block(&client)?),
            Some(client.block(&server)?),
        ];
        for lifted in order {
            path.vanishes(&blocks.iter().flatten().collect::<Vec<_>>());
            blocks[lifted].take().unwrap().unblock()?;
        }
        path.passes();
    }
    Ok(())
}

#[netns_test]
fn a_hundred_blocks_of_the_same_pair_are_one_until_the_last_is_lifted(
    server: Host,
    client: Host,
) -> Result {
    let path = Path::between(&server, &client)?;
    let mut blocks = (0..100).map(|_| server.block(&client)).collect::<Result<Vec<_>, _>>()?;
    path.vanishes(&blocks.iter().collect::<Vec<_>>());
    let last = blocks.remove(50);
    for block in blocks {
        block.unblock()?;
    }
    path.vanishes(&[&last]);
    last.unblock()?;
    path.passes();
    Ok(())
}

#[netns_test]
fn threads_may_block_and_unblock_the_same_hosts_at_the_same_time(
    server: Host,
    client: Host,
) -> Result {
    let path = Path::between(&server, &client)?;
    let work = |number: usize| -> Result {
        for round in 0..10 {
            let [a, b] = if (number + round).is_multiple_of(2) {
                [&server, &client]
            } else {
                [&client, &server]
            };
            let block = a.block(b)?;
            block.try_packets()?;
            if round.is_multiple_of(3) { drop(block) } else { block.unblock()? }
        }
        Ok(())
    };
    let begun = server.block(&client)?;
    thread::scope(|scope| -> Result {
        let workers: Vec<_> = (0..32).map(|number| scope.spawn(move || work(number))).collect();
        for worker in workers {
            worker.join().unwrap()?;
        }
        Ok(())
    })?;
    // The one that was there all the time still is, and is the only one.
    path.vanishes(&[&begun]);
    begun.unblock()?;
    path.passes();
    Ok(())
}

#[netns_test]
fn threads_may_block_different_peers_at_the_same_time(net: Net) -> Result {
    let names: Vec<_> = (1..=9).map(|number| format!("node-{number}")).collect();
    let hosts = net.add_hosts(&names)?;
    let (hub, spokes) = hosts.split_first().unwrap();
    thread::scope(|scope| -> Result {
        let work = |spoke| -> Result {
            let path = Path::between(hub, spoke)?;
            for _ in 0..5 {
                let block = hub.block(spoke)?;
                path.vanishes(&[&block]);
                block.unblock()?;
                path.passes();
            }
            Ok(())
        };
        let workers: Vec<_> = spokes.iter().map(|spoke| scope.spawn(move || work(spoke))).collect();
        for worker in workers {
            worker.join().unwrap()?;
        }
        Ok(())
    })
}
