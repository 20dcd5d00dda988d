//! A block is of a host, not of its addresses: whatever a host sends by its end of a link is taken,
//! and nothing of any other host, whoever has which address.
//!
//! The frames are made by hand, as a macvlan, a VLAN, a DHCP client or any program with a packet
//! socket makes them, so no other program is needed.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::net::{Ipv4Addr, Ipv6Addr};

use netns_test::{Block, Host, IcmpKind, Net, Policy, Result, eventually, netns_test};
use support::frame::{self, ARP, EVERYBODY, IPV4, IPV6, Mac, TCP, Tap, UDP};
use support::times::LIMIT;

/// IANA's number of the protocol.
const IGMP: u8 = 2;

/// Addresses that nobody has been given.
const STRANGER: Mac = [2, 0, 0, 0, 9, 9];
const STRANGE_V4: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 77);
const STRANGE_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 77);

/// The Ethernet address of the host that was made as the number `end` of its net's first link.
fn mac(end: u8) -> Mac {
    [2, 0, 0, 0, 0, end]
}

/// The IPv6 address of that host, whether its kernel has IPv6 or not: here the frames are made by
/// hand, and a block takes what its kernel would not understand as well.
fn v6_of(end: u16) -> Ipv6Addr {
    Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, end)
}

/// A frame, its ethertype, and what it is.
struct Sent {
    what: &'static str,
    ethertype: u16,
    frame: Vec<u8>,
}

fn sent(what: &'static str, ethertype: u16, frame: Vec<u8>) -> Sent {
    Sent { what, ethertype, frame }
}

/// What a host can send to another one that is none of their common business.
fn anything(a: &Host, b: &Host) -> Vec<Sent> {
    let (from, to) = (mac(1), mac(2));
    let datagram = frame::udp(1000, 2000, b"x");
    let v4 = |from: Ipv4Addr, to: Ipv4Addr| frame::ipv4(UDP, from, to, &datagram);
    let v6 = |from: Ipv6Addr| frame::ipv6(UDP, from, v6_of(2), &datagram);
    let plain = frame::ethernet(to, from, IPV4, &v4(a.ipv4(), b.ipv4()));
    vec![
        sent("from its own address", IPV4, plain.clone()),
        sent(
            "from a macvlan",
            IPV4,
            frame::ethernet(to, STRANGER, IPV4, &v4(STRANGE_V4, b.ipv4())),
        ),
        sent(
            "from an address that it has taken",
            IPV4,
            frame::ethernet(to, from, IPV4, &v4(STRANGE_V4, b.ipv4())),
        ),
        sent(
            "from 0.0.0.0, as DHCP",
            IPV4,
            frame::ethernet(EVERYBODY, from, IPV4, &v4(Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST)),
        ),
        sent("in a VLAN", IPV4, frame::tagged(7, &plain)),
        sent("by IPv6", IPV6, frame::ethernet(to, from, IPV6, &v6(v6_of(1)))),
        sent(
            "by IPv6 from an address that it has taken",
            IPV6,
            frame::ethernet(to, STRANGER, IPV6, &v6(STRANGE_V6)),
        ),
        sent("from ::", IPV6, frame::ethernet(to, from, IPV6, &v6(Ipv6Addr::UNSPECIFIED))),
        sent("by LLDP", 0x88cc, frame::ethernet(EVERYBODY, from, 0x88cc, b"lldp")),
        sent("by PPPoE", 0x8863, frame::ethernet(EVERYBODY, from, 0x8863, b"pppoe")),
        sent("by what nobody knows", 0x88b6, frame::ethernet(to, from, 0x88b6, b"?")),
    ]
}

