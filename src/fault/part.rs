use super::counter::{Count, Counter};
use super::iptables::{self, Chains};
use super::line::Line;
use super::nftables::{Table, WireBlock};
use super::notation;
use super::policy::{Effect, Policy};
use super::recipe::{Action, Flow, recipe};
use crate::{Error, Host};

/// What a block consists of in the kernel: the rules of one host.
pub(super) enum Part {
    Wire(WireBlock),
    Table(Table),
    Chains(Chains),
}

impl Part {
    /// Makes the parts of a policy, one after the other; what has been made is in `parts`, also
    /// if the rest cannot be.
    pub(super) fn make_all(
        parts: &mut Vec<Self>,
        [host, peer]: [&Host; 2],
        policy: &Policy,
        flows: &[Flow],
        operation: &str,
    ) -> Result<(), Error> {
        if let Effect::Firewall { rules, backend } = &policy.effect {
            let lines = Line::of_rules(rules, &peer.kernel_addresses()?);
            if lines.is_empty() {
                let cause = "no rule is for a family in which the peer has addresses";
                return Err(Error::new(operation, cause));
            }
            parts.push(match backend.programs() {
                None => Self::Table(Table::firewall(host, &lines, operation)?),
                Some(programs) => Self::Chains(Chains::make(host, programs, &lines, operation)?),
            });
            return Ok(());
        }
        let theirs: Vec<Flow> = flows.iter().copied().map(Flow::reversed).collect();
        for (at, from, blocker, flows) in [(host, peer, true, flows), (peer, host, false, &theirs)]
        {
            let rules = recipe(policy, blocker, flows);
            parts.push(Self::Wire(WireBlock::make(at, from, rules, operation)?));
        }
        Ok(())
    }

    pub(super) fn counters(&self) -> Result<Vec<Counter>, Error> {
        let (host, counts, rules) = match self {
            Self::Wire(block) => {
                let rules = block.rules().iter();
                // What passes is none of the block's, and not counted.
                let rules =
                    rules.map(|rule| (rule.action != Action::Pass).then(|| notation::wire(rule)));
                (block.host(), block.counts()?, rules.collect::<Vec<_>>())
            }
            Self::Table(table) => {
                let rules = table.lines().iter().map(|line| Some(notation::firewall(line)));
                (table.host(), table.counts()?, rules.collect())
            }
            Self::Chains(chains) => {
                let rules = chains.lines().iter().map(|line| Some(iptables::arguments(line)));
                (chains.host(), chains.counts()?, rules.collect())
            }
        };
        let counted =
            rules.into_iter().zip(counts).filter_map(|(rule, Count { packets, bytes })| {
                Some(Counter { host: host.name().to_owned(), rule: rule?, packets, bytes })
            });
        Ok(counted.collect())
    }

    pub(super) fn remove(&mut self) -> Result<(), Error> {
        match self {
            Self::Wire(block) => block.remove(),
            Self::Table(table) => table.remove(),
            Self::Chains(chains) => chains.remove(),
        }
    }

    pub(super) fn suspend(&mut self) -> Result<(), Error> {
        match self {
            Self::Wire(block) => block.suspend(),
            Self::Table(table) => table.suspend(),
            Self::Chains(chains) => chains.suspend(),
        }
    }

    pub(super) fn resume(&mut self) -> Result<(), Error> {
        match self {
            Self::Wire(block) => block.resume(),
            Self::Table(table) => table.resume(),
            Self::Chains(chains) => chains.resume(),
        }
    }

    /// Leaves the rules in force when this is dropped.
    pub(super) fn keep(&mut self) {
        if let Self::Chains(chains) = self {
            chains.keep();
        }
    }
}
