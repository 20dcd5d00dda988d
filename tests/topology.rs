//! Networks of several links: routers, routes, and what reaches whom.
#![cfg(target_os = "linux")]

mod support;

use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Duration;

use netns_test::{
    Host, Link, Net, Policy, Result, Routed, Topology, TwoSites, eventually, netns_test,
};

/// Every address of one host is reached from the other one, at once.
fn reaches(from: &Host, to: &Host) -> Result {
    for address in to.addrs() {
        let listener = to.listen(0)?;
        from.connect((address, listener.addr().port()))?;
    }
    Ok(())
}

#[netns_test]
fn a_router_forwards_both_families(net: Routed) -> Result {
    reaches(&net.client, &net.server)?;
    reaches(&net.server, &net.client)?;
    assert!(net.server.addrs().len() == net.client.addrs().len() && !net.server.addrs().is_empty());
    Ok(())
}

#[netns_test]
fn two_routers_in_a_row_join_two_sites(net: Net, sites: TwoSites) -> Result {
    let hosts = [&sites.west[0], &sites.west[1], &sites.east[0], &sites.east[1]];
    for from in hosts {
        for to in hosts.into_iter().chain(&sites.routers) {
            reaches(from, to)?;
        }
    }
    // A router has answered for each address that it has, of whichever link.
    assert!(sites.routers[0].addrs().len() >= 2);
    let drawn = net.to_string();
    assert!(drawn.contains("transit, a veth pair") && drawn.contains("west, a bridge"), "{drawn}");
    Ok(())
}

/// As on the Internet: the router sends what nobody has into nowhere.
#[netns_test]
fn an_address_beyond_all_routers_times_out(net: Routed) -> Result {
    let dial = net.client.connect_within("192.0.2.1:80", Duration::from_secs(1));
    assert_eq!(dial.expect_err("nobody is there").kind(), ErrorKind::TimedOut);
    Ok(())
}

/// The router asks for it three times and says so (RFC 792, host unreachable).
#[netns_test]
fn a_host_that_is_not_there_beyond_a_router_is_unreachable(net: Routed) -> Result {
    let beyond: IpAddr = "10.0.1.77".parse()?;
    let dial = net.client.connect_within((beyond, 80), Duration::from_secs(10));
    assert_eq!(dial.expect_err("nobody is there").kind(), ErrorKind::HostUnreachable);
    Ok(())
}

#[netns_test]
fn a_host_on_two_lans_is_reached_by_both(net: Net) -> Result {
    let lans = Topology::new()
        .lan("left", ["a", "both"])
        .lan("right", ["both", "b"])
        .lan("far", ["c"])
        .router("gate", ["right", "far"]);
    net.add_topology(&lans)?;
    let host = |name: &str| net.host(name);
    reaches(&host("both")?, &host("a")?)?;
    reaches(&host("both")?, &host("b")?)?;
    reaches(&host("both")?, &host("c")?)?;
    reaches(&host("c")?, &host("b")?)?;
    assert_eq!(host("both")?.links().len(), 2);
    // It does not forward.
    let dial = host("a")?.connect_within((host("c")?.ipv4(), 80), Duration::from_millis(500));
    assert_eq!(dial.expect_err("there is no way").kind(), ErrorKind::TimedOut);
    Ok(())
}

/// Before anything is made.
#[netns_test]
fn a_topology_that_cannot_be_is_refused(net: Net) -> Result {
    let many: Vec<String> = (0..5000).map(|number| format!("h{number}")).collect();
    let lan = || Topology::new().lan("a", ["x", "y"]);
    let cases = [
        (lan().lan("a", ["z", "w"]), "there are two LANs `a`"),
        (Topology::new().lan("a", ["x"]), "LAN `a` has fewer than two members"),
        (Topology::new().lan("a", ["x", "x"]), "`x` is named twice in LAN `a`"),
        (lan().router("r", ["a"]), "router `r` joins fewer than two LANs"),
        (lan().router("r", ["a", "b"]), "router `r` joins LAN `b`, which does not exist"),
        (lan().router("r", ["a", "a"]), "`a` is named twice in router `r`"),
        (lan().lan("b", ["z"]).router("x", ["a", "b"]), "`x` is named twice"),
        (lan().mtu("b", 1400), "an MTU is set for LAN `b`, which does not exist"),
        (lan().mtu("a", 1279), "from 1280 to 1500 bytes, not 1279"),
        (Topology::new().lan("no name", ["x", "y"]), "no name"),
        (Topology::new().lan("a", ["no name", "y"]), "no name"),
        (Topology::new().lan("a", many), "at most 254 hosts, not 5000"),
    ];
    for (topology, cause) in cases {
        let error = net.add_topology(&topology).expect_err(cause).to_string();
        assert!(error.contains(cause), "{error}");
        assert!(net.links().is_empty() && net.host("x").is_err(), "something was made");
    }
    net.add_topology(&lan())?;
    let error = net.add_topology(&lan()).expect_err("they are there").to_string();
    assert!(error.contains("a host `x` already exists"), "{error}");
    Ok(())
}

