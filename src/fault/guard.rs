//! What the guards of all kinds of faults have in the same words: what they do is
//! [`Standing`](super::standing::Standing)'s to do.

/// Gives a guard what every guard has. Its documentation says what being suspended means for it, and
/// where it is.
macro_rules! guard {
    ($name:ident, $(#[$suspended:meta])* suspend, $(#[$placed:meta])* place) => {
        impl $name {
            /// Leaves it in effect until the test ends. What it counts can still be read.
            pub fn keep(self) -> crate::Kept {
                self.standing.keep()
            }

            $(#[$suspended])*
            ///
            /// # Errors
            ///
            /// If it cannot be suspended, in which case `work` does not run, or cannot be put in effect
            /// again.
            ///
            /// # Panics
            ///
            /// If `work` does; it is in effect again before.
            pub fn suspend<T>(&mut self, work: impl FnOnce() -> T) -> Result<T, crate::Error> {
                self.standing.suspend(work)
            }

            /// When it came into effect, as it is now: for a clock that starts at the event and not at
            /// the call.
            pub fn in_effect_at(&self) -> std::time::Instant {
                self.standing.in_effect_at()
            }

            $(#[$placed])*
            pub fn place(&self) -> &crate::record::Place<crate::Host> {
                self.standing.place()
            }

            /// What it has in common with every kind of fault.
            pub(crate) fn into_standing(
                self,
            ) -> super::standing::Standing<impl super::part::Part> {
                self.standing
            }
        }

        /// What it is, as in the timeline.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.standing.fmt(f)
            }
        }
    };
}

/// Gives a guard that takes packets away what it has counted.
macro_rules! counting_guard {
    ($name:ident) => {
        impl $name {
            /// How many packets it has taken away or refused so far.
            ///
            /// Assert that it is not zero to prove that the fault mattered. Where blocks stack, a packet is
            /// counted by the one that acts on it first: on the wire, that is the oldest.
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

            /// How many packets it has taken away or refused so far.
            ///
            /// # Errors
            ///
            /// If it has ended before, as lifting it tells
            /// ([`Error::is_lost_fault`](crate::Error::is_lost_fault)).
            pub fn try_packets(&self) -> Result<u64, crate::Error> {
                self.standing.try_packets()
            }

            /// What each rule has counted, host by host, and so for each direction. Rules that others
            /// have replaced come first.
            ///
            /// # Errors
            ///
            /// As [`try_packets`](Self::try_packets).
            pub fn counters(&self) -> Result<Vec<crate::Counter>, crate::Error> {
                self.standing.counters()
            }

            /// Waits until it has taken away or refused a packet, and returns how long that took: the
            /// proof that the code under test has tried.
            ///
            /// What it has taken since it came into effect as it is now counts, before the call as well.
            /// To wait for more, compare [`packets`](Self::packets) in an
            /// [`eventually`](crate::eventually).
            ///
            /// # Errors
            ///
            /// If it has taken none within `limit` ([`Error::is_timed_out`](crate::Error::is_timed_out)),
            /// or its rules are no longer there ([`Error::is_lost_fault`](crate::Error::is_lost_fault)).
            ///
            /// ```no_run
            /// use std::time::Duration;
            /// use netns_test::{Host, Result, netns_test};
            ///
            /// #[netns_test]
            /// fn the_client_keeps_trying(server: Host, client: Host) -> Result {
            ///     let block = client.block(&server)?;
            ///     let _dial = client.dial((server.ipv4(), 7000))?;
            ///     block.wait_for_hit(Duration::from_secs(1))?;
            ///     block.unblock()?;
            ///     Ok(())
            /// }
            /// ```
            pub fn wait_for_hit(
                &self,
                limit: std::time::Duration,
            ) -> Result<std::time::Duration, crate::Error> {
                self.standing.wait_for_hit(limit)
            }
        }
    };
}

pub(super) use {counting_guard, guard};
