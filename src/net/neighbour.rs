//! The neighbours on a link: a host has an entry for each of the others in its neighbour table, and
//! resolves them as on any LAN.
//!
//! The kernel's neighbour table is one for all namespaces, and by default has room for 1024 entries of
//! each family (`gc_thresh3`, arp(7)). Many tests side by side fill it, and a dial that finds no room
//! hangs. Entries that were learned externally (ip-neighbour(8), `extern_learn`) do not count. They are
//! made as `failed`: the first packet to such a neighbour makes the kernel ask for it again.
//! So a host that is not there is unreachable after three requests, one that is there answers within
//! microseconds, and a host that takes over an address is found when it announces that.

use std::net::IpAddr;

use crate::netlink::{NLM_F_CREATE, NLM_F_REPLACE, Request};
use crate::netlink_route::NeighbourMessage;

use super::host::Host;
use super::interface::Interface;

/// On larger links there are none in advance: they would be the square of the hosts.
const MOST: usize = 64;

/// The requests that make room for the other ends of a host's link.
pub(super) fn known(
    host: &Host,
    interface: &Interface,
    ends: &[(&Host, &Interface)],
) -> Vec<Request> {
    if ends.len() > MOST {
        return Vec::new();
    }
    let others = ends.iter().filter(|(_, other)| other.index != interface.index);
    others.flat_map(|(_, other)| to_be_asked_for(host, interface, other)).collect()
}

fn to_be_asked_for(host: &Host, interface: &Interface, other: &Interface) -> Vec<Request> {
    let addresses = &other.addresses;
    let mut all: Vec<IpAddr> = vec![addresses.v4.into()];
    if interface.ipv6 && other.ipv6 {
        all.extend([IpAddr::from(addresses.v6), addresses.link_local.into()]);
    }
    let request = |address| {
        add(host, interface, address, NeighbourMessage::of(interface.index, address).extern_learn())
    };
    all.into_iter().map(request).collect()
}

/// The request that tells a host once and for all where a neighbour is.
pub(super) fn permanent(
    host: &Host,
    interface: &Interface,
    address: IpAddr,
    mac: [u8; 6],
) -> Request {
    let entry = NeighbourMessage::of(interface.index, address).permanent(mac);
    add(host, interface, address, entry)
}

/// The request that has a host ask for a neighbour at once, as its first packet would.
///
/// For routers of IPv6: of two routes, the kernel takes the less exact one whose router it knows rather than
/// the one whose router was not found (RFC 4191, section 3.2), and that is what the entries here say until
/// somebody asks.
pub(super) fn ask(host: &Host, interface: &Interface, address: IpAddr) -> Request {
    let entry = NeighbourMessage::of(interface.index, address).extern_learn().asked_for();
    add(host, interface, address, entry)
}

fn add(host: &Host, interface: &Interface, address: IpAddr, entry: NeighbourMessage) -> Request {
    let operation = format!("add neighbour {address} to `{}` of `{}`", interface.name, host.name());
    Request::new(operation, entry.add(), NLM_F_CREATE | NLM_F_REPLACE)
}
