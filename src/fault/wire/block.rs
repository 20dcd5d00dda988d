use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::super::counter::{Count, Counter};
use super::super::recipe::WireRule;
use super::entry::commit;
use super::gate::Gate;
use super::kernel::lacks;
use super::own_chain::OwnChain;
use super::script::Script;
use super::tables::Tables;
use crate::Error;
use crate::mutex::lock;
use crate::net::Namespace;

/// A block on the wire that is in force: its share in one namespace.
pub(in crate::fault) struct WireBlock {
    pub(super) namespace: Arc<Namespace>,
    /// The table that it is in. Once that has been flushed, it is no longer among the others.
    pub(super) table: String,
    /// The number of that table.
    pub(super) table_number: u32,
    /// The chains of its own, with its rules.
    pub(super) chains: Vec<OwnChain>,
    /// What leads to them at each of the gates there.
    pub(super) halves: Vec<Half>,
    /// Whether something answers in its place, to be released with it.
    pub(super) answers: bool,
}

/// What a block does to what one host sends to the other by one link.
pub(super) struct Half {
    pub(super) gate: Gate,
    /// Which of the block's chains has its rules.
    pub(super) chain: usize,
    /// The number of the rule that leads there; `None` while it is suspended.
    pub(super) jump: Option<u64>,
}

/// The lanes that halves are in, each with a gate there and with how many of them are.
pub(super) fn lanes<'h>(
    halves: impl IntoIterator<Item = &'h Half>,
) -> BTreeMap<String, (&'h Gate, usize)> {
    let mut lanes = BTreeMap::new();
    for half in halves {
        lanes.entry(half.gate.lane()).or_insert((&half.gate, 0)).1 += 1;
    }
    lanes
}

/// The rules for what passes a gate.
pub(in crate::fault) type RulesOf<'a> = &'a dyn Fn(&Gate) -> Vec<WireRule>;

impl WireBlock {
    /// Puts rules in force at gates, and checks that they act. What has been made is added to
    /// `made`, one for each namespace, also if the rest cannot be.
    pub(in crate::fault) fn make_all(
        gates: Vec<Gate>,
        rules: RulesOf<'_>,
        operation: &str,
        mut made: impl FnMut(Self),
    ) -> Result<(), Error> {
        let mut left = gates;
        while let Some(first) = left.first() {
            let namespace = Arc::clone(&first.namespace);
            let here = |gate: &Gate| Arc::ptr_eq(&gate.namespace, &namespace);
            let (together, others): (Vec<_>, Vec<_>) = left.into_iter().partition(here);
            left = others;
            made(Self::make(together, rules, operation)?);
        }
        Ok(())
    }

    fn make(gates: Vec<Gate>, rules: RulesOf<'_>, operation: &str) -> Result<Self, Error> {
        Self::of(gates, rules).begin(operation)
    }

    /// A block that is in no table yet.
    fn of(gates: Vec<Gate>, rules: RulesOf<'_>) -> Self {
        let with_rules = gates.into_iter().map(|gate| {
            let rules = rules(&gate);
            (gate, rules)
        });
        Self::at(with_rules.collect())
    }

    /// A block that is in no table yet, with the rules for each of its gates.
    fn at(gates: Vec<(Gate, Vec<WireRule>)>) -> Self {
        let namespace = Arc::clone(&gates[0].0.namespace);
        let mut chains: Vec<OwnChain> = Vec::new();
        let halves = gates.into_iter().map(|(gate, rules)| {
            let new = OwnChain::at(&gate, rules);
            let chain = chains.iter().position(|chain| chain.serves(&new)).unwrap_or(chains.len());
            if chain == chains.len() {
                chains.push(new.numbered(&namespace));
            }
            Half { gate, chain, jump: None }
        });
        let halves = halves.collect();
        Self { namespace, table: String::new(), table_number: 0, chains, halves, answers: false }
    }

    fn begin(mut self, operation: &str) -> Result<Self, Error> {
        let shared = self.namespace.attached::<Mutex<Tables>>();
        let mut tables = lock(&shared);
        match self.enter(&mut tables, operation, None) {
            // The table that we know of may be gone: something flushed the ruleset.
            Err(error) if lacks(&error) && self.forget_flushed(&mut tables) => {
                self.enter(&mut tables, operation, None)?;
            }
            result => result?,
        }
        if let Err(error) = self.check(&mut tables) {
            // The first error is the one to be told.
            let _ = self.take_away(&mut tables);
            return Err(error);
        }
        Ok(self)
    }

