//! What is added beside the gates of a bridge so that something answers for them ([`answers`]).
//!
//! [`answers`]: super::answers

use crate::netlink::{Message, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL};

use super::gate::Bridge;
use super::kernel::FAMILY;
use crate::Error;
use crate::net::{
    Namespace, add_answering_bridge, add_answering_port, behind_ports, delete_device,
};
use crate::nftables::{
    Base, Element, Expression, Hook, Key, Operator, Set, TableFamily, Verdict, add_to, chain,
    compare, elements, load, masked_at, meta, meta_into, not_in_set, rule, set, table, verdict,
};

/// The table of what answers, and the chain in it that does.
pub(super) const TABLE: &str = "netns-test-answers";
pub(super) const ANSWER: &str = "answer";
/// The bits of a mark that have the port at which a frame was taken.
pub(super) const PORTS: u32 = 0x000f_ffff;
/// Puts a rule behind those that are there.
pub(super) const APPEND: u16 = NLM_F_CREATE | NLM_F_APPEND;
/// The port of the bridge, and its other end, at which it is answered.
const PORT: &str = "answers";
const END: &str = "answerer";
/// The bridge whose only port that end is, where only the family of bridges can answer.
const BRIDGE: &str = "answering";
/// The set of who is behind which port.
const STATIONS: &str = "stations";
/// nft's own numbers of its types `ether_addr` and `iface_index`.
const STATION: u32 = 9 << 6 | 20;
const ICMPV6: u8 = 58;
const ICMPV6_UNREACHABLE: u8 = 1;
/// Before all that br_netfilter does to frames.
const FIRST: i32 = -1000;

/// The devices that answer for a bridge.
pub(super) struct BridgeAnswers {
    pub(super) port: u32,
    bridge: Option<u32>,
}

impl BridgeAnswers {
    /// Adds the devices, and returns with them what makes the chains there, of which the one that
    /// answers is of this family.
    pub(super) fn add(
        namespace: &Namespace,
        bridge: &Bridge,
        family: TableFamily,
    ) -> Result<(Self, Vec<(Message, u16)>), Error> {
        let port = add_answering_port(namespace, bridge.index, [PORT, END])?;
        let mut added = Self { port, bridge: None };
        let mut work = || {
            let stations = behind_ports(namespace)?;
            if family == TableFamily::Bridge {
                added.bridge = Some(add_answering_bridge(namespace, [BRIDGE, END])?);
            }
            Ok(frame(bridge, &stations, family))
        };
        match work() {
            Ok(frame) => Ok((added, frame)),
            Err(error) => {
                // The first error is the one to be told.
                let _ = added.delete(namespace);
                Err(error)
            }
        }
    }

    /// Whether it is the family of bridges that answers.
    pub(super) fn is_second(&self) -> bool {
        self.bridge.is_some()
    }

    pub(super) fn delete(self, namespace: &Namespace) -> Result<(), Error> {
        delete_device(namespace, self.port)?;
        self.bridge.map_or(Ok(()), |bridge| delete_device(namespace, bridge))
    }
}

/// The chain that answers, one that learns who is where, and one that keeps from the hosts what the
/// kernel itself says there.
fn frame(bridge: &Bridge, stations: &[(u32, Vec<u8>)], family: TableFamily) -> Vec<(Message, u16)> {
    let [port, end] = [PORT, END].map(|name| vec![name.to_owned()]);
    let hook = |devices| Hook::Ingress { devices, priority: 0 };
    let add_chain = |name, devices| (chain(FAMILY, TABLE, name, &hook(devices)), NLM_F_CREATE);
    let add_rule =
        |name, expressions: &[Expression]| (rule(FAMILY, TABLE, name, expressions), APPEND);
    let known = Set {
        name: STATIONS,
        key_type: STATION,
        key_length: 12,
        map: false,
        interval: false,
        learns: true,
        forgets: false,
        id: 1,
    };
    let mut all = vec![
        (table(FAMILY, TABLE, false), NLM_F_CREATE | NLM_F_EXCL),
        (set(FAMILY, TABLE, &known), NLM_F_CREATE),
    ];
    let stations: Vec<Element> = stations.iter().map(station).collect();
    let filled = elements(FAMILY, TABLE, STATIONS, &stations);
    all.extend(filled.into_iter().map(|message| (message, NLM_F_CREATE)));
    all.extend([
        add_chain("learn", &bridge.ports),
        add_rule("learn", &[load(Base::Link, 6, 6), meta_into(2, Key::Iif), add_to(STATIONS)]),
        add_chain(ANSWER, &end),
        add_rule(ANSWER, &unknown()),
        add_chain("quiet", &port),
        add_rule("quiet", &housekeeping()),
    ]);
    if family == TableFamily::Bridge {
        let hook = Hook::Prerouting { priority: FIRST };
        all.push((table(family, TABLE, false), NLM_F_CREATE | NLM_F_EXCL));
        all.push((chain(family, TABLE, ANSWER, &hook), NLM_F_CREATE));
    }
    all
}

/// An address, to a multiple of four bytes, and its port.
fn station((port, address): &(u32, Vec<u8>)) -> Element {
    let mut key = address.clone();
    key.resize(8, 0);
    key.extend(port.to_ne_bytes());
    Element::new(key)
}

/// `ether daddr . (meta mark & PORTS) != @stations drop`
fn unknown() -> [Expression; 5] {
    [
        load(Base::Link, 0, 6),
        meta_into(2, Key::Mark),
        masked_at(2, &PORTS.to_ne_bytes()),
        not_in_set(STATIONS),
        verdict(&Verdict::Drop),
    ]
}

/// All ICMPv6 but errors: what the kernel says on a link of its own accord.
fn housekeeping() -> [Expression; 7] {
    let protocol = libc::ETH_P_IPV6 as u16;
    [
        meta(Key::Protocol),
        compare(Operator::Equal, &protocol.to_be_bytes()),
        meta(Key::L4Proto),
        compare(Operator::Equal, &[ICMPV6]),
        load(Base::Transport, 0, 1),
        compare(Operator::NotEqual, &[ICMPV6_UNREACHABLE]),
        verdict(&Verdict::Drop),
    ]
}
