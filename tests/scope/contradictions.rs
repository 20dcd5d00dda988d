//! Contradictions.

use super::*;

/// Policies that contradict themselves: what is said of them, and why.
fn contradictions() -> Vec<(Policy, &'static str, &'static str)> {
    vec![
        (Policy::drop().icmp().dport(80), "drop (icmp, dport 80)", "ICMP has no ports"),
        (
            Policy::drop().port(80).sport(81),
            "drop (sport 81, port 80)",
            "`port` matches both directions of a conversation: leave out `sport` and `dport`",
        ),
        (
            Policy::drop().udp().new_connections(),
            "drop (udp, new connections)",
            "only TCP marks a connection as new",
        ),
        (
            Policy::drop().udp().existing_flows(),
            "drop (udp, existing flows)",
            "only TCP has connections that the kernel can name",
        ),
        (
            Policy::reset().udp(),
            "reset (udp)",
            "only TCP has resets: use `drop` or `refuse` for other protocols",
        ),
        (
            Policy::refuse(IcmpKind::RejectRoute),
            "refuse icmp6-reject-route",
            "this kind exists for IPv6 only: limit the policy with `.ipv6()`",
        ),
        (
            Policy::refuse(IcmpKind::ProtoUnreachable).ipv6(),
            "refuse icmp-proto-unreachable (ip6)",
            "this kind exists for IPv4 only: limit the policy with `.ipv4()`",
        ),
        (
            Policy::sever(Notified::Both).new_connections(),
            "sever, both notified (new connections)",
            "`sever` ends existing connections: use `drop` for new ones",
        ),
        (
            Policy::sever(Notified::Peer).to_peer(),
            "sever, peer notified (to peer)",
            "destroying a socket ends both directions: leave out the direction",
        ),
        (
            Policy::sever(Notified::Host).icmp(),
            "sever, host notified (icmp)",
            "only TCP sockets can be destroyed: use `drop` for other protocols",
        ),
        (
            Policy::firewall([Rule::input()]).tcp(),
            "nftables rules `-I INPUT -s PEER -j DROP` (tcp)",
            "the rules of a firewall have scopes of their own: limit each rule",
        ),
    ]
}

#[netns_test]
fn a_contradiction_is_refused_with_a_reason_and_blocks_nothing(
    server: Host,
    client: Host,
) -> Result {
    let listener = server.listen(7000)?;
    let conn = client.connect(listener.addr())?;
    let _accepted = listener.accept()?;
    for (policy, by, reason) in contradictions() {
        let refused = server.block_with(&client, policy).unwrap_err();
        let expected = format!("cannot block `client` from `server` by {by}: {reason}");
        assert_eq!(refused.to_string(), expected);
    }
    let refused = server.block_with(&client, Policy::drop().connection(&conn).port(80));
    let refused = refused.unwrap_err().to_string();
    assert!(refused.ends_with("a connection has its own ports: leave out the port"), "{refused}");
    Stage::new(&server, &client)?.assert_open()
}

/// Behind a translation of ports the blocking host's own sockets have others than the wire.
#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
fn existing_flows_are_those_of_the_wire_where_a_host_translates_ports() -> Result {
    for names in [&["server", "client"][..], &["server", "client", "other"]] {
        let hosts = Net::new().add_hosts(names)?;
        let (server, client) = (&hosts[0], &hosts[1]);
        let table = "table ip nat { chain to { type nat hook prerouting priority -100; \
                     tcp dport 8080 redirect to :7000; }; }";
        server.exec("nft", [table])?;
        let listener = server.listen(7000)?;
        for [blocker, peer] in [[server, client], [client, server]] {
            let mut dialled = client.connect((server.ipv4(), 8080))?;
            let mut accepted = listener.accept()?;
            let block = blocker.block_with(peer, Policy::drop().existing_flows())?;
            for end in [&mut dialled, &mut accepted] {
                let before = block.packets();
                end.send(b"x")?;
                eventually(LIMIT, || block.packets() > before)?;
            }
            block.unblock()?;
            assert_eq!([dialled.recv()?, accepted.recv()?], [b"x", b"x"]);
        }
    }
    Ok(())
}