    /// Checks that it is in effect, by its table and by probes.
    fn check(&mut self, tables: &mut Tables) -> Result<(), Error> {
        let followed = self.enter_followers();
        let checked =
            followed.and_then(|()| self.find(tables)).and_then(|shared| self.verify(shared));
        self.chains.iter_mut().for_each(|chain| chain.fresh = false);
        checked
    }

    /// The gates as they are now.
    fn gates_now(&self) -> Result<Vec<Gate>, Error> {
        let gates = self.halves.iter().map(|half| half.gate.clone()).collect();
        let lost = |cause| {
            let operation = self.operation("look for the gate of", &self.chains[0]);
            Error::lost(operation, cause)
        };
        Gate::refresh_all(gates).map_err(lost)
    }

    /// Looks once more whether probes get to the gates.
    fn look_again(&mut self) -> Result<(), Error> {
        let gates = self.gates_now()?;
        for (half, gate) in self.halves.iter_mut().zip(gates) {
            half.gate.reached = gate.reached;
        }
        Ok(())
    }

    pub(super) fn gates(&self) -> Vec<&Gate> {
        self.halves.iter().map(|half| &half.gate).collect()
    }

    /// What each of its rules has counted. What passes is none of the block's, and not counted.
    ///
    /// # Errors
    ///
    /// If the rules are no longer there, or their device is not: then the block ended before.
    pub(in crate::fault) fn counters(&self) -> Result<Vec<Counter>, Error> {
        self.halves.iter().try_for_each(|half| self.still_acts(half))?;
        let held = self.held_all()?;
        let chains = self.chains.iter().zip(&held);
        Ok(chains.flat_map(|(chain, held)| chain.counters(chain.counts(held))).collect())
    }

    /// Checks that a half is still where its frames are: kernels from 6.16 on have rules for a
    /// device by its name, and those before by the device itself.
    fn still_acts(&self, half: &Half) -> Result<(), Error> {
        let ended = |cause: String| {
            let cause = format!("{cause}, which ended the block");
            Error::lost(self.operation("read", self.chain(half)), cause)
        };
        let Some(name) = half.gate.renamed().map_err(ended)? else { return Ok(()) };
        if half.jump.is_none() || self.takes(half)? {
            return Ok(());
        }
        let host = half.gate.receiver.name();
        Err(ended(format!("`{host}` has renamed the interface of their link to `{name}`")))
    }

    /// The rules at each of its gates.
    pub(in crate::fault) fn rules(&self) -> Vec<Vec<WireRule>> {
        self.halves.iter().map(|half| self.chain(half).rules.clone()).collect()
    }

    /// Takes the block away, checks that traffic passes, and returns how many packets it had taken.
    pub(in crate::fault) fn remove(&mut self) -> Result<u64, Error> {
        let shared = self.namespace.attached::<Mutex<Tables>>();
        let mut tables = lock(&shared);
        self.find(&mut tables)?;
        let counters = self.counters();
        if counters.is_err() && self.forget_flushed(&mut tables) {
            self.leave_followers();
            self.release_answers()?;
            return counters.map(|_| 0);
        }
        self.take_away(&mut tables)?;
        self.still_where_it_was()?;
        Ok(counters?.iter().map(|counter| counter.packets).sum())
    }

    /// Checks that the ports of the gates are there. At the end of a pair, who reads the counters has.
    fn still_where_it_was(&self) -> Result<(), Error> {
        let mut looked = BTreeSet::new();
        let at_bridge = self.halves.iter().filter(|half| half.gate.bridge().is_some());
        for half in at_bridge.filter(|half| looked.insert(half.gate.port())) {
            half.gate.find().map_err(|cause| {
                let cause = format!("{cause}, which ended the block");
                Error::lost(self.operation("lift", self.chain(half)), cause)
            })?;
        }
        Ok(())
    }

    /// Lets traffic pass, and keeps the rules with their counters.
    pub(in crate::fault) fn suspend(&mut self) -> Result<(), Error> {
        let shared = self.namespace.attached::<Mutex<Tables>>();
        let mut tables = lock(&shared);
        self.find(&mut tables)?;
        if !self.is_hooked() {
            return Ok(());
        }
        let operation = self.operation("suspend", &self.chains[0]);
        let mut script = Script::new(self, &operation);
        script.unhook(self);
        commit(&self.namespace, script)?;
        self.halves.iter_mut().for_each(|half| half.jump = None);
        self.look_again()?;
        let shared = self.find(&mut tables)?;
        self.verify_passes(shared)
    }

