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
use crate::{Error, Host, Net};

impl Net {
    /// Cuts groups of hosts off from each other: every packet between hosts of different groups
    /// vanishes on the wire, and within a group nothing is wrong.
    ///
    /// It is [`Host::block`](crate::Host::block) for all pairs, made as one step: it returns when all are in effect, each of
    /// them verified, and if one cannot be made, none stays. It ends with [`Partition::heal`], or when the
    /// guard is dropped. Partitions and blocks stack, and are lifted in any order: traffic passes when the
    /// last of them is. [`Split`] has more shapes: a majority, a bridge, a ring.
    ///
    /// Each host of the net is named once. One that is to see all sides, as a client may be, is named by
    /// [`Split::bridged_by`]; routers may be left out, for they are the network.
    ///
    /// On a bridge it comes into effect for all pairs in one transaction of nftables. Where hosts are joined
    /// by veth pairs or routers, there are hundreds of pairs, or the policy holds packets, is a firewall's or
    /// about existing flows, it does so one after the other, within milliseconds.
    ///
    /// # Errors
    ///
    /// If a host is named twice or left out, a group is empty, or there are fewer than two; also as
    /// [`Host::block`](crate::Host::block), for instance where nothing joins two hosts. Nothing is cut off then.
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
    /// Of two hosts, the one of the earlier group is the host on which the block is called, and the other
    /// one its peer: [`to_peer`](Policy::to_peer) is what earlier groups send to later ones. A policy for
    /// [existing flows](Policy::existing_flows) is about the pairs that have any.
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
/// From [`Net::partition`]. [`heal`](Self::heal) lifts it and reports what went wrong, dropping it lifts
/// it quietly, [`keep`](Self::keep) leaves it in effect until the test ends.
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
    /// Lifts it, and returns when traffic passes again between all.
    ///
    /// # Errors
    ///
    /// As [`Block::unblock`](crate::Block::unblock). Whatever can be taken away is.
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

    /// Heals a part of it: these hosts reach each other again, and whoever else is cut off stays so.
    ///
    /// So a cluster comes back together host by host. What was [held](Policy::hold) between them arrives.
    /// In the timeline the partition ends, and one between those that are left begins; what it has counted
    /// stays counted, and [`split`](Self::split) says who is still cut off.
    ///
    /// # Errors
    ///
    /// If no two of the hosts are cut off from each other, or nobody else is: then
    /// [`heal`](Self::heal) it. Nothing is changed then. Also if a block ended before, or cannot be taken
    /// away; those that can be are.
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
        let operation = || {
            let names: Vec<_> = hosts.iter().map(|host| format!("`{}`", host.name())).collect();
            format!("heal {self} among {}", names.join(", "))
        };
        let rest = self.split.without_pairs_among(&hosts);
        if rest.pairs().len() == self.split.pairs().len() {
            return Err(Error::new(operation(), "no two of them are cut off from each other"));
        }
        if rest.pairs().is_empty() {
            let error = Error::new(operation(), "nobody else is cut off");
            return Err(error.with_help("heal all of it: `Partition::heal`"));
        }
        let healed =
            self.standing.parts().release(|part| part.is_among(&hosts), |part| part.leave(&hosts));
        self.split = rest;
        let goes_on = self.standing.go_on_as(called(&self.split, &self.policy), self.split.place());
        healed.and(goes_on)
    }

    /// Lifts it, and loses what it has held ([`Policy::hold`]), as [`Block::discard`](crate::Block::discard)
    /// does.
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

    /// What it does.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

guard! {
    Partition,
    /// Lets traffic pass while `work` runs, and returns what it returned once the partition is in effect again.
    /// What it has counted stays.
    suspend,
    /// Where it is: between its groups, or pairs of hosts in a [ring](Split::ring).
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
