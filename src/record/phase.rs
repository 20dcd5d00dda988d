//! What becomes of faults, claims, processes and addresses.

use std::time::Duration;

/// What has become of a fault.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, server: Host, client: Host) -> Result {
/// use netns_test::timeline::{Event, FaultPhase};
///
/// let lost = net.timeline().faults().filter(|entry| {
///     matches!(&entry.event, Event::Fault { phase: FaultPhase::Lost(_), .. })
/// });
/// assert!(lost.is_empty(), "a block was flushed by somebody: {lost}");
/// # let _ = (server, client);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultPhase {
    /// It was asked for.
    Asked,
    /// It could not be made.
    Refused(String),
    /// It is in effect, and this was verified.
    InEffect,
    /// It is suspended.
    Suspended,
    /// It was swapped for this, without a gap.
    Swapped(String),
    /// It was lifted. The number of packets that it had counted, if it was known without asking.
    Lifted(Option<u64>),
    /// Lifting it failed: for instance, something had flushed its rules.
    Lost(String),
    /// It stays in effect until the test ends.
    Kept,
}

/// What has become of an address of a host.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, server: Host, client: Host) -> Result {
/// use netns_test::timeline::{AddressPhase, Event};
///
/// let moved = net.timeline().filter(|entry| {
///     matches!(entry.event, Event::Address { phase: AddressPhase::Announced, .. })
/// });
/// println!("{moved}");
/// # let _ = (server, client);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressPhase {
    /// The host was given it.
    Added,
    /// It was removed from the host.
    Removed,
    /// The host announced to all on its link that it has the address.
    Announced,
}

/// What has become of a claim.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, server: Host, client: Host) -> Result {
/// use netns_test::timeline::{ClaimPhase, Event};
///
/// // The longest that anything took which was claimed.
/// let took = net.timeline().claims().iter().filter_map(|entry| match entry.event {
///     Event::Claim { phase: ClaimPhase::Met(time), .. } => Some(time),
///     _ => None,
/// }).max();
/// println!("{took:?}");
/// # let _ = (server, client);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimPhase {
    /// It began. It must be met between these times, from the beginning of the test.
    Begun {
        /// Not before.
        earliest: Option<Duration>,
        /// Not after.
        latest: Duration,
        /// The line of the test, as `file:line:column`.
        place: String,
    },
    /// It was met, after this time on its own clock.
    Met(Duration),
    /// It was not met, with what was seen.
    Failed(String),
}

/// What has become of a process.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, server: Host, client: Host) -> Result {
/// use netns_test::timeline::{Event, ProcessPhase};
///
/// let crashes = net.timeline().processes().filter(|entry| {
///     matches!(&entry.event, Event::Process { phase: ProcessPhase::Ended(status), .. } if status.contains("signal"))
/// });
/// println!("{crashes}");
/// # let _ = (server, client);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProcessPhase {
    /// It was started.
    Started,
    /// It could not be started.
    Refused(String),
    /// The test sent it a signal; the text says which, and to whom.
    Signalled(String),
    /// It ended; the text is its status.
    Ended(String),
    /// It ended, and left processes running that it had started.
    LeftBehind,
    /// The last of those has ended. Nobody waits for them, so nobody knows how.
    LastEnded,
}
