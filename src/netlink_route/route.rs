use std::net::IpAddr;

use super::object::{Object, number_of};
use super::{RTNH_F_ONLINK, address_in, u32_in};
use crate::family::Family;
use crate::netlink::Message;

// linux/rtnetlink.h
const RTA_EXPIRES: u16 = 23;
const RTA_NH_ID: u16 = 30;
/// What says by which way, if none is named by its number.
const WAY: [u16; 6] = [
    libc::RTA_OIF,
    libc::RTA_GATEWAY,
    libc::RTA_VIA,
    libc::RTA_MULTIPATH,
    RTA_ENCAP_TYPE,
    RTA_ENCAP,
];
const RTA_ENCAP_TYPE: u16 = 21;
const RTA_ENCAP: u16 = 22;
/// `struct rtnexthop`: its length is first, then its flags, and its link at the end.
const WAY_HEADER: usize = 8;
/// Where in `struct rta_cacheinfo` it is said when it expires, in hundredths of a second.
const EXPIRES: std::ops::Range<usize> = 8..12;
const HZ: u32 = 100;
/// `struct rtmsg`
const HEADER: usize = 12;
/// Where in it the length of the destination's prefix is, who has made it, what kind of route it is, and its
/// flags.
const PREFIX: usize = 1;
const PROTOCOL: usize = 5;
const KIND: usize = 7;
const FLAGS: usize = 8;

/// A route (ip-route(8)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RouteMessage(Object<HEADER>);

impl RouteMessage {
    /// The default route via a gateway that the link of this index leads to.
    pub(crate) fn via(gateway: IpAddr, index: u32) -> Self {
        let mut object = Object::of(number_of(Family::of(gateway)));
        object.header[4..=KIND].copy_from_slice(&[
            libc::RT_TABLE_MAIN,
            libc::RTPROT_STATIC,
            libc::RT_SCOPE_UNIVERSE,
            libc::RTN_UNICAST,
        ]);
        object.set_address(libc::RTA_GATEWAY, gateway);
        object.set_number(libc::RTA_OIF, index);
        Self(object)
    }

    /// Only to this destination.
    pub(crate) fn to(mut self, network: IpAddr, prefix: u8) -> Self {
        self.0.header[PREFIX] = prefix;
        self.0.set_address(libc::RTA_DST, network);
        self
    }

    /// Whatever the gateway's address is, it is on the link.
    pub(crate) fn onlink(mut self) -> Self {
        self.set_flags(self.flags() | RTNH_F_ONLINK);
        self
    }

    /// `ip route replace`, or `add`, as the request's flags say.
    pub(crate) fn add(self) -> Message {
        self.0.message(libc::RTM_NEWROUTE)
    }

    /// `ip route delete`
    pub(crate) fn delete(self) -> Message {
        self.0.message(libc::RTM_DELROUTE)
    }

    /// The question by which route the kernel sends to an address.
    pub(crate) fn get(to: IpAddr) -> Message {
        let family = Family::of(to);
        let mut question = Object::<HEADER>::of(number_of(family));
        question.header[PREFIX] = family.of_two(32, 128);
        question.set_address(libc::RTA_DST, to);
        question.message(libc::RTM_GETROUTE)
    }

    /// The question for all of a family.
    pub(crate) fn all(family: Family) -> Message {
        Object::<HEADER>::of(number_of(family)).message(libc::RTM_GETROUTE)
    }

    /// What an answer says, if it is about a route.
    pub(crate) fn read(answer: &Message) -> Option<Self> {
        Object::read(libc::RTM_NEWROUTE, answer).map(Self)
    }

    /// Whether it leads to others: it is none to oneself, to nobody, or to all.
    pub(crate) fn is_unicast(&self) -> bool {
        self.0.header[KIND] == libc::RTN_UNICAST
    }

    /// Whether it leads to an address of the host itself.
    pub(crate) fn is_local(&self) -> bool {
        self.0.header[KIND] == libc::RTN_LOCAL
    }

    /// Whether it is what the kernel has found out for one destination.
    pub(crate) fn is_cloned(&self) -> bool {
        self.flags() & libc::RTM_F_CLONED != 0
    }

