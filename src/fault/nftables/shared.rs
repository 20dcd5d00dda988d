//! What is in the tables that the blocks on the wire of a host share, and which block goes where.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::message::Family;
use crate::Host;

/// How many blocks share a table. The more there are, the more its last one costs than its first
/// (0.5 µs for each that is there); the fewer, the more tables each packet has to pass.
const ROOM: usize = 200;

/// The tables of a host, from the oldest to the newest, which is the order in which they act.
#[derive(Default)]
pub(super) struct Wires {
    tables: Vec<Wire>,
}

/// What is in one table of a host.
pub(super) struct Wire {
    pub(super) family: Family,
    pub(super) name: String,
    pub(super) priority: i32,
    /// None until the kernel has the table.
    pub(super) devices: Vec<String>,
    pub(super) peers: BTreeMap<String, Peer>,
    blocks: usize,
}

pub(super) struct Peer {
    pub(super) addresses: Vec<IpAddr>,
    pub(super) blocks: usize,
}

/// Locks what is in a host's tables. What a panic left is still what the kernel holds.
pub(super) fn lock(shared: &Arc<Mutex<Wires>>) -> MutexGuard<'_, Wires> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wires {
    /// The table for a new block: the oldest that has room, and in which the block acts after all
    /// others that are about the same peer.
    pub(super) fn place(&mut self, host: &Host, family: Family, peer: &str) -> &mut Wire {
        let first = self.tables.iter().rposition(|wire| wire.peers.contains_key(peer)).unwrap_or(0);
        let fits = |wire: &Wire| wire.family == family && wire.blocks < ROOM;
        let at =
            self.tables[first..].iter().position(fits).map_or(self.tables.len(), |at| first + at);
        if at == self.tables.len() {
            let priority = self.tables.last().map_or(0, |newest| newest.priority + 1);
            self.tables.push(Wire::new(host, family, priority));
        }
        &mut self.tables[at]
    }

    pub(super) fn of(&mut self, table: &str) -> Option<&mut Wire> {
        self.tables.iter_mut().find(|wire| wire.name == table)
    }

    /// Whether no younger table has blocks of the peer.
    pub(super) fn is_newest_of(&self, peer: &str, table: &str) -> bool {
        let newest = self.tables.iter().rfind(|wire| wire.peers.contains_key(peer));
        newest.is_some_and(|newest| newest.name == table)
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = (Family, &str)> {
        self.tables.iter().map(|wire| (wire.family, wire.name.as_str()))
    }

    pub(super) fn forget(&mut self, table: &str) {
        self.tables.retain(|wire| wire.name != table);
    }

    /// Forgets the tables without blocks: the kernel has them no longer, or not yet.
    pub(super) fn tidy(&mut self) {
        self.tables.retain(|wire| wire.blocks > 0);
    }
}

impl Wire {
    /// No name comes twice: what is left of a table that was flushed is in nobody's way.
    fn new(host: &Host, family: Family, priority: i32) -> Self {
        let name = format!("netns-test-{}", host.next_number());
        let (devices, peers) = (Vec::new(), BTreeMap::new());
        Self { family, name, priority, devices, peers, blocks: 0 }
    }

    pub(super) fn remember(&mut self, host: &Host, peer: &str, addresses: &[IpAddr]) {
        self.devices = devices(host);
        self.blocks += 1;
        let known = self.peers.entry(peer.to_owned());
        let known = known.or_insert_with(|| Peer { addresses: Vec::new(), blocks: 0 });
        known.blocks += 1;
        known.addresses = merged(&known.addresses, addresses);
    }

    pub(super) fn release(&mut self, peer: &str) {
        self.blocks -= 1;
        if let Some(known) = self.peers.get_mut(peer) {
            known.blocks -= 1;
            if known.blocks == 0 {
                self.peers.remove(peer);
            }
        }
    }

    /// Whether there is only one block left.
    pub(super) fn is_last(&self) -> bool {
        self.blocks == 1
    }
}

/// The devices whose packets are looked at.
pub(super) fn devices(host: &Host) -> Vec<String> {
    host.interfaces().iter().map(|interface| interface.name.clone()).collect()
}

fn merged(known: &[IpAddr], addresses: &[IpAddr]) -> Vec<IpAddr> {
    let new = addresses.iter().filter(|address| !known.contains(address));
    known.iter().chain(new).copied().collect()
}
