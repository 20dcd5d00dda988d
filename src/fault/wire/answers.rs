//! What answers for a block on a bridge: a device beside the hosts' ports.
//!
//! The kernel answers a frame only where a device hands it over, and at that place nobody knows yet
//! to whom the bridge will give it. So what a gate takes it has sent by one more port of the bridge,
//! whose other end rejects it: with the address of the host that it was for, towards the one that
//! it is from. The frame's mark says how. The answers bear no mark, so no gate takes them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_EXCL};

use super::super::recipe::Action;
use super::super::reject::RejectWith;
use super::gate::Bridge;
use crate::Error;
use crate::net::{Namespace, add_answering_port, delete_device};
use crate::netlink::Request;
use crate::nftables::{
    Base, Expression, Family, Hook, Key, Message, NETLINK_NETFILTER, Operator, Verdict,
    assign_mark, batches, chain, compare, delete_table, forward, load, meta, number, reject, rule,
    table, verdict,
};

const TABLE: &str = "netns-test-answers";
/// The port of the bridge, and its other end, which answers.
const PORT: &str = "answers";
const END: &str = "answerer";
/// Marks of frames that are to be answered; those of gates are the numbers of ports.
const MARKS: u32 = 0x4000_0000;
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
            if let Err(error) = commit(namespace, frame(), operation) {
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

    /// The end of a rule whose frames are answered.
    pub(super) fn send(&self, action: Action, ipv6: bool) -> Vec<Expression> {
        let mut all = vec![number(mark(action, ipv6)), assign_mark()];
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
    MARKS | known.unwrap_or_default() as u32 * 2 | u32::from(ipv6)
}

/// The chain that answers, and one that keeps from the hosts what the kernel itself says there.
fn frame() -> Vec<(Message, u16)> {
    let [port, end] = [PORT, END].map(|name| vec![name.to_owned()]);
    let answers = Hook::Ingress { devices: &end, priority: 0 };
    let quiet = Hook::Ingress { devices: &port, priority: 0 };
    let protocol = libc::ETH_P_IPV6 as u16;
    let housekeeping = [
        meta(Key::Protocol),
        compare(Operator::Equal, &protocol.to_be_bytes()),
        meta(Key::L4Proto),
        compare(Operator::Equal, &[ICMPV6]),
        load(Base::Transport, 0, 1),
        compare(Operator::NotEqual, &[ICMPV6_UNREACHABLE]),
        verdict(&Verdict::Drop),
    ];
    vec![
        (table(Family::NetDev, TABLE, false), NLM_F_CREATE | NLM_F_EXCL),
        (chain(Family::NetDev, TABLE, "answer", &answers), NLM_F_CREATE),
        (chain(Family::NetDev, TABLE, "quiet", &quiet), NLM_F_CREATE),
        (rule(Family::NetDev, TABLE, "quiet", &housekeeping), APPEND),
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
        compare(Operator::Equal, &mark(action, ipv6).to_ne_bytes()),
    ];
    if code.is_some() {
        let protocol = if ipv6 { libc::ETH_P_IPV6 } else { libc::ETH_P_IP } as u16;
        rule_of.extend([
            meta(Key::Protocol),
            compare(Operator::Equal, &protocol.to_be_bytes()),
        ]);
    } else {
        rule_of.extend([meta(Key::L4Proto), compare(Operator::Equal, &[libc::IPPROTO_TCP as u8])]);
    }
    rule_of.push(reject(code));
    rule(Family::NetDev, TABLE, "answer", &rule_of)
}