#[netns_test]
fn a_route_to_nowhere_is_refused(client: Host, server: Host) -> Result {
    let subnet = server.links()[0].subnets()[0];
    let error = client.add_route(subnet, "10.9.9.9".parse()?).expect_err("nobody is there");
    assert!(
        error.to_string().contains("no link of the host has the gateway in its subnet"),
        "{error}"
    );
    let error = client.set_default_route("10.9.9.9".parse()?).expect_err("nobody is there");
    assert!(error.to_string().contains("set the default route of `client`"), "{error}");
    let error = client.add_route(subnet, "fd00::1".parse()?).expect_err("two families");
    assert!(
        error.to_string().contains("destination and gateway are of different families"),
        "{error}"
    );
    Ok(())
}

/// Also when the router of another route is known already, and the one of this route is not: IPv6 prefers
/// routers that it knows. A SYN that is lost is repeated after a second.
#[netns_test]
fn the_first_packet_takes_the_route_that_is_meant(net: Net) -> Result {
    let lans = Topology::new()
        .lan("home", ["host", "other"])
        .lan("near", ["neighbour"])
        .lan("transit", ["host", "third"])
        .lan("far", ["stranger"])
        .router("first", ["home", "near"])
        .router("second", ["transit", "far"]);
    net.add_topology(&lans)?;
    let host = net.host("host")?;
    for name in ["neighbour", "stranger"] {
        let peer = net.host(name)?;
        for address in peer.addrs() {
            let listener = peer.listen(0)?;
            let to = (address, listener.addr().port());
            host.connect_within(to, Duration::from_millis(900))?;
        }
    }
    Ok(())
}

/// More than fits into a few packets of any link.
const BULK: usize = 100_000;

/// For what is due after a repetition or two.
const SOON: Duration = Duration::from_secs(10);

fn transit(net: &Net) -> Link {
    let links = net.links();
    links.into_iter().find(|link| link.name() == "transit").expect("the sites have one")
}

/// Between the routers, so that neither end sees it at its own link. Both families.
#[netns_test]
fn a_narrow_link_is_found_by_those_who_send_through_it(net: Net, sites: TwoSites) -> Result {
    transit(&net).set_mtu(1300)?;
    assert!(net.to_string().contains(", mtu 1300"), "{net}");
    let (client, server) = (&sites.west[0], &sites.east[0]);
    let listener = server.listen(7000)?;
    for address in server.addrs() {
        let mut dialled = client.connect((address, 7000))?;
        let mut accepted = listener.accept()?;
        assert_eq!(dialled.info()?.pmtu, 1500);
        dialled.send(&[7; BULK])?;
        assert_eq!(accepted.recv_exact(BULK)?.len(), BULK);
        assert_eq!(dialled.info()?.pmtu, 1300);
    }
    Ok(())
}

/// A bridge as well as a pair; what is too long for one's own link is not sent.
#[netns_test]
fn hosts_of_a_narrow_link_send_nothing_longer(net: Net) -> Result {
    let lans = Topology::new().lan("lan", ["a", "b", "c"]).lan("pair", ["a", "b"]);
    net.add_topology(&lans.mtu("lan", 1280).mtu("pair", 1400))?;
    let (a, b) = (net.host("a")?, net.host("b")?);
    let listener = b.listen(7000)?;
    for (link, mtu) in net.links().iter().zip([1280, 1400]) {
        assert_eq!(link.mtu(), mtu);
        for address in link.addrs(&b) {
            let mut dialled = a.connect((address, 7000))?;
            dialled.send(&[7; BULK])?;
            assert_eq!(listener.accept()?.recv_exact(BULK)?.len(), BULK);
            let info = dialled.info()?;
            assert!(info.pmtu == mtu && info.mss < mtu, "{info:?}");
        }
    }
    let error = net.links()[0].set_mtu(9000).expect_err("it is more than Ethernet's").to_string();
    assert!(error.contains("set the MTU of link `lan`: the MTU of a link is from 1280"), "{error}");
    Ok(())
}

/// A connection opens, what is small passes, and what is too long is lost as often as it is repeated.
#[netns_test]
fn where_nobody_is_told_what_is_too_long_it_vanishes(net: Net, sites: TwoSites) -> Result {
    transit(&net).set_mtu(1300)?;
    let (client, server) = (&sites.west[0], &sites.east[0]);
    let listener = server.listen(7000)?;
    let long = [7; 10_000];
    for address in server.addrs() {
        let silent = client.block_with(&sites.routers[0], Policy::drop().icmp())?;
        let mut dialled = client.connect((address, 7000))?;
        let mut accepted = listener.accept()?;
        dialled.send(b"small")?;
        assert_eq!(accepted.recv()?, b"small");
        dialled.send(&long)?;
        // The router has answered each time, in vain.
        eventually(SOON, || dialled.info().is_ok_and(|info| info.retransmits > 1))?;
        assert!(silent.packets() > 2);
        accepted.set_deadline(Duration::from_millis(1));
        assert_eq!(accepted.recv().expect_err("it is lost").kind(), ErrorKind::TimedOut);

        silent.unblock()?;
        accepted.set_deadline(SOON);
        assert_eq!(accepted.recv_exact(long.len())?, long);
        assert_eq!(dialled.info()?.pmtu, 1300);
    }
    Ok(())
}
