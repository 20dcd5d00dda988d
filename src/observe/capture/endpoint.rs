use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::packet::Packet;
use crate::Host;

/// Who sent a packet, or was to get it: a host, an address, or an address with a port.
#[derive(Clone, Debug)]
pub struct Endpoint(Who);

#[derive(Clone, Debug)]
enum Who {
    Host(String),
    Address(IpAddr),
    Socket(SocketAddr),
}

impl Endpoint {
    /// Whether it is the host that put the packet on the wire, or the source address.
    pub(super) fn sent(&self, packet: &Packet) -> bool {
        match &self.0 {
            Who::Host(name) => packet.host() == name,
            Who::Address(address) => packet.src() == Some(*address),
            Who::Socket(address) => {
                packet.src() == Some(address.ip()) && packet.src_port() == Some(address.port())
            }
        }
    }

    /// Whether it is the host that the packet was sent to, or the destination address.
    pub(super) fn was_to_get(&self, packet: &Packet) -> bool {
        match &self.0 {
            Who::Host(name) => packet.receiver() == Some(name),
            Who::Address(address) => packet.dst() == Some(*address),
            Who::Socket(address) => {
                packet.dst() == Some(address.ip()) && packet.dst_port() == Some(address.port())
            }
        }
    }
}

impl From<&Host> for Endpoint {
    fn from(host: &Host) -> Self {
        Self(Who::Host(host.name().to_owned()))
    }
}

impl From<IpAddr> for Endpoint {
    fn from(address: IpAddr) -> Self {
        Self(Who::Address(address))
    }
}

impl From<Ipv4Addr> for Endpoint {
    fn from(address: Ipv4Addr) -> Self {
        Self(Who::Address(address.into()))
    }
}

impl From<Ipv6Addr> for Endpoint {
    fn from(address: Ipv6Addr) -> Self {
        Self(Who::Address(address.into()))
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self(Who::Socket(address))
    }
}