    /// The index of the link that it leaves by.
    pub(crate) fn oif(&self) -> Option<u32> {
        self.0.number(libc::RTA_OIF)
    }

    /// The router that it leads by. One of the other family has its family before its address.
    pub(crate) fn gateway(&self) -> Option<IpAddr> {
        let own = self.0.address(libc::RTA_GATEWAY);
        let other = || address_in(self.0.value(libc::RTA_VIA)?.get(2..)?);
        own.or_else(other)
    }

    /// Whether the kernel has made it by itself, as it does for each address.
    pub(crate) fn is_of_the_kernel(&self) -> bool {
        self.0.header[PROTOCOL] == libc::RTPROT_KERNEL
    }

    /// The network that it leads to.
    pub(crate) fn destination(&self) -> Option<(IpAddr, u8)> {
        Some((self.0.address(libc::RTA_DST)?, self.0.header[PREFIX]))
    }

    /// Whether it leads to others on the link itself, without a router.
    pub(crate) fn is_direct(&self) -> bool {
        let others = [RTA_NH_ID, libc::RTA_MULTIPATH];
        self.gateway().is_none() && others.iter().all(|kind| self.0.value(*kind).is_none())
    }

    pub(crate) fn is_ipv6(&self) -> bool {
        self.0.is_ipv6()
    }

    /// The indexes of the links that it leaves by: several, if it has several ways.
    pub(crate) fn leaves_by(&self) -> Vec<u32> {
        let ways = self.0.value(libc::RTA_MULTIPATH).unwrap_or_default();
        let by_way = each_way(ways).filter_map(|way| u32_in(&way[4..WAY_HEADER]));
        self.oif().into_iter().chain(by_way).collect()
    }

    /// Without what the kernel says of its state: what was set is left.
    pub(crate) fn without_state(mut self) -> Self {
        self.set_flags(self.flags() & RTNH_F_ONLINK);
        let expires = self.expires();
        self.0.remove(&[libc::RTA_CACHEINFO]);
        if let Some(ways) = self.0.value(libc::RTA_MULTIPATH) {
            let ways = each_way(ways).flat_map(without_state).collect::<Vec<u8>>();
            self.0.set(libc::RTA_MULTIPATH, &ways);
        }
        if let Some(left) = expires {
            self.0.set_number(RTA_EXPIRES, left);
        }
        self
    }

    /// As it is some seconds later; `None` if it has expired by then.
    pub(crate) fn aged(mut self, seconds: u32) -> Option<Self> {
        let Some(left) = self.0.number(RTA_EXPIRES) else { return Some(self) };
        let left = left.checked_sub(seconds).filter(|left| *left > 0)?;
        self.0.set_number(RTA_EXPIRES, left);
        Some(self)
    }

    /// Whether both are the same route, whenever they expire.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let forever = |one: &Self| {
            let mut one = one.0.clone();
            one.remove(&[RTA_EXPIRES]);
            one
        };
        forever(self) == forever(other)
    }

    /// As it can be said: the kernel tells also by which way a next hop leads that has a number, and takes
    /// one of both alone.
    pub(crate) fn by_number(mut self) -> Self {
        if self.0.value(RTA_NH_ID).is_some() {
            self.0.remove(&WAY);
        }
        self
    }

    /// In how many seconds it expires.
    fn expires(&self) -> Option<u32> {
        let all = self.0.value(libc::RTA_CACHEINFO)?;
        u32_in(all.get(EXPIRES)?).map(|left| left / HZ).filter(|left| *left > 0)
    }

    fn flags(&self) -> u32 {
        self.0.at(FLAGS)
    }

    fn set_flags(&mut self, flags: u32) {
        self.0.set_at(FLAGS, flags);
    }
}

/// The ways of a route that has several.
fn each_way(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let length = usize::from(u16::from_ne_bytes(*bytes.first_chunk()?));
        let way = bytes.get(..length).filter(|_| length >= WAY_HEADER)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(way)
    })
}

/// A way without what the kernel says of its state.
fn without_state(way: &[u8]) -> Vec<u8> {
    let mut way = way.to_vec();
    way[2] &= RTNH_F_ONLINK as u8;
    way.resize(way.len().next_multiple_of(4), 0);
    way
}
