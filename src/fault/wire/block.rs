use std::sync::{Arc, Mutex};

use rtnetlink::packet_core::NLM_F_DUMP;

use super::super::counter::{Count, Counter};
use super::super::notation;
use super::super::recipe::{Action, Match, WireRule};
use super::answers::Answers;
use super::gate::Gate;
use super::kernel::Kernel;
use super::script::{Script, Support};
use super::tables::{Shared, Tables, lock};
use super::{FAMILY, FLUSHED, lacks};
use crate::net::Namespace;
use crate::netlink::Request;
use crate::nftables::{
    Message, NETLINK_NETFILTER, NftRequest, batches, count, delete_chain, delete_table, fits,
    get_rules, handle,
};
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
    answers: bool,
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

    fn at(gate: Gate, mut rules: Vec<WireRule>) -> Self {
        // Answers at a bridge come from beside the gates, and meet none.
        if gate.bridge().is_some() {
            rules.retain(|rule| rule.action != Action::Pass);
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
        let checked = self.find(tables).and_then(|shared| self.verify(shared));
        self.halves.iter_mut().for_each(|half| half.fresh = false);
        checked
    }

    /// The gates as they are now.
    fn gates_now(&self) -> Result<Vec<Gate>, Error> {
        let refreshed = |half: &Half| {
            half.gate
                .refreshed()
                .map_err(|cause| Error::new(self.operation("look for the gate of", half), cause))
        };
        self.halves.iter().map(refreshed).collect()
    }

    /// Looks once more whether probes get to the gates.
    fn look_again(&mut self) -> Result<(), Error> {
        let gates = self.gates_now()?;
        for (half, gate) in self.halves.iter_mut().zip(gates) {
            half.gate.reached = gate.reached;
        }
        Ok(())
    }

    fn gates(&self) -> Vec<&Gate> {
        self.halves.iter().map(|half| &half.gate).collect()
    }

    /// What each of its rules has counted. What passes is none of the block's, and not counted.
    ///
    /// # Errors
    ///
    /// If the rules are no longer there, or their device is not: then the block ended before.
    pub(in crate::fault) fn counters(&self) -> Result<Vec<Counter>, Error> {
        let mut all = Vec::new();
        for half in &self.halves {
            self.still_acts(half)?;
            all.extend(half.counters(self.counts(half)?));
        }
        Ok(all)
    }

    /// Checks that a half is still where its frames are: kernels from 6.16 on have rules for a
    /// device by its name, and those before by the device itself.
    fn still_acts(&self, half: &Half) -> Result<(), Error> {
        let ended = |cause: String| {
            Error::new(self.operation("read", half), format!("{cause}, and the block ended then"))
        };
        let Some(name) = half.gate.renamed().map_err(ended)? else { return Ok(()) };
        if half.jump.is_none() || self.takes(half)? {
            return Ok(());
        }
        let host = half.gate.receiver.name();
        Err(ended(format!("`{host}` has renamed the interface of their link to `{name}`")))
    }

    fn counts(&self, half: &Half) -> Result<Vec<Count>, Error> {
        let counted = |message: &Message| {
            let [packets, bytes] = count(message);
            Count { packets, bytes }
        };
        let mut counts: Vec<Count> = self.held(half)?[1..].iter().map(counted).collect();
        for (count, before) in counts.iter_mut().zip(&half.carried) {
            *count = *count + *before;
        }
        Ok(counts)
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
            self.release_answers()?;
            return counters.map(|_| 0);
        }
        self.take_away(&mut tables)?;
        self.still_where_it_was()?;
        Ok(counters?.iter().map(|counter| counter.packets).sum())
    }

    /// Checks that the devices of the gates are there.
    fn still_where_it_was(&self) -> Result<(), Error> {
        for half in &self.halves {
            half.gate.find().map_err(|cause| {
                let cause = format!("{cause}, and the block ended then");
                Error::new(self.operation("lift", half), cause)
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
        for half in &self.halves {
            self.held(half)?;
        }
        let mut script = Script::new(self, &operation);
        self.halves.iter().for_each(|half| script.hook(half));
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
        for half in &self.halves {
            self.held(half)?;
        }
        let operation = self.operation("rewrite", &self.halves[0]);
        let before: Vec<(Host, Vec<WireRule>)> = self
            .halves
            .iter()
            .map(|half| (half.gate.receiver.clone(), half.rules.clone()))
            .collect();
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
        let counts: Result<Vec<_>, Error> =
            old.halves.iter().map(|half| old.counts(half)).collect();
        old.take_away(tables)?;
        acts.and(counts)
    }

    /// Puts the block into a table, and another one out of effect in the same transaction.
    fn enter(
        &mut self,
        tables: &mut Tables,
        operation: &str,
        instead_of: Option<&Self>,
    ) -> Result<(), Error> {
        let entered = self.enter_with_answers(tables, operation, instead_of);
        // It may want something that can be done without.
        if entered.is_err() && Kernel::look(&self.namespace) {
            return self
                .enter_with_answers(tables, operation, instead_of)
                .map_err(|error| self.or_unsupported(error, operation));
        }
        entered.map_err(|error| self.or_unsupported(error, operation))
    }

    /// What a refusal means where the kernel has no answers in the netdev family, nor in another.
    fn or_unsupported(&self, error: Error, operation: &str) -> Error {
        let answers = self.halves.iter().flat_map(|half| &half.rules).any(WireRule::answers);
        if !answers || Kernel::known().answers || !lacks(&error) {
            return error;
        }
        let option = match self.halves[0].gate.bridge() {
            Some(_) => "CONFIG_NFT_BRIDGE_REJECT",
            None => "CONFIG_NFT_REJECT_INET",
        };
        Error::unsupported(operation, "this kernel's nftables cannot answer").with_help(format!(
            "it lacks CONFIG_NFT_REJECT_NETDEV and {option}: use `Policy::drop()`"
        ))
    }

    fn enter_with_answers(
        &mut self,
        tables: &mut Tables,
        operation: &str,
        instead_of: Option<&Self>,
    ) -> Result<(), Error> {
        let answers = self.acquire_answers(operation)?;
        let entered = self.try_enter(tables, operation, instead_of, answers.as_ref());
        if entered.is_err() {
            self.release_answers()?;
        }
        entered
    }

    fn try_enter(
        &mut self,
        tables: &mut Tables,
        operation: &str,
        instead_of: Option<&Self>,
        answers: Option<&Answers>,
    ) -> Result<(), Error> {
        let gates: Vec<Gate> = self.gates().into_iter().cloned().collect();
        let gates: Vec<&Gate> = gates.iter().collect();
        let shared = tables.place(&self.namespace, &gates);
        self.table.clone_from(&shared.name);
        self.table_number = shared.number;
        let support = Support { kernel: Kernel::known(), answers };
        let mut script = Script::new(self, operation);
        script.make(self, shared, &support);
        if let Some(old) = instead_of {
            let mut gone = Script::new(old, operation);
            old.halves.iter().for_each(|half| gone.unhook(half));
            script.throw.extend(gone.throw);
        }
        let committed = commit(&self.namespace, script);
        match &committed {
            Ok(_) => shared.remember(&gates),
            Err(_) => self.forget_prepared(),
        }
        tables.tidy();
        self.remember_jumps(&committed?);
        Ok(())
    }

    /// Takes away what a transaction in several pieces had made before the last one was refused.
    /// What it had not made cannot be taken away, which is no error.
    fn forget_prepared(&self) {
        for half in &self.halves {
            let chain = delete_chain(FAMILY, &self.table, &half.chain());
            let gone = vec![Request::new(self.operation("delete", half), chain, 0)];
            for batch in batches(gone) {
                let _ = self
                    .namespace
                    .netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch));
            }
        }
    }

    fn remember_jumps(&mut self, jumps: &[Message]) {
        let mut jumps = jumps.iter().filter_map(handle);
        self.halves.iter_mut().for_each(|half| half.jump = jumps.next());
    }

    /// Has something answer in the place of the rules, if they want it and cannot do it.
    fn acquire_answers(&mut self, operation: &str) -> Result<Option<Answers>, Error> {
        let at_bridge = self.halves[0].gate.bridge().is_some();
        let rules = self.halves.iter().flat_map(|half| &half.rules);
        let kinds: Vec<(Action, bool)> = rules
            .filter(|rule| rule.answers())
            .map(|rule| (rule.action, rule.matches.contains(&Match::Ipv6(true))))
            .collect();
        if kinds.is_empty() || (!at_bridge && Kernel::known().answers) {
            return Ok(None);
        }
        if !at_bridge {
            // It is the host's own stack that answers, and that holds back ICMP errors.
            self.halves.iter().for_each(|half| half.gate.receiver.lift_icmp_limits());
        }
        let answers = Answers::acquire(&self.namespace, &self.gates(), &kinds, operation)?;
        self.answers = true;
        Ok(Some(answers))
    }

    fn release_answers(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.answers, false) {
            true => Answers::release(&self.namespace),
            false => Ok(()),
        }
    }

    fn take_away(&mut self, tables: &mut Tables) -> Result<(), Error> {
        let operation = self.operation("delete", &self.halves[0]);
        let gates: Vec<Gate> = self.gates().into_iter().cloned().collect();
        let shared = self.find(tables)?;
        let mut script = Script::new(self, &operation);
        if shared.is_last() {
            script.throw(delete_table(FAMILY, &self.table), 0);
        } else {
            self.halves.iter().for_each(|half| script.unmake(half, shared));
        }
        commit(&self.namespace, script)?;
        shared.release(&gates.iter().collect::<Vec<_>>());
        tables.tidy();
        self.halves.iter_mut().for_each(|half| half.jump = None);
        self.release_answers()?;
        let half = &self.halves[0];
        if !self.rules_there(&half.chain())?.is_empty() {
            return Err(Error::new(self.operation("delete", half), "it is still there"));
        }
        Ok(())
    }

    fn rules_there(&self, chain: &str) -> Result<Vec<Message>, Error> {
        let message = get_rules(FAMILY, &self.table, Some(chain));
        let request = Request::new("list the rules of a chain", message, NLM_F_DUMP);
        self.namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))
    }

    fn find<'a>(&self, tables: &'a mut Tables) -> Result<&'a mut Shared, Error> {
        tables
            .of(&self.table)
            .ok_or_else(|| Error::new(self.operation("find", &self.halves[0]), FLUSHED))
    }

    /// Forgets the tables whose rules are no longer there, and says whether there are any.
    fn forget_flushed(&self, tables: &mut Tables) -> bool {
        let mut flushed = Vec::new();
        for table in tables.names() {
            let request =
                Request::new("look for the table", get_rules(FAMILY, table, None), NLM_F_DUMP);
            let held = self.namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request));
            // A table that is in use has rules.
            if held.is_ok_and(|rules: Vec<Message>| rules.is_empty()) {
                flushed.push(table.to_owned());
            }
        }
        for table in &flushed {
            // Whoever flushed it may have left it there, empty.
            let delete = Request::new("delete what is left", delete_table(FAMILY, table), 0);
            for batch in batches(vec![delete]) {
                let _ = self
                    .namespace
                    .netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch));
            }
            tables.forget(table);
        }
        !flushed.is_empty()
    }

    pub(super) fn operation(&self, verb: &str, half: &Half) -> String {
        format!("{verb} nftables chain `{}` of {}", half.chain(), self.namespace)
    }
}

