//! The expressions that a rule consists of (nft(8), PAYLOAD EXPRESSIONS and STATEMENTS).

use std::net::IpAddr;

use netlink_packet_netfilter::nftables::{
    Bitwise, Cmp, DataAttribute, Expressions, Immediate, Lookup, Meta, MetaKey, Operator, Payload,
    Register, Verdict, VerdictAttribute,
};
use rtnetlink::packet_core::DefaultNla;

use super::super::firewall::{Chain, Protocol, Target};
use super::super::firewall_probe::{self, Probe};
use super::super::line::Line;
use super::super::probe::ETHERTYPE;
use super::super::recipe::{Action, Match, WireRule};
use super::super::reject::RejectWith;
use super::message::{PROBES, jump_to, peers};

pub(super) type Expression = Expressions;

// linux/netfilter.h
const NF_DROP: u32 = 0;
const NF_ACCEPT: u32 = 1;
// linux/netfilter/nf_tables.h
const NFT_PAYLOAD_LL_HEADER: u32 = 0;
const NFT_PAYLOAD_NETWORK_HEADER: u32 = 1;
const NFT_PAYLOAD_TRANSPORT_HEADER: u32 = 2;
const NFT_RETURN: u32 = (-5_i32) as u32;
const NFTA_REJECT_TYPE: u16 = 1;
const NFTA_REJECT_ICMP_CODE: u16 = 2;
const NFT_REJECT_ICMP_UNREACH: u32 = 0;
const NFT_REJECT_TCP_RST: u32 = 1;

// RFC 9293
const TCP_SYN: u8 = 0x02;
const TCP_RST: u8 = 0x04;
const TCP_ACK: u8 = 0x10;

/// A rule of the wire.
pub(super) fn of_wire(wire: &WireRule) -> Vec<Expression> {
    let ipv6 = wire.matches.contains(&Match::Ipv6(true));
    let mut rule: Vec<Expression> =
        wire.matches.iter().flat_map(|condition| of_match(*condition, ipv6)).collect();
    match wire.action {
        Action::Pass => rule.push(verdict(NFT_RETURN)),
        Action::Drop => rule.extend([counter(), verdict(NF_DROP)]),
        Action::Reset => rule.extend([counter(), reject(RejectWith::TcpReset, ipv6)]),
        Action::Icmp(kind) => rule.extend([counter(), reject(kind, ipv6)]),
    }
    rule
}

fn of_match(condition: Match, ipv6: bool) -> Vec<Expression> {
    match condition {
        Match::Ipv6(ipv6) => family(ipv6),
        Match::Protocol(wanted) => protocol(wanted, ipv6),
        Match::Sport(port) => transport(0, &port.to_be_bytes()),
        Match::Dport(port) => transport(2, &port.to_be_bytes()),
        Match::Saddr(address) => source(address),
        Match::Daddr(address) => destination(address),
        Match::Handshake => tcp_flags(TCP_SYN | TCP_ACK, TCP_SYN),
        Match::Rst => tcp_flags(TCP_RST, TCP_RST),
        // "Destination unreachable" is type 3 of ICMP and type 1 of ICMPv6.
        Match::Unreachable => transport(0, &[if ipv6 { 1 } else { 3 }]),
    }
}

fn transport(offset: u32, value: &[u8]) -> Vec<Expression> {
    let load = load(NFT_PAYLOAD_TRANSPORT_HEADER, offset, value.len() as u32);
    vec![load, compare(Operator::Equal, value)]
}

/// `tcp flags & MASK == VALUE`
fn tcp_flags(mask: u8, value: u8) -> Vec<Expression> {
    let masked = Expressions::Bitwise(vec![
        Bitwise::SourceRegister(Register::Reg1),
        Bitwise::DestinationRegister(Register::Reg1),
        Bitwise::Length(1),
        Bitwise::Mask(DataAttribute::Value(vec![mask])),
        Bitwise::Xor(DataAttribute::Value(vec![0])),
    ]);
    vec![load(NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1), masked, compare(Operator::Equal, &[value])]
}

/// `jump CHAIN`
pub(super) fn jump(chain: &str) -> Vec<Expression> {
    vec![Expressions::Immediate(vec![
        Immediate::DestinationRegister(Register::Verdict),
        Immediate::Data(DataAttribute::Verdict(jump_to(chain))),
    ])]
}

