use std::net::IpAddr;

use super::{address_in, u32_in};
use crate::family::Family;
use crate::netlink::{Attributes, Message};

/// What messages about addresses, routes, next hops and neighbours consist of: a header of fixed length that
/// begins with the family, and attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object<const HEADER: usize> {
    pub(super) header: [u8; HEADER],
    attributes: Attributes,
}

impl<const HEADER: usize> Object<HEADER> {
    /// One of a family of sockets (`AF_…`), of which nothing else is said.
    pub(super) fn of(family: i32) -> Self {
        let mut header = [0; HEADER];
        header[0] = family as u8;
        Self { header, attributes: Attributes::new() }
    }

    /// What an answer says, if it is of this kind.
    pub(super) fn read(kind: u16, answer: &Message) -> Option<Self> {
        if answer.kind != kind {
            return None;
        }
        let (header, attributes) = answer.split()?;
        Some(Self { header: *header, attributes: Attributes::read(attributes) })
    }

    pub(super) fn message(&self, kind: u16) -> Message {
        Message::new(kind, &self.header, &self.attributes)
    }

    pub(super) fn is_ipv6(&self) -> bool {
        i32::from(self.header[0]) == number_of(Family::Ipv6)
    }

    /// The number of four bytes at a place in the header.
    pub(super) fn at(&self, at: usize) -> u32 {
        self.header.get(at..at + 4).and_then(u32_in).unwrap_or_default()
    }

    pub(super) fn set_at(&mut self, at: usize, number: u32) {
        self.header[at..at + 4].copy_from_slice(&number.to_ne_bytes());
    }

    /// The value of the first attribute of a kind.
    pub(super) fn value(&self, kind: u16) -> Option<&[u8]> {
        self.attributes.get(kind)
    }

    pub(super) fn number(&self, kind: u16) -> Option<u32> {
        u32_in(self.value(kind)?)
    }

    pub(super) fn address(&self, kind: u16) -> Option<IpAddr> {
        address_in(self.value(kind)?)
    }

    /// Sets an attribute, whether there is one of the kind or not.
    pub(super) fn set(&mut self, kind: u16, value: &[u8]) {
        self.attributes = self.attributes.without(&[kind]).bytes(kind, value);
    }

    pub(super) fn set_number(&mut self, kind: u16, number: u32) {
        self.set(kind, &number.to_ne_bytes());
    }

    pub(super) fn set_address(&mut self, kind: u16, address: IpAddr) {
        match address {
            IpAddr::V4(v4) => self.set(kind, &v4.octets()),
            IpAddr::V6(v6) => self.set(kind, &v6.octets()),
        }
    }

    pub(super) fn remove(&mut self, kinds: &[u16]) {
        self.attributes = self.attributes.without(kinds);
    }
}

/// The number of a family of addresses.
pub(super) fn number_of(family: Family) -> i32 {
    family.of_two(libc::AF_INET, libc::AF_INET6)
}
