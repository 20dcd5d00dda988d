//! Policies in words.

use std::net::SocketAddr;

use super::*;

fn refusal(policy: Policy) -> String {
    policy.contradiction().unwrap_or_else(|| "no contradiction".to_owned())
}

#[test]
fn contradictions_are_refused_with_a_reason() {
    let ends: [SocketAddr; 2] = [([10, 0, 0, 1], 80).into(), ([10, 0, 0, 2], 4000).into()];
    for (policy, reason) in [
        (Policy::drop().icmp().dport(80), "ICMP has no ports"),
        (Policy::drop().port(80).sport(80), "leave out `sport`"),
        (Policy::drop().port(Vec::<u16>::new()), "it contains no port"),
        (Policy::drop().udp().new_connections(), "only TCP marks"),
        (Policy::drop().udp().existing_flows(), "only TCP has connections"),
        (Policy::drop().flow(ends[0], ends[1]).port(80), "has its own ports"),
        (Policy::reset().udp(), "only TCP has resets"),
        (Policy::refuse(IcmpKind::ProtoUnreachable), "`.ipv4()`"),
        (Policy::refuse(IcmpKind::RejectRoute).ipv4(), "`.ipv6()`"),
        (Policy::sever(Notified::Both).new_connections(), "`sever` ends"),
        (Policy::sever(Notified::Both).from_peer(), "leave out the direction"),
        (Policy::sever(Notified::Both).udp(), "only TCP sockets"),
        (Policy::firewall([]), "blocks nothing"),
        (Policy::firewall([Rule::input()]).tcp(), "limit each rule"),
        (Policy::firewall([Rule::input().dport(80)]), "add `.tcp()` or `.udp()`"),
    ] {
        let said = refusal(policy);
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn what_makes_sense_is_accepted() {
    for policy in [
        Policy::drop().from_peer().udp().dport(53),
        Policy::reset().tcp().new_connections(),
        Policy::reset().existing_flows(),
        Policy::refuse(IcmpKind::ProtoUnreachable).ipv4(),
        Policy::refuse(IcmpKind::HostUnreachable).to_peer(),
        Policy::sever(Notified::Peer).port(80),
        Policy::sever(Notified::Both).existing_flows(),
    ] {
        assert_eq!(policy.contradiction(), None, "{policy:?}");
    }
}

#[test]
fn a_scope_is_told_in_a_few_words() {
    assert_eq!(Policy::drop().scope.to_string(), "");
    let scope = Policy::drop().from_peer().ipv6().tcp().dport(80).new_connections().scope;
    assert_eq!(scope.to_string(), "from peer, ip6, tcp, dport 80, new connections");
}
