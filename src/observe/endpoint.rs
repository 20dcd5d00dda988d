use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::Host;

/// One end to filter by: a host, an address, or an address with a port.
///
/// The filters of [`Capture`](crate::Capture) and [`Sockets`](crate::Sockets) take anything that converts
/// into it.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// let sockets = server.sockets()?;
/// let of_host = sockets.to(&client);                      // whatever addresses it has
/// let of_address = sockets.to(client.ipv4());
/// assert!(of_host.len() >= of_address.len());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Endpoint(pub(super) Who);

#[derive(Clone, Debug)]
pub(super) enum Who {
    Host(Host),
    Address(IpAddr),
    Socket(SocketAddr),
}

impl From<&Host> for Endpoint {
    fn from(host: &Host) -> Self {
        Self(Who::Host(host.clone()))
    }
}

impl From<IpAddr> for Endpoint {
    fn from(address: IpAddr) -> Self {
        Self(Who::Address(address.to_canonical()))
    }
}

impl From<Ipv4Addr> for Endpoint {
    fn from(address: Ipv4Addr) -> Self {
        IpAddr::from(address).into()
    }
}

impl From<Ipv6Addr> for Endpoint {
    fn from(address: Ipv6Addr) -> Self {
        IpAddr::from(address).into()
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self(Who::Socket(SocketAddr::new(address.ip().to_canonical(), address.port())))
    }
}
