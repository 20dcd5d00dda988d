//! Tables, chains and rules.

use super::expression::{Expression, list};
use super::family::TableFamily;
use super::message::message;
use crate::netlink::{Attributes, Message};

// linux/netfilter/nf_tables.h
const NFT_MSG_NEWTABLE: u16 = 0;
const NFT_MSG_DELTABLE: u16 = 2;
const NFT_MSG_NEWCHAIN: u16 = 3;
const NFT_MSG_DELCHAIN: u16 = 5;
pub(super) const NFT_MSG_NEWRULE: u16 = 6;
const NFT_MSG_GETRULE: u16 = 7;
#[cfg(test)]
const NFT_MSG_GETTABLE: u16 = 1;
const NFT_MSG_DELRULE: u16 = 8;
const NFT_MSG_DELSET: u16 = 11;
const NFTA_TABLE_NAME: u16 = 1;
const NFTA_TABLE_FLAGS: u16 = 2;
const NFT_TABLE_F_DORMANT: u32 = 1;
const NFT_TABLE_F_OWNER: u32 = 2;
const NFTA_CHAIN_TABLE: u16 = 1;
const NFTA_CHAIN_NAME: u16 = 3;
const NFTA_CHAIN_HOOK: u16 = 4;
const NFTA_CHAIN_POLICY: u16 = 5;
const NFTA_CHAIN_TYPE: u16 = 7;
const NFTA_HOOK_HOOKNUM: u16 = 1;
const NFTA_HOOK_PRIORITY: u16 = 2;
const NFTA_HOOK_DEV: u16 = 3;
const NFTA_HOOK_DEVS: u16 = 4;
const NFTA_DEVICE_NAME: u16 = 1;
pub(super) const NFTA_RULE_TABLE: u16 = 1;
pub(super) const NFTA_RULE_CHAIN: u16 = 2;
pub(super) const NFTA_RULE_HANDLE: u16 = 3;
pub(super) const NFTA_RULE_EXPRESSIONS: u16 = 4;
/// linux/netfilter.h
const NF_ACCEPT: u32 = 1;
/// linux/netfilter_bridge.h
const NF_BR_PRE_ROUTING: u32 = 0;
const NF_INET_LOCAL_IN: u32 = 1;
const NF_INET_FORWARD: u32 = 2;
const NF_INET_LOCAL_OUT: u32 = 3;
const NF_INET_POST_ROUTING: u32 = 4;
const NF_INET_INGRESS: u32 = 5;
const NF_NETDEV_INGRESS: u32 = 0;
const NF_NETDEV_EGRESS: u32 = 1;

/// Where a chain takes its packets, and when: hooks of a lower priority act first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hook<'a> {
    /// Where devices hand over what they received, before anything else sees it.
    Ingress { devices: &'a [String], priority: i32 },
    /// Where devices are given what they are to send, before any queue.
    Egress { devices: &'a [String], priority: i32 },
    /// Where a bridge gets what its ports hand over, and a host what has come in, before it is routed.
    Prerouting { priority: i32 },
    /// INPUT of a host's own firewall.
    Input { priority: i32 },
    /// OUTPUT of it.
    Output { priority: i32 },
    /// FORWARD of a router's.
    Forward { priority: i32 },
    /// Where what leaves a host has been routed.
    Postrouting { priority: i32 },
}

impl Hook<'_> {
    fn attributes(&self, family: TableFamily) -> Attributes {
        let (number, priority, devices): (u32, i32, &[String]) = match self {
            Self::Ingress { devices, priority } => (ingress(family), *priority, devices),
            Self::Egress { devices, priority } => (NF_NETDEV_EGRESS, *priority, devices),
            Self::Prerouting { priority } => (NF_BR_PRE_ROUTING, *priority, &[]),
            Self::Input { priority } => (NF_INET_LOCAL_IN, *priority, &[]),
            Self::Output { priority } => (NF_INET_LOCAL_OUT, *priority, &[]),
            Self::Forward { priority } => (NF_INET_FORWARD, *priority, &[]),
            Self::Postrouting { priority } => (NF_INET_POST_ROUTING, *priority, &[]),
        };
        let hook = Attributes::new()
            .number(NFTA_HOOK_HOOKNUM, number)
            .number(NFTA_HOOK_PRIORITY, priority as u32);
        match devices {
            [] => hook,
            [device] => hook.text(NFTA_HOOK_DEV, device),
            devices => {
                let add = |list: Attributes, name: &String| list.text(NFTA_DEVICE_NAME, name);
                hook.nest(NFTA_HOOK_DEVS, &devices.iter().fold(Attributes::new(), add))
            }
        }
    }
}

fn ingress(family: TableFamily) -> u32 {
    match family {
        // That of bridges has none.
        TableFamily::NetDev | TableFamily::Bridge => NF_NETDEV_INGRESS,
        TableFamily::Inet | TableFamily::Any => NF_INET_INGRESS,
    }
}

