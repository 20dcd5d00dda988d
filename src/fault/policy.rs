use std::fmt;

use super::backend::Backend;
use super::effect::{Effect, Notified};
use super::icmp_kind::IcmpKind;
use super::rule::Rule;
use super::scope::Scope;

/// What a block does to the traffic between two hosts, and to which part of it.
///
/// | policy | new connections | established connections |
/// |---|---|---|
/// | [`drop`](Self::drop) | time out, both ways | silence; retransmissions deliver the data after lifting |
/// | [`reset`](Self::reset) | refused at once, both ways | the next side to send gets `ECONNRESET` at once |
/// | [`refuse`](Self::refuse) | fail with the errno of the ICMP kind, both ways | silence until the timeout, then that errno |
/// | [`sever`](Self::sever) | time out, both ways | gone at once, on the side or sides chosen |
/// | [`hold`](Self::hold) | open when the block is lifted | silence, then everything, in order |
/// | [`firewall`](Self::firewall) | as the rules say | as the rules say |
///
/// All but `firewall` act on the wire. The sender's own kernel reports nothing, no answer is swallowed,
/// and neither connection tracking nor the bridge's own firewall interferes. These policies apply to
/// *hosts*, not addresses: a host is recognised by its place on a link, or beyond a router by its
/// addresses ([`Host::block`](crate::Host::block)).
///
/// `firewall` takes rules as a person would type them. They match the addresses that the peer has when
/// they are made. If a router translates those addresses, such rules cannot match the peer, and the block
/// is an error.
///
/// [A table](crate::observed), made by running each policy, shows what each side observes.
/// [`explain`](Self::explain) shows a policy's rows of it, its rules, and what is easily overlooked.
///
/// Each policy can be limited, by [`from_peer`](Self::from_peer), [`tcp`](Self::tcp),
/// [`port`](Self::port), [`new_connections`](Self::new_connections),
/// [`existing_flows`](Self::existing_flows), [`connection`](Self::connection) and the like. Limits can be
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
    /// Packets vanish on the wire, in both directions: everything that one of the two hosts sends to the
    /// other by a link that they share, whatever the protocol (not only IP) and whatever the addresses. It
    /// makes no difference if a host adds, removes or moves addresses meanwhile, or has macvlans, VLANs,
    /// bridges and tunnels on top of its interface. Other hosts lose nothing, whoever has which address.
    /// For hosts joined by routers, see [`Host::block`](crate::Host::block).
    ///
    /// Packets vanish after they have left the *sender*, so its kernel does not know: UDP gets no `EPERM`,
    /// and TCP retransmits rather than probes.
    ///
    /// Neighbour discovery passes and is not counted: ARP requests for the other's address, the answers to
    /// them, and the same in ICMPv6. Without it a dial would fail with `EHOSTUNREACH` after three seconds;
    /// with it the dial times out, as it does across any router. Announcements do not pass (gratuitous
    /// ARP, RFC 5227; unsolicited neighbour advertisements, RFC 4861), nor do router advertisements and
    /// redirects, so a blocked host cannot divert another host's traffic. A request that passes does not
    /// reveal who asks. (One hole is left: if two hosts claim an address, the blocked one still answers
    /// requests for it.)
    ///
    /// On a bridge, no program in a host can see the rules or hear their traffic. On a veth pair, the
    /// rules are in the receiving host's own nftables, in a table that no other program can change or
    /// flush (from Linux 5.12). They come after the host's packet sockets for all protocols, so tcpdump(8)
    /// in the receiver shows the packets that are dropped. Packets that the receiver's own tc(8) redirects
    /// at ingress do not reach the rules. On a veth pair the block ends if the host's interface is moved
    /// away or deleted, and from Linux 6.16 also if it is renamed;
    /// [`Block::packets`](crate::Block::packets) and [`Block::unblock`](crate::Block::unblock) report it.
    #[doc(alias = "blackhole")]
    pub fn drop() -> Self {
        Self::of(Effect::Drop)
    }

    /// The wire answers TCP with RST, whoever sends: a dial is refused at once, in both directions, and on
    /// an established connection the next side to send gets `ECONNRESET`.
    ///
    /// UDP, ICMP and everything else that is not TCP vanishes, as under [`drop`](Self::drop); with
    /// [`tcp`](Self::tcp) it passes.
    ///
    /// Some kernels cannot answer at a device (those without `CONFIG_NFT_REJECT_NETDEV`, as Debian's).
    /// There, on a veth pair, the receiving host answers by its own routes and its own OUTPUT. A sender
    /// that it cannot reach gets no answer.
    #[doc(alias("rst", "reset_peer", "tcp-reset"))]
    pub fn reset() -> Self {
        Self::of(Effect::Reset)
    }

    /// The wire answers with an ICMP error of this kind: a dial fails with the errno of the kind,
    /// and an established TCP connection is *not* broken.
    ///
    /// A connected UDP socket gets the error at its next call. The exceptions are `HostUnreachable` and
    /// `NetUnreachable`, which Linux treats as transient (udp(7), `IP_RECVERR`).
    ///
    /// Answers are not rate-limited: each packet gets one. If an answer arrives while the dialling kernel
    /// still has the socket locked, it is lost, and the dial fails only when the SYN is repeated after a
    /// second. Who answers is the same as for [`reset`](Self::reset).
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

    /// As [`drop`](Self::drop), and then destroys the TCP sockets between the two hosts (`ss -K`,
    /// `SOCK_DESTROY`). Their applications get `ECONNABORTED` at once, on the side or sides that `told`
    /// names, as on a host whose network is torn down.
    ///
    /// The block comes first, so that nothing can reconnect in between, and the resets that the kernel
    /// sends for destroyed sockets vanish too.
    ///
    /// MPTCP sockets are ended by destroying their subflows, which is the only way that Linux has: reading
    /// then fails with `ENOTCONN` and writing with `EPIPE`. If one of its subflows is outside the scope,
    /// an MPTCP connection lives on by that one. Other protocols have no connections, or none that Linux
    /// can destroy (SCTP): for them this is [`drop`](Self::drop).
    ///
    /// The kernel needs `CONFIG_INET_DIAG_DESTROY`; without it the block is an error. If the hosts have an
    /// MPTCP connection between them, it also needs `net.mptcp.close_timeout` (Linux 6.7), without which
    /// that connection would not be told.
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
    /// is lifted they all arrive at once, in the order in which they were sent, retransmissions included.
    /// [`Block::discard`](crate::Block::discard) loses them instead.
    ///
    /// Paths that stall do this: a radio link in a tunnel, a switch with deep buffers, a virtual machine
    /// during migration. Neighbour discovery passes, as under [`drop`](Self::drop).
    ///
    /// Packets are held by the relay that [impairs wires](crate::Host::impair), with the same requirements
    /// and the same after-effects. Packets that it releases still meet any other blocks in effect then.
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

    /// Rules about the other host in the blocking host's own firewall.
    ///
    /// They act as they would when typed: one rule can swallow what another generates. They are inserted
    /// before existing rules, in the order given.
    ///
    /// The call that makes or lifts the block returns when the kernel or the program lists what it should
    /// and a probe confirms it. The probe is a packet that the host sends to itself over `lo`: of the
    /// protocol for experiments (253), from an address that nobody has (in `240.0.0.0/4` or `100::/64`),
    /// chosen for this block. The first rule of each of the block's chains counts and drops it; once the
    /// block is lifted, the probe passes OUTPUT and INPUT. It never reaches a link, matches no other rule
    /// of any block, is in no counter of the block, and arrives at no other socket. Whatever looks at all
    /// packets on `lo` does see it: captures, connection tracking, the kernel's IP counters, and rules of
    /// other programs.
    ///
    /// Rules that match all of a peer's traffic also match neighbour discovery for IPv6, which is ICMPv6,
    /// just as when typed. A dial to an IPv6 address that is not yet known fails with `EHOSTUNREACH` after
    /// three seconds. A datagram to one waits for the answer, and is delivered if the block is lifted in
    /// time.
    ///
    /// Where the probe cannot pass because `lo` is down or other programs' rules drop it, only the listing
    /// counts; finding that out takes up to 0.1 s.
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

    /// Chooses the program or interface that makes the rules of a [`firewall`](Self::firewall) policy. It
    /// has no effect on other policies, which only nftables can make.
    #[must_use]
    pub fn via(mut self, chosen: Backend) -> Self {
        if let Effect::Firewall { backend, .. } = &mut self.effect {
            *backend = chosen;
        }
        self
    }

    /// Whether it affects only one direction.
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
