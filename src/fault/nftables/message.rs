use netlink_packet_netfilter::nftables::{
    ChainAttribute, ChainMessage, DevHookNumber, ExpressionAttribute, Expressions, Hook,
    HookNumber, InetHookNumber, ListAttribute, NfTablesMessage, RuleAttribute, RuleMessage,
    TableAttribute, TableMessage,
};
use netlink_packet_netfilter::none::ControlMessage;
use netlink_packet_netfilter::{
    NetfilterHeader, NetfilterMessage, NetfilterMessageInner, NetfilterProtoFamily,
};
use rtnetlink::packet_core::Nla;

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
const NFTA_COUNTER_PACKETS: u16 = 2;

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

pub(super) fn delete_table(family: Family, name: &str) -> Message {
    message(family, NfTablesMessage::DeleteTable(named(name)))
}

/// All rules of a table.
pub(super) fn get_rules(family: Family, table: &str) -> Message {
    let attributes = vec![RuleAttribute::Table(table.to_owned())];
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

/// Where the device hands over what it received, before anything else sees it.
pub(super) fn ingress_hook(device: &str) -> BaseHook {
    vec![
        Hook::Number(HookNumber::Dev(DevHookNumber::Ingress)),
        Hook::Priority(0),
        Hook::NetDeviceName(device.to_owned()),
    ]
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

/// What the counters of a rule say.
pub(super) fn count_packets(message: &Message) -> u64 {
    let NetfilterMessageInner::NfTables(NfTablesMessage::NewRule(rule)) = &message.inner else {
        return 0;
    };
    let lists = rule.attributes.iter().filter_map(|attribute| match attribute {
        RuleAttribute::Expressions(list) => Some(list),
        _ => None,
    });
    lists.flatten().map(counted).sum()
}

fn counted(expression: &ListAttribute<ExpressionAttribute>) -> u64 {
    let ListAttribute::Element(parts) = expression else { return 0 };
    let mut packets = 0;
    for part in parts {
        if let ExpressionAttribute::Data(Expressions::Other { expression_type, attributes }) = part
            && expression_type == "counter"
        {
            let found = attributes.iter().find(|nla| nla.kind() == NFTA_COUNTER_PACKETS);
            packets += found.map_or(0, u64_of);
        }
    }
    packets
}

fn u64_of(attribute: &impl Nla) -> u64 {
    let mut bytes = [0; 8];
    if attribute.value_len() == bytes.len() {
        attribute.emit_value(&mut bytes);
    }
    u64::from_be_bytes(bytes)
}
