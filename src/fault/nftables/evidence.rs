//! The look at a block on the wire: that it is what was asked for, and that it acts.

use std::time::{Duration, Instant};

use rtnetlink::packet_core::NLM_F_DUMP;

use super::super::probe;
use super::message::{Family, Message, count, get_rules};
use super::wire::WireBlock;
use super::{FLUSHED, NETLINK_NETFILTER};
use crate::Error;
use crate::netlink::Request;

/// How long the rules may take to act after the kernel has taken them.
const PATIENCE: Duration = Duration::from_secs(2);

impl WireBlock {
    /// Looks that the kernel holds what was asked for, and that it acts on what the wire brings:
    /// a probe from the peer is counted by the block's own first rule.
    pub(super) fn verify(&self, counted_before: u64) -> Result<(), Error> {
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
    pub(super) fn verify_passes(&self) -> Result<(), Error> {
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

    pub(super) fn probes_counted(&self) -> Result<u64, Error> {
        Ok(count(&self.held()?[0]).packets)
    }

    /// The rules that the kernel holds: the one for probes first.
    pub(super) fn held(&self) -> Result<Vec<Message>, Error> {
        let message = get_rules(self.family, &self.table, Some(&self.chain()));
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
}