/// `meta protocol 0x88b5 counter drop`
pub(super) fn count_probe() -> Vec<Expression> {
    let mut rule = ethertype(ETHERTYPE);
    rule.extend([counter(), verdict(NF_DROP)]);
    rule
}

/// The rules of a device's chain: what is for another host passes, probes go to the block that they
/// ask for, housekeeping passes, and the rest goes to the chain of the peer that it is from. All
/// traffic pays for these, so IPv4, for which the last four are not, has done with them first.
pub(super) fn dispatch() -> [Vec<Expression>; 7] {
    let [discovery, reports] = housekeeping_passes();
    let mut probes = ethertype(ETHERTYPE);
    // Behind the 14 bytes of the Ethernet header. From there, because nft(8) cannot list a load
    // from the network header behind an ethertype that it does not know: it aborts.
    probes.extend([load(NFT_PAYLOAD_LL_HEADER, 14, 4), look_up(PROBES)]);
    let [ipv4, ipv6] = [look_up_source(false), look_up_source(true)];
    [others_pass(), ipv4, ipv4_passes(), probes, discovery, reports, ipv6]
}

/// `meta pkttype other accept`: a bridge brings a frame to all hosts as long as it does not know
/// where its receiver is. The stack of any other host ignores it, and so do blocks: answered by a
/// reset, it would end a connection that is nobody's business.
fn others_pass() -> Vec<Expression> {
    let load = vec![Meta::Key(MetaKey::PacketType), Meta::DestinationRegister(Register::Reg1)];
    vec![
        Expressions::Meta(load),
        compare(Operator::Equal, &[libc::PACKET_OTHERHOST]),
        verdict(NF_ACCEPT),
    ]
}

/// `ip saddr vmap @peers4`, `ip6 saddr vmap @peers6`
fn look_up_source(ipv6: bool) -> Vec<Expression> {
    let (offset, length) = if ipv6 { (8, 16) } else { (12, 4) };
    let mut rule = family(ipv6);
    rule.extend([load(NFT_PAYLOAD_NETWORK_HEADER, offset, length), look_up(peers(ipv6))]);
    rule
}

/// `meta protocol ip accept`
fn ipv4_passes() -> Vec<Expression> {
    let mut rule = family(false);
    rule.push(verdict(NF_ACCEPT));
    rule
}

fn look_up(map: &str) -> Expression {
    Expressions::Lookup(vec![
        Lookup::Set(map.to_owned()),
        Lookup::SourceRegister(Register::Reg1),
        Lookup::DestinationRegister(Register::Verdict),
    ])
}

/// `icmpv6 type LOWEST-HIGHEST accept`
fn icmpv6_passes(lowest: u8, highest: u8) -> Vec<Expression> {
    let mut rule = family(true);
    rule.extend(protocol(Protocol::Icmp, true));
    rule.push(load(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1));
    // The library's name for "greater or equal".
    rule.push(compare(Operator::GreatherThanEqual, &[lowest]));
    rule.push(compare(Operator::LessThanEqual, &[highest]));
    rule.push(verdict(NF_ACCEPT));
    rule
}

/// What the kernels of two hosts say to each other about the link itself passes: neighbour and
/// router discovery (types 133 to 137, RFC 4861) and multicast listener reports (130 to 132,
/// RFC 2710, and 143, RFC 3810). Neighbours that cannot be found would turn a time-out into an
/// error, and reports that no program sent would be counted as traffic.
fn housekeeping_passes() -> [Vec<Expression>; 2] {
    [icmpv6_passes(130, 137), icmpv6_passes(143, 143)]
}

/// `ip saddr ADDRESS tcp dport PORT counter reject with tcp reset`, or what the line says.
pub(super) fn of_line(line: &Line) -> Vec<Expression> {
    let ipv6 = line.is_ipv6();
    let mut rule = family(ipv6);
    rule.extend(match line.chain {
        Chain::Input => source(line.peer),
        Chain::Output => destination(line.peer),
    });
    if let Some(wanted) = line.protocol {
        rule.extend(protocol(wanted, ipv6));
    }
    for (offset, port) in [(0, line.sport), (2, line.dport)] {
        if let Some(port) = port {
            rule.extend(transport(offset, &port.to_be_bytes()));
        }
    }
    rule.push(counter());
    rule.push(match line.target {
        Target::Drop => verdict(NF_DROP),
        Target::Reject(kind) => reject(kind, ipv6),
    });
    rule
}