/// What tells others where an address is now.
fn announcements() -> Vec<Sent> {
    let own = (mac(1), STRANGE_V4);
    let none = ([0; 6], STRANGE_V4);
    let request = frame::arp(1, own, none);
    let probe = frame::arp(1, (mac(1), Ipv4Addr::UNSPECIFIED), none);
    let reply = frame::arp(2, own, own);
    let all_nodes: Ipv6Addr = "ff02::1".parse().unwrap();
    let link_local: Ipv6Addr = "fe80::1".parse().unwrap();
    let advertisement = |flags: u8| {
        let mut message = vec![136, 0, 0, 0, flags, 0, 0, 0];
        message.extend(STRANGE_V6.octets());
        message.extend([2, 1]);
        message.extend(mac(1));
        message
    };
    let to_all = |message: &[u8]| {
        let packet = frame::icmpv6(link_local, all_nodes, message);
        frame::ethernet([0x33, 0x33, 0, 0, 0, 1], mac(1), IPV6, &packet)
    };
    let redirect = [&[137, 0, 0, 0, 0, 0, 0, 0][..], &[0; 32]].concat();
    vec![
        sent("gratuitous ARP", ARP, frame::ethernet(EVERYBODY, mac(1), ARP, &request)),
        sent("an ARP probe", ARP, frame::ethernet(EVERYBODY, mac(1), ARP, &probe)),
        sent("a gratuitous reply", ARP, frame::ethernet(EVERYBODY, mac(1), ARP, &reply)),
        sent("the same to one host", ARP, frame::ethernet(mac(2), mac(1), ARP, &reply)),
        sent("an unsolicited advertisement", IPV6, to_all(&advertisement(0x20))),
        sent(
            "a router's advertisement",
            IPV6,
            to_all(&[134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]),
        ),
        sent("a redirect", IPV6, to_all(&redirect)),
    ]
}

/// What two hosts say to find each other, and who listens to which group.
fn resolution(a: &Host, b: &Host) -> Vec<Sent> {
    let (us, them) = ((mac(1), a.ipv4()), (mac(2), b.ipv4()));
    let request = frame::arp(1, us, ([0; 6], b.ipv4()));
    let reply = frame::arp(2, us, them);
    let target = |kind: u8, flags: u8, target: Ipv6Addr, option: u8| {
        let mut message = vec![kind, 0, 0, 0, flags, 0, 0, 0];
        message.extend(target.octets());
        message.extend([option, 1]);
        message.extend(mac(1));
        frame::icmpv6(v6_of(1), v6_of(2), &message)
    };
    let solicitation = target(135, 0, v6_of(2), 1);
    let solicited = target(136, 0x60, v6_of(1), 2);
    let unicast = |ethertype, packet: &[u8]| frame::ethernet(mac(2), mac(1), ethertype, packet);
    // A report of version 3 of IGMP, for a group that somebody has joined: 224.1.2.3.
    let mut report = vec![0x22, 0, 0xf8, 0xf8, 0, 0, 0, 1, 4, 0, 0, 0, 224, 1, 2, 3];
    report.resize(40, 0);
    let report = frame::ipv4(IGMP, a.ipv4(), Ipv4Addr::new(224, 0, 0, 22), &report);
    vec![
        sent(
            "a report of groups",
            IPV4,
            frame::ethernet([1, 0, 0x5e, 0, 0, 22], mac(1), IPV4, &report),
        ),
        sent("a question to all", ARP, frame::ethernet(EVERYBODY, mac(1), ARP, &request)),
        sent("a question to one", ARP, unicast(ARP, &request)),
        sent("an answer", ARP, unicast(ARP, &reply)),
        sent("a solicitation", IPV6, unicast(IPV6, &solicitation)),
        sent("a solicited advertisement", IPV6, unicast(IPV6, &solicited)),
    ]
}

/// A net of `count` hosts on one link: a pair, or a bridge.
fn net_of(count: usize) -> Result<(Net, Vec<Host>)> {
    let net = Net::new();
    let hosts = net.add_hosts(&["a", "b", "c"][..count])?;
    Ok((net, hosts))
}

/// How often the bytes are among the frames that have got in. The rest of a short frame, and a tag,
/// are the kernel's. A long one is known by its end: what `a` itself says to all begins alike.
fn seen(tap: &Tap, frame: &[u8]) -> usize {
    let end = frame.len();
    let body = if end > 60 { &frame[end - 40..] } else { &frame[end - 40..end - 20] };
    tap.frames().iter().filter(|got| got.windows(body.len()).any(|part| part == body)).count()
}

