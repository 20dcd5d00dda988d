//! Answers on behalf of a block that cannot answer where its rules are.
//!
//! On a bridge none can: the kernel answers a frame only where a device hands it over, and at that point
//! nobody knows yet to which port the bridge will send it. So a gate sends the frames that it takes out by
//! an extra port of the bridge, whose other end rejects them: with the address of the host that the frame
//! was for, towards the one that it is from. The frame's mark says how. The answers bear no mark, so no
//! gate takes them.
//!
//! A bridge floods frames for an address that it does not know to all ports. Such a frame may be another
//! host's, and an answer would end an unrelated connection. So it is answered only if its receiver is
//! known to be behind the port at which it was taken: the bridge knew it before, or something from there
//! has been seen since.
//!
//! Some kernels, such as Debian's, cannot answer in the netdev family. There the bridge family answers for
//! a bridge: that other end is the port of a second bridge. On a veth pair it is the inet family, after
//! all other rules of the device: there the host's own stack answers, by its routes.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::netlink::{Message, NLM_F_CREATE, NLM_F_DUMP, Request};

use super::super::icmp_kind::IcmpKind;
use super::super::recipe::Action;
use super::bridge_answers::{ANSWER, APPEND, BridgeAnswers, PORTS, TABLE};
use super::gate::{Devices, Gate};
use super::kernel::Kernel;
use super::kernel::{FAMILY, lacks};
use crate::Error;
use crate::family::Family;
use crate::mutex::lock;
use crate::net::Namespace;
use crate::nftables::{
    Expression, Hook, Key, NETLINK_NETFILTER, Operator, TableFamily, Verdict, assign_mark, batches,
    chain, compare, delete_table, forward, get_rules, masked, meta, number, plain_chain, reject,
    rule, table, verdict,
};

/// Marks of frames that are to be answered: these bits, how, and the port at which one was taken
/// ([`PORTS`]).
/// Those of gates are the numbers of ports.
const MARKS: u32 = 0x4000_0000;
/// After all blocks.
const LAST: i32 = i32::MAX;

/// What answers in a namespace, as it stands in the script of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answers {
    /// The answering port of a bridge; at the ends of pairs there is none.
    port: Option<u32>,
}

/// What a namespace has of it: shared by all blocks there that want answers.
#[derive(Default)]
struct State {
    /// The devices that answer for a bridge.
    devices: Option<BridgeAnswers>,
    kinds: BTreeSet<u32>,
    /// The ends of pairs at which it answers.
    ends: BTreeSet<String>,
    users: usize,
}

impl Answers {
    /// Has what gates take be answered in all the ways that the actions name. Each call is undone
    /// by one of [`release`](Self::release).
    pub(super) fn acquire(
        namespace: &Namespace,
        gates: &[&Gate],
        actions: &[(Action, Family)],
        operation: &str,
    ) -> Result<Self, Error> {
        let slot = namespace.attached::<Mutex<State>>();
        let mut state = lock(&slot);
        if state.users == 0 || state.is_flushed(namespace) {
            state.begin(namespace, gates[0], operation)?;
        }
        state.users += 1;
        let answers = Self { port: state.devices.as_ref().map(|devices| devices.port) };
        if let Err(error) = state.add(namespace, gates, actions, operation) {
            drop(state);
            Self::release(namespace)?;
            return Err(error);
        }
        Ok(answers)
    }

    /// Says that a block has no more use for it.
    pub(super) fn release(namespace: &Namespace) -> Result<(), Error> {
        let slot = namespace.attached::<Mutex<State>>();
        let mut state = lock(&slot);
        state.users -= 1;
        match state.users {
            0 => state.end(namespace),
            _ => Ok(()),
        }
    }

    /// The end of a rule at a port whose frames are answered.
    pub(super) fn send(&self, port: u32, action: Action, family: Family) -> Vec<Expression> {
        let mark = mark(action, family);
        let marked = |mark| vec![number(mark), assign_mark()];
        match self.port {
            Some(answering) => [marked(mark | port), forward(answering).into()].concat(),
            None => [marked(mark), vec![verdict(&Verdict::Accept)]].concat(),
        }
    }
}

