use std::net::{IpAddr, Ipv4Addr};

use super::object::{Object, number_of};
use super::{network_of, u32_in};
use crate::family::Family;
use crate::netlink::Message;

// linux/if_addr.h
const IFA_FLAGS: u16 = 8;
const IFA_F_MCAUTOJOIN: u32 = 0x400;
/// Of an address's flags, those that somebody sets; the others are the kernel's words about its state.
const SET: u32 = libc::IFA_F_NODAD
    | libc::IFA_F_OPTIMISTIC
    | libc::IFA_F_HOMEADDRESS
    | libc::IFA_F_MANAGETEMPADDR
    | libc::IFA_F_NOPREFIXROUTE
    | IFA_F_MCAUTOJOIN;
/// A lifetime without an end (ip-address(8), `forever`).
const FOREVER: u32 = u32::MAX;
/// `struct ifa_cacheinfo`, which begins with how long it is preferred and how long it is valid, in seconds.
const LIFETIMES: usize = 16;
/// `struct ifaddrmsg`
const HEADER: usize = 8;
/// Where in it the flags are, and the index.
const FLAGS: usize = 2;
const INDEX: usize = 4;

/// An address of a link (ip-address(8)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AddressMessage(Object<HEADER>);

impl AddressMessage {
    /// An address, and the length of its prefix, of the link of this index.
    pub(crate) fn of(index: u32, address: IpAddr, prefix: u8) -> Self {
        let mut object = Object::of(number_of(Family::of(address)));
        object.header[1] = prefix;
        object.set_at(INDEX, index);
        object.set_address(libc::IFA_ADDRESS, address);
        object.set_address(libc::IFA_LOCAL, address);
        // A link between two alone has none (RFC 3021).
        if let (IpAddr::V4(v4), 0..31) = (address, prefix) {
            let broadcast = Ipv4Addr::from_bits(v4.to_bits() | u32::MAX >> prefix);
            object.set_address(libc::IFA_BROADCAST, broadcast.into());
        }
        Self(object)
    }

    /// Without duplicate address detection: it can be used at once (RFC 4862, section 5.4).
    pub(crate) fn nodad(mut self) -> Self {
        self.set_flags(self.flags() | libc::IFA_F_NODAD);
        self
    }

    pub(crate) fn is_nodad(&self) -> bool {
        self.flags() & libc::IFA_F_NODAD != 0
    }

    pub(crate) fn add(self) -> Message {
        self.0.message(libc::RTM_NEWADDR)
    }

    pub(crate) fn delete(self) -> Message {
        self.0.message(libc::RTM_DELADDR)
    }

    /// The question for all: of one family, or of both.
    pub(crate) fn all(family: Option<Family>) -> Message {
        let family = family.map_or(libc::AF_UNSPEC, number_of);
        Object::<HEADER>::of(family).message(libc::RTM_GETADDR)
    }

    /// What an answer says, if it is about an address.
    pub(crate) fn read(answer: &Message) -> Option<Self> {
        Object::read(libc::RTM_NEWADDR, answer).map(Self)
    }

    pub(crate) fn index(&self) -> u32 {
        self.0.at(INDEX)
    }

    pub(crate) fn is_ipv6(&self) -> bool {
        self.0.is_ipv6()
    }

    /// The host's own address. IPv6 has no separate one unless the link is point to point.
    pub(crate) fn local(&self) -> Option<IpAddr> {
        self.0.address(libc::IFA_LOCAL).or_else(|| self.0.address(libc::IFA_ADDRESS))
    }

    /// Whether it is this one, of the host's own end of the link or of the other.
    pub(crate) fn names(&self, address: IpAddr) -> bool {
        [libc::IFA_LOCAL, libc::IFA_ADDRESS]
            .iter()
            .any(|kind| self.0.address(*kind) == Some(address))
    }

    /// Whether both are the same address of the same link.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let of = |one: &Self, kind| one.0.address(kind);
        self.network() == other.network()
            && self.index() == other.index()
            && [libc::IFA_LOCAL, libc::IFA_ADDRESS]
                .iter()
                .all(|kind| of(self, *kind) == of(other, *kind))
    }

    /// The subnet that it is of: its first address, and the length of its prefix. The kernel has a route
    /// to it.
    pub(crate) fn network(&self) -> Option<(IpAddr, u8)> {
        let prefix = self.0.header[1];
        let theirs = self.0.address(libc::IFA_ADDRESS).or_else(|| self.local())?;
        Some((network_of(theirs, prefix), prefix))
    }

    /// Whether the kernel has made it by itself, for a while (RFC 8981), and makes another one when it is
    /// gone.
    pub(crate) fn is_temporary(&self) -> bool {
        self.is_ipv6() && self.flags() & libc::IFA_F_TEMPORARY != 0
    }

    /// Without what the kernel says of its state: what was set is left.
    pub(crate) fn without_state(mut self) -> Self {
        self.set_flags(self.flags() & SET);
        self
    }

    /// As it is some seconds later; `None` if it has expired by then.
    pub(crate) fn aged(mut self, seconds: u32) -> Option<Self> {
        let Some(times) = self.0.value(libc::IFA_CACHEINFO) else { return Some(self) };
        let left = |time: Option<u32>| match time {
            None | Some(FOREVER) => FOREVER,
            Some(time) => time.saturating_sub(seconds),
        };
        let at = |at: usize| left(times.get(at..at + 4).and_then(u32_in));
        let (preferred, valid) = (at(0), at(4));
        let mut times = [0; LIFETIMES];
        times[..4].copy_from_slice(&preferred.to_ne_bytes());
        times[4..8].copy_from_slice(&valid.to_ne_bytes());
        self.0.set(libc::IFA_CACHEINFO, &times);
        (valid != 0).then_some(self)
    }

    /// Its flags: they have outgrown the header.
    fn flags(&self) -> u32 {
        self.0.number(IFA_FLAGS).unwrap_or(self.0.header[FLAGS].into())
    }

    fn set_flags(&mut self, flags: u32) {
        self.0.header[FLAGS] = flags as u8;
        self.0.set_number(IFA_FLAGS, flags);
    }
}