#[track_caller]
fn is_taken(a: &Host, b: &Host, sent: &Sent, block: &Block) {
    let tap = Tap::of(b, "eth0", sent.ethertype).unwrap();
    let before = block.packets();
    a.run(|| frame::send("eth0", &sent.frame)).unwrap();
    let counted = eventually(LIMIT, || block.packets() > before);
    assert!(counted.is_ok(), "{} is not counted by {block}", sent.what);
    assert_eq!(block.packets(), before + 1, "{}", sent.what);
    assert_eq!(seen(&tap, &sent.frame), 0, "{} got in under {block}", sent.what);
}

#[track_caller]
fn gets_in(a: &Host, b: &Host, sent: &Sent) {
    gets_in_as(a, b, sent, &sent.frame);
}

#[track_caller]
fn gets_in_as(a: &Host, b: &Host, sent: &Sent, expected: &[u8]) {
    let tap = Tap::of(b, "eth0", sent.ethertype).unwrap();
    a.run(|| frame::send("eth0", &sent.frame)).unwrap();
    let got_in = eventually(LIMIT, || seen(&tap, expected) == 1);
    assert!(got_in.is_ok(), "{} does not get in", sent.what);
}

#[netns_test]
fn whatever_a_host_sends_is_taken_on_pairs_and_bridges() -> Result {
    for count in [2, 3] {
        let (_net, hosts) = net_of(count)?;
        let (a, b) = (&hosts[0], &hosts[1]);
        let everything = || anything(a, b).into_iter().chain(announcements());
        everything().for_each(|sent| gets_in(a, b, &sent));
        let refuse = Policy::refuse(IcmpKind::HostUnreachable);
        let policies = [Policy::drop(), Policy::drop().from_peer(), Policy::reset(), refuse];
        for policy in policies {
            let block = b.block_with(a, policy)?;
            everything().for_each(|sent| is_taken(a, b, &sent, &block));
            block.unblock()?;
        }
        let block = a.block(b)?;
        everything().for_each(|sent| is_taken(a, b, &sent, &block));
        block.unblock()?;
        // The other way passes.
        let block = b.block_with(a, Policy::drop().to_peer())?;
        everything().for_each(|sent| gets_in(a, b, &sent));
        block.unblock()?;
        everything().for_each(|sent| gets_in(a, b, &sent));
    }
    Ok(())
}

/// Or a dial would fail with `EHOSTUNREACH` instead of timing out. Who asks is not told, or that would
/// be an announcement.
#[netns_test]
fn what_hosts_say_to_find_each_other_passes_and_is_not_counted() -> Result {
    for count in [2, 3] {
        let (_net, hosts) = net_of(count)?;
        let (a, b) = (&hosts[0], &hosts[1]);
        for policy in [Policy::drop(), Policy::reset(), Policy::refuse(IcmpKind::HostUnreachable)] {
            let block = a.block_with(b, policy)?;
            for sent in resolution(a, b) {
                let mut expected = sent.frame.clone();
                if sent.what.starts_with("a question") {
                    expected[28..32].fill(0);
                }
                gets_in_as(a, b, &sent, &expected);
            }
            assert_eq!(block.packets(), 0, "{block}");
            block.unblock()?;
        }
    }
    Ok(())
}

/// Whoever has the address, and whoever says so.
#[netns_test]
fn nothing_of_another_host_is_taken(a: Host, b: Host, c: Host) -> Result {
    // Or its kernel would answer `a`, in whose name it is asked, that nobody listens.
    let _listens = b.bind_udp(2000)?;
    let block = a.block(&b)?;
    let mut all = anything(&a, &b);
    // Those to everybody tell the bridge that `a` is where `c` is, so they come last.
    all.sort_by_key(|sent| sent.frame[0] & 1);
    for sent in all {
        gets_in(&c, &b, &sent);
    }
    assert_eq!(block.packets(), 0, "they bear the addresses of `a`, and are of `c`");
    // The bridge learns where `a` really is, and its traffic with `c` passes.
    let datagram = frame::udp(1, 2, b"to c");
    let packet = frame::ipv4(UDP, a.ipv4(), c.ipv4(), &datagram);
    gets_in(&a, &c, &sent("of a to c", IPV4, frame::ethernet(mac(3), mac(1), IPV4, &packet)));
    assert_eq!(block.packets(), 0);
    block.unblock()?;
    Ok(())
}

