//! What answers for a block on a bridge: a device beside the hosts' ports.
//!
//! The kernel answers a frame only where a device hands it over, and at that place nobody knows yet
//! to whom the bridge will give it. So what a gate takes it has sent by one more port of the bridge,
//! whose other end rejects it: with the address of the host that it was for, towards the one that
//! it is from. The frame's mark says how. The answers bear no mark, so no gate takes them.
//!
//! A bridge brings to all ports what is for an address that it does not know. Such a frame may be
//! another host's, and an answer would end a connection that is nobody's business. So it is only
//! answered if its receiver is known to be behind the port at which it was taken: the bridge knew
//! it before, or something from there has been seen since.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_EXCL};

use super::super::recipe::Action;
use super::super::reject::RejectWith;
use super::gate::Bridge;
use crate::Error;
use crate::net::{Namespace, add_answering_port, behind_ports, delete_device};
use crate::netlink::Request;
use crate::nftables::{
    Base, Element, Expression, Family, Hook, Key, Message, NETLINK_NETFILTER, Operator, Set,
    Verdict, add_to, assign_mark, batches, chain, compare, delete_table, elements, forward, load,
    masked, masked_at, meta, meta_into, not_in_set, number, reject, rule, set, table, verdict,
};

const TABLE: &str = "netns-test-answers";
/// The port of the bridge, and its other end, which answers.
const PORT: &str = "answers";
const END: &str = "answerer";
/// Marks of frames that are to be answered: these bits, how, and the port at which one was taken.
/// Those of gates are the numbers of ports.
const MARKS: u32 = 0x4000_0000;
const PORTS: u32 = 0x000f_ffff;
/// The set of who is behind which port.
const STATIONS: &str = "stations";
/// nft's own numbers of its types `ether_addr` and `iface_index`.
const STATION: u32 = 9 << 6 | 20;
const ICMPV6: u8 = 58;
const ICMPV6_UNREACHABLE: u8 = 1;
const APPEND: u16 = NLM_F_CREATE | libc::NLM_F_APPEND as u16;

/// The answering port of a bridge, as it stands in the script of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answers {
    port: u32,
}

/// What a namespace has of it: shared by all blocks there that answer.
#[derive(Default)]
struct State {
    port: u32,
    kinds: BTreeSet<u32>,
    users: usize,
}

impl Answers {
    /// Has a bridge answer in all the ways that the actions name. Each call is undone by one of
    /// [`release`](Self::release).
    pub(super) fn acquire(
        namespace: &Namespace,
        bridge: &Bridge,
        actions: &[(Action, bool)],
        operation: &str,
    ) -> Result<Self, Error> {
        let slot = namespace.attached::<Mutex<State>>();
        let mut state = lock(&slot);
        if state.users == 0 {
            state.port = add_answering_port(namespace, bridge.index, [PORT, END])?;
            state.kinds.clear();
            let stations = behind_ports(namespace)?;
            if let Err(error) = commit(namespace, frame(bridge, &stations), operation) {
                delete_device(namespace, state.port)?;
                return Err(error);
            }
        }
        state.users += 1;
        let answers = Self { port: state.port };
        for (action, ipv6) in actions {
            let mark = mark(*action, *ipv6);
            if state.kinds.contains(&mark) {
                continue;
            }
            let added = vec![(answer(*action, *ipv6), APPEND)];
            if let Err(error) = commit(namespace, added, operation) {
                drop(state);
                Self::release(namespace)?;
                return Err(error);
            }
            state.kinds.insert(mark);
        }
        Ok(answers)
    }

    /// Says that a block has no more use for it.
    pub(super) fn release(namespace: &Namespace) -> Result<(), Error> {
        let slot = namespace.attached::<Mutex<State>>();
        let mut state = lock(&slot);
        state.users -= 1;
        if state.users > 0 {
            return Ok(());
        }
        let gone = vec![(delete_table(Family::NetDev, TABLE), 0)];
        commit(namespace, gone, "delete the answers of a bridge")?;
        delete_device(namespace, state.port)
    }

