//! Who is where on a link: each host knows the others from the start.
//!
//! The kernel's table of neighbours is one for all namespaces, and by default has room for 1024 of
//! a family (`gc_thresh3`, arp(7)). Many tests side by side fill it, and a dial that finds no room
//! hangs. Permanent entries do not count. They also save the first packet a question and an
//! answer, and a firewall that rejects everything cannot swallow those.

use std::net::IpAddr;

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_REPLACE};
use rtnetlink::packet_route::neighbour::{
    NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState,
};
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};

use super::host::Host;
use super::interface::Interface;
use crate::netlink::Request;
use crate::netlink::RouteRequest;

/// On larger links the hosts find each other by asking: the entries would be the square of them.
const MOST: usize = 64;

/// The requests that make a host know the other ends of its link.
pub(super) fn known(
    host: &Host,
    interface: &Interface,
    ends: &[(&Host, &Interface)],
) -> Vec<RouteRequest> {
    if ends.len() > MOST {
        return Vec::new();
    }
    let others = ends.iter().filter(|(_, other)| other.index != interface.index);
    others.flat_map(|(_, other)| permanent(host, interface, other)).collect()
}

fn permanent(host: &Host, interface: &Interface, other: &Interface) -> Vec<RouteRequest> {
    let addresses = &other.addresses;
    let mut all: Vec<IpAddr> = vec![addresses.v4.into()];
    if interface.ipv6 && other.ipv6 {
        all.extend([IpAddr::from(addresses.v6), addresses.link_local.into()]);
    }
    let request = |address: IpAddr| {
        let mut message = NeighbourMessage::default();
        message.header.ifindex = interface.index;
        message.header.state = NeighbourState::Permanent;
        let (family, destination) = match address {
            IpAddr::V4(v4) => (AddressFamily::Inet, NeighbourAddress::Inet(v4)),
            IpAddr::V6(v6) => (AddressFamily::Inet6, NeighbourAddress::Inet6(v6)),
        };
        message.header.family = family;
        message.attributes = vec![
            NeighbourAttribute::Destination(destination),
            NeighbourAttribute::LinkLayerAddress(addresses.mac.to_vec()),
        ];
        let operation =
            format!("add neighbour {address} to `{}` of `{}`", interface.name, host.name());
        let message = RouteNetlinkMessage::NewNeighbour(message);
        Request::new(operation, message, NLM_F_CREATE | NLM_F_REPLACE)
    };
    all.into_iter().map(request).collect()
}