    /// Puts the rules in force again, after all others between the two.
    pub(in crate::fault) fn resume(&mut self) -> Result<(), Error> {
        let shared = self.namespace.attached::<Mutex<Tables>>();
        let mut tables = lock(&shared);
        self.find(&mut tables)?;
        if self.halves.iter().all(|half| half.jump.is_some()) {
            return Ok(());
        }
        let operation = self.operation("resume", &self.chains[0]);
        let renamed = self
            .gates_now()?
            .iter()
            .zip(&self.halves)
            .any(|(gate, half)| gate.devices != half.gate.devices);
        if renamed || !tables.is_newest_of(&self.gates(), &self.table) {
            let rules = self.rules();
            let before: Vec<usize> = self.halves.iter().map(|half| half.chain).collect();
            let counts = self.succeed(&mut tables, rules, &operation)?;
            self.carry(counts, &before);
            return Ok(());
        }
        self.held_all()?;
        let mut script = Script::new(self, &operation);
        script.hook(self);
        let jumps = commit(&self.namespace, script)?;
        self.remember_jumps(&jumps)?;
        self.look_again()?;
        self.check(&mut tables)
    }

    /// Goes on with what the old chains have counted. `before` says which of them each half led to: the
    /// new ones are others, in another order, if halves have left since the old ones were made.
    fn carry(&mut self, counts: Vec<Vec<Count>>, before: &[usize]) {
        for (at, counts) in counts.into_iter().enumerate() {
            let Some(half) = before.iter().position(|chain| *chain == at) else { continue };
            let carried = &mut self.chains[self.halves[half].chain].carried;
            carried.resize(carried.len().max(counts.len()), Count::default());
            carried.iter_mut().zip(counts).for_each(|(sum, count)| *sum = *sum + count);
        }
    }

    /// Replaces the rules in one transaction: each packet meets the old ones or the new ones.
    /// Returns what the old ones have counted.
    pub(in crate::fault) fn rewrite(
        &mut self,
        rules: Vec<Vec<WireRule>>,
    ) -> Result<Vec<Counter>, Error> {
        let shared = self.namespace.attached::<Mutex<Tables>>();
        let mut tables = lock(&shared);
        self.find(&mut tables)?;
        self.held_all()?;
        let operation = self.operation("rewrite", &self.chains[0]);
        let before = self.chains.clone();
        let counts = self.succeed(&mut tables, rules, &operation)?;
        let counters = before.iter().zip(counts);
        Ok(counters.flat_map(|(chain, counts)| chain.counters(counts)).collect())
    }

    /// The rules for its gates.
    pub(in crate::fault) fn rules_by(&self, rules: RulesOf<'_>) -> Vec<Vec<WireRule>> {
        self.halves.iter().map(|half| rules(&half.gate)).collect()
    }

    /// Becomes a block with other rules that acts after all others, in one transaction. Returns
    /// what the old rules have counted, chain by chain.
    fn succeed(
        &mut self,
        tables: &mut Tables,
        rules: Vec<Vec<WireRule>>,
        operation: &str,
    ) -> Result<Vec<Vec<Count>>, Error> {
        let mut new = Self::at(self.gates_now()?.into_iter().zip(rules).collect());
        new.enter(tables, operation, Some(self))?;
        let mut old = std::mem::replace(self, new);
        old.halves.iter_mut().for_each(|half| half.jump = None);
        let acts = self.check(tables);
        // The old chains stay until they have been read: they count to the last moment.
        let counts: Result<Vec<_>, Error> = old.held_all().map(|held| {
            let chains = old.chains.iter().zip(&held);
            chains.map(|(chain, held)| chain.counts(held)).collect()
        });
        old.take_away(tables)?;
        acts.and(counts)
    }

    /// Whether anything leads to its chains.
    pub(super) fn is_hooked(&self) -> bool {
        self.halves.iter().any(|half| half.jump.is_some())
    }

    /// The chain with the rules of a half.
    pub(super) fn chain(&self, half: &Half) -> &OwnChain {
        &self.chains[half.chain]
    }

    pub(super) fn operation(&self, verb: &str, chain: &OwnChain) -> String {
        format!("{verb} nftables chain `{}` of {}", chain.name(), self.namespace)
    }
}
