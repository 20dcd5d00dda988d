use std::fmt;
use std::time::{Duration, Instant};

use super::counter::Counter;
use super::live::Live;
use super::part::Part;
use super::pause::Pause;
use super::policy::{Effect, Policy};
use super::recipe::Flow;
use super::sever::{flows, sever};
use crate::liveness::stretched;
use crate::record::FaultPhase;
use crate::{Error, Host, eventually, failure, sandbox};

impl Host {
    /// Cuts this host off from another one: every packet between them vanishes on the wire.
    ///
    /// Returns when the block is in effect, for new and established traffic alike; what exactly
    /// it does says [`Policy::drop`]. It ends with [`Block::unblock`], or when the guard is
    /// dropped. Blocks stack: traffic passes when the last of them is lifted.
    ///
    /// In effect means that the kernel holds the rules, and that a probe sent over the link was
    /// taken away by them. The probe is a frame of an ethertype for experiments (0x88b5): no IP
    /// socket sees it, and no counter of IP or of the block.
    /// [`Policy::firewall`] has a probe of its own.
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
    /// As [`block`](Self::block); also if the policy contradicts itself, names connections that
    /// are not there, or asks for something that this system does not have.
    pub fn block_with(&self, peer: &Host, policy: Policy) -> Result<Block, Error> {
        let operation = operation(self, peer, &policy);
        check(self, peer, &policy, &operation)?;
        let hosts = [self.clone(), peer.clone()];
        let live = Live::asked(hosts.clone(), operation.clone());
        // Begun empty, so that what has been made is undone if the rest cannot be.
        let mut block = Block { hosts, policy, live, carried: Vec::new(), since: Instant::now() };
        if let Err(error) = block.make(&operation) {
            block.live.note(FaultPhase::Refused(error.to_string()));
            return Err(error);
        }
        Ok(block)
    }
}

pub(super) fn operation(host: &Host, peer: &Host, policy: &Policy) -> String {
    let block = format!("block `{}` from `{}`", peer.name(), host.name());
    if *policy == Policy::default() { block } else { format!("{block} by {policy}") }
}

pub(super) fn check(
    host: &Host,
    peer: &Host,
    policy: &Policy,
    operation: &str,
) -> Result<(), Error> {
    if host.is(peer) {
        return Err(Error::new(operation, "a host cannot be cut off from itself"));
    }
    for host in [host, peer] {
        if host.addrs().is_empty() {
            let cause = format!("`{}` has no address: it is not linked yet", host.name());
            return Err(Error::new(operation, cause));
        }
    }
    match policy.contradiction() {
        Some(contradiction) => Err(Error::new(operation, contradiction)),
        None => Ok(()),
    }
}

/// A block that is in effect.
///
/// [`unblock`](Self::unblock) lifts it and reports what went wrong, dropping it lifts it
/// quietly, [`keep`](Self::keep) leaves it in effect until the test ends.
#[must_use = "dropping the guard lifts the block"]
pub struct Block {
    pub(super) hosts: [Host; 2],
    pub(super) policy: Policy,
    pub(super) live: Live,
    /// What rules had counted that have been replaced since.
    pub(super) carried: Vec<Counter>,
    since: Instant,
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
    ///
    /// A block cannot be lifted twice: this takes it.
    ///
    /// ```compile_fail,E0382
    /// fn twice(block: netns_test::Block) -> Result<(), netns_test::Error> {
    ///     block.unblock()?;
    ///     block.unblock()
    /// }
    /// ```
    pub fn unblock(mut self) -> Result<(), Error> {
        self.lift()
    }

    /// Leaves the block in effect until the test ends.
    pub fn keep(mut self) {
        self.live.keep();
    }

    /// Lets traffic pass while `work` runs, and returns what it returned once the block is in
    /// effect again. What the block has counted stays.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn one_heartbeat_gets_through(server: Host, client: Host) -> Result {
    ///     let inbox = server.bind_udp(7000)?;
    ///     let outbox = client.bind_udp(0)?;
    ///     let mut block = client.block(&server)?;
    ///     block.suspend(|| outbox.send_to(b"alive", inbox.addr()))??;
    ///     assert_eq!(inbox.recv_from()?.0, b"alive");
    ///     block.unblock()?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the block cannot be suspended, in which case `work` does not run, or cannot be put in
    /// effect again.
    ///
    /// # Panics
    ///
    /// If `work` does; the block is in effect again before.
    pub fn suspend<T>(&mut self, work: impl FnOnce() -> T) -> Result<T, Error> {
        let pause = Pause::begin(self)?;
        let value = work();
        pause.end()?;
        Ok(value)
    }