/// `meta mark & MARKS == MARKS accept`: at the end of a pair, what another block has taken is on its
/// way to be answered, and no other block's.
pub(super) fn is_on_its_way() -> Vec<Expression> {
    let mark = MARKS.to_ne_bytes();
    vec![meta(Key::Mark), masked(&mark), compare(Operator::Equal, &mark), verdict(&Verdict::Accept)]
}

impl State {
    /// The families of its tables, and the one that answers first.
    fn families(&self) -> Vec<TableFamily> {
        match &self.devices {
            None => vec![TableFamily::Inet],
            Some(devices) if devices.is_second() => vec![TableFamily::Bridge, FAMILY],
            Some(_) => vec![FAMILY],
        }
    }

    fn begin(&mut self, namespace: &Namespace, gate: &Gate, operation: &str) -> Result<(), Error> {
        let users = self.users;
        *self = Self { users, ..Self::default() };
        let kernel = Kernel::known();
        let made = match gate.bridge() {
            Some(bridge) => {
                let family = if kernel.answers { FAMILY } else { TableFamily::Bridge };
                let (devices, made) = BridgeAnswers::add(namespace, bridge, family)?;
                self.devices = Some(devices);
                made
            }
            None => vec![
                (table(TableFamily::Inet, TABLE, kernel.owners), NLM_F_CREATE),
                (plain_chain(TableFamily::Inet, TABLE, ANSWER), NLM_F_CREATE),
            ],
        };
        commit(namespace, made, operation).inspect_err(|_| {
            if let Some(devices) = self.devices.take() {
                // The first error is the one to be told.
                let _ = devices.delete(namespace);
            }
        })
    }

    /// Whether something flushed it, where a program can: in the namespace of a host, on a kernel
    /// whose tables have no owners.
    fn is_flushed(&self, namespace: &Namespace) -> bool {
        if self.devices.is_some() {
            return false;
        }
        let rules = get_rules(TableFamily::Inet, TABLE, Some(ANSWER));
        let request = Request::new("look for the table", rules, NLM_F_DUMP);
        let held = namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request));
        held.is_ok_and(|rules: Vec<Message>| rules.is_empty())
    }

    fn add(
        &mut self,
        namespace: &Namespace,
        gates: &[&Gate],
        actions: &[(Action, Family)],
        operation: &str,
    ) -> Result<(), Error> {
        let tables = self.families()[0];
        for (action, family) in actions {
            let mark = mark(*action, *family);
            if !self.kinds.contains(&mark) {
                commit(namespace, vec![(answer(tables, *action, *family), APPEND)], operation)?;
                self.kinds.insert(mark);
            }
        }
        for gate in gates {
            let Devices::End { to, name, .. } = &gate.devices else { continue };
            let chain = format!("{name}-{to}");
            if !self.ends.contains(&chain) {
                commit(namespace, end(&chain, name), operation)?;
                self.ends.insert(chain);
            }
        }
        Ok(())
    }

    fn end(&mut self, namespace: &Namespace) -> Result<(), Error> {
        for family in self.families() {
            let gone = vec![(delete_table(family, TABLE), 0)];
            match commit(namespace, gone, "delete what answers for blocks") {
                // Something flushed it.
                Err(error) if !lacks(&error) => return Err(error),
                _ => {}
            }
        }
        self.devices.take().map_or(Ok(()), |devices| devices.delete(namespace))
    }
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

/// The chain at the end of a pair. What is to be answered ends here, in whatever way.
fn end(name: &str, device: &str) -> Vec<(Message, u16)> {
    let devices = [device.to_owned()];
    let hook = Hook::Ingress { devices: &devices, priority: LAST };
    let mut marked = is_on_its_way();
    marked.pop();
    let answered = [marked.clone(), vec![verdict(&Verdict::Jump(ANSWER.to_owned()))]].concat();
    let other = [marked, vec![verdict(&Verdict::Drop)]].concat();
    vec![
        (chain(TableFamily::Inet, TABLE, name, &hook), NLM_F_CREATE),
        (rule(TableFamily::Inet, TABLE, name, &answered), APPEND),
        (rule(TableFamily::Inet, TABLE, name, &other), APPEND),
    ]
}

