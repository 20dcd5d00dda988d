//! The rules that have a hop's frames take the way by the relay, or the straight one.

use std::ops::RangeInclusive;

use crate::netlink::{Message, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, Request};
use crate::netlink_route::{LinkMessage, NETLINK_ROUTE};

use super::frame::{HOUSEKEEPING, ICMPV6, IGMP};
use super::path::Path;
use crate::Error;
use crate::net::{Device, Namespace};
use crate::nftables::{
    Base, Expression, Hook, Key, NETLINK_NETFILTER, Operator, Set, TableFamily, Verdict,
    assign_mark, batches, chain, compare, counter, delete_table, flush_chain, forward, in_range,
    keep_for, load, masked, meta, not_in_set, number, plain_chain, rule, set, table, verdict,
    with_bits, write,
};
use crate::sys::packet;

/// How long nothing must have passed before a frame goes straight again, in milliseconds. By then all
/// that came before it has been sent on: the relay takes some 20 µs, but on a machine that is very busy
/// its thread waits for a processor, where several sessions share it (sched(7), autogroup) for a second.
pub(super) const QUIET: u64 = 3_000;

/// The bit that makes an Ethernet address one of a group. No sender has one.
pub(super) const STAMP: u8 = 0x01;
/// Where it is in a frame: in the first byte of the sender's address.
pub(super) const STAMPED: usize = 6;
/// The mark of what the relay sends by the end of a pair.
pub(super) const RELAYED: u32 = 0x7265_6c61;
/// The bit by which it differs from the mark of a port, of which it is sent for.
pub(super) const RELAYED_BIT: u32 = 0x1000_0000;
/// The bit of the mark of what goes to the relay of a bridge; the rest is the number of the hop.
pub(super) const HOP_BIT: u32 = 0x2000_0000;

const FAMILY: TableFamily = TableFamily::NetDev;
/// Before all blocks: they act on what comes out of a wire.
const BEFORE_BLOCKS: i32 = -600;
/// As the rules of blocks do it.
const MARKING: i32 = -500;
const APPEND: u16 = NLM_F_CREATE | NLM_F_APPEND;
/// The set that is not empty while frames pass.
const RECENT: &str = "recent";
/// The chain that decides which way a frame takes.
const WAY: &str = "way";
/// The index of `lo` in every namespace.
const LOOPBACK: u32 = 1;
/// nft's own number of its type `iface_index`.
const INTERFACE: u32 = 20;

/// What decides about the frames of one hop.
pub(super) struct Intercept {
    table: String,
    hop: u32,
}

impl Intercept {
    pub(super) fn of(hop: u32) -> Self {
        Self { table: format!("netns-test-wire-{hop}"), hop }
    }

    /// Has the frames of the hop take the way by the relay, which hears them already.
    pub(super) fn begin(&self, path: &Path) -> Result<(), Error> {
        let begun = match path {
            Path::Pair { sender, receiver, from, to } => {
                let operation = "take stamped frames away";
                let rules = self.taking(&device(receiver, *to)?);
                self.commit(receiver, operation, rules).and_then(|()| {
                    let rules = self.stamping(path, &device(sender, *from)?);
                    self.commit(sender, "stamp the frames of a hop", rules)
                })
            }
            Path::Port { switch, from, to } => up(switch).and_then(|()| {
                let rules = self.forwarding(path, [device(switch, *from)?, device(switch, *to)?]);
                self.commit(switch, "give the frames of a hop to the relay", rules)
            }),
        };
        begun.map_err(lacking)
    }

    /// From now on the kernel lets go of the way by the relay when nothing passes.
    pub(super) fn leave(&self, path: &Path) -> Result<(), Error> {
        let mut ways = vec![vec![meta(Key::Oif), not_in_set(RECENT), verdict(&Verdict::Return)]];
        ways.push(self.detour(path));
        self.rewrite(path, ways)
    }

    /// From now on all frames take the way by the relay again.
    pub(super) fn come_back(&self, path: &Path) -> Result<(), Error> {
        self.rewrite(path, vec![self.detour(path)])
    }

    fn rewrite(&self, path: &Path, ways: Vec<Vec<Expression>>) -> Result<(), Error> {
        let mut messages = vec![(flush_chain(FAMILY, &self.table, WAY), 0)];
        messages.extend(ways.iter().map(|way| (rule(FAMILY, &self.table, WAY, way), APPEND)));
        self.commit(path.namespace(), "change the path of the frames of a hop", messages)
    }

