use std::fmt;
use std::time::Duration;

use crate::Host;

/// NAT: how a router replaces the addresses of the hosts behind it by its own.
///
/// For [`Host::set_nat`]. All kinds translate TCP, UDP and ICMP, over IPv4 and IPv6, and keep strangers
/// out: a packet from outside that answers nothing, and is for no forwarded port, is dropped.
///
/// | | a port towards several peers | who may answer |
/// |---|---|---|
/// | [`masquerade`](Self::masquerade) | the same, if it is free | the peer alone |
/// | [`symmetric`](Self::symmetric) | another one for each peer | the peer alone |
/// | [`full_cone`](Self::full_cone) | the same | anybody (UDP of IPv4) |
///
/// The terms are those of RFC 4787 and RFC 3489.
///
/// ```no_run
/// # use netns_test::*;
/// # use std::time::Duration;
/// # fn t(net: BehindNat) -> Result {
/// // A home router: it forgets after ten idle seconds, and has one port open.
/// let home = Nat::masquerade()
///     .tcp_timeout(Duration::from_secs(10))
///     .forward_port(8080, &net.client, 80);
/// net.router.set_nat(&net.outside, home)?;
/// let _web = net.client.listen(80)?;
/// net.server.connect((net.outside.addrs(&net.router)[0], 8080))?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is for Host::set_nat"]
pub struct Nat {
    pub(super) mapping: Mapping,
    pub(super) ports: Vec<ForwardedPort>,
    pub(super) udp_timeout: Option<Duration>,
    pub(super) tcp_timeout: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mapping {
    Masquerade,
    Symmetric,
    FullCone,
}

/// A port of the router that leads to a host behind it.
#[derive(Clone, Debug)]
pub(super) struct ForwardedPort {
    pub(super) outside: u16,
    pub(super) to: Host,
    pub(super) port: u16,
}

/// How a router forgets the connections that it has translated
/// ([`Host::forget_connections`](crate::Host::forget_connections)).
///
/// What each side of an existing connection observes (held by `tests/nat.rs`):
///
/// | | the client sends first | the server sends first |
/// |---|---|---|
/// | [`Silently`](Self::Silently) | silence; the server is told nothing | silence; the client is told nothing |
/// | [`WithReset`](Self::WithReset) | ECONNRESET at the client; the server is told nothing | ECONNRESET at the server; the client is told nothing |
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: BehindNat) -> Result {
/// # let _listener = net.server.listen(80)?;
/// let mut conn = net.client.connect(net.server.addr(80))?;
/// net.router.forget_connections(Forget::Silently)?;
/// conn.send(b"hello")?;                               // nobody answers, and nobody says why
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forget {
    /// Packets of unknown connections are dropped, whoever sends them: both sides send into silence until
    /// their own timeouts.
    Silently,
    /// Packets of unknown connections are answered by a TCP reset: whoever sends first gets ECONNRESET at
    /// once, and the other side is told nothing.
    WithReset,
}

/// `silently`, or `with a reset`.
impl fmt::Display for Forget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silently => "silently",
            Self::WithReset => "with a reset",
        })
    }
}

/// For instance ``masquerade, port 80 to `web` at 8080, UDP idle 30s``.
impl fmt::Display for Nat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.mapping {
            Mapping::Masquerade => "masquerade",
            Mapping::Symmetric => "symmetric",
            Mapping::FullCone => "full cone",
        })?;
        for ForwardedPort { outside, to, port } in &self.ports {
            write!(f, ", port {outside} to `{}` at {port}", to.name())?;
        }
        for (protocol, timeout) in [("UDP", self.udp_timeout), ("TCP", self.tcp_timeout)] {
            if let Some(timeout) = timeout {
                write!(f, ", {protocol} idle {timeout:?}")?;
            }
        }
        Ok(())
    }
}

impl Nat {
    fn of(mapping: Mapping) -> Self {
        Self { mapping, ports: Vec::new(), udp_timeout: None, tcp_timeout: None }
    }

    /// What most home routers do: one port of the router for each port of a host, with the same number if
    /// it is free (nft(8), `masquerade`).
    #[doc(alias = "snat")]
    pub fn masquerade() -> Self {
        Self::of(Mapping::Masquerade)
    }

    /// A random port for each connection (nft(8), `masquerade fully-random`): the address that one peer
    /// sees is of no use to another peer.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: BehindNat) -> Result {
    /// // Each peer sees another port, which is what defeats hole punching.
    /// net.router.set_nat(&net.outside, Nat::symmetric())?;
    /// # Ok(()) }
    /// ```
    pub fn symmetric() -> Self {
        Self::of(Mapping::Symmetric)
    }

    /// Once a host has sent UDP over IPv4 from a port, that port is open to anybody. Everything else is as
    /// with [`masquerade`](Self::masquerade).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: BehindNat) -> Result {
    /// // Whoever learns the port outside reaches the client by it.
    /// net.router.set_nat(&net.outside, Nat::full_cone())?;
    /// # Ok(()) }
    /// ```
    pub fn full_cone() -> Self {
        Self::of(Mapping::FullCone)
    }

    /// Forwards a TCP and UDP port of the router to a host behind it, at the first addresses of the host
    /// on its first link.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: BehindNat) -> Result {
    /// // From outside, port 2222 of the router is port 22 of the client.
    /// let router = Nat::masquerade().forward_port(2222, &net.client, 22);
    /// net.router.set_nat(&net.outside, router)?;
    /// # Ok(()) }
    /// ```
    #[doc(alias = "dnat")]
    pub fn forward_port(mut self, outside: u16, to: &Host, port: u16) -> Self {
        self.ports.push(ForwardedPort { outside, to: to.clone(), port });
        self
    }

    /// How long a UDP flow is remembered after its last datagram, in whole seconds
    /// (`nf_conntrack_udp_timeout` and `_stream` in the kernel's documentation). 30 seconds by default,
    /// and two minutes if both sides have sent.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(net: BehindNat) -> Result {
    /// // QUIC keeps its path alive by packets more often than that.
    /// let impatient = Nat::masquerade().udp_timeout(Duration::from_secs(2));
    /// net.router.set_nat(&net.outside, impatient)?;
    /// # Ok(()) }
    /// ```
    pub fn udp_timeout(mut self, timeout: Duration) -> Self {
        self.udp_timeout = Some(timeout);
        self
    }

    /// How long an idle TCP connection is remembered, in whole seconds
    /// (`nf_conntrack_tcp_timeout_established`). Five days by default; many routers keep minutes.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(net: BehindNat) -> Result {
    /// // An idle connection that the router forgets: keepalive has to be faster.
    /// let router = Nat::masquerade().tcp_timeout(Duration::from_secs(2));
    /// net.router.set_nat(&net.outside, router)?;
    /// # Ok(()) }
    /// ```
    pub fn tcp_timeout(mut self, timeout: Duration) -> Self {
        self.tcp_timeout = Some(timeout);
        self
    }
}
