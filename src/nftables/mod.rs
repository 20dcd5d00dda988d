//! The language of the kernel's nftables over netlink (linux/netfilter/nf_tables.h): tables, chains,
//! sets and rules as messages, and what the kernel answers.
//!
//! Written by hand, as far as it is used here. It knows no fault and no host; names are nft(8)'s.

mod answer;
mod expression;
mod family;
mod message;
mod object;
mod set;
mod translates;
mod translation;

pub(crate) use answer::{chain_of, count, handle};
pub(crate) use expression::{
    Base, Expression, Key, Operator, Verdict, add_for, add_to, assign_mark, compare, counter,
    forward, in_range, in_set, keep_for, load, masked, masked_at, meta, meta_into, not_in_set,
    number, payload_into, reject, verdict, vmap, with_bits, write,
};
pub(crate) use family::TableFamily;
pub(crate) use message::{NETLINK_NETFILTER, batches, fits};
pub(crate) use object::{
    Hook, all_rules, chain, delete_chain, delete_rule, delete_set, delete_table, dormant_table,
    flush_chain, get_rules, nat_chain, plain_chain, rule, table,
};
#[cfg(test)]
pub(crate) use object::{all_tables, flush_ruleset};
pub(crate) use set::{Element, Set, delete_element, elements, set};
pub(crate) use translates::{Translates, translates};
pub(crate) use translation::{
    PortMap, ct_state, ct_status, dnat, dnat_by, learn_port, masquerade, port_map,
};
