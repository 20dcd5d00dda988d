use std::borrow::Borrow;
use std::fmt;
#[cfg(feature = "tokio")]
use std::time::Duration;

use super::block_part::BlockPart;
use super::guard::{counting_guard, guard};
use super::pairs::Pairs;
use super::policy::Policy;
use super::split::Split;
use super::standing::Standing;
use crate::quoted::named;
use crate::{Error, Host, Net};

impl Net {
    /// Cuts groups of hosts off from each other: every packet between hosts of different groups vanishes
    /// on the wire, and traffic within a group is untouched.
    ///
    /// It is [`Host::block`](crate::Host::block) for all pairs, in one step: it returns when all blocks
    /// are in effect and verified, and if one cannot be made, none stays. It ends with
    /// [`Partition::heal`], or when the guard is dropped. Partitions and blocks stack, and can be lifted
    /// in any order: traffic passes when the last one is lifted. [`Split`] has more shapes: a majority, a
    /// bridge, a ring.
    ///
    /// Name each host of the net once. A host that sees all sides, such as a client, is named by
    /// [`Split::bridged_by`]. Routers may be left out: they are the network.
    ///
    /// On a bridge, all pairs come into effect in one nftables transaction. The blocks are instead made
    /// one after the other, within milliseconds, if hosts are joined by veth pairs or routers, if there
    /// are hundreds of pairs, or if the policy holds packets, is a firewall's or is about existing flows.
    ///
    /// # Errors
    ///
    /// If a host is named twice or left out, a group is empty, or there are fewer than two groups; also as
    /// [`Host::block`](crate::Host::block), for instance if nothing joins two hosts. Nothing is cut off
    /// then.
    ///
    /// ```no_run
    /// use netns_test::{Host, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_minority_takes_no_writes(net: Net, a: Host, b: Host, c: Host) -> Result {
    ///     let partition = net.partition([vec![&a, &b], vec![&c]])?;
    ///     // …
    ///     partition.heal()?;
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("split", "isolate", "jepsen"))]
    pub fn partition(&self, split: impl Into<Split>) -> Result<Partition, Error> {
        self.partition_with(split, Policy::drop())
    }

    /// Cuts groups of hosts off from each other as `policy` says.
    ///
    /// For each pair, the block is called on the host of the earlier group, and the other host is its
    /// peer. So [`to_peer`](Policy::to_peer) means what earlier groups send to later ones. A policy for
    /// [existing flows](Policy::existing_flows) covers the pairs that have any.
    ///
    /// # Errors
    ///
    /// As [`partition`](Self::partition) and [`Host::block_with`](crate::Host::block_with); also if the policy names one connection.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// // The minority is told at once: what it sends is reset.
    /// let parted = net.partition_with(Split::isolate(&c, [&a, &b, &c]), Policy::reset())?;
    /// parted.heal()?;
    /// # Ok(()) }
    /// ```
    pub fn partition_with(
        &self,
        split: impl Into<Split>,
        policy: Policy,
    ) -> Result<Partition, Error> {
        let split = split.into();
        let (operation, policy) = worded(&split, policy)?;
        let pairs = Pairs::of(self, &split, &operation)?;
        pairs.check(&policy)?;
        let standing =
            Standing::make(split.place(), operation.clone(), |parts| pairs.make(parts, &policy))?;
        Ok(Partition { standing, split, policy })
    }
}

/// What it will be called, and the policy with the direction that the split has.
///
/// # Errors
///
/// If both say one.
pub(super) fn worded(split: &Split, policy: Policy) -> Result<(String, Policy), Error> {
    let both_ways = policy.scope.direction.is_some() && split.one_way;
    let policy = match split.one_way && !both_ways {
        true => policy.to_peer(),
        false => policy,
    };
    let operation = called(split, &policy);
    match both_ways {
        true => Err(Error::new(operation, "it is one way already: leave out the direction")),
        false => Ok((operation, policy)),
    }
}

/// A partition that is in effect.
///
/// From [`Net::partition`]. [`heal`](Self::heal) lifts it and reports errors. Dropping it lifts it
/// quietly. [`keep`](Self::keep) leaves it in effect until the test ends.
///
/// ```no_run
/// # use netns_test::*;
/// # use std::time::Duration;
/// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
/// let partition = net.partition([vec![&a], vec![&b, &c]])?;
/// assert_eq!(partition.split().pairs().len(), 2);
/// # let _dial = a.dial(b.addr(80))?;
/// partition.wait_for_hit(Duration::from_secs(5))?;    // they do speak to each other
/// println!("{partition}: {} packets", partition.packets());
/// partition.heal()?;
/// # Ok(()) }
/// ```
#[must_use = "dropping the guard heals the partition"]
pub struct Partition {
    standing: Standing<BlockPart>,
    split: Split,
    policy: Policy,
}