impl Half {
    fn counters(&self, counts: Vec<Count>) -> Vec<Counter> {
        counters_of(&self.gate.receiver, &self.rules, counts)
    }
}

fn counters_of(host: &Host, rules: &[WireRule], counts: Vec<Count>) -> Vec<Counter> {
    let acted = rules.iter().zip(counts).filter(|(rule, _)| rule.action != Action::Pass);
    let counter = |(rule, Count { packets, bytes }): (&WireRule, Count)| Counter {
        host: host.name().to_owned(),
        rule: notation::wire(rule),
        packets,
        bytes,
    };
    acted.map(counter).collect()
}

/// Does what a script says: what no frame meets yet in as many pieces as it needs, and what makes
/// frames meet it in one. Returns what the kernel echoed.
fn commit(namespace: &Namespace, script: Script<'_>) -> Result<Vec<Message>, Error> {
    let Script { mut prepare, throw, .. } = script;
    let execute = |batch: Vec<NftRequest>| {
        namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch))
    };
    if fits(&prepare, &throw) {
        prepare.extend(throw);
        return batches(prepare).into_iter().map(execute).next().unwrap_or_else(|| Ok(Vec::new()));
    }
    for batch in batches(prepare) {
        execute(batch)?;
    }
    let mut echoes = Vec::new();
    for batch in batches(throw) {
        echoes.extend(execute(batch)?);
    }
    Ok(echoes)
}
