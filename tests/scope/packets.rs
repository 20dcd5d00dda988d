//! Packets: ways, protocols, ports, families.

use super::*;

/// A scope, and whether it takes a datagram.
type Case = (fn(Policy) -> Policy, fn(Datagram) -> bool);

/// For datagrams of all ways, ports and families.
const CASES: [Case; 20] = [
    (|all| all, |_| true),
    (Policy::from_peer, |way| way.from_peer),
    (Policy::to_peer, |way| !way.from_peer),
    (Policy::ipv4, |way| !way.ipv6),
    (Policy::ipv6, |way| way.ipv6),
    (Policy::udp, |_| true),
    (Policy::tcp, |_| false),
    (Policy::icmp, |_| false),
    (Policy::new_connections, |_| false),
    (|all| all.sport(PORTS[0]), |way| way.sport == PORTS[0]),
    (|all| all.dport(PORTS[0]), |way| way.dport == PORTS[0]),
    (|all| all.port(PORTS[0]), |way| way.sport == PORTS[0] || way.dport == PORTS[0]),
    (|all| all.udp().port(PORTS[1]), |way| way.sport == PORTS[1] || way.dport == PORTS[1]),
    (|all| all.tcp().port(PORTS[0]), |_| false),
    (
        |all| all.sport(PORTS[0]).dport(PORTS[1]),
        |way| way.sport == PORTS[0] && way.dport == PORTS[1],
    ),
    (|all| all.from_peer().dport(PORTS[0]), |way| way.from_peer && way.dport == PORTS[0]),
    (|all| all.to_peer().sport(PORTS[1]), |way| !way.from_peer && way.sport == PORTS[1]),
    (|all| all.ipv6().udp().dport(PORTS[1]), |way| way.ipv6 && way.dport == PORTS[1]),
    (|all| all.ipv4().from_peer(), |way| !way.ipv6 && way.from_peer),
    (
        |all| all.ipv4().to_peer().udp().port(PORTS[0]),
        |way| !way.ipv6 && !way.from_peer && (way.sport == PORTS[0] || way.dport == PORTS[0]),
    ),
];

#[netns_test]
fn a_drop_takes_the_datagrams_of_its_scope_and_no_others(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    for (scope, takes) in CASES {
        let block = server.block_with(&client, scope(Policy::drop()))?;
        stage.assert_datagrams(&block, takes);
        block.unblock()?;
    }
    stage.assert_open()
}

#[netns_test]
fn a_refuse_takes_the_datagrams_of_its_scope_and_no_others(server: Host, client: Host) -> Result {
    let stage = Stage::new(&client, &server)?;
    for (scope, takes) in CASES {
        let block = client.block_with(&server, scope(Policy::refuse(IcmpKind::PortUnreachable)))?;
        stage.assert_datagrams(&block, takes);
        block.unblock()?;
    }
    stage.assert_open()
}

/// Without a protocol a reset takes the datagrams of its scope as well, and with a port or a
/// kind of connection it is one of TCP.
#[netns_test]
fn a_reset_takes_the_datagrams_of_its_scope_unless_it_is_tcps(
    server: Host,
    client: Host,
) -> Result {
    let stage = Stage::new(&server, &client)?;
    let cases: [Case; 9] = [
        (|all| all, |_| true),
        (Policy::tcp, |_| false),
        (Policy::from_peer, |way| way.from_peer),
        (Policy::to_peer, |way| !way.from_peer),
        (Policy::ipv4, |way| !way.ipv6),
        (Policy::ipv6, |way| way.ipv6),
        (|all| all.port(PORTS[0]), |way| way.sport == PORTS[0] || way.dport == PORTS[0]),
        (|all| all.tcp().port(PORTS[0]), |_| false),
        (Policy::new_connections, |_| false),
    ];
    for (scope, takes) in cases {
        let block = server.block_with(&client, scope(Policy::reset()))?;
        stage.assert_datagrams(&block, takes);
        block.unblock()?;
    }
    stage.assert_open()
}

#[netns_test]
fn a_sever_takes_the_datagrams_of_its_scope(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    let cases: [Case; 4] = [
        (|all| all, |_| true),
        (Policy::tcp, |_| false),
        (Policy::ipv6, |way| way.ipv6),
        (|all| all.port(PORTS[0]), |way| way.sport == PORTS[0] || way.dport == PORTS[0]),
    ];
    for (scope, takes) in cases {
        let block = server.block_with(&client, scope(Policy::sever(Notified::Both)))?;
        stage.assert_datagrams(&block, takes);
        block.unblock()?;
    }
    stage.assert_open()
}