/// The mark of what is to be answered so.
fn mark(action: Action, family: Family) -> u32 {
    let number = match action {
        Action::Icmp(kind) => {
            let known = IcmpKind::ALL.iter().position(|one| *one == kind);
            (known.unwrap_or_default() as u32 * 2) | u32::from(family == Family::Ipv6)
        }
        // The number behind those: a reset is one for both families.
        _ => IcmpKind::ALL.len() as u32 * 2,
    };
    MARKS | (number << PORTS.count_ones())
}

/// `meta mark MARK reject with …`
fn answer(tables: TableFamily, action: Action, family: Family) -> Message {
    let code = match action {
        Action::Icmp(kind) => kind.code(family),
        _ => None,
    };
    let mut rule_of = vec![
        meta(Key::Mark),
        masked(&(!PORTS).to_ne_bytes()),
        compare(Operator::Equal, &mark(action, family).to_ne_bytes()),
    ];
    if code.is_some() {
        let protocol = family.ethertype();
        rule_of.extend([meta(Key::Protocol), compare(Operator::Equal, &protocol.to_be_bytes())]);
    } else {
        rule_of.extend([meta(Key::L4Proto), compare(Operator::Equal, &[libc::IPPROTO_TCP as u8])]);
    }
    rule_of.push(reject(code));
    rule(tables, TABLE, ANSWER, &rule_of)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Block, Host, Policy, Result, Routed, netns_test};

    /// The third SYN goes out 2 s after the first one: an ICMP error may need a second one.
    const SECOND_SYN: Duration = Duration::from_millis(1900);

    /// What the tests of all policies claim as well, on kernels that have no other way.
    #[netns_test]
    fn the_inet_family_answers_at_the_ends_of_a_pair(server: Host, client: Host) -> Result {
        Kernel::pretend(Kernel { answers: false, ..Kernel::known() });
        let (at_server, at_client) = (server.listen(7000)?, client.listen(7000)?);
        let refused = |errno, block: &Block| -> Result {
            for (from, to) in [(&client, &at_server), (&server, &at_client)] {
                let before = block.packets();
                let error = from.connect_within(to.addr(), SECOND_SYN).expect_err("it is refused");
                assert_eq!(error.raw_os_error(), Some(errno), "{block}: {error}");
                // Once for each SYN: a block that comes later has none of it.
                assert!((1..=2).contains(&(block.packets() - before)), "{block}");
            }
            Ok(())
        };
        // Under a block, in the place of one, and beside one.
        let mut block = server.block(&client)?;
        block.swap(Policy::reset())?;
        refused(libc::ECONNREFUSED, &block)?;
        block.swap(Policy::refuse(IcmpKind::HostUnreachable))?;
        // As many as a table takes: the last one is in another.
        for _ in 0..200 {
            client.block_with(&server, Policy::drop().udp())?.keep();
        }
        let other = client.block_with(&server, Policy::reset().tcp())?;
        refused(libc::EHOSTUNREACH, &block)?;
        assert_eq!(other.packets(), 0);
        block.unblock()?;
        refused(libc::ECONNREFUSED, &other)?;
        other.unblock()?;
        client.connect(at_server.addr())?;
        server.connect(at_client.addr())?;
        Ok(())
    }

    /// The router answers in the place of the one that is beyond it.
    #[netns_test]
    fn the_inet_family_answers_at_a_router(net: Routed) -> Result {
        Kernel::pretend(Kernel { answers: false, ..Kernel::known() });
        let (client, server) = (&net.client, &net.server);
        let (at_server, at_client) = (server.listen(7000)?, client.listen(7000)?);
        let host_unreachable = Policy::refuse(IcmpKind::HostUnreachable);
        for (policy, errno) in
            [(Policy::reset(), libc::ECONNREFUSED), (host_unreachable, libc::EHOSTUNREACH)]
        {
            let block = client.block_with(server, policy)?;
            for (from, to) in [(client, &at_server), (server, &at_client)] {
                let error = from.connect_within(to.addr(), SECOND_SYN).expect_err("it is refused");
                assert_eq!(error.raw_os_error(), Some(errno), "{block}: {error}");
            }
            net.router.connect(at_server.addr())?;
            block.unblock()?;
        }
        client.connect(at_server.addr())?;
        Ok(())
    }
}
