use super::backend::Backend;
use super::between::Between;
use super::counter::{Count, Counter};
use super::effect::Effect;
use super::firewall_table::FirewallTable;
#[cfg(feature = "iptables")]
use super::iptables::Chains;
use super::line::Line;
use super::notation;
use super::part::Part;
use super::policy::Policy;
use super::recipe::{Flow, WireRule, recipe};
use super::relay::{OneWay, Relay};
use super::rule::Target;
use super::wire::{Gate, WireBlock};
use super::wire_part::WirePart;
use crate::record::next_number;
use crate::{Error, Host};

/// What a block consists of in the kernel: the rules in one namespace.
pub(super) enum BlockPart {
    Wire(WireBlock),
    /// With the peer whose packets it is about.
    Table(FirewallTable, Host),
    #[cfg(feature = "iptables")]
    Chains(Chains, Host),
    Held(Box<WirePart>),
}

impl BlockPart {
    /// Makes the parts of a policy, one after the other. `parts` has those that were made, even if the
    /// rest cannot be.
    pub(super) fn make_all(
        parts: &mut Vec<Self>,
        between: &Between,
        policy: &Policy,
        flows: &[Flow],
        operation: &str,
    ) -> Result<(), Error> {
        let [host, peer] = between.hosts();
        [host, peer].into_iter().for_each(Host::record_arrivals);
        if let Effect::Firewall { rules, backend } = &policy.effect {
            let lines = Line::of_rules(rules, &peer.kernel_addresses()?);
            if lines.is_empty() {
                let cause = "no rule covers an address family of the peer";
                return Err(Error::new(operation, cause));
            }
            if rules.iter().any(|rule| matches!(rule.target, Target::Reject(_))) {
                host.lift_icmp_limits();
            }
            parts.push(Self::firewall(*backend, [host, peer], &lines, operation)?);
            return Ok(());
        }
        if policy.effect == Effect::Hold {
            return Self::hold(parts, [host, peer], policy, flows);
        }
        Self::make_wire(parts, Gate::between(between), (policy, flows), operation)
    }

    /// Makes those on the wire at gates, of as many pairs of hosts as there are: in each namespace
    /// all in one step.
    pub(super) fn make_wire(
        parts: &mut Vec<Self>,
        gates: Vec<Gate>,
        (policy, flows): (&Policy, &[Flow]),
        operation: &str,
    ) -> Result<(), Error> {
        let gates = Gate::refresh_all(gates).map_err(|cause| Error::new(operation, cause))?;
        gates.iter().for_each(Gate::record_arrivals);
        WireBlock::make_all(gates, &rules_of(policy, flows), operation, |block| {
            parts.push(Self::Wire(block));
        })
    }

    fn firewall(
        backend: Backend,
        [host, peer]: [&Host; 2],
        lines: &[Line],
        operation: &str,
    ) -> Result<Self, Error> {
        #[cfg(feature = "iptables")]
        let chains = |programs| {
            let chains = Chains::make(host, programs, lines, operation)?;
            Ok(Self::Chains(chains, peer.clone()))
        };
        match backend {
            Backend::Nftables => {
                Ok(Self::Table(FirewallTable::make(host, lines, operation)?, peer.clone()))
            }
            #[cfg(feature = "iptables")]
            Backend::IptablesNft => chains(["iptables-nft", "ip6tables-nft"]),
            #[cfg(feature = "iptables")]
            Backend::IptablesLegacy => chains(["iptables-legacy", "ip6tables-legacy"]),
        }
    }
}

impl BlockPart {
    /// Has what one host sends the other wait at the relay.
    fn hold(
        parts: &mut Vec<Self>,
        hosts: [&Host; 2],
        policy: &Policy,
        flows: &[Flow],
    ) -> Result<(), Error> {
        let theirs: Vec<Flow> = flows.iter().copied().map(Flow::reversed).collect();
        let relay = Relay::of(hosts[0].net())?;
        let wire = next_number();
        for direction in OneWay::between(hosts) {
            let flows = if direction.incoming { flows } else { &theirs };
            let rules = recipe(policy, direction.incoming, flows);
            if !rules.is_empty() {
                let part = WirePart::hold(&relay, wire, &direction, rules)?;
                parts.push(Self::Held(Box::new(part)));
            }
        }
        Ok(())
    }

