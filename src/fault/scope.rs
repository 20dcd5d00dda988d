use std::fmt;
use std::net::SocketAddr;

use super::firewall::Protocol;
use super::policy::{Effect, Policy};
use super::ports::Ports;
use super::reject::RejectWith;
use crate::Connection;

/// Which of the packets between two hosts a block is about. Everything, unless it is limited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(super) way: Option<Way>,
    pub(super) ipv6: Option<bool>,
    pub(super) protocol: Option<Protocol>,
    pub(super) sport: Option<Ports>,
    pub(super) dport: Option<Ports>,
    pub(super) port: Option<Ports>,
    pub(super) flows: Option<Flows>,
}

/// A direction, as the host sees it that blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    FromPeer,
    ToPeer,
}

/// Connections, by their age or by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flows {
    New,
    Existing,
    One(SocketAddr, SocketAddr),
}

impl Policy {
    /// One way: packets *from* the peer. For TCP this acts on both directions nevertheless: what
    /// passes is not acknowledged.
    #[must_use]
    pub fn from_peer(mut self) -> Self {
        self.scope.way = Some(Way::FromPeer);
        self
    }

    /// One way: packets *to* the peer.
    #[must_use]
    pub fn to_peer(mut self) -> Self {
        self.scope.way = Some(Way::ToPeer);
        self
    }

    /// IPv4 only: what a block that was made for one family lets through.
    #[must_use]
    pub fn ipv4(mut self) -> Self {
        self.scope.ipv6 = Some(false);
        self
    }

    /// IPv6 only.
    #[must_use]
    pub fn ipv6(mut self) -> Self {
        self.scope.ipv6 = Some(true);
        self
    }

    /// TCP only. UDP passes, and with it QUIC.
    #[must_use]
    pub fn tcp(mut self) -> Self {
        self.scope.protocol = Some(Protocol::Tcp);
        self
    }

    /// UDP only.
    #[must_use]
    pub fn udp(mut self) -> Self {
        self.scope.protocol = Some(Protocol::Udp);
        self
    }

    /// ICMP only, which is ICMPv6 for IPv6.
    #[must_use]
    pub fn icmp(mut self) -> Self {
        self.scope.protocol = Some(Protocol::Icmp);
        self
    }

    /// Packets *from* this port, in whichever direction they go. Of a conversation that is one
    /// half; [`port`](Self::port) is both. TCP and UDP, unless one of them is named. A number, a
    /// range, or several: [`Ports`].
    #[must_use]
    pub fn sport(mut self, ports: impl Into<Ports>) -> Self {
        self.scope.sport = Some(ports.into());
        self
    }

    /// Packets *to* this port, in whichever direction they go. Of a conversation that is one
    /// half; [`port`](Self::port) is both. TCP and UDP, unless one of them is named. A number, a
    /// range, or several: [`Ports`].
    #[must_use]
    pub fn dport(mut self, ports: impl Into<Ports>) -> Self {
        self.scope.dport = Some(ports.into());
        self
    }

    /// Packets from *or* to this port: whole conversations of a service. TCP and UDP, unless one
    /// of them is named. A number, a range, or several: [`Ports`].
    #[must_use]
    pub fn port(mut self, ports: impl Into<Ports>) -> Self {
        self.scope.port = Some(ports.into());
        self
    }

    /// New TCP connections only, from either side: handshakes are blocked, and connections that
    /// exist live on. UDP and ICMP pass.
    #[must_use]
    pub fn new_connections(mut self) -> Self {
        self.scope.flows = Some(Flows::New);
        self
    }

    /// The TCP connections only that exist when the block begins: new ones pass. What a NAT or a
    /// load balancer does that lost its state. UDP and ICMP pass.
    #[must_use]
    pub fn existing_flows(mut self) -> Self {
        self.scope.flows = Some(Flows::Existing);
        self
    }

    /// One TCP connection of many.
    #[must_use]
    pub fn connection(self, connection: &Connection) -> Self {
        self.flow(connection.local_addr(), connection.peer_addr())
    }

    /// One TCP connection of many, by the addresses of its two ends in either order.
    #[must_use]
    pub fn flow(mut self, one: SocketAddr, other: SocketAddr) -> Self {
        self.scope.flows = Some(Flows::One(canonical(one), canonical(other)));
        self
    }

    /// Why the policy says two things that cannot both be; `None` if it can be done.
    pub(super) fn contradiction(&self) -> Option<String> {
        let of_effect = match &self.effect {
            Effect::Drop => None,
            Effect::Reset => self.scope.contradiction_with_reset(),
            Effect::Refuse(kind) => self.scope.contradiction_with_refuse(*kind),
            Effect::Sever(_) => self.scope.contradiction_with_sever(),
            Effect::Firewall { rules, .. } => return self.contradiction_of_firewall(rules),
        };
        self.scope.contradiction().or(of_effect).map(str::to_owned)
    }

    fn contradiction_of_firewall(&self, rules: &[super::firewall::Rule]) -> Option<String> {
        if self.scope != Scope::default() {
            return Some(
                "the rules of a firewall have scopes of their own: limit each rule".into(),
            );
        }
        if rules.is_empty() {
            return Some("a firewall without rules blocks nothing".into());
        }
        let contradicts = |rule: &super::firewall::Rule| {
            rule.contradiction().map(|reason| format!("in `{rule}`, {reason}"))
        };
        rules.iter().find_map(contradicts)
    }
}

