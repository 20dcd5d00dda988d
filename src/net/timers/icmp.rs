use std::ops::RangeInclusive;
use std::time::Duration;

use super::Timers;
use super::sysctl;

/// Sources: the kernel's Documentation/networking/ip-sysctl.rst, net/ipv4/icmp.c, net/ipv6/icmp.c,
/// and icmp(7).
impl Timers {
    /// No limit on the rate of ICMP errors, in IPv4 or IPv6. A host has this from its first
    /// [`Policy::firewall`](crate::Policy::firewall) that rejects, unless the test has set anything
    /// about ICMP before.
    ///
    /// By default the kernel sends a peer a burst of six ICMP errors and then one a second; all peers of
    /// the host together get 50 at a time. So a firewall that REJECTs refuses the first dials and swallows
    /// the next: of 20 dials, 11 hung. That is not a property of the firewall under test, and a test would
    /// fail because of the number of its dials.
    ///
    /// This clears the masks [`icmp_ratemask`](Self::icmp_ratemask) and
    /// [`icmpv6_ratemask`](Self::icmpv6_ratemask): a type that is not in them has no
    /// limit at all. Raising the limits would not be enough, because before Linux 6.12 the limit for
    /// the whole host is one for the whole *machine*. To test the limits themselves, set the masks
    /// to the kernel's defaults:
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, Timers, netns_test};
    ///
    /// #[netns_test]
    /// fn the_client_copes_with_answers_that_are_held_back(server: Host, client: Host) -> Result {
    ///     let as_the_kernel = Timers::new().icmp_ratemask(6168).icmpv6_ratemask([0..=1, 3..=127]);
    ///     server.set_timers(&as_the_kernel)?;
    ///     // …
    ///     Ok(())
    /// }
    /// ```
    pub fn without_icmp_limits() -> Self {
        Self::new().icmp_ratemask(0).icmpv6_ratemask([])
    }

    /// The time between two ICMP errors to one peer, in milliseconds, after a burst of six; by
    /// default 1 s, and 0 is no limit.
    ///
    /// It applies to the types in [`icmp_ratemask`](Self::icmp_ratemask), which may be none. The
    /// kernel rounds it up to its own clock tick, often 4 ms: a value that is not a multiple is an error.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // One "port unreachable" in a second, as a strict server gives.
    /// server.set_timers(&Timers::new().icmp_ratelimit(Duration::from_secs(1)))?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn icmp_ratelimit(self, time: Duration) -> Self {
        self.time(&sysctl::ICMP_RATELIMIT, time)
    }

    /// The ICMP types that are limited, as a bit mask with type 0 lowest; 0 to 0x7ffff.
    ///
    /// By default 6168: destination unreachable (3), source quench (4), time exceeded
    /// (11), parameter problem (12).
    pub fn icmp_ratemask(self, types: u32) -> Self {
        self.number(&sysctl::ICMP_RATEMASK, types)
    }

    /// How many ICMP and ICMPv6 errors a second a host sends to all its peers, after a burst of
    /// [`icmp_msgs_burst`](Self::icmp_msgs_burst); by default 1000. Each host has its own since Linux 6.12;
    /// before that it belongs to the machine, and a host does not have it.
    ///
    /// It applies to the types in the masks, which may be none.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // A machine that is scanned: after ten errors in a second the others are told nothing.
    /// server.set_timers(&Timers::new().icmp_msgs_per_sec(10).icmp_msgs_burst(10))?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn icmp_msgs_per_sec(self, messages: u32) -> Self {
        self.number(&sysctl::ICMP_MSGS_PER_SEC, messages)
    }

    /// How many ICMP and ICMPv6 errors may be sent at once; by default 50. Since Linux 6.12, like
    /// [`icmp_msgs_per_sec`](Self::icmp_msgs_per_sec).
    pub fn icmp_msgs_burst(self, messages: u32) -> Self {
        self.number(&sysctl::ICMP_MSGS_BURST, messages)
    }

    /// The time between two ICMPv6 errors to one peer, in milliseconds, after a burst of six; by
    /// default 1 s, in newer kernels 100 ms, and 0 is no limit. The sysctl is `net.ipv6.icmp.ratelimit`.
    ///
    /// It applies to the types in [`icmpv6_ratemask`](Self::icmpv6_ratemask), which on a host are none.
    /// It is rounded like [`icmp_ratelimit`](Self::icmp_ratelimit).
    #[doc(alias = "net.ipv6.icmp.ratelimit")]
    pub fn icmpv6_ratelimit(self, time: Duration) -> Self {
        self.time(&sysctl::ICMPV6_RATELIMIT, time)
    }

    /// The ICMPv6 types that are limited. The sysctl is `net.ipv6.icmp.ratemask`, since Linux 5.2.
    ///
    /// On a host none. By default `[0..=1, 3..=127]`: the errors except packet too big.
    #[doc(alias = "net.ipv6.icmp.ratemask")]
    pub fn icmpv6_ratemask(self, types: impl IntoIterator<Item = RangeInclusive<u8>>) -> Self {
        self.types(list(types))
    }
}

/// The set as the kernel prints it: ascending, neighbours joined.
fn list(ranges: impl IntoIterator<Item = RangeInclusive<u8>>) -> String {
    let mut set = [false; 256];
    for number in ranges.into_iter().flatten() {
        set[usize::from(number)] = true;
    }
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(first) = (at..set.len()).find(|number| set[*number]) {
        let last = (first..set.len()).take_while(|number| set[*number]).last().unwrap_or(first);
        parts.push(if first == last { first.to_string() } else { format!("{first}-{last}") });
        at = last + 1;
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_types_is_written_as_the_kernel_prints_it() {
        assert_eq!(list([]), "");
        assert_eq!(list([0..=1, 3..=127]), "0-1,3-127");
        assert_eq!(list([3..=9, 255..=255, 0..=0, 4..=12, 1..=1, 200..=200]), "0-1,3-12,200,255");
        assert_eq!(list([0..=255]), "0-255");
    }
}
