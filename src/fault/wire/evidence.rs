//! The look at a block on the wire: that it is what was asked for, and that it acts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rtnetlink::packet_core::NLM_F_DUMP;

use super::super::part::FLUSHED;
use super::block::{Half, WireBlock};
use super::kernel::FAMILY;
use super::probe;
use super::script::{PASSED, PROBE};
use super::tables::Shared;
use crate::Error;
use crate::netlink::Request;
use crate::nftables::{Message, NETLINK_NETFILTER, chain_of, count, get_rules};

/// How long a probe may be under way. It takes microseconds; the kernel may put it off on a busy
/// processor. Where nothing is seen of it, something else has taken it, and the kernel's tables
/// are what counts.
const PATIENCE: Duration = Duration::from_millis(100);

/// From as many halves on, the table is read as a whole, and not chain by chain.
const MANY: usize = 16;

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
            return Err(Error::new(self.operation("read", half), "no rule leads to it"));
        }
        let seen = self.look(shared)?;
        match self.halves.iter().zip(seen).find(|(_, seen)| *seen == Seen::Passed) {
            None => Ok(()),
            Some((half, _)) => {
                let operation = format!("see that {} acts", self.operation("read", half));
                Err(Error::new(operation, "a probe passed it"))
            }
        }
    }

    /// Checks that the block takes nothing any more, where it still could.
    pub(super) fn verify_passes(&self, shared: &mut Shared) -> Result<(), Error> {
        let seen = self.look(shared)?;
        match self.halves.iter().zip(seen).find(|(_, seen)| *seen == Seen::Taken) {
            None => Ok(()),
            Some((half, _)) => {
                let operation = format!("see that traffic passes {}", self.operation("in", half));
                Err(Error::new(operation, "the block took a probe"))
            }
        }
    }

    /// What becomes of a probe for each half.
    fn look(&self, shared: &mut Shared) -> Result<Vec<Seen>, Error> {
        if self.halves.len() >= MANY {
            return self.probe_all(shared);
        }
        self.halves.iter().map(|half| self.probe(half, shared)).collect()
    }

    /// Sends all probes, and then looks at what became of them.
    fn probe_all(&self, shared: &mut Shared) -> Result<Vec<Seen>, Error> {
        let before = match self.halves.iter().all(|half| half.fresh) {
            true => vec![0; self.halves.len()],
            false => self.all_taken()?,
        };
        let sent = |half: &Half| half.gate.reached && self.send_probe(half);
        let sent: Vec<bool> = self.halves.iter().map(sent).collect();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let taken = self.all_taken()?;
            let seen = taken.iter().zip(&before).map(|(now, before)| match now > before {
                true => Seen::Taken,
                false => Seen::Nowhere,
            });
            let mut seen: Vec<Seen> = seen.collect();
            let under_way: Vec<usize> =
                (0..seen.len()).filter(|at| sent[*at] && seen[*at] == Seen::Nowhere).collect();
            if under_way.is_empty() {
                return Ok(seen);
            }
            let passed = self.probes_passed(&self.halves[0])?;
            let passing = passed.saturating_sub(shared.passed) as usize;
            if passing < under_way.len() && Instant::now() < deadline {
                std::thread::yield_now();
                continue;
            }
            shared.passed = passed;
            if passing == under_way.len() {
                under_way.iter().for_each(|at| seen[*at] = Seen::Passed);
            } else if passing > 0 {
                // Some have, and it is not known which.
                for at in under_way {
                    seen[at] = self.probe(&self.halves[at], shared)?;
                }
            }
            return Ok(seen);
        }
    }

    fn all_taken(&self) -> Result<Vec<u64>, Error> {
        Ok(self.held_all()?.iter().map(|held| count(&held[0])[0]).collect())
    }

    /// Sends a probe for one half, and looks at what becomes of it. Without one, the kernel's tables
    /// are looked at.
    fn probe(&self, half: &Half, shared: &mut Shared) -> Result<Seen, Error> {
        let before = match half.fresh {
            true => 0,
            false => self.probes_taken(half)?,
        };
        let sent = half.gate.reached && self.send_probe(half);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let taken = self.probes_taken(half)?;
            if taken > before {
                return Ok(Seen::Taken);
            }
            if !sent {
                return Ok(Seen::Nowhere);
            }
            let passed = self.probes_passed(half)?;
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

    fn send_probe(&self, half: &Half) -> bool {
        probe::send(&half.gate, self.table_number, half.number)
    }

    fn probes_taken(&self, half: &Half) -> Result<u64, Error> {
        Ok(count(&self.held(half)?[0])[0])
    }

    /// How many probes no block in its table has taken.
    fn probes_passed(&self, half: &Half) -> Result<u64, Error> {
        Ok(self.rules_of(half, PROBE)?.get(PASSED).map_or(0, |rule| count(rule)[0]))
    }

    /// The rules of one half that the kernel holds: the one for probes first.
    pub(super) fn held(&self, half: &Half) -> Result<Vec<Message>, Error> {
        self.checked(half, self.rules_of(half, &half.chain())?)
    }

    /// The rules of all halves that the kernel holds, half by half: the one for probes first.
    pub(super) fn held_all(&self) -> Result<Vec<Vec<Message>>, Error> {
        if self.halves.len() < MANY {
            return self.halves.iter().map(|half| self.held(half)).collect();
        }
        let message = get_rules(FAMILY, &self.table, None);
        let request = Request::new(self.operation("read", &self.halves[0]), message, NLM_F_DUMP);
        let rules = self.namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))?;
        let mut by_chain: BTreeMap<String, Vec<Message>> = BTreeMap::new();
        for rule in rules {
            let chain = chain_of(&rule).unwrap_or_default().to_owned();
            by_chain.entry(chain).or_default().push(rule);
        }
        let held = |half: &Half| {
            let held = by_chain.remove(&half.chain()).unwrap_or_default();
            self.checked(half, held)
        };
        self.halves.iter().map(held).collect()
    }

    fn checked(&self, half: &Half, held: Vec<Message>) -> Result<Vec<Message>, Error> {
        // The kernel lists the rules of a chain that is not there as none.
        if held.is_empty() {
            return Err(Error::lost(self.operation("read", half), FLUSHED));
        }
        if held.len() != 1 + half.rules.len() {
            let cause = format!("it has {} rules of {}", held.len() - 1, half.rules.len());
            return Err(Error::lost(self.operation("read", half), cause));
        }
        Ok(held)
    }

    fn rules_of(&self, half: &Half, chain: &str) -> Result<Vec<Message>, Error> {
        let message = get_rules(FAMILY, &self.table, Some(chain));
        let request = Request::new(self.operation("read", half), message, NLM_F_DUMP);
        self.namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))
    }
}