/// The answer goes to the Ethernet address and the IP address that the segment is from.
#[netns_test]
fn strangers_are_answered_as_the_host_itself_is() -> Result {
    let answers = |answer: &[u8], protocol: u8| {
        answer[..6] == STRANGER && answer[23] == protocol && answer[30..34] == STRANGE_V4.octets()
    };
    for count in [2, 3] {
        let (_net, hosts) = net_of(count)?;
        let (a, b) = (&hosts[0], &hosts[1]);
        let segment = frame::syn((STRANGE_V4, 1000), (b.ipv4(), 2000));
        let packet = frame::ipv4(TCP, STRANGE_V4, b.ipv4(), &segment);
        let dial = sent("a SYN", IPV4, frame::ethernet(mac(2), STRANGER, IPV4, &packet));
        if count == 2 {
            // Where the kernel's devices cannot answer it is the stack of `b` that does, if it knows
            // the stranger: as one asks for `b` before it dials, so does this one.
            let own = (STRANGER, STRANGE_V4);
            let question = frame::arp(1, own, ([0; 6], b.ipv4()));
            gets_in(
                a,
                b,
                &sent("a question", ARP, frame::ethernet(EVERYBODY, STRANGER, ARP, &question)),
            );
        }
        for (policy, protocol) in
            [(Policy::reset(), TCP), (Policy::refuse(IcmpKind::HostUnreachable), 1)]
        {
            let block = b.block_with(a, policy)?;
            let tap = Tap::of(a, "eth0", IPV4)?;
            is_taken(a, b, &dial, &block);
            let mut got = Vec::new();
            eventually(LIMIT, || {
                got.extend(tap.frames());
                got.iter().any(|answer| answers(answer, protocol))
            })?;
            assert_eq!(got.len(), 1, "one answer, and nothing else: {got:?}");
            assert_eq!(got[0][26..30], b.ipv4().octets(), "in the name of `b`");
            block.unblock()?;
        }
    }
    Ok(())
}

/// A bridge brings to all ports what is for an address that it does not know. That may be another
/// host's, whose connection an answer would end.
#[netns_test]
fn what_may_be_for_another_host_is_not_answered(a: Host, b: Host, c: Host) -> Result {
    let segment = frame::syn((a.ipv4(), 1000), (STRANGE_V4, 2000));
    let packet = frame::ipv4(TCP, a.ipv4(), STRANGE_V4, &segment);
    let frame = frame::ethernet(STRANGER, mac(1), IPV4, &packet);
    let to_a = Tap::of(&a, "eth0", IPV4)?;
    let to_c = Tap::of(&c, "eth0", IPV4)?;
    for policy in [Policy::reset(), Policy::refuse(IcmpKind::HostUnreachable)] {
        let block = a.block_with(&b, policy)?;
        a.run(|| frame::send("eth0", &frame))?;
        eventually(LIMIT, || seen(&to_c, &frame) == 1)?;
        // Once somebody behind the port of `b` has used the address, it is known to be there.
        let from_there = frame::ethernet(EVERYBODY, STRANGER, 0x88b6, b"here I am");
        gets_in(&b, &c, &sent("a word of it", 0x88b6, from_there));
        assert_eq!(to_a.frames(), Vec::<Vec<u8>>::new(), "{block}");
        a.run(|| frame::send("eth0", &frame))?;
        eventually(LIMIT, || !to_a.frames().is_empty())?;
        assert_eq!(seen(&to_c, &frame), 0, "by then it is for `b` alone");
        block.unblock()?;
        // And moves on to `c`.
        let from_c = frame::ethernet(EVERYBODY, STRANGER, 0x88b6, b"now I am here");
        gets_in(&c, &a, &sent("a word of it", 0x88b6, from_c));
    }
    Ok(())
}
