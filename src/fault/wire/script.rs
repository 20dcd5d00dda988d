//! What the transactions about a block on the wire consist of.

use crate::netlink::{Message, NLM_F_APPEND, NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL, Request};

use super::answers::{self, Answers};
use super::block::{Half, WireBlock, lanes};
use super::compiled::{Compiled, IPV4_ADDR, ethertype};
use super::gate::{Devices, Gate};
use super::kernel::FAMILY;
use super::kernel::Kernel;
use super::own_chain::OwnChain;
use super::probe::ETHERTYPE;
use super::resolution::{self, ARP, IPV4, IPV6, OWN};
use super::tables::Shared;
use crate::nftables::{
    Base, Element, Expression, Hook, Key, Operator, Set, Verdict, assign_mark, chain, compare,
    counter, delete_chain, delete_element, delete_rule, delete_set, elements, load, meta,
    meta_into, plain_chain, rule, set, table, verdict, vmap,
};

const APPEND: u16 = NLM_F_CREATE | NLM_F_APPEND;
/// Before anything else that a device hands over.
const MARKING: i32 = -500;

const LANES: &str = "lanes";
const ETHERTYPES: &str = "ethertypes";
const PROBES: &str = "probes";
/// The chain that leads a probe to its block, and counts those that no block took.
pub(super) const PROBE: &str = "probe";

/// nft's own numbers of its types `mark`, `iface_index` and `ether_type`.
const MARK: u32 = 19;
const INTERFACE: u32 = 20;
const ETHER_TYPE: u32 = 10;

/// The requests of one operation, in the order in which they are done.
pub(super) struct Script<'a> {
    table: &'a str,
    operation: &'a str,
    /// What no frame meets yet.
    pub(super) prepare: Vec<Request>,
    /// What makes frames meet it, which must be in one piece.
    pub(super) throw: Vec<Request>,
}

impl<'a> Script<'a> {
    pub(super) fn new(block: &'a WireBlock, operation: &'a str) -> Self {
        let (prepare, throw) = (Vec::new(), Vec::new());
        Self { table: &block.table, operation, prepare, throw }
    }

    fn prepare(&mut self, message: Message, flags: u16) {
        self.prepare.push(Request::new(self.operation, message, flags));
    }

    pub(super) fn throw(&mut self, message: Message, flags: u16) {
        self.throw.push(Request::new(self.operation, message, flags));
    }

    fn add_rule(&mut self, chain: &str, expressions: &[Expression]) {
        self.prepare(rule(FAMILY, self.table, chain, expressions), APPEND);
    }

    fn add_chain(&mut self, name: &str) {
        self.prepare(plain_chain(FAMILY, self.table, name), NLM_F_CREATE | NLM_F_EXCL);
    }

    fn add_map(&mut self, name: &str, key_type: u32, key_length: u32, id: u32) {
        let map = Set {
            name,
            key_type,
            key_length,
            map: true,
            interval: false,
            learns: false,
            forgets: false,
            id,
        };
        self.prepare(set(FAMILY, self.table, &map), NLM_F_CREATE);
    }

    fn add_elements(&mut self, name: &str, all: &[Element]) {
        for message in elements(FAMILY, self.table, name, all) {
            self.prepare(message, NLM_F_CREATE);
        }
    }

    /// Everything that the block needs and that is not there yet.
    pub(super) fn make(&mut self, block: &WireBlock, shared: &Shared, support: &Support<'_>) {
        if !shared.made {
            self.frame(block, shared, support);
        }
        let mut to_lanes = Vec::new();
        for (lane, (gate, _)) in lanes(&block.halves) {
            if !shared.lanes.contains_key(&lane) {
                self.lane(gate, shared.priority, support.kernel);
                to_lanes.extend(gate.key().map(|key| Element::jump(key, &lane)));
            }
        }
        self.add_elements(LANES, &to_lanes);
        block.chains.iter().for_each(|chain| self.own_chain(chain, support.answers));
        self.hook(block);
    }

