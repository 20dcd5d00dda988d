use std::net::{IpAddr, SocketAddr};

use super::endpoint::{Endpoint, Who};
use crate::Error;

/// The addresses that the other end of a socket may have.
pub(super) struct Peers {
    ips: Vec<IpAddr>,
    port: Option<u16>,
}

impl Peers {
    /// Asks the kernel for the addresses that a host has now.
    pub(super) fn of(endpoint: Endpoint) -> Result<Self, Error> {
        Ok(match endpoint.0 {
            Who::Host(host) => Self { ips: host.kernel_addresses()?, port: None },
            Who::Address(ip) => Self { ips: vec![ip], port: None },
            Who::Socket(addr) => Self { ips: vec![addr.ip()], port: Some(addr.port()) },
        })
    }

    pub(super) fn contain(&self, peer: SocketAddr) -> bool {
        self.ips.contains(&peer.ip()) && self.port.is_none_or(|port| port == peer.port())
    }
}
