//! What routers that translate do to those behind them, and what both sides observe when one forgets.
#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use netns_test::timeline::Event;
use netns_test::{BehindNat, Forget, Nat, Net, Result, netns_test};

/// Longer than any answer takes, shorter than the first retransmission of a SYN is far.
const SILENCE: Duration = Duration::from_millis(500);

#[netns_test]
fn the_server_sees_the_router_alone(net: BehindNat) -> Result {
    for address in net.server.addrs() {
        let listener = net.server.listen(7000)?;
        let mut dialled = net.client.connect((address, 7000))?;
        let mut accepted = listener.accept()?;
        let seen = accepted.peer_addr().ip();
        assert!(net.router.addrs().contains(&seen), "{seen}");
        dialled.send(b"hello")?;
        assert_eq!(accepted.recv()?, b"hello");
        accepted.send(b"back")?;
        assert_eq!(dialled.recv()?, b"back");
    }
    Ok(())
}

/// Neither to the client's own address nor to the router's.
#[netns_test]
fn strangers_are_kept_out(net: BehindNat) -> Result {
    let _listener = net.client.listen(7000)?;
    for address in net.client.addrs().into_iter().chain(net.router.addrs()) {
        let dial = net.server.connect_within((address, 7000), SILENCE);
        assert_eq!(dial.expect_err("it is behind the router").kind(), ErrorKind::TimedOut);
    }
    Ok(())
}

/// The port by which each of several peers sees one socket of the client.
fn seen_ports(net: &BehindNat, peers: u16) -> Result<BTreeSet<u16>> {
    let from = net.client.bind_udp(5000)?;
    let mut seen = BTreeSet::new();
    for port in 9000..9000 + peers {
        let inbox = net.server.bind_udp(port)?;
        from.send_to(b"who am I?", SocketAddr::new(net.server.ipv4().into(), port))?;
        let (_, peer) = inbox.recv_from()?;
        seen.insert(peer.port());
    }
    Ok(seen)
}

#[netns_test]
fn a_port_is_the_same_for_all_peers_or_another_one_for_each(net: BehindNat) -> Result {
    assert_eq!(seen_ports(&net, 3)?, BTreeSet::from([5000]));
    net.router.set_nat(&net.outside, Nat::symmetric())?;
    // Or the three flows would go on as they are.
    net.router.forget_connections(Forget::Silently)?;
    // Three random ports out of some 64,000 are two different ones at least.
    let seen = seen_ports(&net, 3)?.len();
    assert!(seen > 1, "{seen}");
    Ok(())
}

#[netns_test]
fn anybody_may_answer_a_full_cone_and_only_the_peer_others(net: BehindNat) -> Result {
    let mut client = net.client.bind_udp(5000)?;
    client.set_deadline(SILENCE);
    let peer = net.server.bind_udp(9000)?;
    let stranger = net.server.bind_udp(9001)?;
    for (nat, lets_in) in [(Nat::masquerade(), false), (Nat::full_cone(), true)] {
        net.router.set_nat(&net.outside, nat)?;
        net.router.forget_connections(Forget::Silently)?;
        client.send_to(b"hello", SocketAddr::new(net.server.ipv4().into(), 9000))?;
        let (_, seen) = peer.recv_from()?;
        stranger.send_to(b"from a stranger", seen)?;
        let got = client.recv_from();
        assert_eq!(got.is_ok(), lets_in, "{got:?}");
    }
    Ok(())
}

#[netns_test]
fn a_forwarded_port_leads_to_a_host_inside(net: BehindNat) -> Result {
    net.router.set_nat(&net.outside, Nat::masquerade().forward_port(8080, &net.client, 80))?;
    let listener = net.client.listen(80)?;
    let outside: Vec<IpAddr> = net.outside.addrs(&net.router);
    assert!(!outside.is_empty());
    for address in outside {
        net.server.connect((address, 8080))?;
        let accepted = listener.accept()?;
        assert!(net.server.addrs().contains(&accepted.peer_addr().ip()));
    }
    net.router.set_nat(&net.outside, Nat::masquerade())?;
    let dial = net.server.connect_within((net.outside.addrs(&net.router)[0], 8080), SILENCE);
    assert_eq!(dial.expect_err("it is forwarded no more").kind(), ErrorKind::TimedOut);
    Ok(())
}

/// What each side of a connection observes that sends first after its router has forgotten it.
fn after(net: &BehindNat, kind: Forget, client_first: bool) -> Result<Option<ErrorKind>> {
    let listener = net.server.listen(7000)?;
    let mut client = net.client.connect(listener.addr())?;
    let mut server = listener.accept()?;
    net.router.forget_connections(kind)?;
    let (first, other) =
        if client_first { (&mut client, &mut server) } else { (&mut server, &mut client) };
    first.send(b"after")?;
    other.set_deadline(SILENCE);
    assert_eq!(other.recv().expect_err("it is told nothing").kind(), ErrorKind::TimedOut);
    first.set_deadline(SILENCE);
    Ok(match first.recv().expect_err("nobody has answered").kind() {
        ErrorKind::TimedOut => None,
        kind => Some(kind),
    })
}

