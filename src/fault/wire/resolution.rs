//! Which housekeeping packets between two hosts a block lets pass.
//!
//! Neighbour discovery works under a block. Otherwise a dial would fail with `EHOSTUNREACH` after three
//! seconds instead of timing out, as it does across any router. Announcements do not pass, because a
//! blocked host must not tell the other where an address is now (RFC 5227, RFC 4861); nor do router
//! advertisements and redirects. Reports for routers and switches pass: they have no effect, and counting
//! them would make them look like a program's traffic.

use crate::nftables::{
    Base, Expression, Key, Operator, Verdict, add_for, compare, in_range, load, masked, meta,
    meta_into, not_in_set, number, payload_into, verdict, write,
};

/// The ethertypes that a lane looks at before its blocks do.
pub(super) const ARP: u16 = libc::ETH_P_ARP as u16;
pub(super) const IPV4: u16 = libc::ETH_P_IP as u16;
pub(super) const IPV6: u16 = libc::ETH_P_IPV6 as u16;

// Offsets in an ARP packet for IPv4 over Ethernet (RFC 826).
const OPERATION: u32 = 6;
const SENDER: u32 = 14;
const TARGET: u32 = 24;
const REQUEST: [u8; 2] = [0, 1];
const REPLY: [u8; 2] = [0, 2];

// RFC 8200, RFC 4443, RFC 4861
const SOURCE: u32 = 8;
const HOP_LIMIT: u32 = 7;
const IGMP: u8 = 2;
const ICMPV6: u8 = 58;
const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
const SOLICITED: u8 = 0x40;

/// The set of addresses that a sender has just used as its own.
pub(super) const OWN: &str = "own";
/// How long, in milliseconds. It is looked at in the next rule.
const JUST: u64 = 1_000;

/// The rules for ARP: a question for somebody else's address, and the answer to one host.
///
/// Who asks for an address of its own announces it, who asks from 0.0.0.0 tries one out, and a reply
/// to all is an announcement as well. Its own is what a sender has just named as such; `sender`,
/// what tells senders from each other. (Two addresses of one packet can be compared since Linux
/// 6.13, but not listed by the nft(8) of most systems: it aborts.)
///
/// Whoever is asked takes the sender of a question for the holder of its address, so this would be
/// an announcement too. It passes as one from 0.0.0.0, which is answered and tells nothing (RFC
/// 5227).
pub(super) fn arp(sender: Key) -> [Vec<Expression>; 3] {
    let address = |offset| [payload_into(0, Base::Network, offset, 4), meta_into(1, sender)];
    let is_somebody = || [load(Base::Network, SENDER, 4), compare(Operator::NotEqual, &[0; 4])];
    let mut own: Vec<Expression> = is_somebody().into();
    own.extend(address(SENDER));
    own.push(add_for(OWN, JUST));
    let mut request = operation(REQUEST);
    request.extend(is_somebody());
    let mut reply = operation(REPLY);
    // The bit that makes an Ethernet address one of a group.
    reply.extend([load(Base::Link, 0, 1), masked(&[1]), compare(Operator::Equal, &[0])]);
    for rule in [&mut request, &mut reply] {
        rule.extend(address(TARGET));
        rule.push(not_in_set(OWN));
    }
    request.extend([number(0), write(Base::Network, SENDER, 4)]);
    for rule in [&mut request, &mut reply] {
        rule.push(verdict(&Verdict::Accept));
    }
    [own, request, reply]
}

fn operation(wanted: [u8; 2]) -> Vec<Expression> {
    vec![load(Base::Network, OPERATION, 2), compare(Operator::Equal, &wanted)]
}

/// The rules for IPv6: solicitations that are not from `::`, solicited advertisements, both from
/// this link; router solicitations and the reports of multicast listeners (RFC 3810).
pub(super) fn discovery() -> [Vec<Expression>; 4] {
    let from_here = |kind: u8| {
        let mut rule = icmpv6();
        rule.extend([
            load(Base::Network, HOP_LIMIT, 1),
            compare(Operator::Equal, &[255]),
            load(Base::Transport, 0, 1),
            compare(Operator::Equal, &[kind]),
        ]);
        rule
    };
    let accept = || verdict(&Verdict::Accept);
    let mut solicitation = from_here(SOLICITATION);
    solicitation.extend([
        load(Base::Network, SOURCE, 16),
        compare(Operator::NotEqual, &[0; 16]),
        accept(),
    ]);
    let mut advertisement = from_here(ADVERTISEMENT);
    advertisement.extend([
        load(Base::Transport, 4, 1),
        masked(&[SOLICITED]),
        compare(Operator::Equal, &[SOLICITED]),
        accept(),
    ]);
    let mut listeners = icmpv6();
    listeners.extend([load(Base::Transport, 0, 1), in_range(&[130], &[133]), accept()]);
    let mut listeners_of_version_2 = icmpv6();
    listeners_of_version_2.extend([
        load(Base::Transport, 0, 1),
        compare(Operator::Equal, &[143]),
        accept(),
    ]);
    [solicitation, advertisement, listeners, listeners_of_version_2]
}

/// The rule for IPv4: what is said about who listens to which group (RFC 3376).
pub(super) fn groups() -> [Expression; 3] {
    [meta(Key::L4Proto), compare(Operator::Equal, &[IGMP]), verdict(&Verdict::Accept)]
}

fn icmpv6() -> Vec<Expression> {
    vec![meta(Key::L4Proto), compare(Operator::Equal, &[ICMPV6])]
}
