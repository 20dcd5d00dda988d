//! What programs do to the interfaces of a host while it is blocked, with ip(8) and nft(8): devices
//! on top of its end, other names and addresses, another network namespace, no interface at all.
//! It is blocked all the while, or the block says that it is not; and other blocks are untouched.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use netns_test::{Block, Host, IcmpKind, Net, Policy, Result, UdpEndpoint, eventually, netns_test};
use support::frame::{self, Tap};
use support::times::LIMIT;

/// A SYN that was lost is repeated after 1 s: a dial that takes less was not disturbed.
const UNDISTURBED: Duration = Duration::from_millis(900);

fn ip(host: &Host, words: &str) -> Result {
    host.exec("ip", words.split_whitespace())?;
    Ok(())
}

/// A net of `count` hosts on one link: a pair, or a bridge.
fn net_of(count: usize) -> Result<(Net, Vec<Host>)> {
    let net = Net::new();
    let hosts = net.add_hosts(&["a", "b", "c"][..count])?;
    Ok((net, hosts))
}

/// A datagram that leaves a host from this address is taken by the block. The first ones may be lost:
/// a link that has just come up passes nothing for a moment.
#[track_caller]
fn vanishes(host: &Host, from: Ipv4Addr, to: SocketAddr, block: &Block) {
    let socket = host.run(|| UdpSocket::bind((from, 0))).unwrap();
    let before = block.packets();
    let counted = eventually(LIMIT, || {
        socket.send_to(b"x", to).unwrap();
        block.packets() > before
    });
    assert!(counted.is_ok(), "from {from} to {to}: {block}");
}

/// And one that is sent without a block arrives, or the next one.
#[track_caller]
fn arrives(host: &Host, from: Ipv4Addr, at: &UdpEndpoint) {
    let socket = host.run(|| UdpSocket::bind((from, 0))).unwrap();
    let arrived = eventually(LIMIT, || {
        socket.send_to(b"x", at.addr()).unwrap();
        at.recv_from().is_ok_and(|(_, sender)| sender.ip() == from)
    });
    assert!(arrived.is_ok(), "from {from} to {}", at.addr());
    while at.recv_from().is_ok() {}
}

/// A port that is not waited at for long.
fn port(host: &Host) -> UdpEndpoint {
    let mut at = host.bind_udp(7000).unwrap();
    at.set_deadline(Duration::from_millis(20));
    at
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn devices_on_top_of_an_interface_are_blocked_with_it() -> Result {
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 50);
    for count in [2, 3] {
        for kind in ["macvlan mode bridge", "macvlan mode private", "macvlan mode vepa"] {
            let (_net, hosts) = net_of(count)?;
            let (a, b) = (&hosts[0], &hosts[1]);
            let at = port(b);
            // One that is there before the block, and one that comes after it.
            for before in [true, false] {
                let add = || -> Result {
                    ip(a, &format!("link add link eth0 name top type {kind}"))?;
                    ip(a, "address add 10.0.0.50/32 dev top")?;
                    ip(a, "link set top up")?;
                    ip(a, "route add 10.0.0.2/32 dev top src 10.0.0.50")
                };
                if before {
                    add()?;
                    arrives(a, ADDRESS, &at);
                }
                for policy in [
                    Policy::drop(),
                    Policy::drop().from_peer(),
                    Policy::reset(),
                    Policy::refuse(IcmpKind::HostUnreachable),
                ] {
                    let block = b.block_with(a, policy)?;
                    if !before && a.exec("ip", ["link", "show", "top"]).is_err() {
                        add()?;
                    }
                    vanishes(a, ADDRESS, at.addr(), &block);
                    block.unblock()?;
                }
                arrives(a, ADDRESS, &at);
                ip(a, "link del top")?;
            }
        }
    }
    Ok(())
}

/// The interface is a port of a bridge in the host, which has the addresses now.
#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn a_bridge_in_a_host_is_blocked_with_it() -> Result {
    for count in [2, 3] {
        let (_net, hosts) = net_of(count)?;
        let (a, b) = (&hosts[0], &hosts[1]);
        let at = port(b);
        let block = b.block(a)?;
        for words in [
            "link add br0 type bridge",
            "link set br0 address 02:00:00:00:00:01",
            "link set eth0 master br0",
            "address flush dev eth0",
            "address add 10.0.0.1/24 dev br0",
            "link set br0 up",
            "neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev br0 nud permanent",
        ] {
            ip(a, words)?;
        }
        vanishes(a, Ipv4Addr::new(10, 0, 0, 1), at.addr(), &block);
        block.unblock()?;
        arrives(a, Ipv4Addr::new(10, 0, 0, 1), &at);
    }
    Ok(())
}

