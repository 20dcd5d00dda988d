//! What a rule of somebody else does to the addresses of what it takes.

use super::message::{attributes, kind};
use super::object::{NFT_MSG_NEWRULE, NFTA_RULE_EXPRESSIONS, NFTA_RULE_TABLE};
use crate::netlink::{Message, each};

// linux/netfilter/nf_tables.h
const NFTA_EXPR_NAME: u16 = 1;
const NFTA_EXPR_DATA: u16 = 2;
const NFTA_NAT_TYPE: u16 = 1;
const NFT_NAT_SNAT: u32 = 0;
/// linux/netfilter/nf_tables_compat.h
const NFTA_TARGET_NAME: u16 = 1;

/// Which addresses a rule changes, those of its own host left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Translates {
    pub(crate) sources: bool,
    pub(crate) destinations: bool,
}

/// What the rule of an answer does, and the name of its table; `None` for what is no rule.
pub(crate) fn translates(message: &Message) -> Option<(String, Translates)> {
    if kind(message) != NFT_MSG_NEWRULE {
        return None;
    }
    let (_, table) = each(attributes(message)).find(|(kind, _)| *kind == NFTA_RULE_TABLE)?;
    let mut all = Translates::default();
    let rule = each(attributes(message));
    for (_, list) in rule.filter(|(kind, _)| *kind == NFTA_RULE_EXPRESSIONS) {
        for (_, element) in each(list) {
            let one = of_expression(element).unwrap_or_default();
            all.sources |= one.sources;
            all.destinations |= one.destinations;
        }
    }
    Some((text(table), all))
}

fn of_expression(element: &[u8]) -> Option<Translates> {
    let of = |wanted| each(element).find(|(kind, _)| *kind == wanted).map(|(_, value)| value);
    let (sources, destinations) = match text(of(NFTA_EXPR_NAME)?).as_str() {
        "masq" => (true, false),
        "nat" => {
            let (_, kind) = each(of(NFTA_EXPR_DATA)?).find(|(kind, _)| *kind == NFTA_NAT_TYPE)?;
            let is_source = u32::from_be_bytes(*kind.first_chunk()?) == NFT_NAT_SNAT;
            (is_source, !is_source)
        }
        // Of the iptables programs.
        "target" => {
            let data = each(of(NFTA_EXPR_DATA)?).find(|(kind, _)| *kind == NFTA_TARGET_NAME);
            match text(data?.1).as_str() {
                "MASQUERADE" | "SNAT" => (true, false),
                "DNAT" => (false, true),
                "NETMAP" => (true, true),
                _ => (false, false),
            }
        }
        _ => (false, false),
    };
    Some(Translates { sources, destinations })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.strip_suffix(b"\0").unwrap_or(bytes)).into_owned()
}
