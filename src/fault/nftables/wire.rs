//! Blocks on the wire: rules where a device hands over what it received (netdev, ingress).
//!
//! All blocks of a host share one table, which exists as long as there is one. The source address
//! of each packet is looked up in a map that leads to the chain of that peer, and from there to
//! the chains of the blocks that are about it. So traffic with other peers pays two look-ups,
//! however many blocks there are, and a block costs the same whether it is the first or the
//! thousandth:
//!
//! ```text
//! table netdev netns-test {
//!   map peers4 { type ipv4_addr : verdict; elements = { 10.0.0.2 : jump peer-client } }
//!   map probes { type mark : verdict; elements = { 7 : jump block-7 } }
//!   chain ingress-eth0 { … ip saddr vmap @peers4; ip6 saddr vmap @peers6 }
//!   chain peer-client { jump block-7 }
//!   chain block-7 { meta protocol 0x88b5 counter drop; counter drop }
//! }
//! ```
//!
//! A block's first rule is for its probes ([`probe`]): its counter shows that the chain is reached
//! from the wire.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rtnetlink::packet_core::NLM_F_DUMP;

use super::super::counter::Count;
use super::super::probe;
use super::super::recipe::WireRule;
use super::message::{
    Family, Message, NftRequest, batch, count, delete_chain, delete_table, get_rules, handle,
};
use super::shared::{Wire, Wires, lock};
use super::{FLUSHED, NETLINK_NETFILTER, lacks};
use crate::netlink::Request;
use crate::{Error, Host};

/// The one table of a host.
pub(super) const TABLE: &str = "netns-test";
/// How long the rules may take to act after the kernel has taken them.
const PATIENCE: Duration = Duration::from_secs(2);

/// A block on the wire that is in force: what comes from one peer, at one host.
pub(in crate::fault) struct WireBlock {
    pub(super) family: Family,
    pub(super) host: Host,
    pub(super) peer: Host,
    pub(super) number: u32,
    /// Of the table that it is in. A later one was made after the ruleset had been flushed.
    generation: u32,
    /// The number of the rule that leads to the block's chain; `None` while it is suspended.
    pub(super) jump: Option<u64>,
    pub(super) rules: Vec<WireRule>,
}

impl WireBlock {
    /// Puts `rules` in force for what comes from `peer`, and looks that they act.
    ///
    /// A kernel without `CONFIG_NFT_REJECT_NETDEV`, Debian's for instance, cannot answer in the
    /// netdev family. There the same rules stand in the inet family, at the same place.
    pub(in crate::fault) fn make(
        host: &Host,
        peer: &Host,
        rules: Vec<WireRule>,
        operation: &str,
    ) -> Result<Self, Error> {
        let answers = rules.iter().any(WireRule::answers);
        let made = Self::make_in(Family::NetDev, host, peer, rules.clone(), operation);
        match made {
            Err(error) if answers && lacks(&error) => {
                Self::make_in(Family::Inet, host, peer, rules, operation).map_err(|error| {
                    match lacks(&error) {
                        true => Error::unsupported(
                            operation,
                            "this kernel's nftables cannot answer",
                        )
                        .with_help(
                            "it lacks CONFIG_NFT_REJECT_NETDEV and _INET: use `Policy::drop()`",
                        ),
                        false => error,
                    }
                })
            }
            made => made,
        }
    }

    fn make_in(
        family: Family,
        host: &Host,
        peer: &Host,
        rules: Vec<WireRule>,
        operation: &str,
    ) -> Result<Self, Error> {
        let addresses = peer.kernel_addresses()?;
        let shared = host.attached::<Mutex<Wires>>();
        let mut wires = lock(&shared);
        let wire = wires.of(family);
        let (host, peer) = (host.clone(), peer.clone());
        let number = host.next_number();
        let mut block = Self { family, host, peer, number, generation: 0, jump: None, rules };
        let echoes = match commit(&block.host, block.make_all(wire, &addresses, operation)) {
            // The table that we know of may be gone: something flushed the ruleset.
            Err(error) if lacks(&error) && block.forget_if_flushed(wire) => {
                commit(&block.host, block.make_all(wire, &addresses, operation))?
            }
            result => result?,
        };
        wire.remember(&block.host, block.peer.name(), &addresses);
        block.generation = wire.generation;
        block.jump = echoes.iter().find_map(handle);
        if let Err(error) = block.verify(0) {
            block.take_away(wire)?;
            return Err(error);
        }
        Ok(block)
    }