    /// The table, its maps, and the chains that all lanes share.
    fn frame(&mut self, block: &WireBlock, shared: &Shared, support: &Support<'_>) {
        self.prepare(table(FAMILY, self.table, support.kernel.owners), NLM_F_CREATE | NLM_F_EXCL);
        let first = &block.halves[0].gate;
        let (sender, sender_type) = match first.bridge() {
            Some(_) => (Key::Mark, MARK),
            None => (Key::Iif, INTERFACE),
        };
        self.add_map(ETHERTYPES, ETHER_TYPE, 2, 2);
        self.add_map(PROBES, MARK, 4, 3);
        let own = Set {
            name: OWN,
            key_type: IPV4_ADDR << 6 | sender_type,
            key_length: 8,
            map: false,
            interval: false,
            learns: true,
            forgets: true,
            id: 4,
        };
        self.prepare(set(FAMILY, self.table, &own), NLM_F_CREATE);
        self.add_chain(PROBE);
        // From behind the 14 bytes of the Ethernet header: nft(8) cannot list a load from the
        // network header behind an ethertype that it does not know.
        self.add_rule(PROBE, &[load(Base::Link, 14, 4), vmap(PROBES)]);
        // Those for younger tables, which see only what the older ones let pass.
        let younger = compare(Operator::Greater, &shared.number.to_be_bytes());
        self.add_rule(PROBE, &[load(Base::Link, 18, 4), younger, verdict(&Verdict::Accept)]);
        self.add_rule(PROBE, &[counter(), verdict(&Verdict::Drop)]);
        self.add_chain("discovery");
        for expressions in resolution::discovery() {
            self.add_rule("discovery", &expressions);
        }
        self.add_chain("groups");
        self.add_rule("groups", &resolution::groups());
        self.add_chain("arp");
        for expressions in resolution::arp(sender) {
            self.add_rule("arp", &expressions);
        }
        let special = [
            Element::jump(ETHERTYPE.to_be_bytes(), PROBE),
            Element::jump(IPV4.to_be_bytes(), "groups"),
            Element::jump(IPV6.to_be_bytes(), "discovery"),
            Element::jump(ARP.to_be_bytes(), "arp"),
        ];
        self.add_elements(ETHERTYPES, &special);
        if let Some(bridge) = first.bridge() {
            self.gate(&bridge.ports, shared.priority);
        }
    }

    /// The chains at the ports of a bridge: one that marks where a frame comes from, and one that
    /// leads it to its lane.
    fn gate(&mut self, devices: &[String], priority: i32) {
        self.add_map(LANES, MARK << 6 | INTERFACE, 8, 1);
        let marking = Hook::Ingress { devices, priority: MARKING };
        self.prepare(chain(FAMILY, self.table, "mark", &marking), NLM_F_CREATE);
        self.add_rule("mark", &[meta(Key::Iif), assign_mark()]);
        let egress = Hook::Egress { devices, priority };
        self.prepare(chain(FAMILY, self.table, "gate", &egress), NLM_F_CREATE);
        self.add_rule("gate", &[meta_into(0, Key::Mark), meta_into(1, Key::Oif), vmap(LANES)]);
    }

    /// The chain of all that one host sends to another over a link.
    fn lane(&mut self, gate: &Gate, priority: i32, kernel: Kernel) {
        let lane = gate.lane();
        match &gate.devices {
            Devices::End { name, .. } => {
                let devices = std::slice::from_ref(name);
                let ingress = Hook::Ingress { devices, priority };
                self.prepare(chain(FAMILY, self.table, &lane, &ingress), NLM_F_CREATE);
                if !kernel.answers {
                    self.add_rule(&lane, &answers::is_on_its_way());
                }
            }
            Devices::Port { .. } => self.add_chain(&lane),
        }
        self.add_rule(&lane, &[meta(Key::Protocol), vmap(ETHERTYPES)]);
    }

