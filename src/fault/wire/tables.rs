//! The tables that the blocks on the wire of a namespace share, and which block goes where.

use std::collections::BTreeMap;

use super::gate::Gate;
use crate::net::Namespace;

/// How many blocks share a table. The more there are, the more its last one costs than its first
/// (0.5 µs for each that is there); the fewer, the more tables each frame has to pass.
const ROOM: usize = 200;

/// The tables of a namespace, from the oldest to the newest, which is the order in which they act.
#[derive(Default)]
pub(super) struct Tables {
    all: Vec<Shared>,
}

/// What is in one table.
pub(super) struct Shared {
    pub(super) name: String,
    /// The younger a table is, the greater it is.
    pub(super) number: u32,
    pub(super) priority: i32,
    /// Whether the kernel has it.
    pub(super) made: bool,
    /// How many blocks each of its lanes leads to.
    pub(super) lanes: BTreeMap<String, usize>,
    /// How many probes no block in it has taken, as far as that was looked at.
    pub(super) passed: u64,
    blocks: usize,
}

impl Tables {
    /// The table for a new block: the oldest that has room, and in which the block acts after all
    /// others of its lanes.
    pub(super) fn place(&mut self, namespace: &Namespace, gates: &[&Gate]) -> &mut Shared {
        let has_lane =
            |table: &Shared| gates.iter().any(|gate| table.lanes.contains_key(&gate.lane()));
        let first = self.all.iter().rposition(has_lane).unwrap_or(0);
        let fits = |table: &Shared| table.blocks < ROOM;
        let at = self.all[first..].iter().position(fits).map_or(self.all.len(), |at| first + at);
        if at == self.all.len() {
            let priority = self.all.last().map_or(0, |newest| newest.priority + 1);
            self.all.push(Shared::new(namespace, priority));
        }
        &mut self.all[at]
    }

    pub(super) fn of(&mut self, table: &str) -> Option<&mut Shared> {
        self.all.iter_mut().find(|shared| shared.name == table)
    }

    /// Whether no younger table has blocks of one of these lanes.
    pub(super) fn is_newest_of(&self, gates: &[&Gate], table: &str) -> bool {
        let has_lane =
            |shared: &&Shared| gates.iter().any(|gate| shared.lanes.contains_key(&gate.lane()));
        self.all.iter().rfind(has_lane).is_some_and(|newest| newest.name == table)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|shared| shared.name.as_str())
    }

    pub(super) fn forget(&mut self, table: &str) {
        self.all.retain(|shared| shared.name != table);
    }

    /// Forgets the tables without blocks: the kernel has them no longer, or not yet.
    pub(super) fn tidy(&mut self) {
        self.all.retain(|shared| shared.blocks > 0);
    }
}

impl Shared {
    /// No name comes twice: what is left of a table that was flushed is in nobody's way.
    fn new(namespace: &Namespace, priority: i32) -> Self {
        let number = namespace.next_number();
        let name = format!("netns-test-{number}");
        let lanes = BTreeMap::new();
        Self { name, number, priority, made: false, lanes, passed: 0, blocks: 0 }
    }

    pub(super) fn remember(&mut self, gates: &[&Gate]) {
        self.made = true;
        self.blocks += 1;
        for gate in gates {
            *self.lanes.entry(gate.lane()).or_default() += 1;
        }
    }

    pub(super) fn release(&mut self, gates: &[&Gate]) {
        self.blocks -= 1;
        self.leave(gates);
    }

    /// A block that stays has no rules at these gates any more.
    pub(super) fn leave(&mut self, gates: &[&Gate]) {
        for gate in gates {
            let lane = gate.lane();
            if let Some(blocks) = self.lanes.get_mut(&lane) {
                *blocks -= 1;
                if *blocks == 0 {
                    self.lanes.remove(&lane);
                }
            }
        }
    }

    /// Whether there is only one block left.
    pub(super) fn is_last(&self) -> bool {
        self.blocks == 1
    }
}
