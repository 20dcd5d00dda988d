//! What the hosts' kernels send for themselves, whatever the test does, is no packet of the test
//! unless it is asked for.
#![cfg(target_os = "linux")]

mod support;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::time::Duration;

use netns_test::{Capture, Host, Net, Packet, Policy, Result, eventually, netns_test};
use support::families::{can_run_with_ipv6, families, has_ipv6};

/// For what the kernel does of itself within seconds, on a machine that may be busy.
const SOON: Duration = Duration::from_secs(30);

/// ICMPv6's type (IANA), as far as it has one.
fn kind(packet: &Packet) -> Option<u8> {
    packet.icmp().map(|(kind, _)| kind)
}

/// Waits until the kernels have sent what `wanted` says yes to, and returns all of the net.
fn await_kernel(net: &Net, wanted: impl Fn(&Packet) -> bool) -> Result<Capture> {
    eventually(SOON, || {
        net.capture().is_ok_and(|all| all.with_housekeeping().iter().any(&wanted))
    })?;
    Ok(net.capture()?)
}

/// When a link comes up the kernel reports which groups it listens to (RFC 3810), on a pair and on a
/// bridge.
#[netns_test]
fn reports_of_multicast_listeners_are_put_aside(net: Net) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    net.hosts(["one", "other"])?;
    net.hosts(["a", "b", "c"])?;
    for name in ["one", "a"] {
        let all = await_kernel(&net, |packet| kind(packet) == Some(143) && packet.host() == name)?;
        assert!(all.is_empty(), "nobody has said anything: {all}");
        assert_eq!(all.icmp().len(), 0);
        assert!(!all.with_housekeeping().icmp().is_empty());
    }
    Ok(())
}

/// Neighbour discovery that a packet of the test needs is none, nor is what it says itself.
#[netns_test]
fn what_the_test_says_by_icmp_is_there(net: Net, server: Host, client: Host) -> Result {
    let _block = client.block_with(&server, Policy::drop().port(7000))?;
    if has_ipv6() {
        await_kernel(&net, |packet| kind(packet) == Some(143))?;
    }
    for ipv6 in families() {
        let to: IpAddr = if ipv6 { server.ipv6().into() } else { server.ipv4().into() };
        // Destination unreachable, port unreachable (RFC 4443, and RFC 792).
        let unreachable = if ipv6 { (1, 4) } else { (3, 3) };
        client.connect_udp((to, 9))?.send(b"anybody?")?;
        let said = || -> Result<Capture> { Ok(net.capture()?.icmp().from(&server)) };
        eventually(SOON, || {
            said().is_ok_and(|all| all.iter().any(|packet| packet.icmp() == Some(unreachable)))
        })?;
        assert!(said()?.iter().all(|packet| !packet.is_housekeeping()));
    }
    Ok(())
}

/// A host that joins a group says so of its own accord, in either family.
#[netns_test]
fn who_joins_a_group_is_heard_when_it_is_asked_for(
    net: Net,
    server: Host,
    _client: Host,
) -> Result {
    let v4 = server.run(|| UdpSocket::bind("0.0.0.0:9"))?;
    v4.join_multicast_v4(&Ipv4Addr::new(239, 1, 2, 3), &server.ipv4())?;
    let igmp = |packet: &Packet| packet.src() == Some(server.ipv4().into()) && !packet.is_udp();
    let all = await_kernel(&net, igmp)?;
    assert!(!all.iter().any(igmp), "{all}");
    if !has_ipv6() {
        return Ok(());
    }
    let v6 = server.run(|| UdpSocket::bind("[::]:10"))?;
    let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x77);
    let eth0 = server.run(|| nix::net::if_::if_nametoindex("eth0"))?;
    v6.join_multicast_v6(&group, eth0)?;
    let all = await_kernel(&net, |packet| {
        packet.bytes().windows(16).any(|bytes| bytes == group.octets())
    })?;
    assert!(all.icmp().is_empty());
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn the_question_whether_anybody_has_an_address_is_put_aside(
    net: Net,
    server: Host,
    _client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    server.exec("ip", ["addr", "add", "fd00::77/64", "dev", "eth0"])?;
    // A neighbour solicitation of nobody (RFC 4862, section 5.4).
    let asks = |packet: &Packet| {
        kind(packet) == Some(135) && packet.src() == Some(Ipv6Addr::UNSPECIFIED.into())
    };
    let all = await_kernel(&net, asks)?;
    assert!(all.icmp().is_empty());
    Ok(())
}

/// Hosts ask where the others are, as on any LAN, on a pair and on a bridge.
#[netns_test]
fn who_has_which_address_is_put_aside(net: Net) -> Result {
    let pair = net.hosts(["one", "other"])?;
    let lan = net.hosts(["a", "b", "c"])?;
    for (from, to) in [(&pair[0], &pair[1]), (&lan[0], &lan[2])] {
        for address in to.addrs() {
            let listener = to.listen(7000)?;
            from.connect((address, 7000))?;
            drop(listener);
        }
        let asked = |packet: &Packet| {
            packet.host() == from.name()
                && (packet.to_string().contains("ARP") || kind(packet) == Some(135))
        };
        let all = await_kernel(&net, |packet| asked(packet) && kind(packet).is_none())?;
        if to.has_ipv6() {
            await_kernel(&net, |packet| asked(packet) && kind(packet).is_some())?;
        }
        assert!(!all.iter().any(|packet| packet.src().is_none() || packet.is_icmp()), "{all}");
    }
    Ok(())
}

/// A filter means the same before and after it is asked for.
#[netns_test]
fn filters_and_housekeeping_come_in_any_order(net: Net, server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    await_kernel(&net, |packet| kind(packet) == Some(143) && packet.host() == "server")?;
    client.connect_udp((server.ipv4(), 9))?.send(b"hello")?;
    let all = net.capture()?;
    let first = all.with_housekeeping().from(&server).icmp();
    let last = all.from(&server).icmp().with_housekeeping();
    assert_eq!(first.to_string(), last.to_string());
    assert!(first.len() > all.from(&server).icmp().len());
    // In the order of time.
    assert!(first.iter().map(Packet::instant).is_sorted());
    Ok(())
}
