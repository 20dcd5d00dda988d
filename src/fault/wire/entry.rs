//! How a block gets into a table of its namespace, and out of it.

use std::collections::BTreeMap;

use crate::netlink::{Message, NLM_F_DUMP, Request};

use super::super::part::FLUSHED;
use super::super::ready;
use super::super::recipe::{Action, WireRule};
use super::answers::Answers;
use super::block::WireBlock;
use super::compiled::Compiled;
use super::gate::Gate;
use super::kernel::Kernel;
use super::kernel::{FAMILY, lacks};
use super::script::{Script, Support};
use super::tables::{Shared, Tables};
use crate::family::Family;
use crate::net::Namespace;
use crate::nftables::{
    NETLINK_NETFILTER, batches, chain_of, delete_chain, delete_set, delete_table, fits, get_rules,
    handle,
};
use crate::{Error, Feature};

/// As many rules are echoed at most.
const ECHOED: usize = 500;

impl WireBlock {
    /// Puts the block into a table, and another one out of effect in the same transaction.
    pub(super) fn enter(
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

    /// What a refusal means where the kernel has no answers in the netdev family, nor in another.
    fn or_unsupported(&self, error: Error, operation: &str) -> Error {
        let answers = self.chains.iter().flat_map(|chain| &chain.rules).any(WireRule::answers);
        if !answers || Kernel::known().answers || !lacks(&error) {
            return error;
        }
        let option = match self.halves[0].gate.bridge() {
            Some(_) => "CONFIG_NFT_BRIDGE_REJECT",
            None => "CONFIG_NFT_REJECT_INET",
        };
        Error::unsupported(operation, "this kernel's nftables cannot answer")
            .for_lack_of(Feature::NftReject)
            .with_help(format!(
                "it lacks CONFIG_NFT_REJECT_NETDEV and {option}: use `Policy::drop()`"
            ))
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
            gone.unhook(old);
            script.throw.extend(gone.throw);
        }
        let committed = commit(&self.namespace, script);
        match &committed {
            Ok(_) => shared.remember(&gates),
            Err(_) => self.forget_prepared(!shared.made),
        }
        tables.tidy();
        self.remember_jumps(&committed?)
    }

    /// Takes away what a transaction in several pieces had made before the last one was refused: the
    /// table if it is `new`, or what the block has in it. What had not been made cannot be taken
    /// away, which is no error.
    fn forget_prepared(&self, new: bool) {
        let mut gone = Vec::new();
        if new {
            gone.push(delete_table(FAMILY, &self.table));
        } else {
            for chain in &self.chains {
                gone.push(delete_chain(FAMILY, &self.table, &chain.name()));
                let sets = Compiled::of(&chain.name(), &chain.rules, None).sets;
                gone.extend(sets.iter().map(|set| delete_set(FAMILY, &self.table, &set.name)));
            }
        }
        for message in gone {
            let gone = Request::new("delete what was prepared", message, 0);
            for batch in batches(vec![gone]) {
                let _ = self
                    .namespace
                    .netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch));
            }
        }
    }

    /// Remembers by which rules frames get to the block: the kernel has echoed them, or they are the last
    /// ones of their lanes.
    pub(super) fn remember_jumps(&mut self, echoed: &[Message]) -> Result<(), Error> {
        if !self.is_large() {
            let mut jumps = echoed.iter().filter_map(handle);
            self.halves.iter_mut().for_each(|half| half.jump = jumps.next());
            return Ok(());
        }
        let message = get_rules(FAMILY, &self.table, None);
        let request = Request::new(self.operation("read", &self.chains[0]), message, NLM_F_DUMP);
        let rules = self.namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))?;
        let named = |rule| Some((chain_of(rule)?.to_owned(), handle(rule)?));
        let last: BTreeMap<String, u64> = rules.iter().filter_map(named).collect();
        self.halves.iter_mut().for_each(|half| half.jump = last.get(&half.gate.lane()).copied());
        Ok(())
    }

    /// Whether it is of so many hosts that what the kernel echoes would not fit into the socket of an
    /// ordinary user.
    pub(super) fn is_large(&self) -> bool {
        self.halves.len() > ECHOED
    }

    /// Has something answer in the place of the rules, if they want it and cannot do it.
    fn acquire_answers(&mut self, operation: &str) -> Result<Option<Answers>, Error> {
        let at_bridge = self.halves[0].gate.bridge().is_some();
        let rules = self.chains.iter().flat_map(|chain| &chain.rules);
        let kinds: Vec<(Action, Family)> =
            rules.filter(|rule| rule.answers()).map(|rule| (rule.action, rule.family())).collect();
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

    pub(super) fn release_answers(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.answers, false) {
            true => Answers::release(&self.namespace),
            false => Ok(()),
        }
    }

    pub(super) fn take_away(&mut self, tables: &mut Tables) -> Result<(), Error> {
        let operation = self.operation("delete", &self.chains[0]);
        let gates: Vec<Gate> = self.gates().into_iter().cloned().collect();
        let shared = self.find(tables)?;
        let mut script = Script::new(self, &operation);
        let last = shared.is_last();
        if last {
            script.throw(delete_table(FAMILY, &self.table), 0);
        } else {
            script.unmake(self, shared);
        }
        ready::stay(ready::Kind::Ingress);
        if gates.iter().any(|gate| gate.bridge().is_some()) {
            ready::stay(ready::Kind::Egress);
        }
        commit(&self.namespace, script)?;
        self.leave_followers();
        shared.release(&gates.iter().collect::<Vec<_>>());
        tables.tidy();
        self.halves.iter_mut().for_each(|half| half.jump = None);
        self.release_answers()?;
        let chain = &self.chains[0];
        // That a table is gone, with all that is in it, the kernel has acknowledged.
        if !last && !self.rules_there(&chain.name())?.is_empty() {
            return Err(Error::new(self.operation("delete", chain), "it is still there"));
        }
        Ok(())
    }

    fn rules_there(&self, chain: &str) -> Result<Vec<Message>, Error> {
        let message = get_rules(FAMILY, &self.table, Some(chain));
        let request = Request::new("list the rules of a chain", message, NLM_F_DUMP);
        self.namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))
    }

    pub(super) fn find<'a>(&self, tables: &'a mut Tables) -> Result<&'a mut Shared, Error> {
        tables
            .of(&self.table)
            .ok_or_else(|| Error::lost(self.operation("find", &self.chains[0]), FLUSHED))
    }

    /// Forgets the tables whose rules are no longer there, and says whether there are any.
    pub(super) fn forget_flushed(&self, tables: &mut Tables) -> bool {
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
}

/// Does what a script says: what no frame meets yet in as many pieces as it needs, and what makes
/// frames meet it in one. Returns what the kernel echoed.
pub(super) fn commit(namespace: &Namespace, script: Script<'_>) -> Result<Vec<Message>, Error> {
    let Script { mut prepare, throw, .. } = script;
    let execute = |batch: Vec<Request>| {
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
