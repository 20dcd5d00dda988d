//! The default route of a host: into a silent nowhere.
//!
//! A machine on a LAN has one, and programs rely on it: to find their own address, to join a multicast
//! group without naming an interface, and to learn only by a timeout that nobody has an address. So a
//! host has one as well, via a gateway that does not exist: what is sent there leaves the host and reaches
//! nobody.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::netlink::{NLM_F_CREATE, NLM_F_EXCL, Request};
use crate::netlink_route::RouteMessage;

use super::address::MOST_HOSTS;
use super::host::Host;
use super::interface::Interface;

use super::neighbour;

/// The last number of what no host of a link has: its hosts have 1 to 254.
const LAST: u8 = 255;

/// The gateway of a link: nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nowhere {
    v4: Ipv4Addr,
    v6: Ipv6Addr,
    mac: [u8; 6],
    /// Whether the IPv4 address is outside of the link's subnet.
    outside: bool,
}

impl Nowhere {
    /// That of the link with this number, of as many hosts.
    ///
    /// It has the last address of the link's subnet, as many gateways have; where a host has that one,
    /// an address of RFC 3927.
    pub(super) fn of(link: u16, hosts: usize) -> Self {
        let [high, low] = link.to_be_bytes();
        let outside = hosts >= MOST_HOSTS;
        let v4 = if outside { [169, 254, 0, 254] } else { [10, high, low, 254] };
        Self {
            v4: v4.into(),
            v6: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, link, LAST.into()),
            mac: [2, 0, 0, high, low, LAST],
            outside,
        }
    }

    /// Its Ethernet address, which no host has.
    pub(super) fn mac(&self) -> [u8; 6] {
        self.mac
    }

    /// The requests that send by it, from an end of its link, what has no other way.
    pub(super) fn as_default(&self, host: &Host, interface: &Interface) -> Vec<Request> {
        let known = |address: IpAddr| neighbour::permanent(host, interface, address, self.mac);
        let route = |gateway: IpAddr| RouteMessage::via(gateway, interface.index);
        let v4 = if self.outside { route(self.v4.into()).onlink() } else { route(self.v4.into()) };
        let mut requests = vec![known(self.v4.into()), add(host, interface, self.v4.into(), v4)];
        if interface.ipv6 {
            let v6 = self.v6.into();
            requests.extend([known(v6), add(host, interface, v6, route(v6))]);
        }
        requests
    }
}

fn add(host: &Host, interface: &Interface, gateway: IpAddr, route: RouteMessage) -> Request {
    let operation =
        format!("add the default route by {gateway} to `{}` of `{}`", interface.name, host.name());
    Request::new(operation, route.add(), NLM_F_CREATE | NLM_F_EXCL)
}
