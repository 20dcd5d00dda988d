//! Sets and maps, and what is in them.

use super::expression::{Verdict, verdict_data};
use super::family::TableFamily;
use super::message::message;
use crate::netlink::{Attributes, Message};

// linux/netfilter/nf_tables.h
const NFT_MSG_NEWSET: u16 = 9;
const NFT_MSG_NEWSETELEM: u16 = 12;
const NFT_MSG_DELSETELEM: u16 = 14;
const NFTA_SET_TABLE: u16 = 1;
const NFTA_SET_NAME: u16 = 2;
const NFTA_SET_FLAGS: u16 = 3;
const NFTA_SET_KEY_TYPE: u16 = 4;
const NFTA_SET_KEY_LEN: u16 = 5;
const NFTA_SET_DATA_TYPE: u16 = 6;
const NFTA_SET_DATA_LEN: u16 = 7;
const NFTA_SET_ID: u16 = 10;
const NFT_SET_INTERVAL: u32 = 4;
const NFT_SET_MAP: u32 = 8;
const NFT_SET_TIMEOUT: u32 = 0x10;
const NFT_SET_EVAL: u32 = 0x20;
const NFT_DATA_VERDICT: u32 = 0xffff_ff00;
const NFTA_SET_ELEM_LIST_TABLE: u16 = 1;
const NFTA_SET_ELEM_LIST_SET: u16 = 2;
const NFTA_SET_ELEM_LIST_ELEMENTS: u16 = 3;
const NFTA_LIST_ELEM: u16 = 1;
const NFTA_SET_ELEM_KEY: u16 = 1;
const NFTA_SET_ELEM_DATA: u16 = 2;
const NFTA_SET_ELEM_FLAGS: u16 = 3;
const NFT_SET_ELEM_INTERVAL_END: u32 = 1;
const NFTA_DATA_VALUE: u16 = 1;

/// As many bytes of elements go into one message: the length of an attribute has 16 bits.
const MOST: usize = 48 * 1024;

/// What a set has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Set<'a> {
    pub(crate) name: &'a str,
    /// nft's own number of the type of its keys, so that it lists them well; 0 if it has none.
    pub(crate) key_type: u32,
    pub(crate) key_length: u32,
    /// Whether its elements lead to verdicts.
    pub(crate) map: bool,
    /// Whether its elements are the ends of intervals.
    pub(crate) interval: bool,
    /// Whether rules add to it.
    pub(crate) learns: bool,
    /// Whether what is in it ends by itself.
    pub(crate) forgets: bool,
    /// Tells it from the other new sets of the same transaction.
    pub(crate) id: u32,
}

/// An entry of a set or map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    key: Vec<u8>,
    verdict: Option<Verdict>,
    end: bool,
}

impl Element {
    pub(crate) fn new(key: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), verdict: None, end: false }
    }

    /// The first key behind an interval.
    pub(crate) fn end(key: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), verdict: None, end: true }
    }

    /// An entry of a map that leads to a chain.
    pub(crate) fn jump(key: impl Into<Vec<u8>>, chain: &str) -> Self {
        Self { key: key.into(), verdict: Some(Verdict::Jump(chain.to_owned())), end: false }
    }

    fn attributes(&self) -> Attributes {
        let key = Attributes::new().bytes(NFTA_DATA_VALUE, &self.key);
        let mut element = Attributes::new().nest(NFTA_SET_ELEM_KEY, &key);
        if let Some(verdict) = &self.verdict {
            element = element.nest(NFTA_SET_ELEM_DATA, &verdict_data(verdict));
        }
        if self.end {
            element = element.number(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
        }
        element
    }
}

pub(crate) fn set(family: TableFamily, table: &str, set: &Set<'_>) -> Message {
    let flags = [
        (set.map, NFT_SET_MAP),
        (set.interval, NFT_SET_INTERVAL),
        (set.learns, NFT_SET_EVAL),
        (set.forgets, NFT_SET_TIMEOUT),
    ];
    let flags = flags.iter().filter(|(on, _)| *on).map(|(_, flag)| flag).sum();
    let mut attributes = Attributes::new()
        .text(NFTA_SET_TABLE, table)
        .text(NFTA_SET_NAME, set.name)
        .number(NFTA_SET_FLAGS, flags)
        .number(NFTA_SET_KEY_TYPE, set.key_type)
        .number(NFTA_SET_KEY_LEN, set.key_length)
        .number(NFTA_SET_ID, set.id);
    if set.map {
        attributes = attributes.number(NFTA_SET_DATA_TYPE, NFT_DATA_VERDICT);
    }
    message(NFT_MSG_NEWSET, family, &attributes)
}

/// A map whose values are data, each kind with nft's own number of its type and its length; rules add
/// to it.
pub(super) struct DataSet<'a> {
    pub(super) name: &'a str,
    pub(super) key: (u32, u32),
    pub(super) data: (u32, u32),
    pub(super) id: u32,
}

pub(super) fn data_set(family: TableFamily, table: &str, set: &DataSet<'_>) -> Message {
    let attributes = Attributes::new()
        .text(NFTA_SET_TABLE, table)
        .text(NFTA_SET_NAME, set.name)
        .number(NFTA_SET_FLAGS, NFT_SET_MAP | NFT_SET_EVAL)
        .number(NFTA_SET_KEY_TYPE, set.key.0)
        .number(NFTA_SET_KEY_LEN, set.key.1)
        .number(NFTA_SET_DATA_TYPE, set.data.0)
        .number(NFTA_SET_DATA_LEN, set.data.1)
        .number(NFTA_SET_ID, set.id);
    message(NFT_MSG_NEWSET, family, &attributes)
}

/// The messages that add elements: as few as they fit into.
pub(crate) fn elements(
    family: TableFamily,
    table: &str,
    set: &str,
    elements: &[Element],
) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut list = Attributes::new();
    for element in elements {
        list = list.nest(NFTA_LIST_ELEM, &element.attributes());
        if list.as_bytes().len() > MOST {
            let full = std::mem::take(&mut list);
            messages.push(of_elements(NFT_MSG_NEWSETELEM, family, [table, set], &full));
        }
    }
    if !list.as_bytes().is_empty() {
        messages.push(of_elements(NFT_MSG_NEWSETELEM, family, [table, set], &list));
    }
    messages
}

pub(crate) fn delete_element(
    family: TableFamily,
    table: &str,
    set: &str,
    element: &Element,
) -> Message {
    let list = Attributes::new().nest(NFTA_LIST_ELEM, &element.attributes());
    of_elements(NFT_MSG_DELSETELEM, family, [table, set], &list)
}

fn of_elements(
    kind: u16,
    family: TableFamily,
    [table, set]: [&str; 2],
    list: &Attributes,
) -> Message {
    let attributes = Attributes::new()
        .text(NFTA_SET_ELEM_LIST_TABLE, table)
        .text(NFTA_SET_ELEM_LIST_SET, set)
        .nest(NFTA_SET_ELEM_LIST_ELEMENTS, list);
    message(kind, family, &attributes)
}
