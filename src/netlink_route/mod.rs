//! The language of rtnetlink(7): links, addresses, routes and neighbours as messages, and what the kernel
//! answers.
//!
//! Written by hand, as far as it is used here: a library that knows all of it is a quarter of what there is
//! to compile, for a dozen requests. It knows no host; names are those of ip(8).

mod address;
mod link;
mod neighbour;
mod nexthop;
mod object;
mod route;

pub(crate) use address::AddressMessage;
pub(crate) use link::LinkMessage;
pub(crate) use neighbour::NeighbourMessage;
pub(crate) use nexthop::NexthopMessage;
pub(crate) use route::RouteMessage;

use std::net::IpAddr;

/// linux/rtnetlink.h: that the gateway is on the link though its address is of no subnet there. Of the flags
/// of a way it is the only one that somebody sets.
const RTNH_F_ONLINK: u32 = 4;

/// netlink(7)
pub(crate) const NETLINK_ROUTE: i32 = libc::NETLINK_ROUTE;
/// Announcements of changes of links, and of routes of IPv6 (linux/rtnetlink.h).
pub(crate) const RTNLGRP_LINK: u32 = 1;
pub(crate) const RTNLGRP_IPV6_ROUTE: u32 = 11;

/// The address that is the value of an attribute.
fn address_in(value: &[u8]) -> Option<IpAddr> {
    let v4 = || Some(IpAddr::from(<[u8; 4]>::try_from(value).ok()?));
    let v6 = || Some(IpAddr::from(<[u8; 16]>::try_from(value).ok()?));
    v4().or_else(v6)
}

/// The first address of the network that an address is in.
fn network_of(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let hosts = u32::MAX.checked_shr(prefix.into()).unwrap_or_default();
            IpAddr::V4((v4.to_bits() & !hosts).into())
        }
        IpAddr::V6(v6) => {
            let hosts = u128::MAX.checked_shr(prefix.into()).unwrap_or_default();
            IpAddr::V6((v6.to_bits() & !hosts).into())
        }
    }
}

fn u32_in(value: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(value.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::netlink::{Attributes, Message};

    const GATEWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 254));

    /// As the kernel would answer: of the same header and attributes.
    fn answered(kind: u16, question: Message) -> Message {
        Message { kind, ..question }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let address = AddressMessage::of(7, GATEWAY, 24).nodad();
        let read = AddressMessage::read(&address.clone().add()).expect("it is one");
        assert_eq!((read.index(), read.local()), (7, Some(GATEWAY)));
        assert_eq!(read, address);
        assert!(read.without_state().is_nodad() && !AddressMessage::of(7, GATEWAY, 24).is_nodad());
        assert_eq!(address.network(), Some(([10, 0, 0, 0].into(), 24)));
        assert!(address.names(GATEWAY) && !address.names([10, 0, 0, 255].into()));

        let route = RouteMessage::via(GATEWAY, 3).onlink();
        let read = RouteMessage::read(&route.clone().add()).expect("it is one");
        assert_eq!((read.gateway(), read.oif()), (Some(GATEWAY), Some(3)));
        assert!(read.is_unicast() && !read.is_local() && !read.is_cloned());
        assert_eq!(read.without_state(), route);

        let told = NeighbourMessage::of(2, GATEWAY).extern_learn();
        let read = NeighbourMessage::read(&told.clone().add()).expect("it is one");
        assert_eq!((read.index(), read.address(), read.mac()), (2, Some(GATEWAY), None));
        assert!(read.is_extern_learn() && !read.is_permanent() && !read.is_passing());
        let found = NeighbourMessage::of(2, GATEWAY).extern_learn().permanent([2; 6]);
        assert!(found.is_permanent() && found.mac() == Some(&[2; 6]));
        assert_eq!(found.forgotten(), told);

        let link = LinkMessage::at(9).name("eth7").up(true);
        let read = LinkMessage::read(&link.create()).expect("it is one");
        assert_eq!((read.index(), read.ifname().as_str(), read.flags()), (9, "eth7", libc::IFF_UP));
        assert!(!read.operates());
    }

    #[test]
    fn a_message_about_something_else_is_not_read() {
        let address = AddressMessage::of(7, GATEWAY, 24);
        assert!(AddressMessage::read(&address.clone().delete()).is_none());
        let other = answered(libc::RTM_NEWROUTE, address.add());
        assert!(AddressMessage::read(&other).is_none() && LinkMessage::read(&other).is_none());
    }

    /// A gateway of the other family (RFC 8950).
    #[test]
    fn a_gateway_of_the_other_family_is_one() {
        let v6 = std::net::Ipv6Addr::LOCALHOST;
        let via = [&(libc::AF_INET6 as u16).to_ne_bytes()[..], &v6.octets()].concat();
        let header = [libc::AF_INET as u8, 0, 0, 0, 0, 0, 0, libc::RTN_UNICAST, 0, 0, 0, 0];
        let attributes = Attributes::new().bytes(libc::RTA_VIA, &via);
        let route = RouteMessage::read(&Message::new(libc::RTM_NEWROUTE, &header, &attributes));
        assert_eq!(route.and_then(|route| route.gateway()), Some(v6.into()));
    }

    proptest! {
        #[test]
        fn whatever_is_answered_is_read_without_a_panic(
            kind in prop::sample::select(vec![16_u16, 20, 24, 28]),
            bytes in prop::collection::vec(any::<u8>(), 0..120),
        ) {
            let answer = Message { kind, bytes };
            if let Some(link) = LinkMessage::read(&answer) {
                let _ = (link.index(), link.ifname(), link.operates(), link.other_end());
            }
            if let Some(address) = AddressMessage::read(&answer) {
                let _ = (address.index(), address.local(), address.without_state());
            }
            if let Some(route) = RouteMessage::read(&answer) {
                let _ = (route.gateway(), route.oif(), route.without_state());
            }
            if let Some(entry) = NeighbourMessage::read(&answer) {
                let _ = (entry.address(), entry.mac().map(<[u8]>::len), entry.without_state());
            }
        }
    }
}