    /// How many packets it has taken away or refused so far.
    ///
    /// Asserting that it is not zero proves that the block mattered. Where blocks stack, a packet
    /// is counted by the one that acts on it first: of those on the wire, the one whose rules have
    /// been in effect for longest.
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
        Ok(self.counters()?.iter().map(|counter| counter.packets).sum())
    }

    /// What each rule has counted, at each host: so for each direction. Rules that a
    /// [`swap`](Self::swap) has replaced come first.
    ///
    /// # Errors
    ///
    /// As [`try_packets`](Self::try_packets).
    pub fn counters(&self) -> Result<Vec<Counter>, Error> {
        let mut all = self.carried.clone();
        for part in self.live.parts().iter() {
            all.extend(part.counters()?);
        }
        Ok(all)
    }

    /// Waits until the block takes away or refuses one more packet, and returns after how long
    /// it did: the proof that the code under test has tried.
    ///
    /// # Errors
    ///
    /// If it does not within `limit`, or the block's rules are no longer there.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_client_keeps_trying(server: Host, client: Host) -> Result {
    ///     let block = client.block(&server)?;
    ///     let _dial = client.dial((server.ipv4(), 7000))?;
    ///     block.hit_within(Duration::from_secs(1))?;
    ///     block.unblock()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn hit_within(&self, limit: Duration) -> Result<Duration, Error> {
        let before = self.try_packets()?;
        let mut lost = None;
        let hit = eventually(limit, || match self.try_packets() {
            Ok(packets) => packets > before,
            Err(error) => {
                lost = Some(error);
                true
            }
        });
        match lost {
            Some(error) => Err(error),
            None => hit.map_err(|error| {
                // Without a note the claim was refused for another reason than time.
                let Ok(note) = stretched(limit) else { return error };
                let operation = format!("see {self} hit within {limit:?}{note}");
                Error::new(operation, format!("it has counted {before} packets, and no more"))
            }),
        }
    }

    /// When the block came into effect, as it does now: a clock that starts at the event, not at
    /// the call.
    pub fn in_effect_at(&self) -> Instant {
        self.since
    }

    /// The two hosts, the one that blocks first.
    pub fn hosts(&self) -> &[Host; 2] {
        &self.hosts
    }

    /// What the block does.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    fn make(&mut self, operation: &str) -> Result<(), Error> {
        let [host, peer] = &self.hosts;
        let flows = flows(host, peer, &self.policy, operation)?;
        Part::make_all(&mut self.live.parts(), [host, peer], &self.policy, &flows, operation)?;
        self.live.register();
        self.finish(&flows)
    }

    /// What is left to do when the rules are in force.
    pub(super) fn finish(&mut self, flows: &[Flow]) -> Result<(), Error> {
        if let Effect::Sever(told) = self.policy.effect {
            sever(&self.hosts[0], &self.hosts[1], &self.policy, told, flows)?;
        }
        self.since = Instant::now();
        self.live.note_at(self.since, FaultPhase::InEffect);
        Ok(())
    }

    fn lift(&mut self) -> Result<(), Error> {
        let mut parts = self.live.parts();
        if parts.is_empty() {
            return Ok(());
        }
        let carried: u64 = self.carried.iter().map(|counter| counter.packets).sum();
        let result = lift(&mut parts);
        self.live.note(match &result {
            Ok(packets) => FaultPhase::Lifted(packets.map(|packets| packets + carried)),
            Err(error) => FaultPhase::Lost(error.to_string()),
        });
        result.map(drop)
    }
}

/// Takes all parts away, and returns what they had counted, or the first error.
pub(super) fn lift(parts: &mut Vec<Part>) -> Result<Option<u64>, Error> {
    let mut all = Ok(Some(0));
    for mut part in parts.drain(..) {
        all = match (all, part.remove()) {
            (Ok(sum), Ok(packets)) => Ok(sum.zip(packets).map(|(sum, packets)| sum + packets)),
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
    }
    all
}

impl Drop for Block {
    fn drop(&mut self) {
        // Where the network of a failed test is kept, its faults are.
        if sandbox::keeps() && failure::on_its_way() && !self.live.parts().is_empty() {
            self.live.keep();
        }
        // Nobody is there to be told; `unblock` is for those who want to know.
        let _ = self.lift();
    }
}

/// For instance ``block `server` from `client` by reset``.
impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&operation(&self.hosts[0], &self.hosts[1], &self.policy))
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").field("hosts", &self.hosts).field("policy", &self.policy).finish()
    }
}
