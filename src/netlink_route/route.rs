use std::net::IpAddr;

use super::{address_in, number, u32_in, value, with_address};
use crate::family::Family;
use crate::netlink::{Attributes, Message};

/// linux/rtnetlink.h: that the gateway is on the link though its address is of no subnet there.
const RTNH_F_ONLINK: u32 = 4;
/// `struct rtmsg`
const HEADER: usize = 12;
/// Where in it the length of the destination's prefix is, what kind of route it is, and its flags.
const PREFIX: usize = 1;
const KIND: usize = 7;
const FLAGS: usize = 8;

/// A route (ip-route(8)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RouteMessage {
    header: [u8; HEADER],
    attributes: Attributes,
}

impl RouteMessage {
    /// The default route via a gateway that the link of this index leads to.
    pub(crate) fn via(gateway: IpAddr, index: u32) -> Self {
        let mut header = [0; HEADER];
        header[0] = number(Family::of(gateway));
        header[4..=KIND].copy_from_slice(&[
            libc::RT_TABLE_MAIN,
            libc::RTPROT_STATIC,
            libc::RT_SCOPE_UNIVERSE,
            libc::RTN_UNICAST,
        ]);
        let attributes = with_address(Attributes::new(), libc::RTA_GATEWAY, gateway);
        let attributes = attributes.bytes(libc::RTA_OIF, &index.to_ne_bytes());
        Self { header, attributes }
    }

    /// Only to this destination.
    pub(crate) fn to(mut self, network: IpAddr, prefix: u8) -> Self {
        self.header[PREFIX] = prefix;
        self.attributes = with_address(self.attributes, libc::RTA_DST, network);
        self
    }

    /// Whatever the gateway's address is, it is on the link.
    pub(crate) fn onlink(mut self) -> Self {
        self.set_flags(self.flags() | RTNH_F_ONLINK);
        self
    }

    /// `ip route replace`, or `add`, as the request's flags say.
    pub(crate) fn add(self) -> Message {
        Message::new(libc::RTM_NEWROUTE, &self.header, &self.attributes)
    }

    /// The question by which route the kernel sends to an address.
    pub(crate) fn get(to: IpAddr) -> Message {
        let mut header = [0; HEADER];
        let family = Family::of(to);
        (header[0], header[PREFIX]) = (number(family), family.of_two(32, 128));
        let attributes = with_address(Attributes::new(), libc::RTA_DST, to);
        Message::new(libc::RTM_GETROUTE, &header, &attributes)
    }

    /// The question for all of a family.
    pub(crate) fn all(family: Family) -> Message {
        let mut header = [0; HEADER];
        header[0] = number(family);
        Message::new(libc::RTM_GETROUTE, &header, &Attributes::new())
    }

    /// What an answer says, if it is about a route.
    pub(crate) fn read(answer: &Message) -> Option<Self> {
        if answer.kind != libc::RTM_NEWROUTE {
            return None;
        }
        let (header, attributes) = answer.split()?;
        Some(Self { header: *header, attributes: Attributes::read(attributes) })
    }

    /// Whether it leads to others: it is none to oneself, to nobody, or to all.
    pub(crate) fn is_unicast(&self) -> bool {
        self.header[KIND] == libc::RTN_UNICAST
    }

    /// Whether it leads to an address of the host itself.
    pub(crate) fn is_local(&self) -> bool {
        self.header[KIND] == libc::RTN_LOCAL
    }

    /// Whether it is what the kernel has found out for one destination.
    pub(crate) fn is_cloned(&self) -> bool {
        self.flags() & libc::RTM_F_CLONED != 0
    }

    /// The index of the link that it leaves by.
    pub(crate) fn oif(&self) -> Option<u32> {
        u32_in(value(&self.attributes, libc::RTA_OIF)?)
    }

    /// The router that it leads by. One of the other family has its family before its address.
    pub(crate) fn gateway(&self) -> Option<IpAddr> {
        let own = || address_in(value(&self.attributes, libc::RTA_GATEWAY)?);
        let other = || address_in(value(&self.attributes, libc::RTA_VIA)?.get(2..)?);
        own().or_else(other)
    }

    /// Without what the kernel says of its state: what was set is left.
    pub(crate) fn without_state(mut self) -> Self {
        self.set_flags(self.flags() & RTNH_F_ONLINK);
        self.attributes = self.attributes.without(&[libc::RTA_CACHEINFO]);
        self
    }

    fn flags(&self) -> u32 {
        u32_in(&self.header[FLAGS..]).unwrap_or_default()
    }

    fn set_flags(&mut self, flags: u32) {
        self.header[FLAGS..].copy_from_slice(&flags.to_ne_bytes());
    }
}