/// From Linux 6.16 on the rules at the end of a pair are those of a name. There the block says that
/// it has ended; at a bridge, and before, it goes on.
#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn an_interface_that_is_renamed_is_blocked_or_the_block_says_that_it_has_ended() -> Result {
    for count in [2, 3] {
        let (_net, hosts) = net_of(count)?;
        let (a, b) = (&hosts[0], &hosts[1]);
        let at = [port(a), port(b)];
        let mut block = a.block(b)?;
        let mut suspended = a.block_with(b, Policy::drop().udp())?;
        for (host, other, to) in [(a, "10.0.0.2", "02"), (b, "10.0.0.1", "01")] {
            ip(host, "link set eth0 down")?;
            ip(host, "link set eth0 name wan0")?;
            ip(host, "link set wan0 up")?;
            ip(host, &format!("neigh replace {other} lladdr 02:00:00:00:00:{to} dev wan0"))?;
        }
        let ended = block.try_packets().err();
        assert!(count == 2 || ended.is_none(), "{ended:?}");
        if let Some(ended) = &ended {
            let said = ended.to_string();
            assert!(said.contains("has renamed the interface of their link to `wan0`"), "{said}");
        }
        // Suspended and resumed, it is in effect under the new name.
        block.suspend(|| ())?;
        suspended.suspend(|| ())?;
        vanishes(a, a.ipv4(), at[1].addr(), &block);
        vanishes(b, b.ipv4(), at[0].addr(), &block);
        suspended.unblock()?;
        block.suspend(|| arrives(a, a.ipv4(), &at[1]))?;
        vanishes(a, a.ipv4(), at[1].addr(), &block);
        // And one that begins under the new name.
        let second = b.block(a)?;
        block.unblock()?;
        vanishes(b, b.ipv4(), at[0].addr(), &second);
        // Lifted under yet another one, it says so where it had ended, and is gone.
        ip(b, "link set wan0 down")?;
        ip(b, "link set wan0 name lan0")?;
        ip(b, "link set lan0 up")?;
        ip(b, "neigh replace 10.0.0.1 lladdr 02:00:00:00:00:01 dev lan0")?;
        assert_eq!(second.unblock().is_err(), ended.is_some());
        arrives(b, b.ipv4(), &at[0]);
    }
    Ok(())
}

/// Moved to a namespace that the host's own program makes, as a container engine does.
#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn an_interface_that_is_moved_away_ends_the_block_or_stays_blocked() -> Result {
    for count in [2, 3] {
        let (net, hosts) = net_of(count)?;
        let (a, b) = (&hosts[0], &hosts[1]);
        let [d, e] = net.hosts(["d", "e"])?;
        let other = d.block(&e)?;
        let block = b.block(a)?;
        let inner = net.hosts(["inner"])?;
        let inner = &inner[0];
        let path = inner.netns_path()?.file_name().unwrap().to_str().unwrap().to_owned();
        ip(a, &format!("link set eth0 netns {path} name moved"))?;
        for words in ["address add 10.0.0.1/24 dev moved", "link set moved up"] {
            ip(inner, words)?;
        }
        ip(inner, "neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev moved")?;
        // What comes from there is still the host's, by the place on the link.
        let at = port(b);
        let from = inner.run(|| UdpSocket::bind("10.0.0.1:0"))?;
        from.send_to(b"x", at.addr())?;
        assert!(at.recv_from().is_err());
        if count == 3 {
            vanishes(inner, Ipv4Addr::new(10, 0, 0, 1), at.addr(), &block);
        }
        assert_eq!(block.try_packets().is_err(), count == 2, "what has ended says so");
        let outcome = (block.unblock(), b.block(a).map(drop));
        if count == 2 {
            // The other direction is blocked no longer.
            for result in [outcome.0, outcome.1] {
                let said = result.unwrap_err().to_string();
                assert!(said.contains("`a` no longer has the interface of their link"), "{said}");
            }
        } else {
            // A port of a bridge is nowhere that a host could move it to.
            assert!(outcome.0.is_ok() && outcome.1.is_ok(), "{outcome:?}");
        }
        arrives(inner, Ipv4Addr::new(10, 0, 0, 1), &at);
        assert_eq!(other.packets(), 0);
        other.unblock()?;
    }
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn an_interface_that_is_deleted_is_named_by_the_error() -> Result {
    for count in [2, 3] {
        let (_net, hosts) = net_of(count)?;
        let (a, b) = (&hosts[0], &hosts[1]);
        let block = b.block(a)?;
        let rest = (count == 3).then(|| b.block(&hosts[2])).transpose()?;
        ip(a, "link del eth0")?;
        let lifted = block.unblock().unwrap_err();
        assert!(lifted.is_lost_fault(), "{lifted}");
        let lifted = lifted.to_string();
        assert!(lifted.contains("no longer has the interface of their link"), "{lifted}");
        let again = b.block(a).unwrap_err().to_string();
        assert!(again.contains("no longer has the interface of their link"), "{again}");
        if let Some(rest) = rest {
            let at = port(&hosts[2]);
            vanishes(b, b.ipv4(), at.addr(), &rest);
            rest.unblock()?;
            arrives(b, b.ipv4(), &at);
        }
    }
    Ok(())
}

