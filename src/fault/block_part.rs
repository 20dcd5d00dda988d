use super::counter::{Count, Counter};
use super::firewall::Target;
use super::iptables::{self, Chains};
use super::line::Line;
use super::nftables::{Table, WireBlock};
use super::notation;
use super::part::Part;
use super::policy::{Effect, Policy};
use super::recipe::{Action, Flow, WireRule, recipe};
use crate::observe::capture;
use crate::{Error, Host};

/// What a block consists of in the kernel: the rules of one host.
pub(super) enum BlockPart {
    Wire(WireBlock),
    Table(Table),
    Chains(Chains),
}

impl BlockPart {
    /// Makes the parts of a policy, one after the other; what has been made is in `parts`, also
    /// if the rest cannot be.
    pub(super) fn make_all(
        parts: &mut Vec<Self>,
        [host, peer]: [&Host; 2],
        policy: &Policy,
        flows: &[Flow],
        operation: &str,
    ) -> Result<(), Error> {
        [host, peer].into_iter().for_each(capture::expect_arrivals);
        if let Effect::Firewall { rules, backend } = &policy.effect {
            let lines = Line::of_rules(rules, &peer.kernel_addresses()?);
            if lines.is_empty() {
                let cause = "no rule is for a family in which the peer has addresses";
                return Err(Error::new(operation, cause));
            }
            if rules.iter().any(|rule| matches!(rule.target, Target::Reject(_))) {
                host.lift_icmp_limits();
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
}

impl Part for BlockPart {
    fn counters(&self) -> Result<Vec<Counter>, Error> {
        Ok(match self {
            Self::Wire(block) => {
                of_wire(block.host(), block.rules().iter().cloned().zip(block.counts()?))
            }
            Self::Table(table) => {
                let rules = table.lines().iter().map(notation::firewall);
                counted(table.host(), rules.zip(table.counts()?))
            }
            Self::Chains(chains) => {
                let rules = chains.lines().iter().map(iptables::arguments);
                counted(chains.host(), rules.zip(chains.counts()?))
            }
        })
    }

    fn remove(&mut self) -> Result<Option<u64>, Error> {
        match self {
            Self::Wire(block) => block.remove().map(Some),
            Self::Table(table) => table.remove().map(Some),
            Self::Chains(chains) => chains.remove().map(|()| None),
        }
    }

    fn suspend(&mut self) -> Result<(), Error> {
        match self {
            Self::Wire(block) => block.suspend(),
            Self::Table(table) => table.suspend(),
            Self::Chains(chains) => chains.suspend(),
        }
    }

    fn resume(&mut self) -> Result<(), Error> {
        match self {
            Self::Wire(block) => block.resume(),
            Self::Table(table) => table.resume(),
            Self::Chains(chains) => chains.resume(),
        }
    }

    fn keep(&mut self) {
        if let Self::Chains(chains) = self {
            chains.keep();
        }
    }
}

/// What rules of the wire have counted. What passes is none of the block's, and not counted.
pub(super) fn of_wire(
    host: &Host,
    rules: impl IntoIterator<Item = (WireRule, Count)>,
) -> Vec<Counter> {
    let rules = rules.into_iter().filter(|(rule, _)| rule.action != Action::Pass);
    counted(host, rules.map(|(rule, count)| (notation::wire(&rule), count)))
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