    /// The end of a rule at a port whose frames are answered.
    pub(super) fn send(&self, port: u32, action: Action, ipv6: bool) -> Vec<Expression> {
        let mut all = vec![number(mark(action, ipv6) | port), assign_mark()];
        all.extend(forward(self.port));
        all
    }
}

fn lock(slot: &Arc<Mutex<State>>) -> MutexGuard<'_, State> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

fn commit(
    namespace: &Namespace,
    messages: Vec<(Message, u16)>,
    operation: &str,
) -> Result<(), Error> {
    let requests =
        messages.into_iter().map(|(message, flags)| Request::new(operation, message, flags));
    for batch in batches(requests.collect()) {
        namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch))?;
    }
    Ok(())
}

/// The mark of what is to be answered so.
fn mark(action: Action, ipv6: bool) -> u32 {
    let kind = match action {
        Action::Icmp(kind) => kind,
        Action::Reset | Action::Drop | Action::Pass => RejectWith::TcpReset,
    };
    let known = RejectWith::ALL.iter().position(|one| *one == kind);
    // A reset is one for both families.
    let ipv6 = ipv6 && kind != RejectWith::TcpReset;
    let kind = (known.unwrap_or_default() as u32 * 2) | u32::from(ipv6);
    MARKS | (kind << PORTS.count_ones())
}

/// The chain that answers, one that learns who is where, and one that keeps from the hosts what the
/// kernel itself says there.
fn frame(bridge: &Bridge, stations: &[(u32, Vec<u8>)]) -> Vec<(Message, u16)> {
    let [port, end] = [PORT, END].map(|name| vec![name.to_owned()]);
    let hook = |devices| Hook::Ingress { devices, priority: 0 };
    let add_chain =
        |name, devices| (chain(Family::NetDev, TABLE, name, &hook(devices)), NLM_F_CREATE);
    let add_rule =
        |name, expressions: &[Expression]| (rule(Family::NetDev, TABLE, name, expressions), APPEND);
    let known = Set {
        name: STATIONS,
        key_type: STATION,
        key_length: 12,
        map: false,
        interval: false,
        learns: true,
        id: 1,
    };
    let mut all = vec![
        (table(Family::NetDev, TABLE, false), NLM_F_CREATE | NLM_F_EXCL),
        (set(Family::NetDev, TABLE, &known), NLM_F_CREATE),
    ];
    let stations: Vec<Element> = stations.iter().map(station).collect();
    let filled = elements(Family::NetDev, TABLE, STATIONS, &stations);
    all.extend(filled.into_iter().map(|message| (message, NLM_F_CREATE)));
    all.extend([
        add_chain("learn", &bridge.ports),
        add_rule("learn", &[load(Base::Link, 6, 6), meta_into(2, Key::Iif), add_to(STATIONS)]),
        add_chain("answer", &end),
        add_rule("answer", &unknown()),
        add_chain("quiet", &port),
        add_rule("quiet", &housekeeping()),
    ]);
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

/// `meta mark MARK reject with …`
fn answer(action: Action, ipv6: bool) -> Message {
    let code = match action {
        Action::Icmp(kind) => kind.code(ipv6),
        Action::Reset | Action::Drop | Action::Pass => None,
    };
    let mut rule_of = vec![
        meta(Key::Mark),
        masked(&(!PORTS).to_ne_bytes()),
        compare(Operator::Equal, &mark(action, ipv6).to_ne_bytes()),
    ];
    if code.is_some() {
        let protocol = if ipv6 { libc::ETH_P_IPV6 } else { libc::ETH_P_IP } as u16;
        rule_of.extend([meta(Key::Protocol), compare(Operator::Equal, &protocol.to_be_bytes())]);
    } else {
        rule_of.extend([meta(Key::L4Proto), compare(Operator::Equal, &[libc::IPPROTO_TCP as u8])]);
    }
    rule_of.push(reject(code));
    rule(Family::NetDev, TABLE, "answer", &rule_of)
}
