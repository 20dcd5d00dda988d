use std::net::IpAddr;

use netlink_packet_netfilter::nftables::{
    ChainAttribute, ChainMessage, DataAttribute, DevHookNumber, ExpressionAttribute, Expressions,
    Hook, HookNumber, InetHookNumber, ListAttribute, NfTablesMessage, RuleAttribute, RuleMessage,
    SetAttribute, SetElementAttribute, SetElementList, SetElementMessage, SetFlags, SetMessage,
    TableAttribute, TableFlags, TableMessage, Verdict, VerdictAttribute,
};
use netlink_packet_netfilter::none::ControlMessage;
use netlink_packet_netfilter::{
    NetfilterHeader, NetfilterMessage, NetfilterMessageInner, NetfilterProtoFamily,
};
use rtnetlink::packet_core::Nla;

use super::super::counter::Count;
use super::super::firewall::Chain;
use super::expression::Expression;
use crate::netlink::Request;

pub(super) type Message = NetfilterMessage;
pub(super) type NftRequest = Request<NetfilterMessage>;
/// Where a chain takes its packets.
pub(super) type BaseHook = Vec<Hook>;

/// The families of tables that are used here (nft(8), ADDRESS FAMILIES).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Inet,
    NetDev,
}

/// Just before the filter table of iptables and of most people (nft(8), priority `filter` is 0).
const BEFORE_FILTER: i32 = -1;
/// linux/netfilter/nfnetlink.h
const NFNL_SUBSYS_NFTABLES: u16 = 10;
/// linux/netfilter.h
const NF_ACCEPT: u32 = 1;
/// linux/netfilter/nf_tables.h
const NFTA_COUNTER_BYTES: u16 = 1;
const NFTA_COUNTER_PACKETS: u16 = 2;
const NFT_DATA_VERDICT: u32 = 0xffff_ff00;

/// Puts requests between the marks that make them one transaction.
pub(super) fn batch(requests: Vec<NftRequest>) -> Vec<NftRequest> {
    let mark = |message: ControlMessage| {
        // The library writes this field as it is; the kernel reads it in network order.
        let subsystem = NFNL_SUBSYS_NFTABLES.to_be();
        let header = NetfilterHeader::new(NetfilterProtoFamily::Unspec, 0, subsystem);
        Request::unacknowledged(NetfilterMessage::new(header, message))
    };
    let mut all = vec![mark(ControlMessage::BatchBegin)];
    all.extend(requests);
    all.push(mark(ControlMessage::BatchEnd));
    all
}

fn message(family: Family, message: NfTablesMessage) -> Message {
    let family = match family {
        Family::Inet => NetfilterProtoFamily::Inet,
        Family::NetDev => NetfilterProtoFamily::NetDev,
    };
    NetfilterMessage::new(NetfilterHeader::new(family, 0, 0), message)
}

fn named(name: &str) -> TableMessage {
    TableMessage { attributes: vec![TableAttribute::Name(name.to_owned())] }
}

pub(super) fn table(family: Family, name: &str) -> Message {
    message(family, NfTablesMessage::NewTable(named(name)))
}

/// The same table with its hooks asleep, or awake again (nft(8), `flags dormant`).
pub(super) fn dormant_table(family: Family, name: &str, dormant: bool) -> Message {
    let mut table = named(name);
    let flags = if dormant { TableFlags::Dormant } else { TableFlags::empty() };
    table.attributes.push(TableAttribute::Flags(flags));
    message(family, NfTablesMessage::NewTable(table))
}

pub(super) fn delete_table(family: Family, name: &str) -> Message {
    message(family, NfTablesMessage::DeleteTable(named(name)))
}

/// All rules of a table, or of one chain of it.
pub(super) fn get_rules(family: Family, table: &str, chain: Option<&str>) -> Message {
    let mut attributes = vec![RuleAttribute::Table(table.to_owned())];
    attributes.extend(chain.map(|chain| RuleAttribute::Chain(chain.to_owned())));
    message(family, NfTablesMessage::GetRule(RuleMessage { attributes }))
}

