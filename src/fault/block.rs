use std::fmt;

use super::firewall::{Backend, Rule};
use super::iptables::Chains;
use super::line::Line;
use super::nftables::{self, Table, WireBlock};
use super::policy::{Effect, Policy};
use crate::{Error, Host};

impl Host {
    /// Cuts this host off from another one: every packet between them vanishes on the wire.
    ///
    /// Returns when the block is in effect, for new and established traffic alike; what exactly
    /// it does says [`Policy::drop`]. It ends with [`Block::unblock`], or when the guard is
    /// dropped. Blocks stack: traffic passes when the last of them is lifted.
    ///
    /// # Errors
    ///
    /// If both are the same host, one has no address yet, or the kernel refuses. Then nothing is
    /// blocked.
    ///
    /// ```no_run
    /// use std::io::ErrorKind;
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_dial_across_a_block_times_out(server: Host, client: Host) -> Result {
    ///     let listener = server.listen(7000)?;
    ///     let block = client.block(&server)?;
    ///     let dialled = client.connect_within(listener.addr(), Duration::from_secs(1));
    ///     assert_eq!(dialled.unwrap_err().kind(), ErrorKind::TimedOut);
    ///     assert!(block.packets() > 0);
    ///     block.unblock()?;
    ///     client.connect(listener.addr())?;
    ///     Ok(())
    /// }
    /// ```
    pub fn block(&self, peer: &Host) -> Result<Block, Error> {
        self.block_with(peer, Policy::drop())
    }

    /// Blocks the traffic with another host in the way that `policy` says.
    ///
    /// # Errors
    ///
    /// As [`block`](Self::block); also if the policy contradicts itself, or asks for a program
    /// that is not installed.
    pub fn block_with(&self, peer: &Host, policy: Policy) -> Result<Block, Error> {
        let operation = format!("block `{}` from `{}`", peer.name(), self.name());
        self.check_peer(peer, &operation)?;
        // Begun empty, so that what has been made is undone if the rest cannot be.
        let hosts = [self.clone(), peer.clone()];
        let mut block = Block { hosts, policy, parts: Vec::new() };
        match block.policy.effect.clone() {
            Effect::Drop => {
                for (at, from) in [(self, peer), (peer, self)] {
                    let rules = [nftables::drop()];
                    let made = WireBlock::make(at, from, &rules, &operation)?;
                    block.parts.push(Part::Wire(made));
                }
            }
            Effect::Firewall { rules, backend } => {
                block.parts.push(firewall(self, peer, &rules, backend, &operation)?);
            }
        }
        Ok(block)
    }

    fn check_peer(&self, peer: &Host, operation: &str) -> Result<(), Error> {
        if self.is(peer) {
            return Err(Error::new(operation, "a host cannot be cut off from itself"));
        }
        for host in [self, peer] {
            if host.addrs().is_empty() {
                let cause = format!("`{}` has no address: it is not linked yet", host.name());
                return Err(Error::new(operation, cause));
            }
        }
        Ok(())
    }
}

fn firewall(
    host: &Host,
    peer: &Host,
    rules: &[Rule],
    backend: Backend,
    operation: &str,
) -> Result<Part, Error> {
    if rules.is_empty() {
        return Err(Error::new(operation, "a firewall without rules blocks nothing"));
    }
    for rule in rules {
        if let Some(contradiction) = rule.contradiction() {
            return Err(Error::new(format!("{operation} by `{rule}`"), contradiction));
        }
    }
    let lines = Line::of_rules(rules, &peer.kernel_addresses()?);
    if lines.is_empty() {
        return Err(Error::new(
            operation,
            "no rule is for a family in which the peer has addresses",
        ));
    }
    match backend.programs() {
        None => Table::firewall(host, &lines, operation).map(Part::Table),
        Some(programs) => Chains::make(host, programs, &lines, operation).map(Part::Chains),
    }
}

/// What a block consists of in the kernel.
enum Part {
    Wire(WireBlock),
    Table(Table),
    Chains(Chains),
}

impl Part {
    fn packets(&self) -> Result<u64, Error> {
        match self {
            Self::Wire(block) => block.packets(),
            Self::Table(table) => table.packets(),
            Self::Chains(chains) => chains.packets(),
        }
    }

    fn remove(&mut self) -> Result<(), Error> {
        match self {
            Self::Wire(block) => block.remove(),
            Self::Table(table) => table.remove(),
            Self::Chains(chains) => chains.remove(),
        }
    }
}

/// A block that is in effect.
///
/// [`unblock`](Self::unblock) lifts it and reports what went wrong, dropping it lifts it
/// quietly, [`keep`](Self::keep) leaves it in effect until the test ends.
#[must_use = "dropping the guard lifts the block"]
pub struct Block {
    hosts: [Host; 2],
    policy: Policy,
    parts: Vec<Part>,
}

impl Block {
    /// Lifts the block, and returns when traffic passes again.
    ///
    /// That the block is over is not yet recovery: a connection that was silent goes on at its
    /// next retransmission, which may be as far away as the block was long.
    ///
    /// # Errors
    ///
    /// If the block had ended before: something flushed the rules of a host. Also if the kernel
    /// refuses. What can be taken away is.
    pub fn unblock(mut self) -> Result<(), Error> {
        self.lift()
    }

    /// Leaves the block in effect until the test ends.
    pub fn keep(mut self) {
        for part in &mut self.parts {
            if let Part::Chains(chains) = part {
                chains.keep();
            }
        }
        self.parts.clear();
    }

    /// How many packets it has taken away or refused so far.
    ///
    /// Asserting that it is not zero proves that the block mattered.
    ///
    /// # Panics
    ///
    /// If the block's rules are no longer there; [`try_packets`](Self::try_packets) returns that.
    #[track_caller]
    pub fn packets(&self) -> u64 {
        match self.try_packets() {
            Ok(packets) => packets,
            Err(error) => panic!("{error}"),
        }
    }

    /// How many packets it has taken away or refused so far.
    ///
    /// # Errors
    ///
    /// If the block's rules are no longer there: something flushed them.
    pub fn try_packets(&self) -> Result<u64, Error> {
        self.parts.iter().map(Part::packets).sum()
    }

    /// The two hosts, the one that blocks first.
    pub fn hosts(&self) -> &[Host; 2] {
        &self.hosts
    }

    /// What the block does.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    fn lift(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        for mut part in self.parts.drain(..) {
            result = result.and(part.remove());
        }
        result
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // Nobody is there to be told; `unblock` is for those who want to know.
        let _ = self.lift();
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").field("hosts", &self.hosts).field("policy", &self.policy).finish()
    }
}
