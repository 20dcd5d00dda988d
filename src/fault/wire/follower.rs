//! How blocks that know a host by its addresses follow it when the test changes them.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::netlink::{NLM_F_CREATE, Request};

use super::super::recipe::Side;
use super::block::WireBlock;
use super::compiled::{address, addresses_of};
use super::kernel::{FAMILY, lacks};
use crate::family::Family;
use crate::net::Namespace;
use crate::nftables::{NETLINK_NETFILTER, batches, delete_element, elements};
use crate::{Error, Host};

/// The sets of a host's addresses that blocks have, wherever they are.
#[derive(Default)]
struct Followers(Mutex<Vec<Follower>>);

/// Two sets of one half of a block: one of each family.
struct Follower {
    namespace: Weak<Namespace>,
    table: String,
    chain: String,
    side: Side,
    /// What is in them.
    known: Vec<IpAddr>,
}

impl WireBlock {
    /// Has its sets follow the hosts that it knows by their addresses.
    pub(super) fn enter_followers(&self) -> Result<(), Error> {
        self.leave_followers();
        for half in self.halves.iter().filter(|half| !self.chain(half).rules.is_empty()) {
            for known in &half.gate.known {
                let follower = Follower {
                    namespace: Arc::downgrade(&self.namespace),
                    table: self.table.clone(),
                    chain: self.chain(half).name(),
                    side: known.side,
                    known: known.addresses.to_vec(),
                };
                lock(&known.host.attached()).push(follower);
                known.host.watch_addresses(follow);
                // They may have changed since they were looked at.
                follow(&known.host)?;
            }
        }
        Ok(())
    }

    /// The opposite.
    pub(super) fn leave_followers(&self) {
        for half in &self.halves {
            for known in &half.gate.known {
                let chain = self.chain(half).name();
                let followers = known.host.attached::<Followers>();
                lock(&followers).retain(|follower| {
                    let here = follower.namespace.as_ptr() == Arc::as_ptr(&self.namespace);
                    !(here && follower.table == self.table && follower.chain == chain)
                });
            }
        }
    }
}

/// Brings all sets of a host's addresses up to date.
fn follow(host: &Host) -> Result<(), Error> {
    let followers = host.attached::<Followers>();
    let mut followers = lock(&followers);
    if followers.is_empty() {
        return Ok(());
    }
    let now = host.unicast_addresses()?;
    followers.iter_mut().try_for_each(|follower| follower.follow(host, &now))
}

impl Follower {
    fn follow(&mut self, host: &Host, now: &[IpAddr]) -> Result<(), Error> {
        let Some(namespace) = self.namespace.upgrade() else { return Ok(()) };
        let operation =
            format!("have chain `{}` of {namespace} follow `{}`", self.chain, host.name());
        let mut requests = Vec::new();
        for new in now.iter().filter(|one| !self.known.contains(one)) {
            let set = addresses_of(&self.chain, self.side, Family::of(*new));
            for message in elements(FAMILY, &self.table, &set, &[address(*new)]) {
                requests.push(Request::new(operation.as_str(), message, NLM_F_CREATE));
            }
        }
        for gone in self.known.iter().filter(|one| !now.contains(one)) {
            let set = addresses_of(&self.chain, self.side, Family::of(*gone));
            let message = delete_element(FAMILY, &self.table, &set, &address(*gone));
            requests.push(Request::new(operation.as_str(), message, 0));
        }
        if requests.is_empty() {
            return Ok(());
        }
        for batch in batches(requests) {
            match namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch)) {
                // It is being lifted, or was flushed: whoever reads its counters says so.
                Err(error) if lacks(&error) => return Ok(()),
                done => done.map(drop)?,
            }
        }
        self.known = now.to_vec();
        Ok(())
    }
}

fn lock(followers: &Arc<Followers>) -> MutexGuard<'_, Vec<Follower>> {
    followers.0.lock().unwrap_or_else(PoisonError::into_inner)
}
