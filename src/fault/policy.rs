use std::fmt;
use std::net::SocketAddr;

use super::backend::Backend;
use super::effect::{Effect, Notified};
use super::icmp_kind::IcmpKind;
use super::ports::Ports;
use super::protocol::Protocol;
use super::rule::Rule;
use super::scope::{Direction, Flows, Scope};
use crate::Connection;
use crate::family::Family;

/// What a block does to the traffic between two hosts, and to which part of it.
///
/// | policy | new connections | established connections |
/// |---|---|---|
/// | [`drop`](Self::drop) | time out, both ways | silence: retransmission, and delivery after lifting |
/// | [`reset`](Self::reset) | refused at once, both ways | whoever sends gets `ECONNRESET` at once |
/// | [`refuse`](Self::refuse) | the errno of the kind, both ways | silence until the time-out, then that errno |
/// | [`sever`](Self::sever) | time out, both ways | gone at once, on the side or sides chosen |
/// | [`hold`](Self::hold) | open when released | silence, then everything, in order |
/// | [`firewall`](Self::firewall) | as the rules say | as the rules say |
///
/// All but `firewall` act on the wire: no sender is told by its own kernel, no answer is swallowed,
/// and neither connection tracking nor the bridge's own firewall has a say. They are about *hosts*,
/// which are known by their place on a link, and not about addresses; beyond a router it is their
/// addresses by which they are known ([`Host::block`](crate::Host::block)). `firewall` has rules as a
/// person would type them, and these are about the addresses that the peer has when they are made: a
/// host for which a router translates those is no peer of such rules, which is an error.
///
/// What each side observes under each of them is a [table](crate::observed), which is made by
/// running it; [`explain`](Self::explain) shows its rows, the rules, and what is easily overlooked.
///
/// Each can be limited: [`from_peer`](Self::from_peer), [`tcp`](Self::tcp),
/// [`port`](Self::port), [`new_connections`](Self::new_connections),
/// [`existing_flows`](Self::existing_flows), [`connection`](Self::connection) and their kin can be
/// combined where that makes sense.
///
/// ```no_run
/// use netns_test::{Host, IcmpKind, Policy, Result, netns_test};
///
/// #[netns_test]
/// #[case::firewalled(Policy::refuse(IcmpKind::AdminProhibited))]
/// #[case::one_way(Policy::drop().to_peer())]
/// #[case::full(Policy::drop().new_connections().dport(5432))]
/// fn the_pool_survives(server: Host, client: Host, #[case] outage: Policy) -> Result {
///     let block = client.block_with(&server, outage)?;
///     // ... what the pool does meanwhile
///     block.unblock()?;
///     Ok(())
/// }
/// ```
#[doc(alias("netem", "tc", "nft", "reject"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) effect: Effect,
    pub(super) scope: Scope,
}

impl Policy {
    /// Packets vanish on the wire, in both directions: everything that one of the two hosts sends to
    /// the other by a link that they share, whatever it is and whatever addresses it bears. Those
    /// that a host takes, gives up or moves meanwhile make no difference, nor do macvlans, VLANs,
    /// bridges and tunnels on top of its interface, nor protocols that are not IP. Nothing of any
    /// other host is taken, whoever has which address. (By routers as well; what holds there,
    /// [`Host::block`](crate::Host::block) says.)
    ///
    /// They vanish once they have left the *sender*, so its kernel does not know: no `EPERM` for UDP, no
    /// probes instead of retransmissions for TCP.
    ///
    /// What hosts send to find each other passes and is not counted: ARP requests for the other's
    /// address and the answers to them, and their kin in ICMPv6. Without them a dial would fail
    /// with `EHOSTUNREACH` after three seconds instead of timing out, as it does across any
    /// router. Announcements do not pass (gratuitous ARP, RFC 5227; unsolicited neighbour
    /// advertisements, RFC 4861), nor do router advertisements and redirects: a host that is
    /// blocked does not divert the traffic of another one. A question that passes does not say who
    /// asks. (One hole is left: of an address that two hosts claim, a blocked one still answers
    /// questions.)
    ///
    /// On a bridge the rules stand where no program of a host can see or hear anything of them. At the end of a veth
    /// pair they stand in the host's own nftables, in a table that no other program can change or
    /// flush (from Linux 5.12), and behind its packet sockets for all protocols: tcpdump(8) in the
    /// receiver shows what is taken. What the receiver's own tc(8) redirects at ingress does not
    /// come to them. There a host whose interface is moved away or deleted has ended the
    /// block, and from Linux 6.16 on also one that renames it: [`Block::packets`](crate::Block::packets) and
    /// [`Block::unblock`](crate::Block::unblock) say so.
    #[doc(alias = "blackhole")]
    pub fn drop() -> Self {
        Self::of(Effect::Drop)
    }