    /// What each of its rules has counted, in their order.
    pub(in crate::fault) fn counts(&self) -> Result<Vec<Count>, Error> {
        Ok(self.held()?[1..].iter().map(count).collect())
    }

    pub(in crate::fault) fn rules(&self) -> &[WireRule] {
        &self.rules
    }

    pub(in crate::fault) fn host(&self) -> &Host {
        &self.host
    }

    /// Takes the block away, and looks that traffic passes.
    pub(in crate::fault) fn remove(&mut self) -> Result<(), Error> {
        let shared = self.host.attached::<Mutex<Wires>>();
        let mut wires = lock(&shared);
        let wire = wires.of(self.family);
        self.check_generation(wire)?;
        if let Err(error) = self.held() {
            self.forget_if_flushed(wire);
            return Err(error);
        }
        probe::listen(&self.host);
        self.take_away(wire)?;
        self.verify_passes()
    }

    /// Lets traffic pass, and keeps the rules with their counters.
    pub(in crate::fault) fn suspend(&mut self) -> Result<(), Error> {
        let shared = self.host.attached::<Mutex<Wires>>();
        let mut wires = lock(&shared);
        self.check_generation(wires.of(self.family))?;
        let Some(jump) = self.jump else { return Ok(()) };
        let operation = self.operation("suspend");
        probe::listen(&self.host);
        commit(&self.host, self.unhook(jump, &operation))?;
        self.jump = None;
        self.verify_passes()
    }

    /// Puts the rules in force again.
    pub(in crate::fault) fn resume(&mut self) -> Result<(), Error> {
        let shared = self.host.attached::<Mutex<Wires>>();
        let mut wires = lock(&shared);
        self.check_generation(wires.of(self.family))?;
        if self.jump.is_some() {
            return Ok(());
        }
        let operation = self.operation("resume");
        let before = self.probes_counted()?;
        let echoes = commit(&self.host, self.hook(&operation))?;
        self.jump = echoes.iter().find_map(handle);
        self.verify(before)
    }

    /// Replaces the rules in one transaction: each packet meets the old ones or the new ones.
    /// Returns the old rules with all that they have counted.
    pub(in crate::fault) fn rewrite(
        &mut self,
        rules: Vec<WireRule>,
    ) -> Result<Vec<(WireRule, Count)>, Error> {
        let shared = self.host.attached::<Mutex<Wires>>();
        let mut wires = lock(&shared);
        self.check_generation(wires.of(self.family))?;
        self.held()?;
        let operation = self.operation("rewrite");
        // The old chain stays until it has been read: it counts to the last moment.
        let number = self.host.next_number();
        let mut old = Self {
            number,
            jump: None,
            rules,
            host: self.host.clone(),
            peer: self.peer.clone(),
            ..*self
        };
        std::mem::swap(self, &mut old);
        let mut requests = self.make_chain(&operation);
        requests.extend(self.hook(&operation));
        requests.extend(old.jump.map(|jump| old.unhook(jump, &operation)).unwrap_or_default());
        match commit(&self.host, requests) {
            Ok(echoes) => self.jump = echoes.iter().find_map(handle),
            Err(error) => {
                std::mem::swap(self, &mut old);
                return Err(error);
            }
        }
        self.verify(0)?;
        let counts = old.counts()?;
        let delete = delete_chain(self.family, TABLE, &old.chain());
        commit(&self.host, vec![Request::new(&operation, delete, 0)])?;
        Ok(old.rules.into_iter().zip(counts).collect())
    }

