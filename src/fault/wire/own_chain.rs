use super::super::counter::{Count, Counter};
use super::super::notation;
use super::super::recipe::{Action, WireRule};
use super::gate::Gate;
use crate::Host;
use crate::net::{Namespace, kernel_has_ipv6};
use crate::netlink::Message;
use crate::nftables::count;

/// A chain that belongs to one block: its rules for what a host receives, or sends.
///
/// What a host on a bridge receives from many others by the same rules has one for all of them.
#[derive(Clone)]
pub(super) struct OwnChain {
    number: u32,
    pub(super) rules: Vec<WireRule>,
    /// The host that its counters are told of.
    host: Host,
    /// The device that its gates are at.
    pub(super) port: u32,
    /// Whether other gates of that port may share it.
    shared: bool,
    /// What the rules had counted in another table, before they came to this one.
    pub(super) carried: Vec<Count>,
    /// Whether no probe was sent to it yet.
    pub(super) fresh: bool,
}

impl OwnChain {
    /// The rules of a policy at a gate, and before them those for what is there and not between the hosts.
    pub(super) fn at(gate: &Gate, mut rules: Vec<WireRule>) -> Self {
        // Those of another time may be here.
        rules.retain(|rule| rule.action != Action::PassOthers);
        if !rules.is_empty() {
            rules.splice(0..0, gate.others());
        }
        // Answers at a bridge come from beside the gates, and meet none.
        if gate.bridge().is_some() {
            rules.retain(|rule| rule.action != Action::Pass);
        }
        if !kernel_has_ipv6() {
            rules = rules.into_iter().flat_map(WireRule::answering_ipv4_alone).collect();
        }
        // Sets of addresses follow the host that they are of, each in a chain of its own.
        let shared = gate.bridge().is_some() && gate.known.is_empty();
        let (host, port) = (gate.end.clone(), gate.port());
        Self { number: 0, rules, host, port, shared, carried: Vec::new(), fresh: true }
    }

    /// Whether it does what another one would.
    pub(super) fn serves(&self, new: &Self) -> bool {
        self.shared
            && new.shared
            && (self.port, &self.host, &self.rules) == (new.port, &new.host, &new.rules)
    }

    /// The same with a number that no other one of the namespace has.
    pub(super) fn numbered(self, namespace: &Namespace) -> Self {
        Self { number: namespace.next_number(), ..self }
    }

    /// What probes for it name.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn name(&self) -> String {
        format!("block-{}", self.number)
    }

    /// What its rules have counted, as the kernel holds them.
    pub(super) fn counts(&self, held: &[Message]) -> Vec<Count> {
        let counted = |message: &Message| {
            let [packets, bytes] = count(message);
            Count { packets, bytes }
        };
        let mut counts: Vec<Count> = held[1..].iter().map(counted).collect();
        for (count, before) in counts.iter_mut().zip(&self.carried) {
            *count = *count + *before;
        }
        counts
    }

    /// Counts in the words of its rules. What passes is not counted.
    pub(super) fn counters(&self, counts: Vec<Count>) -> Vec<Counter> {
        let acted = self.rules.iter().zip(counts).filter(|(rule, _)| !rule.passes());
        let counter = |(rule, Count { packets, bytes }): (&WireRule, Count)| Counter {
            host: self.host.name().to_owned(),
            rule: notation::wire(rule),
            packets,
            bytes,
        };
        acted.map(counter).collect()
    }
}
