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
//!   chain ingress-eth0 { … ip saddr vmap @peers4; ip6 saddr vmap @peers6 }
//!   chain peer-client { jump block-7 }
//!   chain block-7 { counter drop }
//! }
//! ```

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_DUMP, NLM_F_ECHO, NLM_F_EXCL};

use super::expression::{self, Expression};
use super::message::{
    Element, Family, Message, NftRequest, batch, chain, count_packets, delete_chain,
    delete_elements, delete_rule, delete_table, elements, get_rules, handle, ingress_hook,
    plain_chain, rule, table, verdict_map,
};
use super::{FLUSHED, NETLINK_NETFILTER};
use crate::netlink::Request;
use crate::{Error, Host};

/// The one table of a host.
const TABLE: &str = "netns-test";
const WIRE: Family = Family::NetDev;
const APPEND: u16 = NLM_F_CREATE | libc::NLM_F_APPEND as u16;

/// A block on the wire that is in force: what comes from one peer, at one host.
pub(in crate::fault) struct WireBlock {
    host: Host,
    peer: String,
    /// Of the table that it is in. A later one was made after the ruleset had been flushed.
    generation: u32,
    chain: String,
    /// The number of the rule that leads to the chain.
    jump: u64,
    /// How many rules the chain has.
    rules: usize,
}

/// What is in the table of a host.
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
    /// Puts `rules` in force for what comes from `peer`.
    pub(in crate::fault) fn make(
        host: &Host,
        peer: &Host,
        rules: &[Vec<Expression>],
        operation: &str,
    ) -> Result<Self, Error> {
        let addresses = peer.kernel_addresses()?;
        let shared = host.attached::<Mutex<Wire>>();
        let mut wire = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let block = format!("block-{}", host.next_number());
        let script = Script { operation };
        let attempt = |wire: &Wire| {
            let requests = script.block(wire, host, peer.name(), &addresses, &block, rules);
            commit(host, requests)
        };
        let echoes = match attempt(&wire) {
            // The table that we know of is gone: something flushed the ruleset.
            Err(error)
                if error.raw_os_error() == Some(libc::ENOENT) && !wire.devices.is_empty() =>
            {
                wire.forget();
                attempt(&wire)?
            }
            result => result?,
        };
        wire.remember(host, peer.name(), &addresses);
        let made = Self {
            host: host.clone(),
            peer: peer.name().to_owned(),
            generation: wire.generation,
            chain: block,
            jump: echoes.iter().find_map(handle).unwrap_or_default(),
            rules: rules.len(),
        };
        let held = made.rules()?.len();
        if made.jump == 0 || held != rules.len() {
            let cause = format!("the kernel holds {held} rules of {}", rules.len());
            made.take_away(&mut wire)?;
            return Err(Error::new(operation, cause));
        }
        Ok(made)
    }

    /// The packets that its rules took away or refused.
    pub(in crate::fault) fn packets(&self) -> Result<u64, Error> {
        let rules = self.rules()?;
        // The kernel lists the rules of a chain that is not there as none.
        if rules.len() != self.rules {
            return Err(Error::new(self.operation("read"), FLUSHED));
        }
        Ok(rules.iter().map(count_packets).sum())
    }

    /// Takes the block away, and looks that it is gone.
    pub(in crate::fault) fn remove(&self) -> Result<(), Error> {
        let shared = self.host.attached::<Mutex<Wire>>();
        let mut wire = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if wire.generation != self.generation {
            return Err(Error::new(self.operation("delete"), FLUSHED));
        }
        match self.take_away(&mut wire) {
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
                wire.forget();
                return Err(Error::new(self.operation("delete"), FLUSHED));
            }
            result => result?,
        }
        match self.rules() {
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
            Ok(rules) if rules.is_empty() => Ok(()),
            Ok(_) => Err(Error::new(self.operation("delete"), "it is still there")),
            Err(error) => Err(error),
        }
    }

    fn take_away(&self, wire: &mut Wire) -> Result<(), Error> {
        let operation = self.operation("delete");
        let script = Script { operation: &operation };
        let last_of_peer = wire.peers.get(&self.peer).is_none_or(|peer| peer.blocks == 1);
        let requests = if last_of_peer && wire.peers.len() <= 1 {
            vec![Request::new(&operation, delete_table(WIRE, TABLE), 0)]
        } else {
            script.unblock(self, last_of_peer.then(|| wire.peers.get(&self.peer)).flatten())
        };
        commit(&self.host, requests)?;
        wire.release(&self.peer);
        Ok(())
    }

    fn rules(&self) -> Result<Vec<Message>, Error> {
        let message = get_rules(WIRE, TABLE, Some(&self.chain));
        let request = Request::new(self.operation("read"), message, NLM_F_DUMP);
        self.host.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))
    }

    fn operation(&self, verb: &str) -> String {
        format!("{verb} nftables chain `{}` of `{}`", self.chain, self.host.name())
    }
}