pub(super) fn chain(family: Family, table: &str, name: &str, hook: BaseHook) -> Message {
    let attributes = vec![
        ChainAttribute::Table(table.to_owned()),
        ChainAttribute::Name(name.to_owned()),
        ChainAttribute::Hook(hook),
        ChainAttribute::Policy(NF_ACCEPT),
        ChainAttribute::Type("filter".to_owned()),
    ];
    message(family, NfTablesMessage::NewChain(ChainMessage { attributes }))
}

/// A chain that is reached by jumps only.
pub(super) fn plain_chain(family: Family, table: &str, name: &str) -> Message {
    message(family, NfTablesMessage::NewChain(chain_named(table, name)))
}

pub(super) fn delete_chain(family: Family, table: &str, name: &str) -> Message {
    message(family, NfTablesMessage::DeleteChain(chain_named(table, name)))
}

fn chain_named(table: &str, name: &str) -> ChainMessage {
    let attributes =
        vec![ChainAttribute::Table(table.to_owned()), ChainAttribute::Name(name.to_owned())];
    ChainMessage { attributes }
}

/// The name of the map of peers of a family.
pub(super) fn peers(ipv6: bool) -> &'static str {
    if ipv6 { "peers6" } else { "peers4" }
}

/// The name of the map of probes.
pub(super) const PROBES: &str = "probes";

/// The map from peers' addresses to their chains.
pub(super) fn peers_map(family: Family, table: &str, ipv6: bool) -> Message {
    // nft's own numbers of its types `ipv4_addr` and `ipv6_addr`, so that it lists them well.
    let (key_type, key_length, id) = if ipv6 { (8, 16, 2) } else { (7, 4, 1) };
    verdict_map(family, table, peers(ipv6), [key_type, key_length, id])
}

/// The map from blocks' numbers to their chains; nft's type `mark` is a number of four bytes.
pub(super) fn probes_map(family: Family, table: &str) -> Message {
    verdict_map(family, table, PROBES, [19, 4, 3])
}

fn verdict_map(family: Family, table: &str, name: &str, key_and_id: [u32; 3]) -> Message {
    let [key_type, key_length, id] = key_and_id;
    let attributes = vec![
        SetAttribute::Table(table.to_owned()),
        SetAttribute::Name(name.to_owned()),
        SetAttribute::Flags(SetFlags::Map),
        SetAttribute::KeyType(key_type),
        SetAttribute::KeyLen(key_length),
        SetAttribute::DataType(NFT_DATA_VERDICT),
        SetAttribute::Id(id),
    ];
    message(family, NfTablesMessage::NewSet(SetMessage { attributes }))
}

/// An entry of a map, and the chain that it leads to.
pub(super) struct Element<'a> {
    map: &'static str,
    key: Vec<u8>,
    chain: &'a str,
}

