//! What the guards of all kinds of faults share; [`Standing`](super::standing::Standing) does the work.

/// Gives a guard what every guard has. The caller documents what suspending means for it, and where it is.
macro_rules! guard {
    ($name:ident, $(#[$suspended:meta])* suspend, $(#[$placed:meta])* place) => {
        impl $name {
            /// Leaves it in effect until the test ends. Its counters can still be read.
            pub fn keep(self) -> crate::Kept {
                self.standing.keep()
            }

            $(#[$suspended])*
            ///
            /// # Errors
            ///
            /// If it cannot be suspended, and then `work` does not run; or if it cannot be put in effect
            /// again.
            ///
            /// # Panics
            ///
            /// If `work` does; it is put in effect again first.
            pub fn suspend<T>(&mut self, work: impl FnOnce() -> T) -> Result<T, crate::Error> {
                self.standing.suspend(work)
            }

            /// [`suspend`](Self::suspend) for async work.
            ///
            /// If the future is dropped before the work is done, the fault is in effect again before that
            /// returns.
            ///
            /// # Errors
            ///
            /// As [`suspend`](Self::suspend).
            ///
            /// # Panics
            ///
            /// As [`suspend`](Self::suspend).
            #[cfg(feature = "tokio")]
            pub async fn suspend_async<T>(
                &mut self,
                work: impl AsyncFnOnce() -> T,
            ) -> Result<T, crate::Error> {
                self.standing.suspend_async(work).await
            }

            /// When it came into effect in its present form: for a clock that starts at the event and not
            /// at the call.
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

/// Gives a guard that drops packets what it has counted.
macro_rules! counting_guard {
    ($name:ident) => {
        impl $name {
            /// How many packets it has dropped or refused so far.
            ///
            /// Assert that it is not zero to prove that the fault mattered. If blocks stack, a packet is
            /// counted by the first one that acts on it: on the wire, that is the oldest.
            ///
            /// # Panics
            ///
            /// If its rules are gone; [`try_packets`](Self::try_packets) returns that as an error.
            #[track_caller]
            pub fn packets(&self) -> u64 {
                match self.try_packets() {
                    Ok(packets) => packets,
                    Err(error) => panic!("{error}"),
                }
            }

            /// How many packets it has dropped or refused so far.
            ///
            /// # Errors
            ///
            /// If it has already ended; lifting it reports the same
            /// ([`Error::is_lost_fault`](crate::Error::is_lost_fault)).
            pub fn try_packets(&self) -> Result<u64, crate::Error> {
                self.standing.try_packets()
            }

            /// What each rule has counted, by host and so by direction. Rules that have been replaced come
            /// first.
            ///
            /// # Errors
            ///
            /// As [`try_packets`](Self::try_packets).
            pub fn counters(&self) -> Result<Vec<crate::Counter>, crate::Error> {
                self.standing.counters()
            }

            /// Waits until it has dropped or refused a packet, and returns how long that took: proof that
            /// the code under test has tried.
            ///
            /// Packets since it came into effect in its present form count, even those before the call. To
            /// wait for more, compare [`packets`](Self::packets) in an [`eventually`](crate::eventually).
            ///
            /// # Errors
            ///
            /// If there is none within `limit` ([`Error::is_timed_out`](crate::Error::is_timed_out)), or
            /// its rules are gone ([`Error::is_lost_fault`](crate::Error::is_lost_fault)).
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
