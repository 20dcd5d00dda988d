mod node;

use netns_test::{Host, Net, Result, Split, eventually, netns_test};

use crate::heartbeat::SOON;
use node::Node;

/// Those who believe that they lead: never two, whenever you ask.
fn leaders(nodes: &[Node]) -> Vec<usize> {
    let leaders: Vec<usize> = (0..nodes.len()).filter(|&node| nodes[node].leads()).collect();
    assert!(leaders.len() <= 1, "nodes {leaders:?} lead at the same time");
    leaders
}

#[netns_test]
fn the_majority_has_a_leader_and_nobody_else(net: Net, a: Host, b: Host, c: Host) -> Result {
    let hosts = [&a, &b, &c];
    let all = hosts.map(|host| host.addr(7000));
    let start = |me: usize| hosts[me].run(|| Node::start(me, all));
    let nodes = [start(0)?, start(1)?, start(2)?];
    eventually(SOON, || leaders(&nodes) == [0])?;

    // First the leader is alone. Then all hear it, but it hears nobody: in this cluster nobody leads then.
    for (split, elected) in
        [(Split::isolate(&a, hosts), vec![1]), (Split::one_way([&b, &c], [&a]), vec![])]
    {
        let partition = net.partition(split)?;
        eventually(SOON, || leaders(&nodes) == elected)?;
        partition.heal()?;
        eventually(SOON, || leaders(&nodes) == [0])?;
    }
    Ok(())
}
