//! What the kernel says about a rule.

use super::message::{attributes, kind};
use super::object::{NFT_MSG_NEWRULE, NFTA_RULE_CHAIN, NFTA_RULE_EXPRESSIONS, NFTA_RULE_HANDLE};
use crate::netlink::{Message, each};

// linux/netfilter/nf_tables.h
const NFTA_EXPR_NAME: u16 = 1;
const NFTA_EXPR_DATA: u16 = 2;
const NFTA_COUNTER_BYTES: u16 = 1;
const NFTA_COUNTER_PACKETS: u16 = 2;

/// The number that the kernel gave to a rule.
pub(crate) fn handle(message: &Message) -> Option<u64> {
    if kind(message) != NFT_MSG_NEWRULE {
        return None;
    }
    let (_, value) = each(attributes(message)).find(|(kind, _)| *kind == NFTA_RULE_HANDLE)?;
    Some(u64::from_be_bytes(*value.first_chunk()?))
}

/// The name of the chain that a rule is in.
pub(crate) fn chain_of(message: &Message) -> Option<&str> {
    let (_, value) = each(attributes(message)).find(|(kind, _)| *kind == NFTA_RULE_CHAIN)?;
    std::str::from_utf8(value.strip_suffix(b"\0")?).ok()
}

/// The packets and bytes that the first counter of a rule has seen; none for a rule without one.
pub(crate) fn count(message: &Message) -> [u64; 2] {
    let rule = each(attributes(message));
    let expressions = rule.filter(|(kind, _)| *kind == NFTA_RULE_EXPRESSIONS);
    let mut elements = expressions.flat_map(|(_, list)| each(list));
    elements.find_map(|(_, element)| counted(element)).unwrap_or_default()
}

fn counted(element: &[u8]) -> Option<[u64; 2]> {
    let of = |wanted| each(element).find(|(kind, _)| *kind == wanted).map(|(_, value)| value);
    if of(NFTA_EXPR_NAME)? != b"counter\0" {
        return None;
    }
    let data = of(NFTA_EXPR_DATA)?;
    let number = |wanted| {
        let (_, value) = each(data).find(|(kind, _)| *kind == wanted)?;
        Some(u64::from_be_bytes(*value.first_chunk()?))
    };
    Some([number(NFTA_COUNTER_PACKETS)?, number(NFTA_COUNTER_BYTES)?])
}
