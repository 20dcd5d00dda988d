//! The look at a block on the wire: that it is what was asked for, and that it acts.

use std::time::{Duration, Instant};

use rtnetlink::packet_core::NLM_F_DUMP;

use super::block::{Half, WireBlock};
use super::script::{PASSED, PROBE};
use super::{FLUSHED, probe};
use crate::Error;
use crate::netlink::Request;
use crate::nftables::{Message, NETLINK_NETFILTER, count, get_rules};

/// How long a probe may be under way. It takes microseconds; the kernel may put it off on a busy
/// processor. Where nothing is seen of it, something else has taken it, and the kernel's tables
/// are what counts.
const PATIENCE: Duration = Duration::from_millis(100);

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
    pub(super) fn verify(&self) -> Result<(), Error> {
        for half in &self.halves {
            if half.jump.is_none() {
                return Err(Error::new(self.operation("read", half), "no rule leads to it"));
            }
            if self.probe(half)? == Seen::Passed {
                let operation = format!("see that {} acts", self.operation("read", half));
                return Err(Error::new(operation, "a probe passed it"));
            }
        }
        Ok(())
    }

    /// Checks that the block takes nothing any more, by the chain that other blocks are still in.
    pub(super) fn verify_passes(&self) -> Result<(), Error> {
        for half in &self.halves {
            if self.probe(half)? == Seen::Taken {
                let operation = format!("see that traffic passes {}", self.operation("in", half));
                return Err(Error::new(operation, "the block took a probe"));
            }
        }
        Ok(())
    }

    /// Sends a probe for one half, and looks at what becomes of it.
    fn probe(&self, half: &Half) -> Result<Seen, Error> {
        let before = self.probes_counted(half)?;
        let reaches = half.gate.find().map_err(|cause| {
            Error::new(self.operation("look for the gate of", half), cause)
        })?;
        if !reaches || !probe::send(&half.gate, half.number) {
            return Ok(Seen::Nowhere);
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let [taken, passed] = self.probes_counted(half)?;
            if taken > before[0] {
                return Ok(Seen::Taken);
            }
            if passed > before[1] {
                return Ok(Seen::Passed);
            }
            if Instant::now() >= deadline {
                return Ok(Seen::Nowhere);
            }
            std::thread::yield_now();
        }
    }

    /// How many probes the half has taken, and how many no block in its table has.
    fn probes_counted(&self, half: &Half) -> Result<[u64; 2], Error> {
        let [taken, _] = count(&self.held(half)?[0]);
        let passed = self.rules_of(half, PROBE)?.get(PASSED).map_or(0, |rule| count(rule)[0]);
        Ok([taken, passed])
    }

    /// The rules of one half that the kernel holds: the one for probes first.
    pub(super) fn held(&self, half: &Half) -> Result<Vec<Message>, Error> {
        let held = self.rules_of(half, &half.chain())?;
        // The kernel lists the rules of a chain that is not there as none.
        if held.is_empty() {
            return Err(Error::new(self.operation("read", half), FLUSHED));
        }
        if held.len() != 1 + half.rules.len() {
            let cause = format!("it has {} rules of {}", held.len() - 1, half.rules.len());
            return Err(Error::new(self.operation("read", half), cause));
        }
        Ok(held)
    }

    fn rules_of(&self, half: &Half, chain: &str) -> Result<Vec<Message>, Error> {
        let message = get_rules(self.family, &self.table, Some(chain));
        let request = Request::new(self.operation("read", half), message, NLM_F_DUMP);
        self.namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))
    }
}
