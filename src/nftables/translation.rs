//! Expressions of network address translation, and of the connections that it needs (nft(8), NAT
//! STATEMENTS and CT).

use std::net::IpAddr;

use super::expression::{Base, Expression, expression, immediate_at, payload_into};
use super::family::TableFamily;
use super::set::{DataSet, data_set};
use crate::netlink::{Attributes, Message};

// linux/netfilter/nf_tables.h
const NFT_NAT_DNAT: u32 = 1;
const NFT_CT_STATE: u32 = 0;
const NFT_CT_STATUS: u32 = 2;
const FIRST: u32 = 8;
// linux/netfilter.h
const NFPROTO_IPV4: u32 = 2;
const NFPROTO_IPV6: u32 = 10;
/// linux/netfilter/nf_nat.h
const NF_NAT_RANGE_PROTO_RANDOM_FULLY: u32 = 1 << 4;
/// nft's own numbers of types, by which it lists a map well: `inet_service`, and
/// `ipv4_addr . inet_service`.
const INET_SERVICE: u32 = 13;
const ADDRESS_AND_SERVICE: u32 = 7 << 6 | INET_SERVICE;

/// A map from a port to an IPv4 address and a port, which rules add to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PortMap<'a> {
    pub(crate) name: &'a str,
    /// Tells it from the other new sets of the same transaction.
    pub(crate) id: u32,
}

pub(crate) fn port_map(family: TableFamily, table: &str, map: &PortMap<'_>) -> Message {
    let set = DataSet {
        name: map.name,
        key: (INET_SERVICE, 2),
        data: (ADDRESS_AND_SERVICE, 8),
        id: map.id,
    };
    data_set(family, table, &set)
}

/// Has the source address become that of the interface by which the packet leaves; with a random port,
/// or with its own if that is free.
pub(crate) fn masquerade(random: bool) -> Expression {
    let flags = if random { NF_NAT_RANGE_PROTO_RANDOM_FULLY } else { 0 };
    expression("masq", &Attributes::new().number(1, flags))
}

/// Has the destination become this one.
pub(crate) fn dnat(address: IpAddr, port: u16) -> Vec<Expression> {
    let (family, octets) = match address {
        IpAddr::V4(v4) => (NFPROTO_IPV4, v4.octets().to_vec()),
        IpAddr::V6(v6) => (NFPROTO_IPV6, v6.octets().to_vec()),
    };
    let words = octets.len() as u32 / 4;
    vec![
        immediate_at(0, &octets),
        immediate_at(words, &port.to_be_bytes()),
        to_registers(family, FIRST, FIRST + words),
    ]
}

/// Has the destination become what a map has for the loaded port, if it has it.
pub(crate) fn dnat_by(map: &str) -> [Expression; 2] {
    let found = Attributes::new().text(1, map).number(2, FIRST).number(3, FIRST + 1);
    [expression("lookup", &found), to_registers(NFPROTO_IPV4, FIRST + 1, FIRST + 2)]
}

fn to_registers(family: u32, address: u32, port: u32) -> Expression {
    let data = Attributes::new()
        .number(1, NFT_NAT_DNAT)
        .number(2, family)
        .number(3, address)
        .number(5, port);
    expression("nat", &data)
}

/// Adds to a map that the source port of a datagram of IPv4 leads to its source.
pub(crate) fn learn_port(map: &str) -> [Expression; 4] {
    let add = Attributes::new().text(1, map).number(3, 1).number(4, FIRST).number(5, FIRST + 1);
    [
        payload_into(0, Base::Transport, 0, 2),
        payload_into(1, Base::Network, 12, 4),
        payload_into(2, Base::Transport, 0, 2),
        expression("dynset", &add),
    ]
}

/// Loads the bits of a connection's state.
pub(crate) fn ct_state() -> Expression {
    expression("ct", &Attributes::new().number(1, FIRST).number(2, NFT_CT_STATE))
}

/// Loads the bits of a connection's status.
pub(crate) fn ct_status() -> Expression {
    expression("ct", &Attributes::new().number(1, FIRST).number(2, NFT_CT_STATUS))
}