fn commit(host: &Host, requests: Vec<NftRequest>) -> Result<Vec<Message>, Error> {
    host.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch(requests)))
}

impl Wire {
    fn forget(&mut self) {
        self.devices.clear();
        self.peers.clear();
    }

    fn remember(&mut self, host: &Host, peer: &str, addresses: &[IpAddr]) {
        if self.devices.is_empty() {
            self.generation += 1;
        }
        self.devices = devices(host);
        let known = self.peers.entry(peer.to_owned());
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

/// Writes the requests of a transaction, all under the name of one operation.
struct Script<'a> {
    operation: &'a str,
}

impl Script<'_> {
    fn request(&self, message: Message, flags: u16) -> NftRequest {
        Request::new(self.operation, message, flags)
    }

    /// Everything that a block needs and that is not there yet.
    fn block(
        &self,
        wire: &Wire,
        host: &Host,
        peer: &str,
        addresses: &[IpAddr],
        block: &str,
        rules: &[Vec<Expression>],
    ) -> Vec<NftRequest> {
        let peer_chain = peer_chain(peer);
        let mut requests = Vec::new();
        if wire.devices.is_empty() {
            requests.extend(self.frame());
        }
        for device in devices(host).iter().filter(|device| !wire.devices.contains(device)) {
            requests.extend(self.ingress(device));
        }
        let known = wire.peers.get(peer);
        if known.is_none() {
            requests.push(self.request(plain_chain(WIRE, TABLE, &peer_chain), NLM_F_CREATE));
        }
        let known = known.map_or(&[][..], |peer| &peer.addresses);
        let new = addresses.iter().filter(|address| !known.contains(address));
        for element in new.map(|address| Element { address: *address, chain: &peer_chain }) {
            requests.push(self.request(elements(WIRE, TABLE, &element), NLM_F_CREATE));
        }
        requests.push(self.request(plain_chain(WIRE, TABLE, block), NLM_F_CREATE | NLM_F_EXCL));
        for expressions in rules {
            requests.push(self.request(rule(WIRE, TABLE, block, expressions.clone()), APPEND));
        }
        let jump = rule(WIRE, TABLE, &peer_chain, expression::jump(block));
        requests.push(self.request(jump, APPEND | NLM_F_ECHO));
        requests
    }

    /// The table and its maps.
    fn frame(&self) -> Vec<NftRequest> {
        let create = NLM_F_CREATE | NLM_F_EXCL;
        vec![
            self.request(table(WIRE, TABLE), create),
            self.request(verdict_map(WIRE, TABLE, false), create),
            self.request(verdict_map(WIRE, TABLE, true), create),
        ]
    }

    /// The chain of a device, which leads to the peers' chains.
    fn ingress(&self, device: &str) -> Vec<NftRequest> {
        let name = format!("ingress-{device}");
        let base = chain(WIRE, TABLE, &name, ingress_hook(device));
        let mut requests = vec![self.request(base, NLM_F_CREATE)];
        let [discovery, reports] = expression::housekeeping_passes();
        let to_peers = [expression::look_up_source(false), expression::look_up_source(true)];
        for expressions in [discovery, reports].into_iter().chain(to_peers) {
            requests.push(self.request(rule(WIRE, TABLE, &name, expressions), APPEND));
        }
        requests
    }

    /// Takes a block away, and its peer with it if nothing else is about that.
    fn unblock(&self, block: &WireBlock, last_of: Option<&Peer>) -> Vec<NftRequest> {
        let peer_chain = peer_chain(&block.peer);
        let mut requests = vec![
            self.request(delete_rule(WIRE, TABLE, &peer_chain, block.jump), 0),
            self.request(delete_chain(WIRE, TABLE, &block.chain), 0),
        ];
        if let Some(peer) = last_of {
            for address in &peer.addresses {
                let element = Element { address: *address, chain: &peer_chain };
                requests.push(self.request(delete_elements(WIRE, TABLE, &element), 0));
            }
            requests.push(self.request(delete_chain(WIRE, TABLE, &peer_chain), 0));
        }
        requests
    }
}

fn peer_chain(peer: &str) -> String {
    format!("peer-{peer}")
}
