use std::fmt;

use super::icmp_kind::IcmpKind;
use crate::family::Family;

/// How a firewall's REJECT answers: the value of iptables' `--reject-with`
/// (iptables-extensions(8)).
///
/// ```
/// use netns_test::{IcmpKind, RejectWith, Rule};
///
/// let reset = Rule::input().tcp().reject_with(RejectWith::TcpReset);
/// let prohibited = Rule::input().reject_with(IcmpKind::AdminProhibited);
/// # let _ = (reset, prohibited);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RejectWith {
    /// By an ICMP error of this kind.
    Icmp(IcmpKind),
    /// `tcp-reset`; for rules limited to TCP.
    TcpReset,
}

impl RejectWith {
    /// The word after `--reject-with` of iptables and ip6tables; `None` where there is none.
    pub(crate) fn word(self, family: Family) -> Option<&'static str> {
        match self {
            Self::Icmp(kind) => kind.word(family),
            Self::TcpReset => Some("tcp-reset"),
        }
    }

    /// The code of the ICMP message, if it is one.
    pub(crate) fn code(self, family: Family) -> Option<u8> {
        match self {
            Self::Icmp(kind) => kind.code(family),
            Self::TcpReset => None,
        }
    }
}

impl From<IcmpKind> for RejectWith {
    fn from(kind: IcmpKind) -> Self {
        Self::Icmp(kind)
    }
}

/// iptables' word, or ip6tables' where only that one has it.
impl fmt::Display for RejectWith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Icmp(kind) => kind.fmt(f),
            Self::TcpReset => f.pad("tcp-reset"),
        }
    }
}