impl Scope {
    pub(super) fn has_port(&self) -> bool {
        self.sport.is_some() || self.dport.is_some() || self.port.is_some()
    }

    fn contradiction(&self) -> Option<&'static str> {
        let no_port = |ports: &Option<Ports>| ports.as_ref().is_some_and(Ports::is_empty);
        if [&self.sport, &self.dport, &self.port].into_iter().any(no_port) {
            return Some("it names no port: a range begins with the lower one");
        }
        if self.has_port() && self.protocol == Some(Protocol::Icmp) {
            return Some("ICMP has no ports");
        }
        if self.port.is_some() && (self.sport.is_some() || self.dport.is_some()) {
            return Some(
                "`port` is both directions of a conversation: leave out `sport` and `dport`",
            );
        }
        match (self.flows, self.protocol) {
            (None, _) | (Some(_), None | Some(Protocol::Tcp)) => {}
            (Some(Flows::New), _) => return Some("only TCP says that a connection is new"),
            (Some(_), _) => return Some("only TCP has connections that the kernel can name"),
        }
        if matches!(self.flows, Some(Flows::One(..))) && self.has_port() {
            return Some("a connection has its own ports: leave out the port");
        }
        None
    }

    fn contradiction_with_reset(&self) -> Option<&'static str> {
        match self.protocol {
            None | Some(Protocol::Tcp) => None,
            Some(_) => Some("a reset is TCP's: use `drop` or `refuse` for other protocols"),
        }
    }

    fn contradiction_with_refuse(&self, kind: RejectWith) -> Option<&'static str> {
        if kind == RejectWith::TcpReset {
            return Some("tcp-reset is no ICMP message: use `Policy::reset()`");
        }
        if kind.word(false).is_none() && self.ipv6 != Some(true) {
            return Some("this kind exists for IPv6 only: limit the policy with `.ipv6()`");
        }
        if kind.word(true).is_none() && self.ipv6 != Some(false) {
            return Some("this kind exists for IPv4 only: limit the policy with `.ipv4()`");
        }
        None
    }

    fn contradiction_with_sever(&self) -> Option<&'static str> {
        if self.flows == Some(Flows::New) {
            return Some("`sever` ends connections that exist: new ones are `drop`'s");
        }
        if self.way.is_some() {
            return Some("a socket is destroyed for both directions: leave out the direction");
        }
        match self.protocol {
            None | Some(Protocol::Tcp) => None,
            Some(_) => Some("only TCP's sockets are destroyed: use `drop` for other protocols"),
        }
    }
}

/// What the scope says, in the words of nft(8) where it has some; empty for everything.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        words.extend(self.way.map(|way| match way {
            Way::FromPeer => "from peer".to_owned(),
            Way::ToPeer => "to peer".to_owned(),
        }));
        words.extend(self.ipv6.map(|ipv6| if ipv6 { "ip6" } else { "ip" }.to_owned()));
        words.extend(self.protocol.map(|protocol| protocol.word(false).to_owned()));
        let ports = [("sport", &self.sport), ("dport", &self.dport), ("port", &self.port)];
        for (name, ports) in ports {
            words.extend(ports.as_ref().map(|ports| format!("{name} {ports}")));
        }
        words.extend(self.flows.map(|flows| match flows {
            Flows::New => "new connections".to_owned(),
            Flows::Existing => "existing flows".to_owned(),
            Flows::One(one, other) => format!("connection {one} {other}"),
        }));
        f.write_str(&words.join(", "))
    }
}

/// A socket of both families names IPv4 addresses as mapped ones.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rule, fault::policy::Told};

    fn refusal(policy: Policy) -> String {
        policy.contradiction().unwrap_or_else(|| "no contradiction".to_owned())
    }

    #[test]
    fn contradictions_are_refused_with_a_reason() {
        let ends: [SocketAddr; 2] = [([10, 0, 0, 1], 80).into(), ([10, 0, 0, 2], 4000).into()];
        for (policy, reason) in [
            (Policy::drop().icmp().dport(80), "ICMP has no ports"),
            (Policy::drop().port(80).sport(80), "leave out `sport`"),
            (Policy::drop().port(Vec::<u16>::new()), "it names no port"),
            (Policy::drop().udp().new_connections(), "only TCP says"),
            (Policy::drop().udp().existing_flows(), "only TCP has connections"),
            (Policy::drop().flow(ends[0], ends[1]).port(80), "has its own ports"),
            (Policy::reset().udp(), "a reset is TCP's"),
            (Policy::refuse(RejectWith::TcpReset), "use `Policy::reset()`"),
            (Policy::refuse(RejectWith::ProtoUnreachable), "`.ipv4()`"),
            (Policy::refuse(RejectWith::RejectRoute).ipv4(), "`.ipv6()`"),
            (Policy::sever(Told::Both).new_connections(), "`sever` ends"),
            (Policy::sever(Told::Both).from_peer(), "leave out the direction"),
            (Policy::sever(Told::Both).udp(), "only TCP's sockets"),
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
            Policy::refuse(RejectWith::ProtoUnreachable).ipv4(),
            Policy::refuse(RejectWith::HostUnreachable).to_peer(),
            Policy::sever(Told::Peer).port(80),
            Policy::sever(Told::Both).existing_flows(),
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
}
