use std::net::{IpAddr, Ipv4Addr};

use super::{address_in, number, u32_in, value, with_address};
use crate::family::Family;
use crate::netlink::{Attributes, Message};

/// linux/if_addr.h
const IFA_FLAGS: u16 = 8;
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
        self.header[FLAGS] |= libc::IFA_F_NODAD as u8;
        self
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

    /// Without what the kernel says of its state: what was set is left.
    pub(crate) fn without_state(mut self) -> Self {
        self.header[FLAGS] = 0;
        self.attributes = self.attributes.without(&[libc::IFA_CACHEINFO, IFA_FLAGS]);
        self
    }

    fn address_of(&self, kind: u16) -> Option<IpAddr> {
        address_in(value(&self.attributes, kind)?)
    }

    fn message(self, kind: u16) -> Message {
        Message::new(kind, &self.header, &self.attributes)
    }
}
