//! Counters.

use super::*;

/// What the rules of one host have counted, with their texts, without those that counted nothing.
pub(crate) fn counted<'a>(counters: &'a [Counter], host: &str) -> Vec<(&'a str, u64, u64)> {
    let ours = counters.iter().filter(|counter| counter.host == host && counter.packets > 0);
    ours.map(|counter| (counter.rule.as_str(), counter.packets, counter.bytes)).collect()
}

/// Sends so many datagrams of so many bytes to each of the addresses.
pub(crate) fn send(way: &Way, count: usize, length: usize) -> Result {
    for to in way.to() {
        for _ in 0..count {
            way.from.send_to(&vec![7; length], to)?;
        }
    }
    Ok(())
}

/// A header of UDP has 8 bytes, one of IPv4 has 20 and one of IPv6 has 40.
const HEADERS: u64 = (20 + 8) + (40 + 8);

#[netns_test]
fn each_host_counts_the_packets_that_it_takes_with_their_bytes(
    server: Host,
    client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let there = Way::new(&client, &server)?;
    let back = Way::new(&server, &client)?;
    for blocker in [&server, &client] {
        let peer = if blocker.name() == "server" { &client } else { &server };
        let block = blocker.block(peer)?;
        send(&there, 30, 100)?;
        send(&back, 7, 1000)?;
        eventually(LIMIT, || block.packets() >= 74)?;
        let counters = block.counters()?;
        assert_eq!(counters.len(), 2, "one rule at each host: {counters:?}");
        assert_eq!(counters[0].host, blocker.name(), "the one that blocks comes first");
        let at_server = ("counter drop", 60, 30 * (200 + HEADERS));
        assert_eq!(counted(&counters, "server"), [at_server]);
        let at_client = ("counter drop", 14, 7 * (2000 + HEADERS));
        assert_eq!(counted(&counters, "client"), [at_client]);
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn each_rule_counts_what_it_takes(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let way = Way::new(&client, &server)?;
    let port = way.at.addr().port();
    let length = 100;
    let (v4, v6) = (10 * (28 + length as u64), 10 * (48 + length as u64));
    let udp = format!("udp dport {port} counter drop");
    let refused = ["ip", "ip6"].map(|family| {
        let icmp = if family == "ip" { "icmp" } else { "icmpv6" };
        format!("meta protocol {family} counter reject with {icmp} type port-unreachable")
    });
    let input = [format!("ip saddr {}", client.ipv4()), format!("ip6 saddr {}", client.ipv6())]
        .map(|address| format!("{address} udp dport {port} counter drop"));
    for (policy, expected) in [
        (Policy::drop().port(port), vec![(udp.as_str(), 20, v4 + v6)]),
        (Policy::reset(), vec![("counter drop", 20, v4 + v6)]),
        (
            Policy::refuse(IcmpKind::PortUnreachable),
            vec![(refused[0].as_str(), 10, v4), (refused[1].as_str(), 10, v6)],
        ),
        (
            Policy::firewall([Rule::input().udp().dport(port).drop()]),
            vec![(input[0].as_str(), 10, v4), (input[1].as_str(), 10, v6)],
        ),
    ] {
        let block = server.block_with(&client, policy)?;
        send(&way, 10, length)?;
        eventually(LIMIT, || block.packets() >= 20)?;
        let counters = block.counters()?;
        assert_eq!(counted(&counters, "server"), expected, "{block}");
        assert_eq!(counted(&counters, "client"), []);
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn counters_of_replaced_rules_come_first(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let way = Way::new(&client, &server)?;
    let mut block = server.block(&client)?;
    send(&way, 3, 10)?;
    eventually(LIMIT, || block.packets() >= 6)?;
    block.swap(Policy::firewall([Rule::input().udp().drop()]))?;
    send(&way, 2, 10)?;
    eventually(LIMIT, || block.packets() >= 10)?;
    let counters = block.counters()?;
    let at_server = counted(&counters, "server");
    assert_eq!(at_server[0], ("counter drop", 6, 3 * (20 + HEADERS)));
    assert_eq!(at_server.iter().map(|(_, packets, _)| packets).sum::<u64>(), 10);
    assert_eq!(at_server.len(), 3, "{at_server:?}");
    block.unblock()?;
    Ok(())
}

/// One packet each: what the wire answers is no packet that it takes.
#[netns_test]
fn answers_are_not_counted(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    for policy in [Policy::reset(), Policy::refuse(IcmpKind::HostUnreachable)] {
        let block = server.block_with(&client, policy)?;
        // IPv4, where the first answer counts.
        client.connect_within(listener.addr(), AT_ONCE).unwrap_err();
        assert_eq!(block.packets(), 1, "{block}");
        block.unblock()?;
    }
    Ok(())
}