    /// The wire answers TCP with RST, whoever sends: a dial is refused at once, in both
    /// directions, and on an established connection the next to send gets `ECONNRESET`.
    ///
    /// UDP, ICMP and everything else that is not TCP vanishes, as under [`drop`](Self::drop). Limited by
    /// [`tcp`](Self::tcp), it passes.
    ///
    /// Where a kernel cannot answer at a device (without `CONFIG_NFT_REJECT_NETDEV`, as Debian's), the
    /// receiving host answers at the end of a veth pair, by its own routes and its own OUTPUT: who
    /// it cannot reach is not answered.
    #[doc(alias("rst", "reset_peer", "tcp-reset"))]
    pub fn reset() -> Self {
        Self::of(Effect::Reset)
    }

    /// The wire answers with an ICMP error of this kind: a dial fails with the errno of the kind,
    /// and an established TCP connection is *not* broken.
    ///
    /// A connected UDP socket is told at its next call, except of `HostUnreachable` and
    /// `NetUnreachable`, which Linux takes for temporary (udp(7), `IP_RECVERR`).
    ///
    /// The answers are not rate-limited: each packet gets one. An answer may reach a dial while
    /// its own kernel still holds the socket, and then counts only when the SYN is repeated after
    /// a second. Who answers is the same as for [`reset`](Self::reset).
    ///
    /// | kind | IPv4 | IPv6 |
    /// |---|---|---|
    /// | `PortUnreachable` | `ECONNREFUSED` | `ECONNREFUSED` |
    /// | `HostUnreachable` | `EHOSTUNREACH` | `EHOSTUNREACH` |
    /// | `NetUnreachable` | `ENETUNREACH` | `ENETUNREACH` |
    /// | `AdminProhibited` | `EHOSTUNREACH` | `EACCES` |
    /// | `ProtoUnreachable` | `ENOPROTOOPT` | – |
    /// | `NetProhibited` | `ENETUNREACH` | – |
    /// | `HostProhibited` | `EHOSTUNREACH` | – |
    /// | `PolicyFail`, `RejectRoute` | – | `EACCES` |
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let _block = client.block_with(&server, Policy::refuse(IcmpKind::HostUnreachable))?;
    /// let error = client.connect(server.addr(80)).expect_err("the wire says so");
    /// assert_eq!(error.kind(), std::io::ErrorKind::HostUnreachable);
    /// # Ok(()) }
    /// ```
    #[doc(alias("reject", "icmp", "unreachable"))]
    pub fn refuse(kind: IcmpKind) -> Self {
        Self::of(Effect::Refuse(kind))
    }

    /// As [`drop`](Self::drop), and then the TCP sockets between the two hosts are destroyed
    /// (`ss -K`, `SOCK_DESTROY`): their applications get `ECONNABORTED` at once, on the side or
    /// sides that `told` names, as on a host whose network is torn down.
    ///
    /// The block comes first, so that no reconnect slips in, and the resets that the kernel sends
    /// for destroyed sockets vanish with all else.
    ///
    /// Sockets of MPTCP are told as well, which Linux destroys in no other way than by their
    /// subflows: reading is `ENOTCONN` and writing `EPIPE` then. One that has a subflow which the
    /// scope does not reach lives on by it. Other protocols have no connection that could be
    /// severed, or none that Linux destroys (SCTP): for them it is as [`drop`](Self::drop).
    ///
    /// The kernel needs `CONFIG_INET_DIAG_DESTROY`; without it the block is an error. So is, without
    /// `net.mptcp.close_timeout` (Linux 6.7), one of hosts with an MPTCP connection between them, which
    /// would not be told.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// # let listener = server.listen(80)?;
    /// # let _ends = (client.connect(listener.addr())?, listener.accept()?);
    /// // The server's socket is gone, and the client has not been told: as after a crash.
    /// server.block_with(&client, Policy::sever(Notified::Host))?.unblock()?;
    /// assert_eq!((server.established(&client)?, client.established(&server)?), (0, 1));
    /// # Ok(()) }
    /// ```
    #[doc(alias("SOCK_DESTROY", "ss -K", "kill"))]
    pub fn sever(told: Notified) -> Self {
        Self::of(Effect::Sever(told))
    }