    /// Takes all rules away.
    pub(super) fn end(&self, path: &Path) -> Result<(), Error> {
        let delete = |namespace: &Namespace| {
            let gone = vec![(delete_table(FAMILY, &self.table), 0)];
            self.commit(namespace, "delete the rules of a hop", gone)
        };
        match path {
            // First those that stamp, or a stamped frame would get in.
            Path::Pair { sender, receiver, .. } => {
                let stamping = delete(sender);
                delete(receiver).and(stamping)
            }
            Path::Port { switch, .. } => delete(switch),
        }
    }

    /// The rules for the receiver's end of a pair.
    fn taking(&self, device: &str) -> Vec<(Message, u16)> {
        let devices = [device.to_owned()];
        let hook = Hook::Ingress { devices: &devices, priority: BEFORE_BLOCKS };
        let mut taken = stamped();
        taken.extend([counter(), verdict(&Verdict::Drop)]);
        vec![
            (table(FAMILY, &self.table, true), NLM_F_CREATE | NLM_F_EXCL),
            (chain(FAMILY, &self.table, "take", &hook), NLM_F_CREATE),
            (rule(FAMILY, &self.table, "take", &taken), APPEND),
        ]
    }

    /// The rules for the sender's end of a pair.
    fn stamping(&self, path: &Path, device: &str) -> Vec<(Message, u16)> {
        let mut all = self.frame(path, device);
        let passing = [marked(RELAYED), probes_of_blocks()].into_iter().chain(housekeeping());
        all.extend(passing.map(|passing| self.gate(&accepted(passing))));
        all.push(self.gate(&[verdict(&Verdict::Jump(WAY.to_owned()))]));
        all
    }

    /// The rules for a bridge: at the port that the frames come from they are marked, at the one
    /// that they go to they are given to `lo`, and there they end.
    fn forwarding(&self, path: &Path, [from, to]: [String; 2]) -> Vec<(Message, u16)> {
        let mut all = self.frame(path, &to);
        let Path::Port { from: port, .. } = path else { return all };
        let mut relayed = marked(port | RELAYED_BIT);
        relayed.extend([number(*port), assign_mark(), verdict(&Verdict::Accept)]);
        let others = [
            meta(Key::Mark),
            compare(Operator::NotEqual, &port.to_ne_bytes()),
            verdict(&Verdict::Accept),
        ];
        all.push(self.gate(&relayed));
        all.push(self.gate(&others));
        let passing = [probes_of_blocks()].into_iter().chain(housekeeping());
        all.extend(passing.map(|passing| self.gate(&accepted(passing))));
        all.push(self.gate(&[verdict(&Verdict::Jump(WAY.to_owned()))]));
        let mut heard = marked(self.mark());
        heard.push(verdict(&Verdict::Drop));
        for (name, device, priority, act) in [
            ("mark", from, MARKING, vec![number(*port), assign_mark()]),
            ("heard", "lo".to_owned(), BEFORE_BLOCKS, heard),
        ] {
            let devices = [device];
            let hook = Hook::Ingress { devices: &devices, priority };
            all.push((chain(FAMILY, &self.table, name, &hook), NLM_F_CREATE));
            all.push((rule(FAMILY, &self.table, name, &act), APPEND));
        }
        all
    }

    /// The table where frames leave, with its set and its chains.
    fn frame(&self, path: &Path, device: &str) -> Vec<(Message, u16)> {
        let recent = Set {
            name: RECENT,
            key_type: INTERFACE,
            key_length: 4,
            map: false,
            interval: false,
            learns: true,
            forgets: true,
            id: 1,
        };
        let devices = [device.to_owned()];
        let hook = Hook::Egress { devices: &devices, priority: BEFORE_BLOCKS };
        vec![
            (table(FAMILY, &self.table, true), NLM_F_CREATE | NLM_F_EXCL),
            (set(FAMILY, &self.table, &recent), NLM_F_CREATE),
            (plain_chain(FAMILY, &self.table, WAY), NLM_F_CREATE),
            (rule(FAMILY, &self.table, WAY, &self.detour(path)), APPEND),
            (chain(FAMILY, &self.table, "gate", &hook), NLM_F_CREATE),
        ]
    }

    fn gate(&self, expressions: &[Expression]) -> (Message, u16) {
        (rule(FAMILY, &self.table, "gate", expressions), APPEND)
    }

