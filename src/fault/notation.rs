//! Rules as a person would write them for nft(8) and iptables(8).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::line::Line;
use super::ports::Ports;
use super::protocol::Protocol;
use super::recipe::{Action, Flow, Match, Side, WireRule};
use super::reject::RejectWith;
use super::rule::{Chain, Rule, Target};
use crate::family::Family;

/// A rule of a wire that holds what matches.
pub(super) fn held(rule: &WireRule) -> String {
    let mut words = conditions(rule);
    words.push("hold".to_owned());
    words.join(" ")
}

/// A rule of the wire. The peer's address is not in it: its packets are led to it.
pub(super) fn wire(rule: &WireRule) -> String {
    let family = rule.family();
    let mut words = conditions(rule);
    words.push(match rule.action {
        Action::Pass | Action::PassOthers => "return".to_owned(),
        Action::Drop => "counter drop".to_owned(),
        Action::Reset => "counter reject with tcp reset".to_owned(),
        Action::Icmp(kind) => format!("counter {}", reject(kind.into(), family)),
    });
    words.join(" ")
}

/// What a packet must be.
fn conditions(rule: &WireRule) -> Vec<String> {
    let family = rule.family();
    let mut words: Vec<String> = Vec::new();
    // Before a port, `tcp` is the protocol's name and no condition of its own.
    let ported = rule
        .matches
        .iter()
        .any(|one| matches!(one, Match::Sport(_) | Match::Dport(_) | Match::Flows(_)));
    let protocol = rule.matches.iter().find_map(|condition| match condition {
        Match::Protocol(protocol) => Some(protocol.word(family)),
        _ => None,
    });
    for condition in &rule.matches {
        words.extend(match condition {
            Match::Family(family) => Some(format!("meta protocol {}", ip(*family))),
            Match::Protocol(_) if ported => None,
            Match::Protocol(Protocol::Icmp) if family == Family::Ipv6 => {
                Some("meta l4proto ipv6-icmp".to_owned())
            }
            Match::Protocol(protocol) => Some(format!("meta l4proto {}", protocol.word(family))),
            Match::Sport(ports) => Some(format!("{} sport {ports}", protocol.unwrap_or("th"))),
            Match::Dport(ports) => Some(format!("{} dport {ports}", protocol.unwrap_or("th"))),
            Match::Flows(flows) => Some(of_flows(flows, ip(family))),
            Match::Handshake => Some("tcp flags & (syn | ack) == syn".to_owned()),
            Match::Rst => Some("tcp flags & rst == rst".to_owned()),
            Match::Unreachable => Some(format!("{} type destination-unreachable", icmp(family))),
            Match::Elsewhere(side, of) => Some(elsewhere(*side, of, ip(family))),
            Match::NotIp => Some("meta protocol != { ip, ip6 }".to_owned()),
        });
    }
    words
}

fn elsewhere(side: Side, addresses: &[IpAddr], ip: &str) -> String {
    let side = match side {
        Side::Source => "saddr",
        Side::Destination => "daddr",
    };
    let all: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    format!("{ip} {side} != {{ {} }}", all.join(", "))
}

/// One connection, or how many.
fn of_flows(flows: &[Flow], ip: &str) -> String {
    match flows {
        [Flow { from, to }] => format!(
            "{ip} saddr {} {ip} daddr {} tcp sport {} tcp dport {}",
            from.ip(),
            to.ip(),
            from.port(),
            to.port()
        ),
        flows => format!(
            "{ip} saddr . {ip} daddr . tcp sport . tcp dport @flows of {} connections",
            flows.len()
        ),
    }
}

/// A rule of a host's firewall.
pub(super) fn firewall(line: &Line) -> String {
    let family = line.family();
    let side = match line.chain {
        Chain::Input => "saddr",
        Chain::Output => "daddr",
    };
    let mut words = vec![format!("{} {side} {}", ip(family), line.peer)];
    let protocol = line.protocol.map(|protocol| protocol.word(family));
    match (protocol, line.sport, line.dport) {
        (Some(protocol), None, None) => words.push(format!("meta l4proto {protocol}")),
        (Some(protocol), sport, dport) => {
            words.extend(sport.map(|port| format!("{protocol} sport {port}")));
            words.extend(dport.map(|port| format!("{protocol} dport {port}")));
        }
        (None, ..) => {}
    }
    words.push(match line.target {
        Target::Drop => "counter drop".to_owned(),
        Target::Reject(kind) => format!("counter {}", reject(kind, family)),
    });
    words.join(" ")
}

/// A rule of a firewall about any address of the peer.
pub(super) fn firewall_rule(rule: &Rule, family: Family) -> String {
    firewall(&placeholder(rule, family)).replace(&unspecified(family).to_string(), "PEER")
}

/// The same for iptables, or ip6tables.
pub(super) fn iptables_rule(rule: &Rule, family: Family) -> String {
    let chain = match rule.chain {
        Chain::Input => "INPUT",
        Chain::Output => "OUTPUT",
    };
    let line = iptables(&placeholder(rule, family));
    let line = line.replace(&unspecified(family).to_string(), "PEER");
    let program = family.of_two("iptables", "ip6tables");
    format!("{program} -I {chain} {line}")
}

