use std::fmt;

use crate::family::Family;

/// A kind of ICMP error: how [`Policy::refuse`](crate::Policy::refuse) answers, and a firewall's
/// REJECT ([`Rule::reject_with`](crate::Rule::reject_with)).
///
/// A kind that exists for both families is sent in the form that fits the packet: `HostUnreachable` is
/// `icmp-host-unreachable` for IPv4 and `icmp6-addr-unreachable` for IPv6. Any other must be limited to
/// its family by [`Policy::ipv4`](crate::Policy::ipv4) or [`ipv6`](crate::Policy::ipv6), or by
/// [`Rule`](crate::Rule)'s methods of the same names.
///
/// The words are those of iptables-extensions(8), REJECT.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// for kind in [IcmpKind::PortUnreachable, IcmpKind::NetUnreachable, IcmpKind::AdminProhibited] {
///     let block = client.block_with(&server, Policy::refuse(kind))?;
///     let error = client.connect((server.ipv4(), 80)).expect_err("it is refused");
///     println!("{kind}: {error}");
///     block.unblock()?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum IcmpKind {
    /// `icmp-port-unreachable`, `icmp6-port-unreachable`: what REJECT answers by default.
    PortUnreachable,
    /// `icmp-host-unreachable`, `icmp6-addr-unreachable`.
    HostUnreachable,
    /// `icmp-net-unreachable`, `icmp6-no-route`.
    NetUnreachable,
    /// `icmp-admin-prohibited`, `icmp6-adm-prohibited`.
    AdminProhibited,
    /// `icmp-proto-unreachable`; IPv4 only.
    ProtoUnreachable,
    /// `icmp-net-prohibited`; IPv4 only.
    NetProhibited,
    /// `icmp-host-prohibited`; IPv4 only.
    HostProhibited,
    /// `icmp6-policy-fail`; IPv6 only.
    PolicyFail,
    /// `icmp6-reject-route`; IPv6 only.
    RejectRoute,
}

/// Its word and its code in one family.
type Words = Option<(&'static str, u8)>;

impl IcmpKind {
    /// All kinds, in the order above.
    ///
    /// ```
    /// use netns_test::{IcmpKind, Policy};
    ///
    /// // One case for each, of the kinds that both families have.
    /// let outages = IcmpKind::ALL[..4].iter().map(|kind| Policy::refuse(*kind));
    /// assert!(outages.clone().all(|policy| policy.to_string().starts_with("refuse")));
    /// ```
    pub const ALL: &[Self] = &[
        Self::PortUnreachable,
        Self::HostUnreachable,
        Self::NetUnreachable,
        Self::AdminProhibited,
        Self::ProtoUnreachable,
        Self::NetProhibited,
        Self::HostProhibited,
        Self::PolicyFail,
        Self::RejectRoute,
    ];

    /// The word after `--reject-with` of iptables and ip6tables; `None` where there is none.
    pub(crate) fn word(self, family: Family) -> Option<&'static str> {
        self.words(family).map(|(word, _)| word)
    }

    /// The code of the ICMP message: of type 3 for IPv4 (RFC 792, RFC 1812), of type 1 for IPv6
    /// (RFC 4443).
    pub(crate) fn code(self, family: Family) -> Option<u8> {
        self.words(family).map(|(_, code)| code)
    }

    fn words(self, family: Family) -> Words {
        let (v4, v6): (Words, Words) = match self {
            Self::PortUnreachable => {
                (Some(("icmp-port-unreachable", 3)), Some(("icmp6-port-unreachable", 4)))
            }
            Self::HostUnreachable => {
                (Some(("icmp-host-unreachable", 1)), Some(("icmp6-addr-unreachable", 3)))
            }
            Self::NetUnreachable => {
                (Some(("icmp-net-unreachable", 0)), Some(("icmp6-no-route", 0)))
            }
            Self::AdminProhibited => {
                (Some(("icmp-admin-prohibited", 13)), Some(("icmp6-adm-prohibited", 1)))
            }
            Self::ProtoUnreachable => (Some(("icmp-proto-unreachable", 2)), None),
            Self::NetProhibited => (Some(("icmp-net-prohibited", 9)), None),
            Self::HostProhibited => (Some(("icmp-host-prohibited", 10)), None),
            Self::PolicyFail => (None, Some(("icmp6-policy-fail", 5))),
            Self::RejectRoute => (None, Some(("icmp6-reject-route", 6))),
        };
        family.of_two(v4, v6)
    }
}

/// iptables' word, or ip6tables' where only that one has it.
impl fmt::Display for IcmpKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Family::BOTH.into_iter().find_map(|family| self.word(family));
        f.pad(word.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word_and_a_code_in_one_family_at_least() {
        for kind in IcmpKind::ALL {
            assert!(!kind.to_string().is_empty(), "{kind:?}");
            let coded = Family::BOTH.into_iter().any(|family| kind.code(family).is_some());
            assert!(coded, "{kind:?}");
        }
    }
}
