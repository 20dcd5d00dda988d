use crate::family::Family;
use std::fmt;

/// How a firewall's REJECT answers, in iptables' own words (iptables-extensions(8), REJECT).
///
/// An answer that exists for both families is given in the words of each: `HostUnreachable` is
/// `icmp-host-unreachable` for IPv4 and `icmp6-addr-unreachable` for IPv6. The others must be
/// limited to their family by [`Rule::ipv4`](crate::Rule::ipv4) or
/// [`Rule::ipv6`](crate::Rule::ipv6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RejectWith {
    /// `icmp-port-unreachable`, `icmp6-port-unreachable`: what REJECT does if nothing is said.
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
    /// `tcp-reset`; for rules limited to TCP.
    TcpReset,
}

/// The kinds that answer by ICMP, with the words and the code of each family.
type Words = Option<(&'static str, u8)>;

impl RejectWith {
    /// All answers, in the order above.
    pub const ALL: [Self; 10] = [
        Self::PortUnreachable,
        Self::HostUnreachable,
        Self::NetUnreachable,
        Self::AdminProhibited,
        Self::ProtoUnreachable,
        Self::NetProhibited,
        Self::HostProhibited,
        Self::PolicyFail,
        Self::RejectRoute,
        Self::TcpReset,
    ];

    /// The word after `--reject-with` of iptables and ip6tables; `None` where there is none.
    pub(crate) fn word(self, family: Family) -> Option<&'static str> {
        if self == Self::TcpReset {
            return Some("tcp-reset");
        }
        self.icmp(family).map(|(word, _)| word)
    }

    /// The code of the ICMP message: of type 3 for IPv4 (RFC 792, RFC 1812), of type 1 for IPv6
    /// (RFC 4443).
    pub(crate) fn code(self, family: Family) -> Option<u8> {
        self.icmp(family).map(|(_, code)| code)
    }

    fn icmp(self, family: Family) -> Words {
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
            Self::TcpReset => (None, None),
        };
        family.of_two(v4, v6)
    }
}

/// iptables' word, or ip6tables' where only that one has it.
impl fmt::Display for RejectWith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Family::BOTH.into_iter().find_map(|family| self.word(family));
        f.write_str(word.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_a_word_in_one_family_at_least() {
        for kind in RejectWith::ALL {
            assert!(!kind.to_string().is_empty(), "{kind:?}");
            let coded = Family::BOTH.into_iter().any(|family| kind.code(family).is_some());
            assert_eq!(coded, kind != RejectWith::TcpReset, "{kind:?}");
        }
    }
}
