use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::{Error, Host};

/// Whose sockets are asked for: those with a host, with one address, or with one address and port.
///
/// [`Sockets::to`](crate::Sockets::to) takes whatever can be turned into it.
pub struct SocketPeer(Kind);

enum Kind {
    Host(Host),
    Ip(IpAddr),
    Addr(SocketAddr),
}

impl SocketPeer {
    /// Asks the kernel for the addresses that a host has now.
    pub(super) fn resolve(self) -> Result<Peers, Error> {
        Ok(match self.0 {
            Kind::Host(host) => Peers { ips: host.kernel_addresses()?, port: None },
            Kind::Ip(ip) => Peers { ips: vec![ip.to_canonical()], port: None },
            Kind::Addr(addr) => {
                Peers { ips: vec![addr.ip().to_canonical()], port: Some(addr.port()) }
            }
        })
    }
}

/// The addresses that a peer has.
pub(super) struct Peers {
    ips: Vec<IpAddr>,
    port: Option<u16>,
}

impl Peers {
    pub(super) fn contain(&self, peer: SocketAddr) -> bool {
        self.ips.contains(&peer.ip()) && self.port.is_none_or(|port| port == peer.port())
    }
}

impl From<&Host> for SocketPeer {
    fn from(host: &Host) -> Self {
        Self(Kind::Host(host.clone()))
    }
}

impl From<IpAddr> for SocketPeer {
    fn from(ip: IpAddr) -> Self {
        Self(Kind::Ip(ip))
    }
}

impl From<Ipv4Addr> for SocketPeer {
    fn from(ip: Ipv4Addr) -> Self {
        Self(Kind::Ip(ip.into()))
    }
}

impl From<Ipv6Addr> for SocketPeer {
    fn from(ip: Ipv6Addr) -> Self {
        Self(Kind::Ip(ip.into()))
    }
}

impl From<SocketAddr> for SocketPeer {
    fn from(addr: SocketAddr) -> Self {
        Self(Kind::Addr(addr))
    }
}
