//! Rules as a person would write them for nft(8).

use super::firewall::{Protocol, Target};
use super::line::Line;
use super::recipe::{Action, Match, WireRule};
use super::reject::RejectWith;

/// A rule of the wire. The peer's address is not in it: its packets are led to it.
pub(super) fn wire(rule: &WireRule) -> String {
    let ipv6 = rule.matches.contains(&Match::Ipv6(true));
    let mut words: Vec<String> = Vec::new();
    // Before a port, `tcp` is the protocol's name and no condition of its own.
    let ported = rule.matches.iter().any(|one| matches!(one, Match::Sport(_) | Match::Dport(_)));
    let protocol = rule.matches.iter().find_map(|condition| match condition {
        Match::Protocol(protocol) => Some(protocol.word(ipv6)),
        _ => None,
    });
    for condition in &rule.matches {
        words.extend(match condition {
            Match::Ipv6(ipv6) => Some(format!("meta protocol {}", ip(*ipv6))),
            Match::Protocol(_) if ported => None,
            Match::Protocol(Protocol::Icmp) if ipv6 => Some("meta l4proto ipv6-icmp".to_owned()),
            Match::Protocol(protocol) => Some(format!("meta l4proto {}", protocol.word(ipv6))),
            Match::Sport(port) => Some(format!("{} sport {port}", protocol.unwrap_or("th"))),
            Match::Dport(port) => Some(format!("{} dport {port}", protocol.unwrap_or("th"))),
            Match::Saddr(address) => Some(format!("{} saddr {address}", ip(address.is_ipv6()))),
            Match::Daddr(address) => Some(format!("{} daddr {address}", ip(address.is_ipv6()))),
            Match::Handshake => Some("tcp flags & (syn | ack) == syn".to_owned()),
            Match::Rst => Some("tcp flags & rst == rst".to_owned()),
            Match::Unreachable => Some(format!("{} type destination-unreachable", icmp(ipv6))),
        });
    }
    words.push(match rule.action {
        Action::Pass => "return".to_owned(),
        Action::Drop => "counter drop".to_owned(),
        Action::Reset => "counter reject with tcp reset".to_owned(),
        Action::Icmp(kind) => format!("counter {}", reject(kind, ipv6)),
    });
    words.join(" ")
}

/// A rule of a host's firewall.
pub(super) fn firewall(line: &Line) -> String {
    let ipv6 = line.is_ipv6();
    let side = match line.chain {
        super::firewall::Chain::Input => "saddr",
        super::firewall::Chain::Output => "daddr",
    };
    let mut words = vec![format!("{} {side} {}", ip(ipv6), line.peer)];
    let protocol = line.protocol.map(|protocol| protocol.word(ipv6));
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
        Target::Reject(kind) => format!("counter {}", reject(kind, ipv6)),
    });
    words.join(" ")
}

fn ip(ipv6: bool) -> &'static str {
    if ipv6 { "ip6" } else { "ip" }
}

fn icmp(ipv6: bool) -> &'static str {
    if ipv6 { "icmpv6" } else { "icmp" }
}

/// nft's own words are those of iptables without the protocol, but for one.
fn reject(kind: RejectWith, ipv6: bool) -> String {
    if kind == RejectWith::TcpReset {
        return "reject with tcp reset".to_owned();
    }
    let word = kind.word(ipv6).unwrap_or_default();
    let word = word.trim_start_matches("icmp-").trim_start_matches("icmp6-");
    let word = match word {
        "proto-unreachable" => "prot-unreachable",
        "adm-prohibited" => "admin-prohibited",
        other => other,
    };
    format!("reject with {} type {word}", icmp(ipv6))
}

#[cfg(test)]
mod tests {
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
            texts(Policy::refuse(RejectWith::AdminProhibited).ipv6()),
            [
                "meta protocol ip meta l4proto icmp icmp type destination-unreachable return",
                "meta protocol ip6 meta l4proto ipv6-icmp icmpv6 type destination-unreachable return",
                "meta protocol ip6 counter reject with icmpv6 type admin-prohibited",
            ]
        );
    }
}