/// A service address has moved from `a` to `b`, and `a`, which is blocked, does not know that.
#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn a_question_of_a_blocked_host_is_answered_and_diverts_nothing(
    a: Host,
    b: Host,
    client: Host,
) -> Result {
    const SERVICE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 100);
    let known = "02:00:00:00:00:02";
    ip(&client, &format!("neigh replace {SERVICE} lladdr {known} dev eth0 nud reachable"))?;
    let block = a.block(&client)?;
    let answers = Tap::of(&a, "eth0", frame::ARP)?;
    let own = [2, 0, 0, 0, 0, 1];
    let question = frame::arp(1, (own, SERVICE), ([0; 6], client.ipv4()));
    let question = frame::ethernet(frame::EVERYBODY, own, frame::ARP, &question);
    a.run(|| frame::send("eth0", &question))?;
    // By the time at which it has answered, the client has taken down what it was told.
    eventually(LIMIT, || answers.frames().iter().any(|frame| frame[..6] == own))?;
    let entry = client.exec("ip", ["neigh", "show", &SERVICE.to_string()])?;
    assert!(entry.contains(known), "{entry}");
    assert_eq!(block.packets(), 0);
    block.unblock()?;
    drop(b);
    Ok(())
}

/// In every namespace that a test can reach: its own, and those of the hosts.
#[netns_test]
#[ignore = "NOT RUN: needs the programs ip and nft"]
fn a_flush_of_all_rulesets_does_not_touch_a_block_on_the_wire() -> Result {
    for count in [2, 3] {
        let (_net, hosts) = net_of(count)?;
        let (a, b) = (&hosts[0], &hosts[1]);
        let at = [port(a), port(b)];
        for policy in [Policy::drop(), Policy::reset(), Policy::refuse(IcmpKind::HostUnreachable)] {
            let mut block = a.block_with(b, policy)?;
            for host in &hosts {
                host.exec("nft", ["flush", "ruleset"])?;
            }
            let own = std::process::Command::new("nft").args(["flush", "ruleset"]).status()?;
            assert!(own.success());
            vanishes(a, a.ipv4(), at[1].addr(), &block);
            vanishes(b, b.ipv4(), at[0].addr(), &block);
            block.suspend(|| arrives(a, a.ipv4(), &at[1]))?;
            block.unblock()?;
            arrives(b, b.ipv4(), &at[0]);
        }
    }
    Ok(())
}

/// Links and queues in any state: the block is in effect, and lifting works.
#[netns_test]
#[ignore = "NOT RUN: needs the programs ip and tc"]
fn a_link_that_is_down_or_full_can_be_blocked() -> Result {
    for count in [2, 3] {
        let (_net, hosts) = net_of(count)?;
        let (a, b) = (&hosts[0], &hosts[1]);
        let at = port(b);
        for (down, up) in
            [("link set eth0 down", "link set eth0 up"), ("link set lo down", "link set lo up")]
        {
            for host in [a, b] {
                ip(host, down)?;
                let mut block = a.block(b)?;
                block.suspend(|| ())?;
                ip(host, up)?;
                // The kernel forgets its neighbours with the link, and what is known of them.
                ip(a, "neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0")?;
                vanishes(a, a.ipv4(), at.addr(), &block);
                ip(host, down)?;
                block.unblock()?;
                ip(host, up)?;
                ip(a, "neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0")?;
                arrives(a, a.ipv4(), &at);
            }
        }
        // A queue that is full for a quarter of an hour.
        let tbf = "qdisc add dev eth0 root tbf rate 8kbit burst 2000 limit 1000000";
        a.exec("tc", tbf.split_whitespace())?;
        let full = a.bind_udp(0)?;
        for _ in 0..100 {
            full.send_to(&[0; 1_000], at.addr())?;
        }
        let mut block = a.block(b)?;
        block.suspend(|| ())?;
        let listener = a.listen(0)?;
        assert!(b.connect_within(listener.addr(), UNDISTURBED).is_err());
        block.unblock()?;
        a.exec("tc", ["qdisc", "del", "dev", "eth0", "root"])?;
        b.connect_within(listener.addr(), LIMIT)?;
    }
    Ok(())
}