    /// Looks that the kernel holds what was asked for, and that it acts on what the wire brings:
    /// a probe from the peer is counted by the block's own first rule.
    fn verify(&self, counted_before: u64) -> Result<(), Error> {
        if self.jump.is_none() {
            return Err(Error::new(self.operation("read"), "no rule leads to it"));
        }
        let expected = counted_before + self.probe()? as u64;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let counted = self.probes_counted()?;
            if counted >= expected {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let operation = format!("see that {} acts", self.operation("read"));
                let cause = format!("its rules counted {counted} probes of {expected}");
                return Err(Error::new(operation, cause));
            }
            std::thread::yield_now();
        }
    }

    /// Looks that a probe from the peer arrives.
    fn verify_passes(&self) -> Result<(), Error> {
        let sent = self.probe()?;
        probe::await_arrival(&self.host, self.number, sent)
    }

    /// Sends probes over all links between the two, and returns how many. The inet family sees no
    /// frames that are not of IP: there the kernel's tables are all that there is to look at.
    fn probe(&self) -> Result<usize, Error> {
        match self.family {
            Family::NetDev => probe::send(&self.host, &self.peer, self.number),
            Family::Inet => Ok(0),
        }
    }

    /// Forgets the table if it is no longer there, and says whether it is not.
    fn forget_if_flushed(&self, wire: &mut Wire) -> bool {
        let message = get_rules(self.family, TABLE, None);
        let request = Request::new("look for the table", message, NLM_F_DUMP);
        let held = self.host.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request));
        // A table that is in use has rules in the chain of each device.
        let flushed =
            !wire.devices.is_empty() && held.is_ok_and(|rules: Vec<Message>| rules.is_empty());
        if flushed {
            wire.forget();
        }
        flushed
    }

    fn probes_counted(&self) -> Result<u64, Error> {
        Ok(count(&self.held()?[0]).packets)
    }

    /// The rules that the kernel holds: the one for probes first.
    fn held(&self) -> Result<Vec<Message>, Error> {
        let message = get_rules(self.family, TABLE, Some(&self.chain()));
        let request = Request::new(self.operation("read"), message, NLM_F_DUMP);
        let held = self.host.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))?;
        // The kernel lists the rules of a chain that is not there as none.
        if held.is_empty() {
            return Err(Error::new(self.operation("read"), FLUSHED));
        }
        if held.len() != 1 + self.rules.len() {
            let cause = format!("it has {} rules of {}", held.len() - 1, self.rules.len());
            return Err(Error::new(self.operation("read"), cause));
        }
        Ok(held)
    }

    fn check_generation(&self, wire: &Wire) -> Result<(), Error> {
        if wire.generation == self.generation && !wire.devices.is_empty() {
            return Ok(());
        }
        Err(Error::new(self.operation("find"), FLUSHED))
    }

    fn take_away(&self, wire: &mut Wire) -> Result<(), Error> {
        let operation = self.operation("delete");
        let last_of_peer = wire.peers.get(self.peer.name()).is_none_or(|peer| peer.blocks == 1);
        let requests = if last_of_peer && wire.peers.len() <= 1 {
            vec![Request::new(&operation, delete_table(self.family, TABLE), 0)]
        } else {
            let peer = last_of_peer.then(|| wire.peers.get(self.peer.name())).flatten();
            self.unmake(peer, &operation)
        };
        commit(&self.host, requests)?;
        wire.release(self.peer.name());
        Ok(())
    }

    pub(super) fn chain(&self) -> String {
        format!("block-{}", self.number)
    }

    pub(super) fn peer_chain(&self) -> String {
        format!("peer-{}", self.peer.name())
    }

    fn operation(&self, verb: &str) -> String {
        format!("{verb} nftables chain `{}` of `{}`", self.chain(), self.host.name())
    }
}

fn commit(host: &Host, requests: Vec<NftRequest>) -> Result<Vec<Message>, Error> {
    host.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch(requests)))
}