/// Only the first fragment has ports, but without it there is no datagram.
#[netns_test]
fn a_datagram_in_fragments_is_taken_by_its_port(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    let block = server.block_with(&client, Policy::drop().udp().dport(PORTS[0]))?;
    let large = vec![7; 8000];
    for ipv6 in families() {
        let to = |port| (address(&server, ipv6), port);
        let before = block.packets();
        stage.udp[1][0].send_to(&large, to(PORTS[0]))?;
        eventually(LIMIT, || block.packets() > before)?;
        stage.udp[1][0].send_to(&large, to(PORTS[1]))?;
        let mut received = None;
        eventually(LIMIT, || {
            received = stage.udp[0][1].recv_from().ok();
            received.is_some()
        })?;
        assert_eq!(received.unwrap().0, large);
        // It was sent before the other one, which has arrived whole.
        assert!(stage.udp[0][0].recv_from().is_err());
    }
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn pings_belong_to_icmp_of_both_families(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let stage = Stage::new(&server, &client)?;
    for (policy, blocked) in [
        (Policy::drop().icmp(), [true, true]),
        (Policy::drop().icmp().ipv4(), [true, false]),
        (Policy::drop().icmp().ipv6(), [false, true]),
        (Policy::refuse(IcmpKind::HostUnreachable).icmp(), [true, true]),
        (Policy::drop().tcp(), [false, false]),
        (Policy::drop().udp(), [false, false]),
        (Policy::reset().tcp(), [false, false]),
        (Policy::drop().port(7), [false, false]),
        (Policy::reset().new_connections(), [false, false]),
        (Policy::reset(), [true, true]),
    ] {
        let block = server.block_with(&client, policy)?;
        for (from, to) in [(&server, &client), (&client, &server)] {
            for (blocked, ipv6) in blocked.into_iter().zip([false, true]) {
                let mut ping = Ping::of(from, address(to, ipv6))?;
                if blocked { ping.vanishes(&block)? } else { ping.is_answered()? }
            }
        }
        block.unblock()?;
    }
    stage.assert_open()
}

#[netns_test]
fn a_block_of_icmp_lets_connections_and_datagrams_pass(server: Host, client: Host) -> Result {
    let stage = Stage::new(&server, &client)?;
    let block = server.block_with(&client, Policy::drop().icmp())?;
    stage.connections()?.iter_mut().for_each(assert_alive);
    stage.assert_datagrams(&block, |_| false);
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_block_of_udp_lets_connections_pass_and_one_of_tcp_datagrams(
    server: Host,
    client: Host,
) -> Result {
    let stage = Stage::new(&server, &client)?;
    let mut connections = stage.connections()?;
    let block = server.block_with(&client, Policy::drop().udp())?;
    connections.iter_mut().for_each(assert_alive);
    // They stay open: what closes them would be counted by the next block.
    let mut new = stage.connections()?;
    new.iter_mut().for_each(assert_alive);
    assert_eq!(block.packets(), 0);
    block.unblock()?;

    let block = server.block_with(&client, Policy::drop().tcp())?;
    stage.assert_datagrams(&block, |_| false);
    for (from, to) in [(&server, &client), (&client, &server)] {
        let listener = to.listen(7000)?;
        for ipv6 in families() {
            let before = block.packets();
            let mut dial = from.dial(family(&listener, ipv6))?;
            assert_stays_syn_sent(&mut dial, &block, before);
        }
    }
    for [here, there] in &mut connections {
        assert_silent(here, there);
        assert_silent(there, here);
    }
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_block_of_one_family_lets_connections_of_the_other_pass(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let stage = Stage::new(&server, &client)?;
    let listener = server.listen(7000)?;
    for (policy, ipv6) in [
        (Policy::drop().ipv4(), false),
        (Policy::drop().ipv6(), true),
        (Policy::reset().ipv4(), false),
        (Policy::reset().ipv6(), true),
    ] {
        let mut connections = stage.connections()?;
        let resets = policy.to_string().contains("reset");
        let block = server.block_with(&client, policy)?;
        for [here, there] in &mut connections {
            if here.local_addr().is_ipv6() != ipv6 {
                assert!(here.info()?.state == TcpState::Established);
                let mut ends = [here, there];
                let [one, other] = &mut ends;
                one.send(b"alive")?;
                assert_eq!(other.recv_exact(5)?, b"alive");
            } else if resets {
                assert_reset(here);
            } else {
                assert_silent(here, there);
            }
        }
        client.connect_within(family(&listener, !ipv6), AT_ONCE)?;
        listener.accept()?;
        block.unblock()?;
    }
    Ok(())
}
