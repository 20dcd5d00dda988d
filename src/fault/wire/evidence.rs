//! Checks a block on the wire: that it is what was asked for, and that it acts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::netlink::{Message, NLM_F_DUMP, Request};

use super::super::part::FLUSHED;
use super::block::{Half, WireBlock};
use super::kernel::FAMILY;
use super::own_chain::OwnChain;
use super::probe;
use super::script::{PASSED, PROBE};
use super::tables::Shared;
use crate::Error;
use crate::nftables::{NETLINK_NETFILTER, chain_of, count, get_rules};

/// How long a probe may be under way. It takes microseconds; the kernel may put it off on a busy
/// processor. Where nothing is seen of it, something else has taken it, and the kernel's tables
/// are what counts.
const PATIENCE: Duration = Duration::from_millis(100);

/// From as many chains on, the table is read as a whole, and not chain by chain.
const MANY: usize = 16;
/// Of so many lanes to each of its chains, most of a table would be read for nothing.
const SHARED: usize = 4;

/// What became of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// The block's own rule has counted it.
    Taken,
    /// No block has.
    Passed,
    /// It did not get to the gate, or something else has taken it.
    Nowhere,
}

impl WireBlock {
    /// Checks that the kernel holds what was asked for, and that it acts on what the wire brings.
    pub(super) fn verify(&self, shared: &mut Shared) -> Result<(), Error> {
        if let Some(half) = self.halves.iter().find(|half| half.jump.is_none()) {
            return Err(Error::new(
                self.operation("read", self.chain(half)),
                "no rule leads to it",
            ));
        }
        let seen = self.look(shared)?;
        match self.halves.iter().zip(seen).find(|(_, seen)| *seen == Seen::Passed) {
            None => Ok(()),
            Some((half, _)) => {
                let operation =
                    format!("check that {} takes effect", self.operation("read", self.chain(half)));
                Err(Error::new(operation, "a probe passed"))
            }
        }
    }

    /// Checks that the block takes nothing any more, where it still could.
    pub(super) fn verify_passes(&self, shared: &mut Shared) -> Result<(), Error> {
        let seen = self.look(shared)?;
        match self.halves.iter().zip(seen).find(|(_, seen)| *seen == Seen::Taken) {
            None => Ok(()),
            Some((half, _)) => {
                let chain = self.operation("in", self.chain(half));
                let operation = format!("check that traffic passes {chain}");
                Err(Error::new(operation, "the block stopped a probe"))
            }
        }
    }

    /// What becomes of a probe for each half.
    fn look(&self, shared: &mut Shared) -> Result<Vec<Seen>, Error> {
        if self.halves.len() >= MANY || self.halves.len() > self.chains.len() {
            return self.probe_all(shared);
        }
        let mut probe = |half: &Half| {
            let before = match self.chain(half).fresh {
                true => 0,
                false => self.probes_taken(half)?,
            };
            self.probe(half, before, shared)
        };
        self.halves.iter().map(&mut probe).collect()
    }

    /// Sends all probes, and then looks at what became of them.
    fn probe_all(&self, shared: &mut Shared) -> Result<Vec<Seen>, Error> {
        let before = match self.chains.iter().all(|chain| chain.fresh) {
            true => vec![0; self.chains.len()],
            false => self.all_taken()?,
        };
        let sent = |half: &Half| half.gate.reached && self.send_probe(half);
        let sent: Vec<bool> = self.halves.iter().map(sent).collect();
        let mut to_chain = vec![0; self.chains.len()];
        for (half, _) in self.halves.iter().zip(&sent).filter(|(_, sent)| **sent) {
            to_chain[half.chain] += 1;
        }
        let all: u64 = to_chain.iter().sum();
        let (taken, passed) = self.follow_probes(&before, all, shared)?;
        let missing = all.saturating_sub(taken.iter().sum());
        let mut seen = |(half, sent): (&Half, &bool)| {
            let (taken, to_chain) = (taken[half.chain], to_chain[half.chain]);
            match taken {
                _ if !sent => Ok(Seen::Nowhere),
                all if all >= to_chain => Ok(Seen::Taken),
                0 if passed == 0 => Ok(Seen::Nowhere),
                0 if passed >= missing => Ok(Seen::Passed),
                // Some have, and it is not known which.
                _ => self.probe(half, self.probes_taken(half)?, shared),
            }
        };
        self.halves.iter().zip(&sent).map(&mut seen).collect()
    }

