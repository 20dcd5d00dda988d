use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::phase::{AddressPhase, ClaimPhase, FaultPhase, ProcessPhase};
use super::place::Place;
use super::tcp_state::TcpState;

/// One entry of a [`Timeline`](crate::Timeline).
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, server: Host, client: Host) -> Result {
/// for entry in net.timeline().iter() {
///     println!("{:?}: {}", entry.at, entry.event);
/// }
/// # let _ = (server, client);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// When, from the beginning of the test.
    pub at: Duration,
    /// What happened.
    pub event: Event,
}

/// What an entry of a [`Timeline`](crate::Timeline) is about.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, server: Host, client: Host) -> Result {
/// use netns_test::timeline::Event;
///
/// // How many bytes has the client sent, by the record of the test?
/// let sent = net.timeline().of_host(&client).traffic();
/// let bytes: usize = sent
///     .iter()
///     .filter_map(|entry| match &entry.event {
///         Event::Traffic { outcome: Ok(bytes), .. } => Some(*bytes),
///         _ => None,
///     })
///     .sum();
/// println!("{bytes} bytes");
/// # drop(server);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A fault was asked for, is in effect, was lifted.
    #[non_exhaustive]
    Fault {
        /// Tells it from others that read the same.
        number: u64,
        /// What it is, for instance ``block `server` from `client` by reset``.
        fault: String,
        /// Where it is.
        place: Place,
        /// What has become of it.
        phase: FaultPhase,
    },
    /// A traffic fixture did something, or failed to.
    #[non_exhaustive]
    Traffic {
        /// The host in which it was done.
        host: String,
        /// What was done.
        verb: Verb,
        /// By TCP or UDP.
        protocol: Protocol,
        /// This end, if known.
        local: Option<SocketAddr>,
        /// The other end, if known.
        peer: Option<SocketAddr>,
        /// How many bytes, or the error.
        outcome: Result<usize, String>,
    },
    /// A socket was seen in another state than before.
    #[non_exhaustive]
    State {
        /// The host whose socket it is.
        host: String,
        /// This end.
        local: SocketAddr,
        /// The other end.
        peer: SocketAddr,
        /// What it is now. It may have been so for some time: this is when somebody looked.
        state: TcpState,
    },
    /// A claim began, was met, or failed.
    #[non_exhaustive]
    Claim {
        /// Tells it from others that read the same.
        number: u64,
        /// What is claimed.
        claim: String,
        /// What has become of it.
        phase: ClaimPhase,
    },
    /// A program was started in a host, or was seen to have ended.
    #[non_exhaustive]
    Process {
        /// The host.
        host: String,
        /// The program with its arguments.
        program: String,
        /// What has become of it.
        phase: ProcessPhase,
    },
    /// The test gave a host an address, removed one, or announced one.
    #[non_exhaustive]
    Address {
        /// The host.
        host: String,
        /// The address.
        address: IpAddr,
        /// What has become of it.
        phase: AddressPhase,
    },
    /// The test changed the network in a way that is no fault: a router's NAT, a link's MTU, a name's
    /// owner.
    #[non_exhaustive]
    Change {
        /// The host, if only one is concerned.
        host: Option<String>,
        /// What it is now.
        change: String,
    },
    /// A mark that the test made by [`Net::mark`](crate::Net::mark).
    #[non_exhaustive]
    Mark {
        /// Its text.
        text: String,
    },
}

/// What a traffic fixture did.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, server: Host, client: Host) -> Result {
/// use netns_test::timeline::{Event, Verb};
///
/// let dials = net.timeline().traffic().filter(|entry| {
///     matches!(&entry.event, Event::Traffic { verb: Verb::Connect, .. })
/// });
/// println!("{} dials:\n{dials}", dials.len());
/// # let _ = (server, client);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verb {
    /// Opened a port.
    Listen,
    /// Dialled.
    Connect,
    /// Accepted a connection.
    Accept,
    /// Sent bytes.
    Send,
    /// Received bytes; none if the peer has closed.
    Recv,
    /// Closed one direction or both.
    Shutdown,
    /// Closed the socket.
    Close,
}

/// A protocol of the traffic fixtures.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, server: Host, client: Host) -> Result {
/// use netns_test::timeline::{Event, Protocol};
///
/// let heartbeats = net.timeline().of_host(&client).filter(|entry| {
///     matches!(entry.event, Event::Traffic { protocol: Protocol::Udp, .. })
/// });
/// println!("{}", heartbeats.len());
/// # drop(server);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// The Transmission Control Protocol (tcp(7)).
    Tcp,
    /// The User Datagram Protocol (udp(7)).
    Udp,
}

impl Event {
    /// The host that it is about, if there is only one.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Traffic { host, .. }
            | Self::State { host, .. }
            | Self::Process { host, .. }
            | Self::Address { host, .. } => Some(host),
            Self::Change { host, .. } => host.as_deref(),
            Self::Fault { .. } | Self::Claim { .. } | Self::Mark { .. } => None,
        }
    }

    /// Whether it is about this host, alone or with others.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let timeline = net.timeline();
    /// let about = timeline.iter().filter(|entry| entry.event.is_about("server")).count();
    /// assert_eq!(about, timeline.of_host(&server).len());
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn is_about(&self, host: &str) -> bool {
        match self {
            Self::Fault { place, .. } => place.hosts().iter().any(|one| *one == host),
            other => other.host() == Some(host),
        }
    }

    /// Whether it is more than what traffic and sockets did: something that the test itself did, claimed,
    /// or started.
    pub(crate) fn is_landmark(&self) -> bool {
        !matches!(self, Self::Traffic { .. } | Self::State { .. })
    }

    /// Whether it is a failure: a fault that was refused, traffic with an error, a claim not met.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let first = net.timeline().filter(|entry| entry.event.is_failure());
    /// println!("what has gone wrong first: {:?}", first.iter().next());
    /// # let _ = (server, client);
    /// # Ok(()) }
    /// ```
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Fault { phase, .. } => {
                matches!(phase, FaultPhase::Refused(_) | FaultPhase::Lost(_))
            }
            Self::Traffic { outcome, .. } => outcome.is_err(),
            Self::Claim { phase, .. } => matches!(phase, ClaimPhase::Failed(_)),
            Self::Process { phase, .. } => matches!(phase, ProcessPhase::Refused(_)),
            Self::State { .. } | Self::Address { .. } | Self::Change { .. } | Self::Mark { .. } => {
                false
            }
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Listen => "listen",
            Self::Connect => "connect",
            Self::Accept => "accept",
            Self::Send => "send",
            Self::Recv => "recv",
            Self::Shutdown => "shutdown",
            Self::Close => "close",
        })
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}