    /// The block's own chain with its rules, that for probes first.
    fn own_chain(&mut self, own: &OwnChain, answers: Option<&Answers>) {
        let chain = own.name();
        let port = own.port;
        let answer =
            answers.map(|answers| move |action, family| answers.send(port, action, family));
        let answer = answer.as_ref().map(|answer| answer as &dyn Fn(_, _) -> _);
        let compiled = Compiled::of(&chain, &own.rules, answer);
        for (filled, id) in compiled.sets.iter().zip(5..) {
            self.prepare(set(FAMILY, self.table, &filled.set(id)), NLM_F_CREATE);
            self.add_elements(&filled.name, &filled.elements);
        }
        self.add_chain(&chain);
        let mut probe = ethertype(ETHERTYPE);
        probe.extend([counter(), verdict(&Verdict::Drop)]);
        self.add_rule(&chain, &probe);
        for expressions in &compiled.rules {
            self.add_rule(&chain, expressions);
        }
    }

    /// Leads the frames and the probes to the block's chains.
    pub(super) fn hook(&mut self, block: &WireBlock) {
        for half in &block.halves {
            let jump = [verdict(&Verdict::Jump(block.chain(half).name()))];
            let jump = rule(FAMILY, self.table, &half.gate.lane(), &jump);
            self.throw(jump, if block.is_large() { APPEND } else { APPEND | NLM_F_ECHO });
        }
        let probes: Vec<Element> = block.chains.iter().map(probe_to).collect();
        for message in elements(FAMILY, self.table, PROBES, &probes) {
            self.throw(message, NLM_F_CREATE);
        }
    }

    /// The opposite.
    pub(super) fn unhook(&mut self, block: &WireBlock) {
        self.leave_lanes(&block.halves);
        if block.is_hooked() {
            for chain in &block.chains {
                self.throw(delete_element(FAMILY, self.table, PROBES, &probe_to(chain)), 0);
            }
        }
    }

    /// Leads no frames to the block's chains any more from the lanes of some of its halves.
    pub(super) fn leave_lanes<'h>(&mut self, halves: impl IntoIterator<Item = &'h Half>) {
        for half in halves {
            if let Some(jump) = half.jump {
                self.throw(delete_rule(FAMILY, self.table, &half.gate.lane(), jump), 0);
            }
        }
    }

    /// Takes a block away, and the lanes with it in which nothing else is.
    pub(super) fn unmake(&mut self, block: &WireBlock, shared: &Shared) {
        self.unhook(block);
        block.chains.iter().for_each(|chain| self.delete_own_chain(chain));
        self.delete_lanes(&block.halves, shared);
    }

    fn delete_own_chain(&mut self, own: &OwnChain) {
        let chain = own.name();
        self.throw(delete_chain(FAMILY, self.table, &chain), 0);
        for filled in Compiled::of(&chain, &own.rules, None).sets {
            self.throw(delete_set(FAMILY, self.table, &filled.name), 0);
        }
    }

    /// Takes a chain away that nothing but probes leads to.
    pub(super) fn unmake_chain(&mut self, own: &OwnChain) {
        self.throw(delete_element(FAMILY, self.table, PROBES, &probe_to(own)), 0);
        self.delete_own_chain(own);
    }

    /// Takes away the lanes in which nothing but these halves is.
    pub(super) fn delete_lanes<'h>(
        &mut self,
        halves: impl IntoIterator<Item = &'h Half>,
        shared: &Shared,
    ) {
        for (lane, (gate, halves)) in lanes(halves) {
            if shared.lanes.get(&lane) != Some(&halves) {
                continue;
            }
            if let Some(key) = gate.key() {
                let to_lane = Element::jump(key, &lane);
                self.throw(delete_element(FAMILY, self.table, LANES, &to_lane), 0);
            }
            self.throw(delete_chain(FAMILY, self.table, &lane), 0);
        }
    }
}

/// What leads probes to a chain.
fn probe_to(chain: &OwnChain) -> Element {
    Element::jump(chain.number().to_be_bytes(), &chain.name())
}

/// What the kernel can do for a table, and what answers in it.
#[derive(Clone, Copy)]
pub(super) struct Support<'a> {
    pub(super) kernel: Kernel,
    pub(super) answers: Option<&'a Answers>,
}

/// The rule of probes that no block took, as the kernel lists it in its chain.
pub(super) const PASSED: usize = 2;
