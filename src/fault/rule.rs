use std::fmt;

use super::icmp_kind::IcmpKind;
use super::protocol::Protocol;
use super::reject::RejectWith;
use crate::family::Family;

/// One rule about a peer in a host's own firewall, as a person would type it for iptables(8).
///
/// The peer's addresses need not be named: INPUT rules match what comes from the peer (`-s PEER`) and
/// OUTPUT rules what goes to it (`-d PEER`), for all its addresses.
///
/// | iptables | here |
/// |---|---|
/// | `-I INPUT -s PEER -j DROP` | `Rule::input().drop()` |
/// | `-I OUTPUT -d PEER -j REJECT` | `Rule::output().reject()` |
/// | `-I INPUT -s PEER -p tcp --dport 80 -j REJECT --reject-with tcp-reset` | `Rule::input().tcp().dport(80).reject_with(RejectWith::TcpReset)` |
///
/// ```
/// use netns_test::{IcmpKind, Rule};
///
/// let web = Rule::input().tcp().dport(80).reject_with(IcmpKind::AdminProhibited);
/// assert_eq!(
///     web.to_string(),
///     "-I INPUT -s PEER -p tcp --dport 80 -j REJECT --reject-with icmp-admin-prohibited"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(crate) chain: Chain,
    pub(crate) family: Option<Family>,
    pub(crate) protocol: Option<Protocol>,
    pub(crate) sport: Option<u16>,
    pub(crate) dport: Option<u16>,
    pub(crate) target: Target,
}

/// A chain of the filter table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chain {
    Input,
    Output,
}

/// What happens to a packet that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Drop,
    Reject(RejectWith),
}

impl Rule {
    /// A rule in INPUT, for packets from the peer. It drops them unless another target is chosen.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // Who is blocked here, and does not know: it is the server that says no.
    /// let _block = server.block_with(&client, Policy::firewall([Rule::input().reject()]))?;
    /// assert!(client.connect(server.addr(80)).is_err());
    /// # Ok(()) }
    /// ```
    pub fn input() -> Self {
        Self::in_chain(Chain::Input)
    }

    /// A rule in OUTPUT, for packets to the peer. It drops them unless another target is chosen.
    ///
    /// A drop in OUTPUT is not a drop on the wire, because the sender's own kernel knows of it: UDP's
    /// `send` fails with `EPERM`, and TCP probes instead of retransmitting.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // What a sender's own firewall drops, its kernel knows.
    /// let _block = server.block_with(&client, Policy::firewall([Rule::output().drop()]))?;
    /// let error = server.bind_udp(0)?.send_to(b"hello", client.addr(7000)).expect_err("EPERM");
    /// assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    /// # Ok(()) }
    /// ```
    pub fn output() -> Self {
        Self::in_chain(Chain::Output)
    }

    fn in_chain(chain: Chain) -> Self {
        Self { chain, family: None, protocol: None, sport: None, dport: None, target: Target::Drop }
    }

    /// For IPv4 only, like a rule added with `iptables` alone.
    #[must_use]
    pub fn ipv4(self) -> Self {
        Self { family: Some(Family::Ipv4), ..self }
    }

    /// For IPv6 only, like a rule added with `ip6tables` alone.
    ///
    /// ```
    /// use netns_test::Rule;
    ///
    /// // What is often forgotten: `iptables` alone lets IPv6 pass.
    /// let rules = [Rule::input().ipv4().drop(), Rule::input().ipv6().drop()];
    /// assert_eq!(rules[1].to_string(), "-I INPUT -s PEER -j DROP");
    /// ```
    #[must_use]
    pub fn ipv6(self) -> Self {
        Self { family: Some(Family::Ipv6), ..self }
    }

    /// `-p tcp`. Note what it lets pass: UDP, and so QUIC.
    #[must_use]
    pub fn tcp(self) -> Self {
        Self { protocol: Some(Protocol::Tcp), ..self }
    }

    /// `-p udp`.
    ///
    /// ```
    /// use netns_test::Rule;
    ///
    /// let no_names = Rule::output().udp().dport(53).drop();
    /// assert_eq!(no_names.to_string(), "-I OUTPUT -d PEER -p udp --dport 53 -j DROP");
    /// ```
    #[must_use]
    pub fn udp(self) -> Self {
        Self { protocol: Some(Protocol::Udp), ..self }
    }