    /// Nothing passes, and nothing is lost: packets wait on the wire, in both directions. When the block
    /// is lifted, all of them arrive at once, in the order in which they were sent, the repetitions
    /// among them; [`Block::discard`](crate::Block::discard) loses them instead.
    ///
    /// It is what a path does that stalls: a radio link in a tunnel, a switch whose buffers are deep, a
    /// virtual machine that is moved. What hosts say to find each other passes, as under
    /// [`drop`](Self::drop).
    ///
    /// Packets are held by the relay that [impairs wires](crate::Host::impair), with the same
    /// requirements, and with the same consequences afterwards. What the relay has released meets the
    /// other blocks that there are then.
    ///
    /// ```no_run
    /// use netns_test::{Host, Policy, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_burst_after_a_stall(server: Host, client: Host) -> Result {
    ///     let inbox = server.bind_udp(7000)?;
    ///     let outbox = client.bind_udp(0)?;
    ///     let stall = client.block_with(&server, Policy::hold())?;
    ///     for number in 0..3 {
    ///         outbox.send_to(&[number], inbox.addr())?;
    ///     }
    ///     stall.unblock()?;
    ///     for number in 0..3 {
    ///         assert_eq!(inbox.recv_from()?.0, [number]);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn hold() -> Self {
        Self::of(Effect::Hold)
    }

    /// Rules of the blocking host's own firewall about the other host.
    ///
    /// They act as they would when typed: what one rule generates, another one can swallow. They are
    /// inserted before the rules that are there already, in the order given.
    ///
    /// They are in effect, and a lifted block is over, when the kernel or the program lists what it
    /// should and a probe shows it. The probe is a packet that the host sends to itself over `lo`,
    /// of the protocol for experiments (253), from an address that nobody has (in `240.0.0.0/4` or
    /// `100::/64`), which is the block's own. The first rule of each of the block's chains counts
    /// it and takes it away; when the block is lifted it passes OUTPUT and INPUT. It never comes to
    /// a link, matches no other rule of any block, is in no counter of the block, and arrives at no
    /// other socket. What sees it is what looks at all packets of `lo`: a capture, connection
    /// tracking, the kernel's counters of IP, and rules of other programs.
    ///
    /// Neighbour discovery is ICMPv6, which rules for all of a peer's traffic take as well, as when typed:
    /// a dial to an IPv6 address that is not known yet is `EHOSTUNREACH` after three seconds, and a
    /// datagram to one waits for the answer, and is delivered if the block is lifted before.
    ///
    /// Where such rules take away whatever comes from nobody's address, or `lo` is down, it is the
    /// listing alone that counts, which takes up to 0.1 s to find out.
    ///
    /// ```no_run
    /// use netns_test::{Host, Policy, RejectWith, Result, Rule, netns_test};
    ///
    /// #[netns_test]
    /// fn a_reset_on_input_reaches_the_peer(server: Host, client: Host) -> Result {
    ///     let reset = Rule::input().tcp().reject_with(RejectWith::TcpReset);
    ///     let block = server.block_with(&client, Policy::firewall([reset]))?;
    ///     block.unblock()?;
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("iptables", "nftables", "INPUT", "OUTPUT"))]
    pub fn firewall(rules: impl IntoIterator<Item = Rule>) -> Self {
        let rules = rules.into_iter().collect();
        Self::of(Effect::Firewall { rules, backend: Backend::default() })
    }

    /// Chooses what makes the rules of a [`firewall`](Self::firewall) policy; without effect on
    /// others, which only nftables can make.
    #[must_use]
    pub fn via(mut self, chosen: Backend) -> Self {
        if let Effect::Firewall { backend, .. } = &mut self.effect {
            *backend = chosen;
        }
        self
    }

    /// One way: packets *from* the peer. TCP stalls in both directions nevertheless: what gets through is
    /// never acknowledged.
    #[must_use]
    pub fn from_peer(mut self) -> Self {
        self.scope.direction = Some(Direction::FromPeer);
        self
    }

    /// One way: packets *to* the peer.
    #[must_use]
    pub fn to_peer(mut self) -> Self {
        self.scope.direction = Some(Direction::ToPeer);
        self
    }

    /// IPv4 only. IPv6 passes, as it does through a block that was made for one family.
    #[must_use]
    pub fn ipv4(mut self) -> Self {
        self.scope.family = Some(Family::Ipv4);
        self
    }

    /// IPv6 only.
    #[must_use]
    pub fn ipv6(mut self) -> Self {
        self.scope.family = Some(Family::Ipv6);
        self
    }

    /// TCP only. UDP passes, and with it QUIC.
    #[must_use]
    pub fn tcp(mut self) -> Self {
        self.scope.protocol = Some(Protocol::Tcp);
        self
    }

    /// UDP only.
    #[must_use]
    pub fn udp(mut self) -> Self {
        self.scope.protocol = Some(Protocol::Udp);
        self
    }

    /// ICMP only, which is ICMPv6 for IPv6.
    #[must_use]
    pub fn icmp(mut self) -> Self {
        self.scope.protocol = Some(Protocol::Icmp);
        self
    }

    /// Packets *from* this port, in whichever direction they go. Of a conversation that is one
    /// half; [`port`](Self::port) is both. TCP and UDP, unless one of them is named. A number, a
    /// range, or several: [`Ports`].
    #[must_use]
    pub fn sport(mut self, ports: impl Into<Ports>) -> Self {
        self.scope.sport = Some(ports.into());
        self
    }

    /// Packets *to* this port, in whichever direction they go. Of a conversation that is one
    /// half; [`port`](Self::port) is both. TCP and UDP, unless one of them is named. A number, a
    /// range, or several: [`Ports`].
    #[must_use]
    pub fn dport(mut self, ports: impl Into<Ports>) -> Self {
        self.scope.dport = Some(ports.into());
        self
    }

    /// Packets from *or* to this port: whole conversations of a service. TCP and UDP, unless one
    /// of them is named. A number, a range, or several: [`Ports`].
    #[must_use]
    pub fn port(mut self, ports: impl Into<Ports>) -> Self {
        self.scope.port = Some(ports.into());
        self
    }

    /// New TCP connections only, from either side: handshakes are blocked, and connections that
    /// exist live on. UDP and ICMP pass.
    #[must_use]
    pub fn new_connections(mut self) -> Self {
        self.scope.flows = Some(Flows::New);
        self
    }

    /// Only TCP connections that already exist when the block begins: new ones pass, as they do with a
    /// NAT or a load balancer that has lost its state. UDP and ICMP pass.
    #[must_use]
    pub fn existing_flows(mut self) -> Self {
        self.scope.flows = Some(Flows::Existing);
        self
    }

    /// One TCP connection of many.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let listener = server.listen(80)?;
    /// let (one, other) = (client.connect(listener.addr())?, client.connect(listener.addr())?);
    /// let _block = client.block_with(&server, Policy::reset().connection(&one))?;
    /// # let _ = other;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn connection(self, connection: &Connection) -> Self {
        self.flow(connection.local_addr(), connection.peer_addr())
    }

    /// One TCP connection of many, by the addresses of its two ends in either order.
    #[must_use]
    pub fn flow(mut self, one: SocketAddr, other: SocketAddr) -> Self {
        self.scope.flows = Some(Flows::between(one, other));
        self
    }

    /// Whether it is about what one of the two sends.
    pub(crate) fn is_one_way(&self) -> bool {
        self.scope.direction.is_some()
    }

    /// Why the policy says two things that cannot both be; `None` if it can be done.
    pub(super) fn contradiction(&self) -> Option<String> {
        self.effect.contradiction(&self.scope)
    }

    fn of(effect: Effect) -> Self {
        Self { effect, scope: Scope::default() }
    }
}

impl Default for Policy {
    /// [`Policy::drop`].
    fn default() -> Self {
        Self::drop()
    }
}

/// The policy in a few words, for instance `reset (tcp, new connections)`.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.effect.fmt(f)?;
        match self.scope.to_string() {
            scope if scope.is_empty() => Ok(()),
            scope => write!(f, " ({scope})"),
        }
    }
}

#[cfg(test)]
mod tests;
