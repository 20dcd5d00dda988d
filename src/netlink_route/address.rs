use std::net::{IpAddr, Ipv4Addr};

use super::{address_in, network_of, number, u32_in, value, with_address};
use crate::family::Family;
use crate::netlink::{Attributes, Message};

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
pub(crate) struct AddressMessage {
    header: [u8; HEADER],
    attributes: Attributes,
}

impl AddressMessage {
    /// An address, and the length of its prefix, of the link of this index.
    pub(crate) fn of(index: u32, address: IpAddr, prefix: u8) -> Self {
        let mut header = [0; HEADER];
        header[0] = number(Family::of(address));
        header[1] = prefix;
        header[INDEX..].copy_from_slice(&index.to_ne_bytes());
        let attributes = with_address(Attributes::new(), libc::IFA_ADDRESS, address);
        let mut attributes = with_address(attributes, libc::IFA_LOCAL, address);
        // A link between two alone has none (RFC 3021).
        if let (IpAddr::V4(v4), 0..31) = (address, prefix) {
            let broadcast = Ipv4Addr::from_bits(v4.to_bits() | u32::MAX >> prefix);
            attributes = with_address(attributes, libc::IFA_BROADCAST, broadcast.into());
        }
        Self { header, attributes }
    }

    /// Without duplicate address detection: it can be used at once (RFC 4862, section 5.4).
    pub(crate) fn nodad(mut self) -> Self {
        let flags = self.flags() | libc::IFA_F_NODAD;
        self.header[FLAGS] = flags as u8;
        self.attributes =
            self.attributes.without(&[IFA_FLAGS]).bytes(IFA_FLAGS, &flags.to_ne_bytes());
        self
    }

    pub(crate) fn is_nodad(&self) -> bool {
        self.flags() & libc::IFA_F_NODAD != 0
    }

    pub(crate) fn add(self) -> Message {
        self.message(libc::RTM_NEWADDR)
    }

    pub(crate) fn delete(self) -> Message {
        self.message(libc::RTM_DELADDR)
    }

    /// The question for all: of one family, or of both.
    pub(crate) fn all(family: Option<Family>) -> Message {
        let mut header = [0; HEADER];
        header[0] = family.map_or(libc::AF_UNSPEC as u8, number);
        Message::new(libc::RTM_GETADDR, &header, &Attributes::new())
    }

    /// What an answer says, if it is about an address.
    pub(crate) fn read(answer: &Message) -> Option<Self> {
        if answer.kind != libc::RTM_NEWADDR {
            return None;
        }
        let (header, attributes) = answer.split()?;
        Some(Self { header: *header, attributes: Attributes::read(attributes) })
    }

    pub(crate) fn index(&self) -> u32 {
        u32_in(&self.header[INDEX..]).unwrap_or_default()
    }

    pub(crate) fn is_ipv6(&self) -> bool {
        self.header[0] == number(Family::Ipv6)
    }

    /// The host's own address. IPv6 has no separate one unless the link is point to point.
    pub(crate) fn local(&self) -> Option<IpAddr> {
        self.address_of(libc::IFA_LOCAL).or_else(|| self.address_of(libc::IFA_ADDRESS))
    }

    /// Whether it is this one, of the host's own end of the link or of the other.
    pub(crate) fn names(&self, address: IpAddr) -> bool {
        [libc::IFA_LOCAL, libc::IFA_ADDRESS]
            .iter()
            .any(|kind| self.address_of(*kind) == Some(address))
    }

    /// Whether both are the same address of the same link.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let of = |one: &Self, kind| one.address_of(kind);
        self.network() == other.network()
            && self.index() == other.index()
            && [libc::IFA_LOCAL, libc::IFA_ADDRESS]
                .iter()
                .all(|kind| of(self, *kind) == of(other, *kind))
    }

    /// The subnet that it is of: its first address, and the length of its prefix. The kernel has a route
    /// to it.
    pub(crate) fn network(&self) -> Option<(IpAddr, u8)> {
        let prefix = self.header[1];
        let theirs = self.address_of(libc::IFA_ADDRESS).or_else(|| self.local())?;
        Some((network_of(theirs, prefix), prefix))
    }

    /// Whether the kernel has made it by itself, for a while (RFC 8981), and makes another one when it is
    /// gone.
    pub(crate) fn is_temporary(&self) -> bool {
        self.is_ipv6() && self.flags() & libc::IFA_F_TEMPORARY != 0
    }

    /// Without what the kernel says of its state: what was set is left.
    pub(crate) fn without_state(mut self) -> Self {
        let set = self.flags() & SET;
        self.header[FLAGS] = set as u8;
        self.attributes =
            self.attributes.without(&[IFA_FLAGS]).bytes(IFA_FLAGS, &set.to_ne_bytes());
        self
    }

    /// As it is some seconds later; `None` if it has expired by then.
    pub(crate) fn aged(mut self, seconds: u32) -> Option<Self> {
        let Some(times) = value(&self.attributes, libc::IFA_CACHEINFO) else { return Some(self) };
        let left = |time: Option<u32>| match time {
            None | Some(FOREVER) => FOREVER,
            Some(time) => time.saturating_sub(seconds),
        };
        let at = |at: usize| left(times.get(at..at + 4).and_then(u32_in));
        let (preferred, valid) = (at(0), at(4));
        let mut times = [0; LIFETIMES];
        times[..4].copy_from_slice(&preferred.to_ne_bytes());
        times[4..8].copy_from_slice(&valid.to_ne_bytes());
        let others = self.attributes.without(&[libc::IFA_CACHEINFO]);
        self.attributes = others.bytes(libc::IFA_CACHEINFO, &times);
        (valid != 0).then_some(self)
    }

    /// Its flags: they have outgrown the header.
    fn flags(&self) -> u32 {
        let all = value(&self.attributes, IFA_FLAGS).and_then(u32_in);
        all.unwrap_or(self.header[FLAGS].into())
    }

    fn address_of(&self, kind: u16) -> Option<IpAddr> {
        address_in(value(&self.attributes, kind)?)
    }

    fn message(self, kind: u16) -> Message {
        Message::new(kind, &self.header, &self.attributes)
    }
}
