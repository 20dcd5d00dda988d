//! Whether a packet is in a wire's scope: the rules of the scope, as nftables would understand them.

use super::super::protocol::Protocol;
use super::super::recipe::{Match, WireRule};
use super::frame::{Headers, ICMP, ICMPV6, Ip, TCP, UDP};
use crate::family::Family;

const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// Whether one of the rules is about a packet.
pub(super) fn is_about(rules: &[WireRule], headers: &Headers, bytes: &[u8]) -> bool {
    rules.iter().any(|rule| rule.matches.iter().all(|one| holds(one, headers.ip, bytes)))
}

fn holds(condition: &Match, ip: Option<Ip>, bytes: &[u8]) -> bool {
    let Some(ip) = ip else { return false };
    let flags = || ip.tcp_flags(bytes).unwrap_or_default();
    match condition {
        Match::Family(family) => ip.ipv6 == (*family == Family::Ipv6),
        Match::Protocol(protocol) => ip.protocol == number(*protocol, ip.ipv6),
        Match::Sport(ports) => ip.ports(bytes).is_some_and(|[from, _]| ports.contains(from)),
        Match::Dport(ports) => ip.ports(bytes).is_some_and(|[_, to]| ports.contains(to)),
        Match::Flows(flows) => ip
            .ends(bytes)
            .is_some_and(|[from, to]| flows.iter().any(|flow| (flow.from, flow.to) == (from, to))),
        Match::Handshake => flags() & (SYN | ACK) == SYN,
        Match::Rst => flags() & RST != 0,
        // Of answers of the wire, which a wire that carries packets has none of; and of hosts behind
        // routers, between which there is no wire.
        Match::Unreachable | Match::Elsewhere(..) | Match::NotIp => false,
    }
}

fn number(protocol: Protocol, ipv6: bool) -> u8 {
    match protocol {
        Protocol::Tcp => TCP,
        Protocol::Udp => UDP,
        Protocol::Icmp => {
            if ipv6 {
                ICMPV6
            } else {
                ICMP
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::policy::Policy;
    use super::super::super::recipe::recipe;
    use super::super::frame::tests::{tcp, udp};
    use super::*;

    fn is_of(policy: Policy, frame: &super::super::frame::Frame) -> bool {
        is_about(&recipe(&policy, true, &[]), &frame.headers(), &frame.bytes)
    }

    #[test]
    fn a_scope_is_understood_as_nftables_does() {
        let (syn, datagram) = (tcp(false, (4000, 80), SYN, &[]), udp(true, (53, 4001), &[1, 2]));
        assert!(is_of(Policy::drop(), &syn) && is_of(Policy::drop(), &datagram));
        assert!(is_of(Policy::drop().tcp(), &syn) && !is_of(Policy::drop().tcp(), &datagram));
        assert!(is_of(Policy::drop().ipv6(), &datagram) && !is_of(Policy::drop().ipv6(), &syn));
        assert!(is_of(Policy::drop().port(80), &syn) && is_of(Policy::drop().port(53), &datagram));
        assert!(is_of(Policy::drop().dport(80), &syn) && !is_of(Policy::drop().sport(80), &syn));
        assert!(!is_of(Policy::drop().icmp(), &syn));
        assert!(is_of(Policy::drop().new_connections(), &syn));
        let data = tcp(false, (4000, 80), ACK, &[1]);
        assert!(!is_of(Policy::drop().new_connections(), &data));
        let (from, to) = (([10, 0, 0, 1], 4000).into(), ([10, 0, 0, 2], 80).into());
        let flow = super::super::super::recipe::Flow { from, to };
        let rules = recipe(&Policy::drop().flow(from, to), true, &[flow]);
        assert!(is_about(&rules, &data.headers(), &data.bytes));
        assert!(!is_about(&rules, &datagram.headers(), &datagram.bytes));
    }
}