/// A table. One with an owner belongs to the socket that makes it: nobody else can change or flush
/// it, and it ends with the socket (since Linux 5.12).
pub(crate) fn table(family: TableFamily, name: &str, owner: bool) -> Message {
    let flags = if owner { NFT_TABLE_F_OWNER } else { 0 };
    with_flags(family, name, flags)
}

/// The same table with its hooks asleep, or awake again (nft(8), `flags dormant`).
pub(crate) fn dormant_table(family: TableFamily, name: &str, dormant: bool) -> Message {
    with_flags(family, name, if dormant { NFT_TABLE_F_DORMANT } else { 0 })
}

fn with_flags(family: TableFamily, name: &str, flags: u32) -> Message {
    let attributes = Attributes::new().text(NFTA_TABLE_NAME, name).number(NFTA_TABLE_FLAGS, flags);
    message(NFT_MSG_NEWTABLE, family, &attributes)
}

pub(crate) fn delete_table(family: TableFamily, name: &str) -> Message {
    message(NFT_MSG_DELTABLE, family, &Attributes::new().text(NFTA_TABLE_NAME, name))
}

/// A chain that takes packets at a hook, and lets pass what no rule takes.
pub(crate) fn chain(family: TableFamily, table: &str, name: &str, hook: &Hook<'_>) -> Message {
    hooked_chain(family, [table, name], hook, "filter")
}

/// A chain that sees the first packet of each connection, and translates all of it.
pub(crate) fn nat_chain(family: TableFamily, table: &str, name: &str, hook: &Hook<'_>) -> Message {
    hooked_chain(family, [table, name], hook, "nat")
}

fn hooked_chain(
    family: TableFamily,
    [table, name]: [&str; 2],
    hook: &Hook<'_>,
    kind: &str,
) -> Message {
    let attributes = chain_named(table, name)
        .nest(NFTA_CHAIN_HOOK, &hook.attributes(family))
        .number(NFTA_CHAIN_POLICY, NF_ACCEPT)
        .text(NFTA_CHAIN_TYPE, kind);
    message(NFT_MSG_NEWCHAIN, family, &attributes)
}

/// A chain that is reached by jumps only.
pub(crate) fn plain_chain(family: TableFamily, table: &str, name: &str) -> Message {
    message(NFT_MSG_NEWCHAIN, family, &chain_named(table, name))
}

pub(crate) fn delete_chain(family: TableFamily, table: &str, name: &str) -> Message {
    message(NFT_MSG_DELCHAIN, family, &chain_named(table, name))
}

fn chain_named(table: &str, name: &str) -> Attributes {
    Attributes::new().text(NFTA_CHAIN_TABLE, table).text(NFTA_CHAIN_NAME, name)
}

pub(crate) fn rule(
    family: TableFamily,
    table: &str,
    chain: &str,
    expressions: &[Expression],
) -> Message {
    let attributes = rule_of(table, Some(chain)).nest(NFTA_RULE_EXPRESSIONS, &list(expressions));
    message(NFT_MSG_NEWRULE, family, &attributes)
}

pub(crate) fn delete_rule(family: TableFamily, table: &str, chain: &str, handle: u64) -> Message {
    let attributes = rule_of(table, Some(chain)).bytes(NFTA_RULE_HANDLE, &handle.to_be_bytes());
    message(NFT_MSG_DELRULE, family, &attributes)
}

/// Takes all rules of a chain away.
pub(crate) fn flush_chain(family: TableFamily, table: &str, chain: &str) -> Message {
    message(NFT_MSG_DELRULE, family, &rule_of(table, Some(chain)))
}

/// Asks for all rules of a table, or of one chain of it.
pub(crate) fn get_rules(family: TableFamily, table: &str, chain: Option<&str>) -> Message {
    message(NFT_MSG_GETRULE, family, &rule_of(table, chain))
}

/// Asks for all tables.
#[cfg(test)]
pub(crate) fn all_tables(family: TableFamily) -> Message {
    message(NFT_MSG_GETTABLE, family, &Attributes::new())
}

/// Deletes all tables of a family.
#[cfg(test)]
pub(crate) fn flush_ruleset(family: TableFamily) -> Message {
    message(NFT_MSG_DELTABLE, family, &Attributes::new())
}

/// Asks for the rules of all tables.
pub(crate) fn all_rules(family: TableFamily) -> Message {
    message(NFT_MSG_GETRULE, family, &Attributes::new())
}

fn rule_of(table: &str, chain: Option<&str>) -> Attributes {
    let attributes = Attributes::new().text(NFTA_RULE_TABLE, table);
    match chain {
        Some(chain) => attributes.text(NFTA_RULE_CHAIN, chain),
        None => attributes,
    }
}

pub(crate) fn delete_set(family: TableFamily, table: &str, name: &str) -> Message {
    let attributes = Attributes::new().text(1, table).text(2, name);
    message(NFT_MSG_DELSET, family, &attributes)
}
