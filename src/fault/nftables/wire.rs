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

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_DUMP, NLM_F_ECHO, NLM_F_EXCL};

use super::super::counter::Count;
use super::super::probe;
use super::super::recipe::WireRule;
use super::expression;
use super::message::{
    Element, Family, Message, NftRequest, batch, chain, count, delete_chain, delete_element,
    delete_rule, delete_rules, delete_table, element, get_rules, handle, ingress_hook, peers_map,
    plain_chain, probes_map, rule, table,
};
use super::{FLUSHED, NETLINK_NETFILTER, lacks};
use crate::netlink::Request;
use crate::{Error, Host};

/// The one table of a host.
const TABLE: &str = "netns-test";
const APPEND: u16 = NLM_F_CREATE | libc::NLM_F_APPEND as u16;
/// How long the rules may take to act after the kernel has taken them.
const PATIENCE: Duration = Duration::from_secs(2);

/// A block on the wire that is in force: what comes from one peer, at one host.
pub(in crate::fault) struct WireBlock {
    family: Family,
    host: Host,
    peer: Host,
    number: u32,
    /// Of the table that it is in. A later one was made after the ruleset had been flushed.
    generation: u32,
    /// The number of the rule that leads to the block's chain; `None` while it is suspended.
    jump: Option<u64>,
    rules: Vec<WireRule>,
}

/// What is in the tables of a host, by their family.
#[derive(Default)]
struct Wires {
    netdev: Wire,
    inet: Wire,
}

/// What is in one table of a host.
#[derive(Default)]
struct Wire {
    /// How many tables have been made; 0 for none.
    generation: u32,
    devices: Vec<String>,
    peers: BTreeMap<String, Peer>,
}

struct Peer {
    addresses: Vec<IpAddr>,
    blocks: usize,
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
        wire.remember(&block, &addresses);
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

    /// Replaces the rules in one transaction: no packet meets neither the old nor the new ones.
    pub(in crate::fault) fn rewrite(&mut self, rules: Vec<WireRule>) -> Result<(), Error> {
        let shared = self.host.attached::<Mutex<Wires>>();
        let mut wires = lock(&shared);
        self.check_generation(wires.of(self.family))?;
        let operation = self.operation("rewrite");
        let mut requests =
            vec![Request::new(&operation, delete_rules(self.family, TABLE, &self.chain()), 0)];
        let before = std::mem::replace(&mut self.rules, rules);
        requests.extend(self.write_rules(&operation));
        if let Err(error) = commit(&self.host, requests) {
            self.rules = before;
            return Err(error);
        }
        self.verify(0)
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

    fn chain(&self) -> String {
        format!("block-{}", self.number)
    }

    fn peer_chain(&self) -> String {
        format!("peer-{}", self.peer.name())
    }

    fn operation(&self, verb: &str) -> String {
        format!("{verb} nftables chain `{}` of `{}`", self.chain(), self.host.name())
    }
}

/// What a transaction consists of, all under the name of one operation.
impl WireBlock {
    /// Everything that the block needs and that is not there yet.
    fn make_all(&self, wire: &Wire, addresses: &[IpAddr], operation: &str) -> Vec<NftRequest> {
        let create = |message, flags| Request::new(operation, message, NLM_F_CREATE | flags);
        let peer_chain = self.peer_chain();
        let mut requests = Vec::new();
        if wire.devices.is_empty() {
            requests.extend(self.frame(operation));
        }
        for device in devices(&self.host).iter().filter(|device| !wire.devices.contains(device)) {
            requests.extend(self.ingress(device, operation));
        }
        let known = wire.peers.get(self.peer.name());
        if known.is_none() {
            requests.push(create(plain_chain(self.family, TABLE, &peer_chain), 0));
        }
        let known = known.map_or(&[][..], |peer| &peer.addresses);
        for address in addresses.iter().filter(|address| !known.contains(address)) {
            let to_peer = Element::of_peer(*address, &peer_chain);
            requests.push(create(element(self.family, TABLE, &to_peer), 0));
        }
        requests.push(create(plain_chain(self.family, TABLE, &self.chain()), NLM_F_EXCL));
        requests.extend(self.write_rules(operation));
        requests.extend(self.hook(operation));
        requests
    }