/// The table in the documentation of `Forget`.
#[netns_test]
fn a_router_that_forgets_silently_tells_nobody(net: BehindNat) -> Result {
    assert_eq!(after(&net, Forget::Silently, true)?, None);
    assert_eq!(after(&net, Forget::Silently, false)?, None);
    Ok(())
}

#[netns_test]
fn a_router_that_forgets_with_a_reset_tells_who_sends_first(net: BehindNat) -> Result {
    assert_eq!(after(&net, Forget::WithReset, true)?, Some(ErrorKind::ConnectionReset));
    assert_eq!(after(&net, Forget::WithReset, false)?, Some(ErrorKind::ConnectionReset));
    Ok(())
}

#[netns_test]
fn new_connections_pass_a_router_that_has_forgotten(net: BehindNat) -> Result {
    let listener = net.server.listen(7000)?;
    for kind in [Forget::Silently, Forget::WithReset] {
        net.router.forget_connections(kind)?;
        net.client.connect(listener.addr())?;
        listener.accept()?;
    }
    Ok(())
}

/// A second of the kernel's is one to two of its own ticks: the router forgets the flow after it, not
/// before.
#[netns_test]
fn an_idle_flow_is_forgotten_after_its_timeout(net: BehindNat) -> Result {
    net.router.set_nat(&net.outside, Nat::masquerade().udp_timeout(Duration::from_secs(1)))?;
    let mut client = net.client.bind_udp(5000)?;
    client.set_deadline(SILENCE);
    let server = net.server.bind_udp(9000)?;
    client.send_to(b"hello", SocketAddr::new(net.server.ipv4().into(), 9000))?;
    let (_, seen) = server.recv_from()?;
    server.send_to(b"at once", seen)?;
    client.recv_from()?;
    let begun = std::time::Instant::now();
    netns_test::eventually(Duration::from_secs(10), || {
        // Silence of more than a second before each question: an answer that passes renews the flow.
        let since = std::time::Instant::now();
        while since.elapsed() < Duration::from_millis(1500) {
            let _ = client.recv_from();
        }
        server.send_to(b"still?", seen).is_ok() && client.recv_from().is_err()
    })?;
    assert!(begun.elapsed() >= Duration::from_secs(1));
    Ok(())
}

#[netns_test]
fn what_cannot_be_is_refused(net: BehindNat) -> Result {
    let inside = &net.client.links()[0];
    let error = net.server.set_nat(inside, Nat::masquerade()).expect_err("it is elsewhere");
    assert!(error.to_string().contains("`server` is not on link `inside`"), "{error}");
    let error = net.server.forget_connections(Forget::Silently).expect_err("it is no router");
    assert!(error.to_string().contains("it has no NAT"), "{error}");
    let half = Nat::masquerade().udp_timeout(Duration::from_millis(1500));
    let error = net.router.set_nat(&net.outside, half).expect_err("it is no whole number");
    assert!(error.to_string().contains("whole seconds"), "{error}");
    Ok(())
}

/// What the test has changed of the network stands in the timeline, beside what came of it.
#[netns_test]
fn changes_of_the_network_are_in_the_timeline(all: Net, net: BehindNat) -> Result {
    net.router.forget_connections(Forget::Silently)?;
    net.router.set_nat(&net.outside, Nat::symmetric().udp_timeout(Duration::from_secs(30)))?;
    net.router.forget_connections(Forget::WithReset)?;
    net.router.remove_nat()?;
    net.outside.set_mtu(1400)?;
    all.assign_name("gateway", &net.router)?;
    let timeline = all.timeline();
    let changes: Vec<(Option<&str>, String)> = timeline
        .iter()
        .filter(|entry| matches!(entry.event, Event::Change { .. }))
        .map(|entry| (entry.event.host(), entry.event.to_string()))
        .collect();
    let router = |change: &str| (Some("router"), change.to_owned());
    let expected = [
        router("translates to link `outside` of `server`, `router`: masquerade"),
        router("forgets all connections, silently"),
        router("translates to link `outside` of `server`, `router`: symmetric, UDP idle 30s"),
        router("forgets all connections, with a reset"),
        router("no longer translates"),
        (None, "link `outside`: MTU 1400".to_owned()),
        router("name `gateway`: assigned"),
    ];
    assert_eq!(changes, expected);
    Ok(())
}
