//! A host that is there can be reached.

use super::*;

#[netns_test]
fn two_hosts_reach_each_other_at_once(a: Host, b: Host) {
    assert_reaches(&a, &b);
    assert_reaches(&b, &a);
}

#[netns_test]
fn three_hosts_reach_each_other_at_once(a: Host, b: Host, c: Host) {
    assert_all_reach_each_other(&[a, b, c]);
}

#[netns_test]
fn five_hosts_reach_each_other_at_once(net: Net) -> Result {
    assert_all_reach_each_other(&net.hosts(["a", "b", "c", "d", "e"])?);
    Ok(())
}

fn assert_all_reach_each_other(hosts: &[Host]) {
    for from in hosts {
        for to in hosts {
            assert_reaches(from, to);
        }
    }
}

/// Each dials the first one and the next one. Not everyone everyone: the kernel's table of
/// neighbours is one for all namespaces, and has room for 1024 of a family.
#[netns_test]
fn forty_hosts_reach_each_other_at_once(net: Net) -> Result {
    let names: Vec<_> = (1..=40).map(|number| format!("node-{number}")).collect();
    let hosts = net.add_hosts(&names)?;
    for (at, host) in hosts.iter().enumerate() {
        assert_reaches(host, &hosts[0]);
        assert_reaches(host, &hosts[(at + 1) % hosts.len()]);
    }
    assert_eq!(hosts[39].ipv4(), Ipv4Addr::new(10, 0, 0, 40));
    Ok(())
}

/// A link that is not ready loses the first SYN in 3 to 30 of 100 cases: so many fresh ones
/// show it.
#[netns_test]
fn fresh_bridges_are_ready_every_time() -> Result {
    for _ in 0..20 {
        let net = Net::new();
        let [a, b, c] = net.hosts(["a", "b", "c"])?;
        for (from, to) in [(&a, &b), (&b, &c), (&c, &a)] {
            assert_reaches(from, to);
        }
    }
    Ok(())
}

#[netns_test]
fn fresh_pairs_are_ready_every_time() -> Result {
    for _ in 0..40 {
        let [a, b] = Net::new().hosts(["a", "b"])?;
        assert_reaches(&a, &b);
    }
    Ok(())
}

/// A datagram is not repeated: the very first one, sent without any delay, arrives.
#[netns_test]
fn the_first_datagram_arrives(server: Host, client: Host) -> Result {
    let service = server.bind_udp(7000)?;
    client.bind_udp(0)?.send_to(b"first", service.addr())?;
    assert_eq!(service.recv_from()?.0, b"first");
    Ok(())
}