impl Partition {
    /// Lifts it, and returns when traffic passes again between all hosts.
    ///
    /// # Errors
    ///
    /// As [`Block::unblock`](crate::Block::unblock). Whatever can be removed is removed.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// # let _listener = a.listen(80)?;
    /// let partition = net.partition(Split::majority([&a, &b, &c]))?;
    /// // ... the majority goes on, and the minority does not
    /// partition.heal()?;
    /// c.connect(a.addr(80))?;                                 // at once
    /// # Ok(()) }
    /// ```
    #[doc(alias("unblock", "lift"))]
    pub fn heal(self) -> Result<(), Error> {
        self.standing.lift()
    }

    /// Heals part of it: these hosts reach each other again, and all other pairs stay cut off.
    ///
    /// This lets a cluster come back together host by host. Packets [held](Policy::hold) between these
    /// hosts arrive. In the timeline the partition ends, and one among the remaining pairs begins.
    /// Counters keep their values, and [`split`](Self::split) says who is still cut off.
    ///
    /// # Errors
    ///
    /// If no two of the hosts are cut off from each other, or if no other pair is (use
    /// [`heal`](Self::heal) then): nothing is changed. Also if a block had already ended, or cannot be
    /// removed. Whatever can be removed is removed, and [`split`](Self::split) still says who is cut off:
    /// a pair whose block could not be removed is.
    ///
    /// ```no_run
    /// use netns_test::{Host, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_third_host_comes_back_last(net: Net, a: Host, b: Host, c: Host) -> Result {
    ///     let mut partition = net.partition([[&a], [&b], [&c]])?;
    ///     partition.heal_among([&a, &b])?;
    ///     // They have a majority.
    ///     partition.heal()?;
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("merge", "rejoin"))]
    pub fn heal_among(
        &mut self,
        hosts: impl IntoIterator<Item: Borrow<Host>>,
    ) -> Result<(), Error> {
        let hosts: Vec<Host> = hosts.into_iter().map(|host| host.borrow().clone()).collect();
        let operation = || format!("heal {self} among {}", named(hosts.iter().map(Host::name)));
        let is_among = |pair: &[Host; 2]| pair.iter().all(|host| hosts.contains(host));
        let rest = self.split.without(is_among);
        if rest.pairs().len() == self.split.pairs().len() {
            return Err(Error::new(operation(), "no two of them are cut off from each other"));
        }
        if rest.pairs().is_empty() {
            let error = Error::new(operation(), "nobody else is cut off");
            return Err(error.with_help("heal all of it: `Partition::heal`"));
        }
        let healed =
            self.standing.parts().release(|part| part.is_among(&hosts), |part| part.leave(&hosts));
        let rest = match &healed {
            Ok(()) => rest,
            Err(_) => self.split.without(|pair| is_among(pair) && !self.is_between(pair)),
        };
        if rest.pairs().len() == self.split.pairs().len() {
            return healed;
        }
        self.split = rest;
        let goes_on = self.standing.go_on_as(called(&self.split, &self.policy), self.split.place());
        healed.and(goes_on)
    }

    /// Whether any of its parts is between two hosts.
    fn is_between(&self, pair: &[Host; 2]) -> bool {
        self.standing.parts().all.iter().any(|part| part.is_among(pair).is_some())
    }

    /// Lifts it, and loses the packets that it holds ([`Policy::hold`]), as
    /// [`Block::discard`](crate::Block::discard) does.
    ///
    /// # Errors
    ///
    /// As [`heal`](Self::heal).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// // A partition of which nothing arrives afterwards, not even what was under way.
    /// let stall = net.partition_with(Split::halves([&a, &b, &c]), Policy::hold())?;
    /// stall.discard()?;
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
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// # async fn t(partition: Partition) -> Result {
    /// partition.wait_for_hit_async(Duration::from_secs(2)).await?;
    /// # Ok(()) }
    /// # drop(t(net.partition([vec![a], vec![b, c]])?));
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tokio")]
    pub async fn wait_for_hit_async(&self, limit: Duration) -> Result<Duration, Error> {
        self.standing.wait_for_hit_async(limit).await
    }

    /// Who is cut off from whom.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
    /// let partition = net.partition(Split::random([&a, &b, &c], 0)?)?;
    /// println!("cut off from each other: {}", partition.split());
    /// # Ok(()) }
    /// ```
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// The policy in effect.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

guard! {
    Partition,
    /// Lets traffic pass while `work` runs. The partition is in effect again, and has kept its counters,
    /// before this returns what `work` returned.
    suspend,
    /// Where it is: between its groups, or between pairs of hosts in a [ring](Split::ring).
    place
}

counting_guard!(Partition);

/// What it is called in the record.
fn called(split: &Split, policy: &Policy) -> String {
    match *policy == Policy::default() {
        true => format!("partition {split}"),
        false => format!("partition {split} by {policy}"),
    }
}

impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partition")
            .field("split", &self.split)
            .field("policy", &self.policy)
            .finish()
    }
}

#[cfg(test)]
mod tests;
