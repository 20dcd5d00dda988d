use std::fmt;
#[cfg(feature = "tokio")]
use std::time::Duration;

use super::between::Between;
use super::block_part::BlockPart;
use super::effect::Effect;
use super::guard::{counting_guard, guard};
use super::policy::Policy;
use super::recipe::Flow;
use super::sever::{flows, sever};
use super::standing::Standing;
use crate::net::common_links;
use crate::record::Place;
use crate::{Error, Host};

impl Host {
    /// Cuts this host off from another one: every packet between them vanishes on the wire.
    ///
    /// Returns when the block is in effect, for new and established traffic alike; [`Policy::drop`] says
    /// exactly what it does. It ends with [`Block::unblock`], or when the guard is dropped. Blocks stack:
    /// traffic passes when the last of them is lifted.
    ///
    /// "In effect" means that the kernel holds the rules and that they have dropped a probe. The probe is
    /// a frame of an ethertype for experiments (0x88b5): no host ever receives it, and neither IP nor the
    /// block counts it. If it cannot be sent, for instance because the link is down, the kernel's tables
    /// decide. [`Policy::firewall`] has a probe of its own.
    ///
    /// # Hosts that share no link
    ///
    /// If two hosts are joined by routers, the block is at both ends of the path. At each end it drops
    /// packets that one of the two exchanges with a router by its own link and that bear an address of the
    /// other. So each host is recognised by its place at one end, whatever addresses it has, and by its
    /// addresses at the other. The block follows addresses that the test adds or removes meanwhile
    /// ([`Host::add_addr`], [`Net::move_addr`](crate::Net::move_addr)). Of addresses that programs add, it
    /// misses only packets between two such addresses, one of each host. It does not touch what routers
    /// forward for others, nor what they send themselves, such as ICMP errors.
    ///
    /// The same holds for hosts that share a link and are also joined by routers: both paths are cut.
    ///
    /// Whether there is a path is looked up in the kernel's routes (`ip route get`), from each host to
    /// each address of the other, through the hosts of the net that forward. The block is at all routers
    /// next to the two hosts, even those that no path uses yet. It does not cover links and routers that
    /// are added later.
    ///
    /// A router is a host too, and its position decides what blocking it means. Between a host and a
    /// router *on one link*, the block is everything that crosses this link between the two, including
    /// what the router forwards for others: the host loses everything behind it. Between a host and a
    /// router *further away*, it is what that router itself sends and receives.
    ///
    /// Routers in between may translate addresses, by [`Host::set_nat`] or by rules of their programs,
    /// which are looked for when the block is made. The inside host is then recognised by its place, and
    /// the outside one by its addresses. If one router translates the source of a packet and another its
    /// destination, neither host can be recognised at the other's end, and the block is refused.
    ///
    /// # Errors
    ///
    /// If both are the same host, they share no link and no route leads from one to the other, routers
    /// between them translate so that the two cannot be told from others, the interface of one is gone, or
    /// the kernel refuses. Nothing is blocked then.
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
    #[doc(alias("partition", "isolate", "disconnect", "toxiproxy"))]
    pub fn block(&self, peer: &Host) -> Result<Block, Error> {
        self.block_with(peer, Policy::drop())
    }

