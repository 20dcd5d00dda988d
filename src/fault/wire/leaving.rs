//! How a block on the wire leaves some of its gates, and stays at the others.

use std::sync::Mutex;

use super::super::counter::Counter;
use super::block::{Half, WireBlock};
use super::entry::commit;
use super::script::Script;
use super::tables::Tables;
use crate::mutex::lock;
use crate::{Error, Host};

impl WireBlock {
    /// Whether all of its gates are between these hosts, or some; `None` if none is.
    pub(in crate::fault) fn is_among(&self, hosts: &[Host]) -> Option<bool> {
        let among = self.halves.iter().filter(|half| half.gate.is_among(hosts)).count();
        (among > 0).then_some(among == self.halves.len())
    }

    /// Lets traffic between these hosts pass, and leaves the rest in effect. Returns what was counted by rules
    /// that nothing else leads to.
    pub(in crate::fault) fn leave(&mut self, hosts: &[Host]) -> Result<Vec<Counter>, Error> {
        let shared = self.namespace.attached::<Mutex<Tables>>();
        let mut tables = lock(&shared);
        self.held_all()?;
        let shared = self.find(&mut tables)?;
        let operation = self.operation("heal a part of", &self.chains[0]);
        let among = |half: &&Half| half.gate.is_among(hosts);
        let mut script = Script::new(self, &operation);
        script.leave_lanes(self.halves.iter().filter(among));
        script.delete_lanes(self.halves.iter().filter(among), shared);
        commit(&self.namespace, script)?;
        let all = std::mem::take(&mut self.halves);
        let (left, stay) = all.into_iter().partition::<Vec<_>, _>(|half| half.gate.is_among(hosts));
        self.halves = stay;
        shared.leave(&left.iter().map(|half| &half.gate).collect::<Vec<_>>());
        self.delete_orphans(&operation)
    }

    /// Takes away the chains that no half leads to, and returns what they have counted to the last moment.
    fn delete_orphans(&mut self, operation: &str) -> Result<Vec<Counter>, Error> {
        let is_orphan = |at: usize| self.halves.iter().all(|half| half.chain != at);
        let orphans: Vec<usize> = (0..self.chains.len()).filter(|at| is_orphan(*at)).collect();
        if orphans.is_empty() {
            return Ok(Vec::new());
        }
        let held = self.held_all()?;
        let counters = orphans.iter().flat_map(|at| {
            let chain = &self.chains[*at];
            chain.counters(chain.counts(&held[*at]))
        });
        let counters = counters.collect();
        let mut script = Script::new(self, operation);
        orphans.iter().for_each(|at| script.unmake_chain(&self.chains[*at]));
        commit(&self.namespace, script)?;
        for at in orphans.into_iter().rev() {
            self.chains.remove(at);
            self.halves.iter_mut().filter(|half| half.chain > at).for_each(|half| half.chain -= 1);
        }
        Ok(counters)
    }
}
