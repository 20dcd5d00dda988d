//! Blocks on the wire: rules where a device hands over what it received (netdev, ingress).
//!
//! The blocks of a host share tables. In each, the source address of a packet is looked up in a
//! map that leads to the chain of that peer, and from there to the chains of the blocks that are
//! about it:
//!
//! ```text
//! table netdev netns-test-1 {
//!   map peers4 { type ipv4_addr : verdict; elements = { 10.0.0.2 : jump peer-client } }
//!   map probes { type mark : verdict; elements = { 7 : jump block-7 } }
//!   chain ingress-eth0 { … ip saddr vmap @peers4; ip6 saddr vmap @peers6 }
//!   chain peer-client { jump block-7 }
//!   chain block-7 { meta protocol 0x88b5 counter drop; counter drop }
//! }
//! ```
//!
//! A table takes only so many blocks, then there is another one, which acts after it. For the
//! kernel checks a whole table whenever a rule comes into it: in a single one, each block would
//! cost more than the one before. Like this the thousandth costs what the first does, and traffic
//! with other peers pays two look-ups in each table ([`Wires::place`] says which block goes where).
//!
//! A block's first rule is for its probes ([`probe`]): its counter shows that the chain is reached
//! from the wire.

use std::sync::Mutex;

use rtnetlink::packet_core::NLM_F_DUMP;

use super::super::counter::Count;
use super::super::probe;
use super::super::recipe::{Action, WireRule};
use super::message::{Family, Message, NftRequest, batch, count, delete_table, get_rules, handle};
use super::shared::{Wire, Wires, lock};
use super::{FLUSHED, NETLINK_NETFILTER, lacks};
use crate::netlink::Request;
use crate::{Error, Host};

