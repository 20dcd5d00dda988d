use std::fmt;
use std::net::SocketAddr;

use super::icmp_kind::IcmpKind;
use super::ports::Ports;
use super::protocol::Protocol;
use crate::family::Family;

/// Which of the packets between two hosts a block applies to. All, unless it is limited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(super) direction: Option<Direction>,
    pub(super) family: Option<Family>,
    pub(super) protocol: Option<Protocol>,
    pub(super) sport: Option<Ports>,
    pub(super) dport: Option<Ports>,
    pub(super) port: Option<Ports>,
    pub(super) flows: Option<Flows>,
}

/// A direction, as seen by the blocking host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
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

impl Flows {
    /// The connection between two addresses. Dual-stack sockets show IPv4 addresses as mapped ones.
    pub(super) fn between(one: SocketAddr, other: SocketAddr) -> Self {
        let canonical = |end: SocketAddr| SocketAddr::new(end.ip().to_canonical(), end.port());
        Self::One(canonical(one), canonical(other))
    }
}

impl Scope {
    pub(super) fn has_port(&self) -> bool {
        self.sport.is_some() || self.dport.is_some() || self.port.is_some()
    }

    pub(super) fn contradiction(&self) -> Option<&'static str> {
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

    pub(super) fn contradiction_with_reset(&self) -> Option<&'static str> {
        match self.protocol {
            None | Some(Protocol::Tcp) => None,
            Some(_) => Some("a reset is TCP's: use `drop` or `refuse` for other protocols"),
        }
    }

    pub(super) fn contradiction_with_refuse(&self, kind: IcmpKind) -> Option<&'static str> {
        if kind.word(Family::Ipv4).is_none() && self.family != Some(Family::Ipv6) {
            return Some("this kind exists for IPv6 only: limit the policy with `.ipv6()`");
        }
        if kind.word(Family::Ipv6).is_none() && self.family != Some(Family::Ipv4) {
            return Some("this kind exists for IPv4 only: limit the policy with `.ipv4()`");
        }
        None
    }

    pub(super) fn contradiction_with_sever(&self) -> Option<&'static str> {
        if self.flows == Some(Flows::New) {
            return Some("`sever` ends connections that exist: new ones are `drop`'s");
        }
        if self.direction.is_some() {
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
        words.extend(self.direction.map(|direction| match direction {
            Direction::FromPeer => "from peer".to_owned(),
            Direction::ToPeer => "to peer".to_owned(),
        }));
        words.extend(self.family.map(|family| family.of_two("ip", "ip6").to_owned()));
        words.extend(self.protocol.map(|protocol| protocol.word(Family::Ipv4).to_owned()));
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
