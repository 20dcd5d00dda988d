use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use super::super::counter::{Count, Counter};
use super::super::notation;
use super::super::recipe::{Action, WireRule};
use super::entry::commit;
use super::gate::Gate;
use super::kernel::lacks;
use super::script::Script;
use super::tables::Tables;
use crate::mutex::lock;
use crate::net::{Namespace, kernel_has_ipv6};
use crate::nftables::{Message, count};
use crate::{Error, Host};

/// A block on the wire that is in force: its share in one namespace.
pub(in crate::fault) struct WireBlock {
    pub(super) namespace: Arc<Namespace>,
    /// The table that it is in. Once that has been flushed, it is no longer among the others.
    pub(super) table: String,
    /// The number of that table.
    pub(super) table_number: u32,
    /// What it does at each of the gates there.
    pub(super) halves: Vec<Half>,
    /// Whether something answers in its place, to be released with it.
    pub(super) answers: bool,
}

/// What a block does to what one host sends to the other by one link.
pub(super) struct Half {
    pub(super) gate: Gate,
    pub(super) number: u32,
    pub(super) rules: Vec<WireRule>,
    /// The number of the rule that leads to it; `None` while it is suspended.
    pub(super) jump: Option<u64>,
    /// What the rules had counted in another table, before they came to this one.
    carried: Vec<Count>,
    /// Whether no probe was sent for it yet.
    pub(super) fresh: bool,
}

impl Half {
    pub(super) fn chain(&self) -> String {
        format!("block-{}", self.number)
    }

    /// The rules of a policy at a gate, and before them those for what is there and not between the hosts.
    fn at(gate: Gate, mut rules: Vec<WireRule>) -> Self {
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
        let number = gate.namespace.next_number();
        Self { gate, number, rules, jump: None, carried: Vec::new(), fresh: true }
    }
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
        let namespace = Arc::clone(&gates[0].namespace);
        let halves = gates.into_iter().map(|gate| {
            let rules = rules(&gate);
            Half::at(gate, rules)
        });
        let halves = halves.collect();
        Self { namespace, table: String::new(), table_number: 0, halves, answers: false }
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
        self.halves.iter_mut().for_each(|half| half.fresh = false);
        checked
    }

    /// The gates as they are now.
    fn gates_now(&self) -> Result<Vec<Gate>, Error> {
        let gates = self.halves.iter().map(|half| half.gate.clone()).collect();
        let lost = |cause| {
            let operation = self.operation("look for the gate of", &self.halves[0]);
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

    /// Its lanes, each with a gate there and with how many of its halves are in it.
    pub(super) fn lanes(&self) -> BTreeMap<String, (&Gate, usize)> {
        let mut lanes = BTreeMap::new();
        for half in &self.halves {
            lanes.entry(half.gate.lane()).or_insert((&half.gate, 0)).1 += 1;
        }
        lanes
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
        let halves = self.halves.iter().zip(&held);
        Ok(halves.flat_map(|(half, held)| half.counters(half.counts(held))).collect())
    }

    /// Checks that a half is still where its frames are: kernels from 6.16 on have rules for a
    /// device by its name, and those before by the device itself.
    fn still_acts(&self, half: &Half) -> Result<(), Error> {
        let ended = |cause: String| {
            Error::lost(self.operation("read", half), format!("{cause}, and the block ended then"))
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
        self.halves.iter().map(|half| half.rules.clone()).collect()
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
                let cause = format!("{cause}, and the block ended then");
                Error::lost(self.operation("lift", half), cause)
            })?;
        }
        Ok(())
    }

    /// Lets traffic pass, and keeps the rules with their counters.
    pub(in crate::fault) fn suspend(&mut self) -> Result<(), Error> {
        let shared = self.namespace.attached::<Mutex<Tables>>();
        let mut tables = lock(&shared);
        self.find(&mut tables)?;
        if self.halves.iter().all(|half| half.jump.is_none()) {
            return Ok(());
        }
        let operation = self.operation("suspend", &self.halves[0]);
        let mut script = Script::new(self, &operation);
        self.halves.iter().for_each(|half| script.unhook(half));
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
        let operation = self.operation("resume", &self.halves[0]);
        let renamed = self
            .gates_now()?
            .iter()
            .zip(&self.halves)
            .any(|(gate, half)| gate.place != half.gate.place);
        if renamed || !tables.is_newest_of(&self.gates(), &self.table) {
            let rules = self.rules();
            let counts = self.succeed(&mut tables, rules, &operation)?;
            for (half, carried) in self.halves.iter_mut().zip(counts) {
                half.carried = carried;
            }
            return Ok(());
        }
        self.held_all()?;
        let mut script = Script::new(self, &operation);
        script.hook(&self.halves);
        let jumps = commit(&self.namespace, script)?;
        self.remember_jumps(&jumps);
        self.look_again()?;
        self.check(&mut tables)
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
        let operation = self.operation("rewrite", &self.halves[0]);
        let before: Vec<(Host, Vec<WireRule>)> =
            self.halves.iter().map(|half| (half.gate.end.clone(), half.rules.clone())).collect();
        let counts = self.succeed(&mut tables, rules, &operation)?;
        let counters = before.into_iter().zip(counts);
        Ok(counters
            .flat_map(|((host, rules), counts)| counters_of(&host, &rules, counts))
            .collect())
    }

    /// The rules for its gates.
    pub(in crate::fault) fn rules_by(&self, rules: RulesOf<'_>) -> Vec<Vec<WireRule>> {
        self.halves.iter().map(|half| rules(&half.gate)).collect()
    }

    /// Becomes a block with other rules that acts after all others, in one transaction. Returns
    /// what the old rules have counted.
    fn succeed(
        &mut self,
        tables: &mut Tables,
        rules: Vec<Vec<WireRule>>,
        operation: &str,
    ) -> Result<Vec<Vec<Count>>, Error> {
        let halves = self
            .gates_now()?
            .into_iter()
            .zip(rules)
            .map(|(gate, rules)| Half::at(gate, rules))
            .collect();
        let namespace = Arc::clone(&self.namespace);
        let mut new =
            Self { namespace, table: String::new(), table_number: 0, halves, answers: false };
        new.enter(tables, operation, Some(self))?;
        let mut old = std::mem::replace(self, new);
        old.halves.iter_mut().for_each(|half| half.jump = None);
        let acts = self.check(tables);
        // The old chains stay until they have been read: they count to the last moment.
        let counts: Result<Vec<_>, Error> = old.held_all().map(|held| {
            let halves = old.halves.iter().zip(&held);
            halves.map(|(half, held)| half.counts(held)).collect()
        });
        old.take_away(tables)?;
        acts.and(counts)
    }

    pub(super) fn operation(&self, verb: &str, half: &Half) -> String {
        format!("{verb} nftables chain `{}` of {}", half.chain(), self.namespace)
    }
}

impl Half {
    /// What its rules have counted, as the kernel holds them.
    fn counts(&self, held: &[Message]) -> Vec<Count> {
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

    fn counters(&self, counts: Vec<Count>) -> Vec<Counter> {
        counters_of(&self.gate.end, &self.rules, counts)
    }
}

fn counters_of(host: &Host, rules: &[WireRule], counts: Vec<Count>) -> Vec<Counter> {
    let acted = rules.iter().zip(counts).filter(|(rule, _)| !rule.passes());
    let counter = |(rule, Count { packets, bytes }): (&WireRule, Count)| Counter {
        host: host.name().to_owned(),
        rule: notation::wire(rule),
        packets,
        bytes,
    };
    acted.map(counter).collect()
}