/// A block on the wire that is in force: what comes from one peer, at one host.
pub(in crate::fault) struct WireBlock {
    pub(super) family: Family,
    pub(super) host: Host,
    pub(super) peer: Host,
    pub(super) number: u32,
    /// The table that it is in. Once that has been flushed, it is no longer among the host's.
    pub(super) table: String,
    /// The number of the rule that leads to the block's chain; `None` while it is suspended.
    pub(super) jump: Option<u64>,
    pub(super) rules: Vec<WireRule>,
    /// What the rules had counted in another table, before they came to this one.
    carried: Vec<Count>,
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
                // There it is the host's own stack that answers, and that holds back ICMP errors.
                host.lift_icmp_limits();
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
        let shared = host.attached::<Mutex<Wires>>();
        let mut wires = lock(&shared);
        let mut block = Self::of([host, peer], family, rules);
        match block.enter(&mut wires, operation, Vec::new()) {
            // The table that we know of may be gone: something flushed the ruleset.
            Err(error) if lacks(&error) && block.forget_flushed(&mut wires) => {
                block.enter(&mut wires, operation, Vec::new())?;
            }
            result => result?,
        }
        if let Err(error) = block.verify(0) {
            block.take_away(&mut wires)?;
            return Err(error);
        }
        Ok(block)
    }

    /// A block that is in no table yet.
    fn of([host, peer]: [&Host; 2], family: Family, rules: Vec<WireRule>) -> Self {
        let (host, peer, number) = (host.clone(), peer.clone(), host.next_number());
        let (table, carried) = (String::new(), Vec::new());
        Self { family, host, peer, number, table, jump: None, rules, carried }
    }

    /// What each of its rules has counted, in their order.
    pub(in crate::fault) fn counts(&self) -> Result<Vec<Count>, Error> {
        let mut counts: Vec<Count> = self.held()?[1..].iter().map(count).collect();
        for (count, before) in counts.iter_mut().zip(&self.carried) {
            *count = *count + *before;
        }
        Ok(counts)
    }

    pub(in crate::fault) fn rules(&self) -> &[WireRule] {
        &self.rules
    }

    pub(in crate::fault) fn host(&self) -> &Host {
        &self.host
    }

    /// Takes the block away, looks that traffic passes, and returns how many packets it had taken.
    pub(in crate::fault) fn remove(&mut self) -> Result<u64, Error> {
        let shared = self.host.attached::<Mutex<Wires>>();
        let mut wires = lock(&shared);
        self.find(&mut wires)?;
        let counts = match self.counts() {
            Ok(counts) => counts,
            Err(error) => {
                self.forget_flushed(&mut wires);
                return Err(error);
            }
        };
        probe::listen(&self.host);
        self.take_away(&mut wires)?;
        self.verify_passes()?;
        let acted = self.rules.iter().zip(counts).filter(|(rule, _)| rule.action != Action::Pass);
        Ok(acted.map(|(_, count)| count.packets).sum())
    }

    /// Lets traffic pass, and keeps the rules with their counters.
    pub(in crate::fault) fn suspend(&mut self) -> Result<(), Error> {
        let shared = self.host.attached::<Mutex<Wires>>();
        let mut wires = lock(&shared);
        self.find(&mut wires)?;
        let Some(jump) = self.jump else { return Ok(()) };
        let operation = self.operation("suspend");
        probe::listen(&self.host);
        commit(&self.host, self.unhook(jump, &operation))?;
        self.jump = None;
        self.verify_passes()
    }

    /// Puts the rules in force again, after all others that are about the peer.
    pub(in crate::fault) fn resume(&mut self) -> Result<(), Error> {
        let shared = self.host.attached::<Mutex<Wires>>();
        let mut wires = lock(&shared);
        self.find(&mut wires)?;
        if self.jump.is_some() {
            return Ok(());
        }
        let operation = self.operation("resume");
        if !wires.is_newest_of(self.peer.name(), &self.table) {
            let counts = self.succeed(&mut wires, self.rules.clone(), &operation)?;
            self.carried = counts;
            return Ok(());
        }
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
        self.find(&mut wires)?;
        self.held()?;
        let operation = self.operation("rewrite");
        let old = self.rules.clone();
        let counts = self.succeed(&mut wires, rules, &operation)?;
        Ok(old.into_iter().zip(counts).collect())
    }

    /// Becomes a block with other rules that acts after all others, in one transaction. Returns
    /// what the old rules have counted.
    fn succeed(
        &mut self,
        wires: &mut Wires,
        rules: Vec<WireRule>,
        operation: &str,
    ) -> Result<Vec<Count>, Error> {
        let mut new = Self::of([&self.host, &self.peer], self.family, rules);
        let unhook = self.jump.map(|jump| self.unhook(jump, operation)).unwrap_or_default();
        new.enter(wires, operation, unhook)?;
        let mut old = std::mem::replace(self, new);
        old.jump = None;
        let acts = self.verify(0);
        // The old chain stays until it has been read: it counts to the last moment.
        let counts = old.counts();
        old.take_away(wires)?;
        acts.and(counts)
    }

    /// Puts the block into a table, and does what `also` says in the same transaction.
    fn enter(
        &mut self,
        wires: &mut Wires,
        operation: &str,
        also: Vec<NftRequest>,
    ) -> Result<(), Error> {
        let addresses = self.peer.kernel_addresses()?;
        let wire = wires.place(&self.host, self.family, self.peer.name());
        self.table.clone_from(&wire.name);
        let mut requests = self.make_all(wire, &addresses, operation);
        requests.extend(also);
        let committed = commit(&self.host, requests);
        if committed.is_ok() {
            wire.remember(&self.host, self.peer.name(), &addresses);
        }
        wires.tidy();
        self.jump = committed?.iter().find_map(handle);
        Ok(())
    }

    fn take_away(&self, wires: &mut Wires) -> Result<(), Error> {
        let operation = self.operation("delete");
        let wire = self.find(wires)?;
        let requests = if wire.is_last() {
            vec![Request::new(&operation, delete_table(self.family, &self.table), 0)]
        } else {
            let peer = wire.peers.get(self.peer.name()).filter(|peer| peer.blocks == 1);
            self.unmake(peer, &operation)
        };
        commit(&self.host, requests)?;
        wire.release(self.peer.name());
        wires.tidy();
        Ok(())
    }

    fn find<'a>(&self, wires: &'a mut Wires) -> Result<&'a mut Wire, Error> {
        wires.of(&self.table).ok_or_else(|| Error::new(self.operation("find"), FLUSHED))
    }

    /// Forgets the tables whose rules are no longer there, and says whether there are any.
    fn forget_flushed(&self, wires: &mut Wires) -> bool {
        let mut flushed = Vec::new();
        for (family, table) in wires.tables() {
            let request =
                Request::new("look for the table", get_rules(family, table, None), NLM_F_DUMP);
            let held = self.host.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request));
            // A table that is in use has rules in the chain of each device.
            if held.is_ok_and(|rules: Vec<Message>| rules.is_empty()) {
                flushed.push((family, table.to_owned()));
            }
        }
        for (family, table) in &flushed {
            // Whoever flushed it may have left it there, empty.
            let delete = Request::new("delete what is left", delete_table(*family, table), 0);
            let _ = commit(&self.host, vec![delete]);
            wires.forget(table);
        }
        !flushed.is_empty()
    }

    pub(super) fn chain(&self) -> String {
        format!("block-{}", self.number)
    }

    pub(super) fn peer_chain(&self) -> String {
        format!("peer-{}", self.peer.name())
    }

    pub(super) fn operation(&self, verb: &str) -> String {
        format!("{verb} nftables chain `{}` of `{}`", self.chain(), self.host.name())
    }
}

fn commit(host: &Host, requests: Vec<NftRequest>) -> Result<Vec<Message>, Error> {
    host.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch(requests)))
}
