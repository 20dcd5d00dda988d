//! What is in the tables that all blocks on the wire of a host share.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::message::Family;
use crate::Host;

/// What is in the tables of a host, by their family.
#[derive(Default)]
pub(super) struct Wires {
    netdev: Wire,
    inet: Wire,
}

/// What is in one table of a host.
#[derive(Default)]
pub(super) struct Wire {
    /// How many tables have been made; 0 for none.
    pub(super) generation: u32,
    pub(super) devices: Vec<String>,
    pub(super) peers: BTreeMap<String, Peer>,
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
    pub(super) fn of(&mut self, family: Family) -> &mut Wire {
        match family {
            Family::NetDev => &mut self.netdev,
            Family::Inet => &mut self.inet,
        }
    }
}

impl Wire {
    pub(super) fn forget(&mut self) {
        self.devices.clear();
        self.peers.clear();
    }

    pub(super) fn remember(&mut self, host: &Host, peer: &str, addresses: &[IpAddr]) {
        if self.devices.is_empty() {
            self.generation += 1;
        }
        self.devices = devices(host);
        let known = self.peers.entry(peer.to_owned());
        let known = known.or_insert_with(|| Peer { addresses: Vec::new(), blocks: 0 });
        known.blocks += 1;
        known.addresses = merged(&known.addresses, addresses);
    }

    pub(super) fn release(&mut self, peer: &str) {
        if let Some(known) = self.peers.get_mut(peer) {
            known.blocks -= 1;
            if known.blocks == 0 {
                self.peers.remove(peer);
            }
        }
        if self.peers.is_empty() {
            self.forget();
        }
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