    /// Blocks traffic with another host as `policy` says.
    ///
    /// # Errors
    ///
    /// As [`block`](Self::block); also if the policy contradicts itself, names connections that do not
    /// exist, or asks for something that this system does not have.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // A firewall that has forgotten what it had allowed: new connections pass.
    /// let listener = server.listen(80)?;
    /// let old = client.connect(listener.addr())?;
    /// let stateless = Policy::drop().existing_flows();
    /// let block = server.block_with(&client, stateless)?;
    /// client.connect(listener.addr())?;
    /// block.unblock()?;
    /// # drop(old);
    /// # Ok(()) }
    /// ```
    #[doc(alias("reject", "partition"))]
    pub fn block_with(&self, peer: &Host, policy: Policy) -> Result<Block, Error> {
        let operation = operation(self, peer, &policy);
        check(self, peer, &policy, &operation)?;
        let place = Place::Between([self.clone(), peer.clone()]);
        let standing = Standing::make(place, operation.clone(), |parts| {
            make(parts, [self, peer], &policy, &operation)
        })?;
        Ok(Block { standing, hosts: [self.clone(), peer.clone()], policy })
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
    let refuse = |cause: String| Err(Error::new(operation, cause));
    if host == peer {
        return refuse("a host cannot be blocked from itself".to_owned());
    }
    match policy.effect {
        // It is a wire's doing, which is on a link.
        Effect::Hold => check_joined(host, peer, operation)?,
        _ => check_linked(host, peer, operation)?,
    }
    match policy.contradiction() {
        Some(contradiction) => refuse(contradiction),
        None => Ok(()),
    }
}

/// Checks that there is a link between two hosts.
pub(super) fn check_joined(host: &Host, peer: &Host, operation: &str) -> Result<(), Error> {
    check_linked(host, peer, operation)?;
    if common_links(host, peer).is_empty() {
        let refused = Error::new(operation, "no link joins them: nothing passes between them");
        return Err(refused.with_help("join them by `Net::link`"));
    }
    Ok(())
}

/// Checks that two hosts are linked to anybody, in one net.
fn check_linked(host: &Host, peer: &Host, operation: &str) -> Result<(), Error> {
    let refuse = |cause: String| Err(Error::new(operation, cause));
    if host.net() != peer.net() {
        return refuse("they belong to different nets, and nothing passes between nets".to_owned());
    }
    if let Some(alone) = [host, peer].into_iter().find(|host| host.interfaces().is_empty()) {
        return refuse(format!("`{}` has no address: it is not linked yet", alone.name()));
    }
    Ok(())
}

/// Puts the rules in force, and does what is left to do then.
fn make(
    parts: &mut Vec<BlockPart>,
    [host, peer]: [&Host; 2],
    policy: &Policy,
    operation: &str,
) -> Result<(), Error> {
    let between = Between::find([host, peer], operation)?;
    between.check(policy, operation)?;
    let flows = flows(host, peer, policy, operation)?;
    BlockPart::make_all(parts, &between, policy, &flows, operation)?;
    finish([host, peer], policy, &flows)
}

/// What is left to do when the rules are in force.
pub(super) fn finish(
    [host, peer]: [&Host; 2],
    policy: &Policy,
    flows: &[Flow],
) -> Result<(), Error> {
    match policy.effect {
        Effect::Sever(told) => sever(host, peer, policy, told, flows),
        _ => Ok(()),
    }
}

/// A block that is in effect.
///
/// [`unblock`](Self::unblock) lifts it and reports errors. Dropping it lifts it quietly.
/// [`keep`](Self::keep) leaves it in effect until the test ends.
///
/// ```no_run
/// # use netns_test::*;
/// # use std::time::Duration;
/// # fn t(server: Host, client: Host) -> Result {
/// let block = client.block(&server)?;
/// # let _dial = client.dial(server.addr(80))?;
/// block.wait_for_hit(Duration::from_secs(5))?;        // the code under test has tried
/// println!("{block} since {:?}", block.in_effect_at().elapsed());
/// for counter in block.counters()? {
///     println!("{}: {} packets: {}", counter.host, counter.packets, counter.rule);
/// }
/// block.unblock()?;
/// # Ok(()) }
/// ```
#[must_use = "dropping the guard lifts the block"]
#[doc(alias("partition", "outage"))]
pub struct Block {
    pub(super) standing: Standing<BlockPart>,
    /// The one that blocks first.
    pub(super) hosts: [Host; 2],
    pub(super) policy: Policy,
}

impl Block {
    /// Lifts the block, and returns when traffic passes again.
    ///
    /// Connections may take longer to recover: a silent one continues at its next retransmission, which
    /// may be as far away as the block was long.
    ///
    /// # Errors
    ///
    /// If the block had already ended ([`Error::is_lost_fault`]): the rules of a host were flushed, or its
    /// interface was deleted, moved away or renamed ([`Policy::drop`] says where that ends a block). Also
    /// if the kernel refuses. Whatever can be removed is removed.
    ///
    /// A block cannot be lifted twice: this consumes it.
    ///
    /// ```compile_fail,E0382
    /// fn twice(block: netns_test::Block) -> Result<(), netns_test::Error> {
    ///     block.unblock()?;
    ///     block.unblock()
    /// }
    /// ```
    #[doc(alias("heal", "lift"))]
    pub fn unblock(self) -> Result<(), Error> {
        self.standing.lift()
    }

    /// Lifts the block, and loses the packets that [`Policy::hold`] has kept waiting. Under any other
    /// policy nothing waits, and this is [`unblock`](Self::unblock).
    ///
    /// # Errors
    ///
    /// As [`unblock`](Self::unblock).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let inbox = server.bind_udp(7000)?;
    /// let outbox = client.bind_udp(0)?;
    /// let stall = client.block_with(&server, Policy::hold())?;
    /// outbox.send_to(b"lost", inbox.addr())?;
    /// stall.discard()?;
    /// outbox.send_to(b"found", inbox.addr())?;
    /// assert_eq!(inbox.recv_from()?.0, b"found");
    /// # Ok(()) }
    /// ```
    pub fn discard(self) -> Result<(), Error> {
        self.standing.parts().all.iter_mut().for_each(BlockPart::discards);
        self.standing.lift()
    }

    /// Waits as [`wait_for_hit`](Self::wait_for_hit) does, in async tests.
    ///
    /// # Errors
    ///
    /// As [`wait_for_hit`](Self::wait_for_hit).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let block = client.block(&server)?;
    /// let _dial = client.dial_async(server.addr(80)).await?;
    /// block.wait_for_hit_async(Duration::from_secs(2)).await?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tokio")]
    pub async fn wait_for_hit_async(&self, limit: Duration) -> Result<Duration, Error> {
        self.standing.wait_for_hit_async(limit).await
    }

    /// The host on which the block was called, then its peer.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let block = client.block(&server)?;
    /// assert_eq!(block.hosts(), [client, server]);
    /// # Ok(()) }
    /// ```
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The policy in effect.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let mut block = client.block(&server)?;
    /// block.swap(Policy::reset().tcp())?;
    /// assert_eq!(block.policy().to_string(), "reset (tcp)");
    /// # Ok(()) }
    /// ```
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

guard! {
    Block,
    /// Lets traffic pass while `work` runs. The block is in effect again, and has kept its counters,
    /// before this returns what `work` returned.
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
    suspend,
    /// Where it is: between its two hosts.
    place
}

counting_guard!(Block);

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").field("hosts", &self.hosts).field("policy", &self.policy).finish()
    }
}
