//! A link of hosts is a LAN: neighbours are asked for, can move and be gone, and beyond the LAN there is
//! a silent nowhere.
#![cfg(target_os = "linux")]

mod support;

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use netns_test::{Host, Net, Result, netns_test};

/// In the documentation's network (RFC 5737, RFC 3849): nobody has it.
const NOBODY: [&str; 2] = ["192.0.2.1", "2001:db8::1"];

fn nobody(server: &Host) -> impl Iterator<Item = IpAddr> {
    let all = NOBODY.map(|address| address.parse::<IpAddr>().expect("it is an address"));
    let ipv6 = server.has_ipv6();
    all.into_iter().filter(move |address| ipv6 || address.is_ipv4())
}

/// Programs ask the kernel for "my address" by connecting a datagram socket, which sends nothing.
#[netns_test]
fn a_program_finds_its_own_address(server: Host, client: Host, third: Host) -> Result {
    for host in [&server, &client, &third] {
        for beyond in nobody(host) {
            let any: IpAddr = if beyond.is_ipv4() {
                Ipv4Addr::UNSPECIFIED.into()
            } else {
                Ipv6Addr::UNSPECIFIED.into()
            };
            let own = host.run(|| -> std::io::Result<_> {
                let socket = UdpSocket::bind((any, 0))?;
                socket.connect((beyond, 80))?;
                socket.local_addr()
            })?;
            assert!(host.addrs().contains(&own.ip()), "{own}");
        }
    }
    Ok(())
}

#[netns_test]
fn a_group_is_joined_without_an_interface(server: Host, client: Host) -> Result {
    let group = Ipv4Addr::new(224, 0, 0, 251);
    let inbox = server.run(|| UdpSocket::bind("0.0.0.0:5353"))?;
    inbox.join_multicast_v4(&group, &Ipv4Addr::UNSPECIFIED)?;
    inbox.set_read_timeout(Some(Duration::from_secs(10)))?;
    let outbox = client.run(|| UdpSocket::bind("0.0.0.0:0"))?;
    outbox.send_to(b"anybody?", (group, 5353))?;
    let mut bytes = [0; 16];
    let (length, from) = inbox.recv_from(&mut bytes)?;
    assert_eq!((&bytes[..length], from.ip()), (&b"anybody?"[..], client.ipv4().into()));
    Ok(())
}

/// As on the Internet. The dial is given a second, in which the kernel repeats its SYN once at least;
/// a refusal, and an error about the route, come at once.
#[netns_test]
fn a_dial_to_an_address_that_nobody_has_times_out(
    net: Net,
    server: Host,
    client: Host,
    third: Host,
) -> Result {
    for beyond in nobody(&server) {
        let dial = client.connect_within((beyond, 80), Duration::from_secs(2));
        assert_eq!(dial.expect_err("nobody is there").kind(), ErrorKind::TimedOut);
        let syns = net.capture()?.syn();
        let sent = syns.iter().filter(|packet| packet.dst() == Some(beyond)).count();
        assert!(sent >= 2, "{syns}");
        assert_eq!(syns.from(&server).len() + net.capture()?.syn().from(&third).len(), 0);
    }
    Ok(())
}

/// Linux asks three times, a second apart, and gives up (arp(7), `mcast_solicit`, `retrans_time_ms`).
const GIVES_UP: std::ops::Range<Duration> = Duration::from_millis(2500)..Duration::from_secs(6);

/// On a pair and on a bridge, of both families.
#[netns_test]
fn a_dial_to_a_host_that_is_off_finds_it_unreachable(net: Net) -> Result {
    let pair = net.hosts(["a", "b"])?;
    let lan = net.hosts(["c", "d", "e"])?;
    for (off, client) in [(&pair[0], &pair[1]), (&lan[0], &lan[2])] {
        let listeners: Vec<SocketAddr> =
            off.addrs().into_iter().map(|ip| (ip, 80).into()).collect();
        let _listener = off.listen(80)?;
        off.exec("ip", ["link", "set", "eth0", "down"])?;
        for address in listeners {
            let begun = Instant::now();
            let dial = client.connect_within(address, Duration::from_secs(10));
            assert_eq!(dial.expect_err("it is off").kind(), ErrorKind::HostUnreachable);
            assert!(GIVES_UP.contains(&begun.elapsed()), "{:?}", begun.elapsed());
        }
    }
    Ok(())
}
