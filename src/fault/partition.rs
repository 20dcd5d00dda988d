use std::fmt;
use std::time::{Duration, Instant};

use super::block_part::BlockPart;
use super::counter::Counter;
use super::kept::Kept;
use super::pairs::Pairs;
use super::part::Part;
use super::policy::Policy;
use super::split::Split;
use super::standing::Standing;
use crate::record::Place;
use crate::{Error, Host, Net};

impl Net {
    /// Cuts groups of hosts off from each other: every packet between hosts of different groups
    /// vanishes on the wire, and within a group nothing is wrong.
    ///
    /// It is [`Host::block`] for all pairs, made as one step: it returns when all are in effect, each of
    /// them verified, and if one cannot be made, none stays. It ends with [`Partition::heal`], or when the
    /// guard is dropped. Partitions and blocks stack, and are lifted in any order: traffic passes when the
    /// last of them is. [`Split`] has more shapes: a majority, a bridge, a ring.
    ///
    /// Each host of the net is named once. One that is to see all sides, as a client may be, is named by
    /// [`Split::bridged_by`]; routers may be left out, for they are the network.
    ///
    /// On a bridge it comes into effect between one packet and the next, for all pairs at once; where
    /// hosts are joined by veth pairs or routers, or there are hundreds of pairs, it does so one after
    /// the other, within milliseconds.
    ///
    /// # Errors
    ///
    /// If a host is named twice or left out, a group is empty, or there are fewer than two; also as
    /// [`Host::block`], for instance where nothing joins two hosts. Nothing is cut off then.
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
    /// As [`partition`](Self::partition) and [`Host::block_with`]; also if the policy names one connection.
    pub fn partition_with(
        &self,
        split: impl Into<Split>,
        policy: Policy,
    ) -> Result<Partition, Error> {
        let split = split.into();
        let both_ways = policy.scope.direction.is_some() && split.one_way;
        let policy = match split.one_way && !both_ways {
            true => policy.to_peer(),
            false => policy,
        };
        let operation = match policy == Policy::default() {
            true => format!("partition {split}"),
            false => format!("partition {split} by {policy}"),
        };
        if both_ways {
            return Err(Error::new(operation, "it is one way already: leave out the direction"));
        }
        let pairs = Pairs::of(self, &split, &operation)?;
        pairs.check(&policy)?;
        let standing =
            Standing::make(split.place(), operation.clone(), |parts| pairs.make(parts, &policy))?;
        Ok(Partition { standing, split, policy })
    }
}

/// A partition that is in effect.
///
/// From [`Net::partition`]. [`heal`](Self::heal) lifts it and reports what went wrong, dropping it lifts
/// it quietly, [`keep`](Self::keep) leaves it in effect until the test ends.
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
    #[doc(alias("unblock", "lift"))]
    pub fn heal(self) -> Result<(), Error> {
        self.standing.lift()
    }

    /// Lifts it, and loses what it has held ([`Policy::hold`]), as [`Block::discard`](crate::Block::discard)
    /// does.
    ///
    /// # Errors
    ///
    /// As [`heal`](Self::heal).
    pub fn discard(self) -> Result<(), Error> {
        self.standing.parts().all.iter_mut().for_each(BlockPart::discards);
        self.standing.lift()
    }

    /// Leaves it in effect until the test ends. Its counters can still be read.
    pub fn keep(self) -> Kept {
        self.standing.keep()
    }

    /// Lets traffic pass while `work` runs, and returns what it returned once the partition is in effect
    /// again.
    ///
    /// # Errors
    ///
    /// If it cannot be suspended, in which case `work` does not run, or cannot be resumed.
    ///
    /// # Panics
    ///
    /// If `work` does; the partition is in effect again before.
    pub fn suspend<T>(&mut self, work: impl FnOnce() -> T) -> Result<T, Error> {
        self.standing.suspend(work)
    }

    /// How many packets it has taken away or refused so far, between all.
    ///
    /// # Panics
    ///
    /// If its rules are no longer there; [`try_packets`](Self::try_packets) returns that.
    #[track_caller]
    pub fn packets(&self) -> u64 {
        match self.try_packets() {
            Ok(packets) => packets,
            Err(error) => panic!("{error}"),
        }
    }

    /// How many packets it has taken away or refused so far, between all.
    ///
    /// # Errors
    ///
    /// If it has ended before: as [`heal`](Self::heal).
    pub fn try_packets(&self) -> Result<u64, Error> {
        self.standing.try_packets()
    }

    /// What each rule has counted, at each host.
    ///
    /// # Errors
    ///
    /// As [`try_packets`](Self::try_packets).
    pub fn counters(&self) -> Result<Vec<Counter>, Error> {
        self.standing.counters()
    }

    /// Waits until it has taken away or refused a packet, as
    /// [`Block::wait_for_hit`](crate::Block::wait_for_hit) does.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn wait_for_hit(&self, limit: Duration) -> Result<Duration, Error> {
        self.standing.wait_for_hit(limit)
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
    #[cfg(feature = "tokio")]
    pub async fn wait_for_hit_async(&self, limit: Duration) -> Result<Duration, Error> {
        self.standing.wait_for_hit_async(limit).await
    }

    /// When it was in effect for all, for a clock that starts at the event and not at the call.
    pub fn in_effect_at(&self) -> Instant {
        self.standing.in_effect_at()
    }

    /// Where it is: between its groups, or pairs of hosts in a [ring](Split::ring).
    pub fn place(&self) -> &Place<Host> {
        self.standing.place()
    }

    /// Who is cut off from whom.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// What it does.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What it has in common with every kind of fault.
    pub(crate) fn into_standing(self) -> Standing<impl Part> {
        self.standing
    }
}

/// For instance ``partition `a`, `b` from `c` ``.
impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.standing.fmt(f)
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