    /// The table and its maps. What a program has left of a table that it flushed goes first.
    fn frame(&self, operation: &str) -> Vec<NftRequest> {
        let create = |message| Request::new(operation, message, NLM_F_CREATE);
        vec![
            create(table(self.family, TABLE)),
            Request::new(operation, delete_table(self.family, TABLE), 0),
            create(table(self.family, TABLE)),
            create(peers_map(self.family, TABLE, false)),
            create(peers_map(self.family, TABLE, true)),
            create(probes_map(self.family, TABLE)),
        ]
    }

    /// The chain of a device, which leads to the peers' chains.
    fn ingress(&self, device: &str, operation: &str) -> Vec<NftRequest> {
        let name = format!("ingress-{device}");
        let base = chain(self.family, TABLE, &name, ingress_hook(self.family, device));
        let mut requests = vec![Request::new(operation, base, NLM_F_CREATE)];
        for expressions in expression::dispatch() {
            let message = rule(self.family, TABLE, &name, expressions);
            requests.push(Request::new(operation, message, APPEND));
        }
        requests
    }

    fn write_rules(&self, operation: &str) -> Vec<NftRequest> {
        let rules = self.rules.iter().map(expression::of_wire);
        let all = std::iter::once(expression::count_probe()).chain(rules);
        let chain = self.chain();
        all.map(|expressions| {
            Request::new(operation, rule(self.family, TABLE, &chain, expressions), APPEND)
        })
        .collect()
    }

    /// Leads the peer's packets and the block's probes to the block's chain.
    fn hook(&self, operation: &str) -> Vec<NftRequest> {
        let chain = self.chain();
        let jump = rule(self.family, TABLE, &self.peer_chain(), expression::jump(&chain));
        let probe = element(self.family, TABLE, &Element::of_probe(self.number, &chain));
        vec![
            Request::new(operation, jump, APPEND | NLM_F_ECHO),
            Request::new(operation, probe, NLM_F_CREATE),
        ]
    }

    fn unhook(&self, jump: u64, operation: &str) -> Vec<NftRequest> {
        let chain = self.chain();
        let probe = delete_element(self.family, TABLE, &Element::of_probe(self.number, &chain));
        let jump = delete_rule(self.family, TABLE, &self.peer_chain(), jump);
        vec![Request::new(operation, jump, 0), Request::new(operation, probe, 0)]
    }

    /// Takes the block away, and its peer with it if nothing else is about that.
    fn unmake(&self, last_of: Option<&Peer>, operation: &str) -> Vec<NftRequest> {
        let delete = |message| Request::new(operation, message, 0);
        let peer_chain = self.peer_chain();
        let mut requests = self.jump.map(|jump| self.unhook(jump, operation)).unwrap_or_default();
        requests.push(delete(delete_chain(self.family, TABLE, &self.chain())));
        if let Some(peer) = last_of {
            for address in &peer.addresses {
                let to_peer = Element::of_peer(*address, &peer_chain);
                requests.push(delete(delete_element(self.family, TABLE, &to_peer)));
            }
            requests.push(delete(delete_chain(self.family, TABLE, &peer_chain)));
        }
        requests
    }
}

fn commit(host: &Host, requests: Vec<NftRequest>) -> Result<Vec<Message>, Error> {
    host.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch(requests)))
}

fn lock(shared: &Arc<Mutex<Wires>>) -> MutexGuard<'_, Wires> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wires {
    fn of(&mut self, family: Family) -> &mut Wire {
        match family {
            Family::NetDev => &mut self.netdev,
            Family::Inet => &mut self.inet,
        }
    }
}

impl Wire {
    fn forget(&mut self) {
        self.devices.clear();
        self.peers.clear();
    }

    fn remember(&mut self, block: &WireBlock, addresses: &[IpAddr]) {
        if self.devices.is_empty() {
            self.generation += 1;
        }
        self.devices = devices(&block.host);
        let known = self.peers.entry(block.peer.name().to_owned());
        let known = known.or_insert_with(|| Peer { addresses: Vec::new(), blocks: 0 });
        known.blocks += 1;
        known.addresses = merged(&known.addresses, addresses);
    }

    fn release(&mut self, peer: &str) {
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

fn devices(host: &Host) -> Vec<String> {
    host.interfaces().iter().map(|interface| interface.name.clone()).collect()
}

fn merged(known: &[IpAddr], addresses: &[IpAddr]) -> Vec<IpAddr> {
    let new = addresses.iter().filter(|address| !known.contains(address));
    known.iter().chain(new).copied().collect()
}