    /// `-p icmp`, and `-p icmpv6` for IPv6.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // The peer's "fragmentation needed" does not arrive: a path's MTU is a black hole.
    /// let deaf = Policy::firewall([Rule::input().icmp().drop()]);
    /// let _block = client.block_with(&server, deaf)?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn icmp(self) -> Self {
        Self { protocol: Some(Protocol::Icmp), ..self }
    }

    /// `--sport PORT`: packets *from* this port. Needs [`tcp`](Self::tcp) or [`udp`](Self::udp).
    ///
    /// ```
    /// use netns_test::Rule;
    ///
    /// let answers = Rule::input().tcp().sport(80).drop();
    /// assert_eq!(answers.to_string(), "-I INPUT -s PEER -p tcp --sport 80 -j DROP");
    /// ```
    #[must_use]
    pub fn sport(self, port: u16) -> Self {
        Self { sport: Some(port), ..self }
    }

    /// `--dport PORT`: packets *to* this port. Needs [`tcp`](Self::tcp) or [`udp`](Self::udp).
    ///
    /// ```
    /// use netns_test::Rule;
    ///
    /// let no_database = Rule::output().tcp().dport(5432).drop();
    /// assert_eq!(no_database.to_string(), "-I OUTPUT -d PEER -p tcp --dport 5432 -j DROP");
    /// ```
    #[must_use]
    pub fn dport(self, port: u16) -> Self {
        Self { dport: Some(port), ..self }
    }

    /// `-j DROP`.
    #[must_use]
    pub fn drop(self) -> Self {
        Self { target: Target::Drop, ..self }
    }

    /// `-j REJECT`, which answers with [`IcmpKind::PortUnreachable`].
    ///
    /// ```
    /// use netns_test::Rule;
    ///
    /// let both = [Rule::input().reject(), Rule::output().reject()];
    /// assert!(both[1].to_string().starts_with("-I OUTPUT -d PEER -j REJECT"));
    /// ```
    #[must_use]
    pub fn reject(self) -> Self {
        self.reject_with(IcmpKind::PortUnreachable)
    }

    /// `-j REJECT --reject-with ANSWER`: a [kind of ICMP error](IcmpKind), or
    /// [`RejectWith::TcpReset`].
    ///
    /// ```
    /// use netns_test::{RejectWith, Rule};
    ///
    /// let reset = Rule::input().tcp().reject_with(RejectWith::TcpReset);
    /// assert_eq!(reset.to_string(), "-I INPUT -s PEER -p tcp -j REJECT --reject-with tcp-reset");
    /// ```
    #[must_use]
    pub fn reject_with(self, answer: impl Into<RejectWith>) -> Self {
        Self { target: Target::Reject(answer.into()), ..self }
    }

    /// The families that it applies to.
    pub(crate) fn families(&self) -> impl Iterator<Item = Family> {
        let only = self.family;
        Family::BOTH.into_iter().filter(move |family| only.is_none_or(|only| only == *family))
    }

    /// Why no kernel can do what the rule says; `None` if it can.
    pub(crate) fn contradiction(&self) -> Option<String> {
        let ported = matches!(self.protocol, Some(Protocol::Tcp | Protocol::Udp));
        if (self.sport.is_some() || self.dport.is_some()) && !ported {
            return Some("a port belongs to a protocol: add `.tcp()` or `.udp()`".to_owned());
        }
        let Target::Reject(kind) = self.target else { return None };
        if kind == RejectWith::TcpReset && self.protocol != Some(Protocol::Tcp) {
            return Some("tcp-reset can answer TCP only: add `.tcp()`".to_owned());
        }
        let missing = self.families().find(|family| kind.word(*family).is_none())?;
        let (has, limit) = missing.of_two(("IPv6", ".ipv6()"), ("IPv4", ".ipv4()"));
        Some(format!("{kind} exists for {has} only: limit the rule with `{limit}`"))
    }
}

/// The rule in iptables' notation, with `PEER` for the peer's address.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (chain, peer) = match self.chain {
            Chain::Input => ("INPUT", "-s"),
            Chain::Output => ("OUTPUT", "-d"),
        };
        write!(f, "-I {chain} {peer} PEER")?;
        if let Some(protocol) = self.protocol {
            write!(f, " -p {}", protocol.word(self.family.unwrap_or(Family::Ipv4)))?;
        }
        for (option, port) in [("--sport", self.sport), ("--dport", self.dport)] {
            if let Some(port) = port {
                write!(f, " {option} {port}")?;
            }
        }
        match self.target {
            Target::Drop => f.write_str(" -j DROP"),
            Target::Reject(kind) => {
                write!(f, " -j REJECT --reject-with ")?;
                match kind.word(self.family.unwrap_or(Family::Ipv4)) {
                    Some(word) => f.write_str(word),
                    // The other family's word: the message says that it is the wrong one.
                    None => kind.fmt(f),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_as_it_would_be_typed() {
        assert_eq!(Rule::input().drop().to_string(), "-I INPUT -s PEER -j DROP");
        assert_eq!(
            Rule::input().tcp().dport(80).reject_with(RejectWith::TcpReset).to_string(),
            "-I INPUT -s PEER -p tcp --dport 80 -j REJECT --reject-with tcp-reset"
        );
        assert_eq!(
            Rule::output().ipv6().icmp().reject().to_string(),
            "-I OUTPUT -d PEER -p icmpv6 -j REJECT --reject-with icmp6-port-unreachable"
        );
    }

    #[test]
    fn contradictions_are_named_with_their_repair() {
        let port = Rule::input().dport(80).contradiction();
        assert_eq!(port.as_deref(), Some("a port belongs to a protocol: add `.tcp()` or `.udp()`"));
        assert!(Rule::input().icmp().sport(1).contradiction().is_some());
        let reset = Rule::input().udp().reject_with(RejectWith::TcpReset).contradiction();
        assert_eq!(reset.as_deref(), Some("tcp-reset can answer TCP only: add `.tcp()`"));
        let proto = Rule::input().reject_with(IcmpKind::ProtoUnreachable);
        assert_eq!(
            proto.clone().contradiction().as_deref(),
            Some("icmp-proto-unreachable exists for IPv4 only: limit the rule with `.ipv4()`")
        );
        assert_eq!(proto.ipv4().contradiction(), None);
        let route = Rule::output().reject_with(IcmpKind::RejectRoute).ipv4().contradiction();
        assert_eq!(
            route.as_deref(),
            Some("icmp6-reject-route exists for IPv6 only: limit the rule with `.ipv6()`")
        );
    }
}