    /// The way by the relay.
    fn detour(&self, path: &Path) -> Vec<Expression> {
        let mut detour = vec![meta(Key::Oif), keep_for(RECENT, QUIET)];
        match path {
            Path::Pair { .. } => detour.extend([
                load(Base::Link, STAMPED as u32, 1),
                with_bits(&[STAMP]),
                write(Base::Link, STAMPED as u32, 1),
            ]),
            Path::Port { .. } => {
                detour.extend([number(self.mark()), assign_mark()]);
                detour.extend(forward(LOOPBACK));
            }
        }
        detour
    }

    fn mark(&self) -> u32 {
        HOP_BIT | self.hop
    }

    /// Does all of it in one transaction.
    fn commit(
        &self,
        namespace: &Namespace,
        operation: &str,
        messages: Vec<(Message, u16)>,
    ) -> Result<(), Error> {
        let operation = format!("{operation} in {namespace}");
        let request = |(message, flags)| Request::new(operation.as_str(), message, flags);
        let requests: Vec<Request> = messages.into_iter().map(request).collect();
        for batch in batches(requests) {
            namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch))?;
        }
        Ok(())
    }
}

fn stamped() -> Vec<Expression> {
    vec![load(Base::Link, STAMPED as u32, 1), masked(&[STAMP]), compare(Operator::Equal, &[STAMP])]
}

fn marked(mark: u32) -> Vec<Expression> {
    vec![meta(Key::Mark), compare(Operator::Equal, &mark.to_ne_bytes())]
}

/// What asks whether a block acts comes to the block at once.
fn probes_of_blocks() -> Vec<Expression> {
    vec![meta(Key::Protocol), compare(Operator::Equal, &packet::EXPERIMENT.to_be_bytes())]
}

/// What kernels say for themselves passes wires, and does so at once: a packet that waits for the
/// address of its neighbour would leave its host some time after it was sent. As
/// [`Headers::is_housekeeping`] tells it for what comes to the relay.
///
/// [`Headers::is_housekeeping`]: super::frame::Headers::is_housekeeping
fn housekeeping() -> [Vec<Expression>; 4] {
    let of = |ethertype: i32| {
        let ethertype = (ethertype as u16).to_be_bytes();
        vec![meta(Key::Protocol), compare(Operator::Equal, &ethertype)]
    };
    let of_protocol = |ethertype, protocol| {
        let mut rule = of(ethertype);
        rule.extend([meta(Key::L4Proto), compare(Operator::Equal, &[protocol])]);
        rule
    };
    let of_icmpv6 = |kinds: RangeInclusive<u8>| {
        let mut rule = of_protocol(libc::ETH_P_IPV6, ICMPV6);
        let kinds = in_range(&[*kinds.start()], &[*kinds.end()]);
        rule.extend([load(Base::Transport, 0, 1), kinds]);
        rule
    };
    let [discovery, reports] = HOUSEKEEPING.map(of_icmpv6);
    [of(libc::ETH_P_ARP), of_protocol(libc::ETH_P_IP, IGMP), discovery, reports]
}

fn accepted(mut rule: Vec<Expression>) -> Vec<Expression> {
    rule.push(verdict(&Verdict::Accept));
    rule
}

/// What a device is called now: rules of netdev are for a name.
fn device(namespace: &Namespace, index: u32) -> Result<String, Error> {
    let operation = || format!("look for a device of {namespace}");
    let gone = || Error::new(operation(), "it was deleted, or moved to another network namespace");
    Ok(Device::find(namespace, index)?.ok_or_else(gone)?.name)
}

/// Brings up `lo` in a bridge's namespace, by which frames come to the relay.
fn up(switch: &Namespace) -> Result<(), Error> {
    let operation = format!("set link `lo` of {switch} up");
    let request = Request::new(operation, LinkMessage::at(LOOPBACK).up(true).set(), 0);
    switch.netlink(NETLINK_ROUTE, |route| route.execute(vec![request]))
}

/// What a refusal means where the kernel is too old.
fn lacking(error: Error) -> Error {
    match error.raw_os_error() {
        Some(libc::EOPNOTSUPP | libc::ENOENT | libc::EINVAL) => {
            let operation = "send frames through the relay";
            Error::unsupported(operation, error.to_string()).with_help(
                "a wire needs nftables at the egress of devices: Linux 5.16 with \
                 CONFIG_NETFILTER_EGRESS",
            )
        }
        _ => error,
    }
}