    /// Whether it is between hosts that are all among these, or partly; `None` if it does not concern any
    /// two of them.
    pub(super) fn is_among(&self, hosts: &[Host]) -> Option<bool> {
        let among = |pair: [&Host; 2]| pair.iter().all(|host| hosts.contains(host)).then_some(true);
        match self {
            Self::Wire(block) => block.is_among(hosts),
            Self::Held(part) => among([&part.direction.sender, &part.direction.receiver]),
            Self::Table(table, peer) => among([table.host(), peer]),
            #[cfg(feature = "iptables")]
            Self::Chains(chains, peer) => among([chains.host(), peer]),
        }
    }

    /// Lets traffic between these hosts pass, and leaves the rest in effect. Returns the counters that
    /// have thereby ended.
    pub(super) fn leave(&mut self, hosts: &[Host]) -> Result<Vec<Counter>, Error> {
        match self {
            Self::Wire(block) => block.leave(hosts),
            // The others are of two hosts, and go as a whole.
            _ => Ok(Vec::new()),
        }
    }

    /// Loses what it holds, if anything, when it is removed.
    pub(super) fn discards(&mut self) {
        if let Self::Held(part) = self {
            part.discards();
        }
    }
}

/// The rules of a policy for what passes a gate; `flows` are the connections that its scope names,
/// as the host sees them that blocks.
pub(super) fn rules_of(policy: &Policy, flows: &[Flow]) -> impl Fn(&Gate) -> Vec<WireRule> {
    let theirs: Vec<Flow> = flows.iter().copied().map(Flow::reversed).collect();
    move |gate| match gate.incoming {
        true => recipe(policy, true, flows),
        false => recipe(policy, false, &theirs),
    }
}

impl Part for BlockPart {
    fn counters(&self) -> Result<Vec<Counter>, Error> {
        Ok(match self {
            Self::Wire(block) => block.counters()?,
            Self::Held(part) => part.counters()?,
            Self::Table(table, _) => {
                let rules = table.lines().iter().map(notation::firewall);
                counted(table.host(), rules.zip(table.counts()?))
            }
            #[cfg(feature = "iptables")]
            Self::Chains(chains, _) => {
                let rules = chains.lines().iter().map(notation::iptables);
                counted(chains.host(), rules.zip(chains.counts()?))
            }
        })
    }

    fn remove(&mut self) -> Result<Option<u64>, Error> {
        match self {
            Self::Wire(block) => block.remove().map(Some),
            Self::Held(part) => part.remove(),
            Self::Table(table, _) => table.remove().map(Some),
            #[cfg(feature = "iptables")]
            Self::Chains(chains, _) => chains.remove().map(|()| None),
        }
    }

    fn suspend(&mut self) -> Result<(), Error> {
        match self {
            Self::Wire(block) => block.suspend(),
            Self::Held(part) => part.suspend(),
            Self::Table(table, _) => table.suspend(),
            #[cfg(feature = "iptables")]
            Self::Chains(chains, _) => chains.suspend(),
        }
    }

    fn resume(&mut self) -> Result<(), Error> {
        match self {
            Self::Wire(block) => block.resume(),
            Self::Held(part) => part.resume(),
            Self::Table(table, _) => table.resume(),
            #[cfg(feature = "iptables")]
            Self::Chains(chains, _) => chains.resume(),
        }
    }

    fn keep(&mut self) {
        #[cfg(feature = "iptables")]
        if let Self::Chains(chains, _) = self {
            chains.keep();
        }
    }
}

fn counted(host: &Host, rules: impl Iterator<Item = (String, Count)>) -> Vec<Counter> {
    rules
        .map(|(rule, Count { packets, bytes })| Counter {
            host: host.name().to_owned(),
            rule,
            packets,
            bytes,
        })
        .collect()
}