    /// How many of the probes each chain has taken, and how many have passed, once `all` have arrived or
    /// will not.
    fn follow_probes(
        &self,
        before: &[u64],
        all: u64,
        shared: &mut Shared,
    ) -> Result<(Vec<u64>, u64), Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let now = self.all_taken()?;
            let taken: Vec<u64> =
                now.iter().zip(before).map(|(now, before)| now - before).collect();
            let arrived: u64 = taken.iter().sum();
            if arrived >= all {
                return Ok((taken, 0));
            }
            let passed = self.probes_passed(&self.chains[0])?;
            let passing = passed.saturating_sub(shared.passed);
            if arrived + passing >= all || Instant::now() >= deadline {
                shared.passed = passed;
                return Ok((taken, passing));
            }
            std::thread::yield_now();
        }
    }

    /// What becomes of a probe for one half, whose chain had taken as many as `before`. Without a probe,
    /// the kernel's tables are looked at.
    fn probe(&self, half: &Half, before: u64, shared: &mut Shared) -> Result<Seen, Error> {
        let sent = half.gate.reached && self.send_probe(half);
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.probes_taken(half)? > before {
                return Ok(Seen::Taken);
            }
            if !sent {
                return Ok(Seen::Nowhere);
            }
            let passed = self.probes_passed(self.chain(half))?;
            if passed > shared.passed {
                shared.passed = passed;
                return Ok(Seen::Passed);
            }
            if Instant::now() >= deadline {
                return Ok(Seen::Nowhere);
            }
            std::thread::yield_now();
        }
    }

    /// Whether a half takes a probe now. It is sent past whatever is known of its gate.
    pub(super) fn takes(&self, half: &Half) -> Result<bool, Error> {
        let before = self.probes_taken(half)?;
        let deadline = Instant::now() + PATIENCE;
        let sent = self.send_probe(half);
        while sent && Instant::now() < deadline {
            if self.probes_taken(half)? > before {
                return Ok(true);
            }
            std::thread::yield_now();
        }
        Ok(false)
    }

    fn all_taken(&self) -> Result<Vec<u64>, Error> {
        Ok(self.held_all()?.iter().map(|held| count(&held[0])[0]).collect())
    }

    fn send_probe(&self, half: &Half) -> bool {
        probe::send(&half.gate, self.table_number, self.chain(half).number())
    }

    fn probes_taken(&self, half: &Half) -> Result<u64, Error> {
        Ok(count(&self.held(self.chain(half))?[0])[0])
    }

    /// How many probes no block in its table has taken.
    fn probes_passed(&self, chain: &OwnChain) -> Result<u64, Error> {
        Ok(self.rules_of(chain, PROBE)?.get(PASSED).map_or(0, |rule| count(rule)[0]))
    }

    /// The rules of one of its chains that the kernel holds: the one for probes first.
    fn held(&self, chain: &OwnChain) -> Result<Vec<Message>, Error> {
        self.checked(chain, self.rules_of(chain, &chain.name())?)
    }

    /// The rules of all its chains that the kernel holds, chain by chain: the one for probes first.
    pub(super) fn held_all(&self) -> Result<Vec<Vec<Message>>, Error> {
        if self.chains.len() < MANY || self.halves.len() >= SHARED * self.chains.len() {
            return self.chains.iter().map(|chain| self.held(chain)).collect();
        }
        let message = get_rules(FAMILY, &self.table, None);
        let request = Request::new(self.operation("read", &self.chains[0]), message, NLM_F_DUMP);
        let rules = self.namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))?;
        let mut by_chain: BTreeMap<String, Vec<Message>> = BTreeMap::new();
        for rule in rules {
            let chain = chain_of(&rule).unwrap_or_default().to_owned();
            by_chain.entry(chain).or_default().push(rule);
        }
        let held = |chain: &OwnChain| {
            let held = by_chain.remove(&chain.name()).unwrap_or_default();
            self.checked(chain, held)
        };
        self.chains.iter().map(held).collect()
    }

    fn checked(&self, chain: &OwnChain, held: Vec<Message>) -> Result<Vec<Message>, Error> {
        // The kernel lists the rules of a chain that is not there as none.
        if held.is_empty() {
            return Err(Error::lost(self.operation("read", chain), FLUSHED));
        }
        if held.len() != 1 + chain.rules.len() {
            let cause = format!("it has {} rules of {}", held.len() - 1, chain.rules.len());
            return Err(Error::lost(self.operation("read", chain), cause));
        }
        Ok(held)
    }

    fn rules_of(&self, own: &OwnChain, chain: &str) -> Result<Vec<Message>, Error> {
        let message = get_rules(FAMILY, &self.table, Some(chain));
        let request = Request::new(self.operation("read", own), message, NLM_F_DUMP);
        self.namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))
    }
}