/// A line of a firewall in the words of iptables(8) and ip6tables(8), without its chain.
pub(super) fn iptables(line: &Line) -> String {
    let peer = match line.chain {
        Chain::Input => "-s",
        Chain::Output => "-d",
    };
    let mut words = vec![format!("{peer} {}", line.peer)];
    words.extend(line.protocol.map(|protocol| format!("-p {}", protocol.word(line.family()))));
    words.extend(line.sport.map(|port| format!("--sport {port}")));
    words.extend(line.dport.map(|port| format!("--dport {port}")));
    words.push(match line.target {
        Target::Drop => "-j DROP".to_owned(),
        Target::Reject(kind) => {
            let kind = kind.word(line.family()).unwrap_or_default();
            format!("-j REJECT --reject-with {kind}")
        }
    });
    words.join(" ")
}

fn unspecified(family: Family) -> IpAddr {
    family.of_two(Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into())
}

fn placeholder(rule: &Rule, family: Family) -> Line {
    Line {
        chain: rule.chain,
        peer: unspecified(family),
        protocol: rule.protocol,
        sport: rule.sport,
        dport: rule.dport,
        target: rule.target,
    }
}

/// The closest that iptables comes to a rule of the wire: DROP before all other rules of the host, and
/// answers from INPUT.
pub(super) fn iptables_wire(rule: &WireRule) -> String {
    let family = rule.family();
    let mut words: Vec<String> = Vec::new();
    match rule.action {
        Action::Drop => words.push("-t raw -I PREROUTING".to_owned()),
        _ => words.push("-I INPUT".to_owned()),
    }
    words.push("-s PEER".to_owned());
    words.extend(rule.matches.iter().filter_map(|condition| {
        Some(match condition {
            Match::Protocol(protocol) => format!("-p {}", protocol.word(family)),
            Match::Sport(ports) => ports_of_iptables("sport", ports),
            Match::Dport(ports) => ports_of_iptables("dport", ports),
            Match::Flows(_) => "(one rule for each connection)".to_owned(),
            Match::Handshake => "--tcp-flags SYN,ACK SYN".to_owned(),
            Match::Rst => "--tcp-flags RST RST".to_owned(),
            Match::Unreachable if family == Family::Ipv6 => {
                "--icmpv6-type destination-unreachable".to_owned()
            }
            Match::Unreachable => "--icmp-type destination-unreachable".to_owned(),
            Match::Family(_) | Match::Elsewhere(..) | Match::NotIp => return None,
        })
    }));
    words.push(match rule.action {
        Action::Pass | Action::PassOthers => "-j ACCEPT".to_owned(),
        Action::Drop => "-j DROP".to_owned(),
        Action::Reset => "-j REJECT --reject-with tcp-reset".to_owned(),
        Action::Icmp(kind) => {
            format!("-j REJECT --reject-with {}", kind.word(family).unwrap_or_default())
        }
    });
    words.join(" ")
}

/// A list of ports is a match of its own (iptables-extensions(8), multiport).
fn ports_of_iptables(option: &str, ports: &Ports) -> String {
    let text = ports.text(":", usize::MAX).replace(", ", ",");
    match ports.ranges().len() {
        1 => format!("--{option} {text}"),
        _ => format!("-m multiport --{option}s {text}"),
    }
}

fn ip(family: Family) -> &'static str {
    family.of_two("ip", "ip6")
}

fn icmp(family: Family) -> &'static str {
    family.of_two("icmp", "icmpv6")
}

/// nft's own words are those of iptables without the protocol, but for one.
fn reject(answer: RejectWith, family: Family) -> String {
    let RejectWith::Icmp(kind) = answer else { return "reject with tcp reset".to_owned() };
    let word = kind.word(family).unwrap_or_default();
    let word = word.trim_start_matches("icmp-").trim_start_matches("icmp6-");
    let word = match word {
        "proto-unreachable" => "prot-unreachable",
        "adm-prohibited" => "admin-prohibited",
        other => other,
    };
    format!("reject with {} type {word}", icmp(family))
}

#[cfg(test)]
mod tests {
    use super::super::icmp_kind::IcmpKind;
    use super::*;
    use crate::Policy;
    use crate::fault::recipe::recipe;

    fn texts(policy: Policy) -> Vec<String> {
        recipe(&policy, true, &[]).iter().map(wire).collect()
    }

    #[test]
    fn rules_read_as_nft_lists_them() {
        assert_eq!(texts(Policy::drop()), ["counter drop"]);
        assert_eq!(
            texts(Policy::reset().new_connections().dport(80)),
            [
                "meta l4proto tcp tcp flags & rst == rst return",
                "tcp flags & (syn | ack) == syn tcp dport 80 counter reject with tcp reset",
            ]
        );
        assert_eq!(
            texts(Policy::refuse(IcmpKind::AdminProhibited).ipv6()),
            [
                "meta protocol ip meta l4proto icmp icmp type destination-unreachable return",
                "meta protocol ip6 meta l4proto ipv6-icmp icmpv6 type destination-unreachable return",
                "meta protocol ip6 counter reject with icmpv6 type admin-prohibited",
            ]
        );
    }
}
