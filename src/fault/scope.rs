use std::fmt;
use std::net::SocketAddr;

use super::icmp_kind::IcmpKind;
use super::policy::Policy;
use super::ports::Ports;
use super::protocol::Protocol;
use crate::Connection;
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

/// The limits of whatever has a [`Scope`], each with what is to be said of it there. They can be combined.
macro_rules! limits {
    ($type:ty, $(#[$from_peer:meta])* from_peer, $(#[$ipv4:meta])* ipv4, $(#[$tcp:meta])* tcp) => {
        impl $type {
            /// One way: packets *from* the peer.
            $(#[$from_peer])*
            #[must_use]
            pub fn from_peer(mut self) -> Self {
                self.scope.direction = Some($crate::fault::scope::Direction::FromPeer);
                self
            }

            /// One way: packets *to* the peer.
            #[must_use]
            pub fn to_peer(mut self) -> Self {
                self.scope.direction = Some($crate::fault::scope::Direction::ToPeer);
                self
            }

            /// IPv4 only.
            $(#[$ipv4])*
            #[must_use]
            pub fn ipv4(mut self) -> Self {
                self.scope.family = Some($crate::family::Family::Ipv4);
                self
            }

            /// IPv6 only.
            #[must_use]
            pub fn ipv6(mut self) -> Self {
                self.scope.family = Some($crate::family::Family::Ipv6);
                self
            }

            /// TCP only.
            $(#[$tcp])*
            #[must_use]
            pub fn tcp(mut self) -> Self {
                self.scope.protocol = Some($crate::fault::protocol::Protocol::Tcp);
                self
            }

            /// UDP only.
            #[must_use]
            pub fn udp(mut self) -> Self {
                self.scope.protocol = Some($crate::fault::protocol::Protocol::Udp);
                self
            }

            /// ICMP only, which is ICMPv6 for IPv6.
            #[must_use]
            pub fn icmp(mut self) -> Self {
                self.scope.protocol = Some($crate::fault::protocol::Protocol::Icmp);
                self
            }

            /// Packets *from* this port, in either direction. That is one half of a conversation;
            /// [`port`](Self::port) is both. TCP and UDP, unless one of them is chosen. A number, a range,
            /// or several: [`Ports`](crate::Ports).
            #[must_use]
            pub fn sport(mut self, ports: impl Into<$crate::Ports>) -> Self {
                self.scope.sport = Some(ports.into());
                self
            }

            /// Packets *to* this port, in either direction. That is one half of a conversation;
            /// [`port`](Self::port) is both. TCP and UDP, unless one of them is chosen. A number, a range,
            /// or several: [`Ports`](crate::Ports).
            #[must_use]
            pub fn dport(mut self, ports: impl Into<$crate::Ports>) -> Self {
                self.scope.dport = Some(ports.into());
                self
            }

            /// Packets from *or* to this port: whole conversations of a service. TCP and UDP, unless one
            /// of them is chosen. A number, a range, or several: [`Ports`](crate::Ports).
            #[must_use]
            pub fn port(mut self, ports: impl Into<$crate::Ports>) -> Self {
                self.scope.port = Some(ports.into());
                self
            }
        }
    };
}

pub(super) use limits;

limits! {
    Policy,
    /// TCP nevertheless stalls in both directions, because nothing that gets through is acknowledged.
    from_peer,
    /// IPv6 passes, as it does when people block just one family.
    ipv4,
    /// UDP passes, and with it QUIC.
    tcp
}

/// What only a policy can be limited to.
impl Policy {
    /// New TCP connections only, from either side: handshakes are blocked, and existing connections live
    /// on. UDP and ICMP pass.
    #[must_use]
    pub fn new_connections(mut self) -> Self {
        self.scope.flows = Some(Flows::New);
        self
    }

    /// Only TCP connections that exist when the block begins. New ones pass, as with a NAT or a load
    /// balancer that has lost its state. UDP and ICMP pass.
    #[must_use]
    pub fn existing_flows(mut self) -> Self {
        self.scope.flows = Some(Flows::Existing);
        self
    }

    /// One TCP connection among many.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let listener = server.listen(80)?;
    /// let (one, other) = (client.connect(listener.addr())?, client.connect(listener.addr())?);
    /// let _block = client.block_with(&server, Policy::reset().connection(&one))?;
    /// # let _ = other;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn connection(self, connection: &Connection) -> Self {
        self.flow(connection.local_addr(), connection.peer_addr())
    }

    /// One TCP connection among many, by the addresses of its two ends in either order.
    #[must_use]
    pub fn flow(mut self, one: SocketAddr, other: SocketAddr) -> Self {
        self.scope.flows = Some(Flows::between(one, other));
        self
    }
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
            return Some("it contains no port: a range begins with the lower one");
        }
        if self.has_port() && self.protocol == Some(Protocol::Icmp) {
            return Some("ICMP has no ports");
        }
        if self.port.is_some() && (self.sport.is_some() || self.dport.is_some()) {
            return Some(
                "`port` matches both directions of a conversation: leave out `sport` and `dport`",
            );
        }
        match (self.flows, self.protocol) {
            (None, _) | (Some(_), None | Some(Protocol::Tcp)) => {}
            (Some(Flows::New), _) => return Some("only TCP marks a connection as new"),
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
            Some(_) => Some("only TCP has resets: use `drop` or `refuse` for other protocols"),
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
            return Some("`sever` ends existing connections: use `drop` for new ones");
        }
        if self.direction.is_some() {
            return Some("destroying a socket ends both directions: leave out the direction");
        }
        match self.protocol {
            None | Some(Protocol::Tcp) => None,
            Some(_) => Some("only TCP sockets can be destroyed: use `drop` for other protocols"),
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