impl<'a> Element<'a> {
    pub(super) fn of_peer(address: IpAddr, chain: &'a str) -> Self {
        let key = match address {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        Self { map: peers(address.is_ipv6()), key, chain }
    }

    pub(super) fn of_probe(number: u32, chain: &'a str) -> Self {
        Self { map: PROBES, key: number.to_be_bytes().to_vec(), chain }
    }

    fn message(&self, table: &str) -> SetElementMessage {
        let element = vec![
            SetElementAttribute::Key(DataAttribute::Value(self.key.clone())),
            SetElementAttribute::Data(DataAttribute::Verdict(jump_to(self.chain))),
        ];
        let attributes = vec![
            SetElementList::Table(table.to_owned()),
            SetElementList::Set(self.map.to_owned()),
            SetElementList::Elements(vec![ListAttribute::Element(element)]),
        ];
        SetElementMessage { attributes }
    }
}

pub(super) fn element(family: Family, table: &str, element: &Element<'_>) -> Message {
    message(family, NfTablesMessage::NewSetElement(element.message(table)))
}

pub(super) fn delete_element(family: Family, table: &str, element: &Element<'_>) -> Message {
    message(family, NfTablesMessage::DeleteSetElement(element.message(table)))
}

pub(super) fn jump_to(chain: &str) -> Vec<VerdictAttribute> {
    vec![VerdictAttribute::Code(Verdict::Jump), VerdictAttribute::Chain(chain.to_owned())]
}

pub(super) fn delete_rule(family: Family, table: &str, chain: &str, handle: u64) -> Message {
    let attributes = vec![
        RuleAttribute::Table(table.to_owned()),
        RuleAttribute::Chain(chain.to_owned()),
        RuleAttribute::Handle(handle),
    ];
    message(family, NfTablesMessage::DeleteRule(RuleMessage { attributes }))
}

/// The number that the kernel gave to a rule.
pub(super) fn handle(message: &Message) -> Option<u64> {
    let NetfilterMessageInner::NfTables(NfTablesMessage::NewRule(rule)) = &message.inner else {
        return None;
    };
    rule.attributes.iter().find_map(|attribute| match attribute {
        RuleAttribute::Handle(handle) => Some(*handle),
        _ => None,
    })
}

/// Where the device hands over what it received, before anything else sees it. Hooks of a lower
/// priority act first.
pub(super) fn ingress_hook(family: Family, device: &str, priority: i32) -> BaseHook {
    let number = match family {
        Family::NetDev => HookNumber::Dev(DevHookNumber::Ingress),
        Family::Inet => HookNumber::Inet(InetHookNumber::Ingress),
    };
    let priority = Hook::Priority(priority as u32);
    vec![Hook::Number(number), priority, Hook::NetDeviceName(device.to_owned())]
}

/// Where INPUT and OUTPUT are.
pub(super) fn filter_hook(chain: Chain) -> BaseHook {
    let number = match chain {
        Chain::Input => InetHookNumber::LocalIn,
        Chain::Output => InetHookNumber::LocalOut,
    };
    vec![Hook::Number(HookNumber::Inet(number)), Hook::Priority(BEFORE_FILTER as u32)]
}

pub(super) fn rule(
    family: Family,
    table: &str,
    chain: &str,
    expressions: Vec<Expression>,
) -> Message {
    let expressions = expressions.into_iter().map(ListAttribute::from).collect();
    let attributes = vec![
        RuleAttribute::Table(table.to_owned()),
        RuleAttribute::Chain(chain.to_owned()),
        RuleAttribute::Expressions(expressions),
    ];
    message(family, NfTablesMessage::NewRule(RuleMessage { attributes }))
}

/// What the counter of a rule says; nothing for a rule without one.
pub(super) fn count(message: &Message) -> Count {
    let NetfilterMessageInner::NfTables(NfTablesMessage::NewRule(rule)) = &message.inner else {
        return Count::default();
    };
    let lists = rule.attributes.iter().filter_map(|attribute| match attribute {
        RuleAttribute::Expressions(list) => Some(list),
        _ => None,
    });
    lists.flatten().find_map(counted).unwrap_or_default()
}

fn counted(expression: &ListAttribute<ExpressionAttribute>) -> Option<Count> {
    let ListAttribute::Element(parts) = expression else { return None };
    parts.iter().find_map(|part| match part {
        ExpressionAttribute::Data(Expressions::Other { expression_type, attributes })
            if expression_type == "counter" =>
        {
            let of = |kind| attributes.iter().find(|nla| nla.kind() == kind).map_or(0, u64_of);
            Some(Count { packets: of(NFTA_COUNTER_PACKETS), bytes: of(NFTA_COUNTER_BYTES) })
        }
        _ => None,
    })
}

fn u64_of(attribute: &impl Nla) -> u64 {
    let mut bytes = [0; 8];
    if attribute.value_len() == bytes.len() {
        attribute.emit_value(&mut bytes);
    }
    u64::from_be_bytes(bytes)
}