/// `ip saddr 240.0.0.14 meta l4proto 253 counter drop`: what the probe of a firewall meets.
pub(super) fn of_probe(probe: Probe) -> Vec<Expression> {
    let mut rule = family(probe.ipv6);
    rule.extend(source(probe.source()));
    rule.extend(layer_4(firewall_probe::PROTOCOL));
    rule.extend([counter(), verdict(NF_DROP)]);
    rule
}

/// `meta protocol ip` or `meta protocol ip6`: the ethertype, which every family knows.
fn family(ipv6: bool) -> Vec<Expression> {
    ethertype(if ipv6 { libc::ETH_P_IPV6 as u16 } else { libc::ETH_P_IP as u16 })
}

fn ethertype(wanted: u16) -> Vec<Expression> {
    let load =
        vec![Meta::Key(MetaKey::EtherTypeProtocol), Meta::DestinationRegister(Register::Reg1)];
    vec![Expressions::Meta(load), compare(Operator::Equal, &wanted.to_be_bytes())]
}

fn protocol(protocol: Protocol, ipv6: bool) -> Vec<Expression> {
    layer_4(protocol.number(ipv6))
}

/// `meta l4proto NUMBER`
fn layer_4(number: u8) -> Vec<Expression> {
    let load = vec![Meta::Key(MetaKey::L4Proto), Meta::DestinationRegister(Register::Reg1)];
    vec![Expressions::Meta(load), compare(Operator::Equal, &[number])]
}

fn source(address: IpAddr) -> Vec<Expression> {
    match address {
        IpAddr::V4(v4) => address_at(12, &v4.octets()),
        IpAddr::V6(v6) => address_at(8, &v6.octets()),
    }
}

fn destination(address: IpAddr) -> Vec<Expression> {
    match address {
        IpAddr::V4(v4) => address_at(16, &v4.octets()),
        IpAddr::V6(v6) => address_at(24, &v6.octets()),
    }
}

fn address_at(offset: u32, octets: &[u8]) -> Vec<Expression> {
    let load = load(NFT_PAYLOAD_NETWORK_HEADER, offset, octets.len() as u32);
    vec![load, compare(Operator::Equal, octets)]
}

fn load(base: u32, offset: u32, length: u32) -> Expression {
    Expressions::Payload(vec![
        Payload::DestinationRegister(Register::Reg1),
        Payload::Base(base),
        Payload::Offset(offset),
        Payload::Len(length),
    ])
}

fn compare(operator: Operator, value: &[u8]) -> Expression {
    Expressions::Cmp(vec![
        Cmp::SourceRegister(Register::Reg1),
        Cmp::Op(operator),
        Cmp::Data(DataAttribute::Value(value.to_vec())),
    ])
}

fn counter() -> Expression {
    Expressions::Other { expression_type: "counter".to_owned(), attributes: Vec::new() }
}

fn verdict(code: u32) -> Expression {
    let code = VerdictAttribute::Code(Verdict::Other(code));
    Expressions::Immediate(vec![
        Immediate::DestinationRegister(Register::Verdict),
        Immediate::Data(DataAttribute::Verdict(vec![code])),
    ])
}

/// `reject with …`. That the kind exists in the family has been checked with the rule.
fn reject(kind: RejectWith, ipv6: bool) -> Expression {
    let (answer, code) = match kind.code(ipv6) {
        Some(code) => (NFT_REJECT_ICMP_UNREACH, code),
        None => (NFT_REJECT_TCP_RST, 0),
    };
    let attributes = vec![
        DefaultNla::new(NFTA_REJECT_TYPE, answer.to_be_bytes().to_vec()),
        DefaultNla::new(NFTA_REJECT_ICMP_CODE, vec![code]),
    ];
    Expressions::Other { expression_type: "reject".to_owned(), attributes }
}
