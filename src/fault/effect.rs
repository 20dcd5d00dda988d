use std::fmt;

use super::backend::Backend;
use super::icmp_kind::IcmpKind;
use super::rule::Rule;
use super::scope::Scope;

/// What a policy does to the packets it applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Drop,
    Reset,
    Refuse(IcmpKind),
    Sever(Notified),
    Hold,
    Firewall { rules: Vec<Rule>, backend: Backend },
}

/// Which side's applications learn at once that their connections are gone
/// ([`Policy::sever`](crate::Policy::sever)).
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// # let _listener = server.listen(80)?;
/// // Whoever holds the connection: the client is told, and has to dial again.
/// let told = client.block_with(&server, Policy::sever(Notified::Host))?;
/// assert_eq!(client.established(&server)?, 0);
/// told.unblock()?;
/// client.connect(server.addr(80))?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notified {
    /// Both hosts: `ECONNABORTED` on each side.
    Both,
    /// The host on which the block is called. Its peer stays established until it finds out by itself.
    Host,
    /// The peer. The host itself stays established until it finds out by itself.
    Peer,
    /// Neither: both stay established. The same as [`Policy::drop`](crate::Policy::drop), for tests that
    /// try every value.
    Neither,
}

/// In lowercase, as the policy's text has it.
impl fmt::Display for Notified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Both => "both",
            Self::Host => "host",
            Self::Peer => "peer",
            Self::Neither => "neither",
        })
    }
}

/// How many rules are named in a text about something else.
const SHOWN: usize = 4;

impl Effect {
    /// Why it is not possible for what `scope` says; `None` if it is.
    pub(super) fn contradiction(&self, scope: &Scope) -> Option<String> {
        let of_effect = match self {
            Self::Drop | Self::Hold => None,
            Self::Reset => scope.contradiction_with_reset(),
            Self::Refuse(kind) => scope.contradiction_with_refuse(*kind),
            Self::Sever(_) => scope.contradiction_with_sever(),
            Self::Firewall { rules, .. } => return contradiction_of_firewall(rules, scope),
        };
        scope.contradiction().or(of_effect).map(str::to_owned)
    }
}

fn contradiction_of_firewall(rules: &[Rule], scope: &Scope) -> Option<String> {
    if *scope != Scope::default() {
        return Some("the rules of a firewall have scopes of their own: limit each rule".into());
    }
    if rules.is_empty() {
        return Some("a firewall without rules blocks nothing".into());
    }
    let contradicts =
        |rule: &Rule| rule.contradiction().map(|reason| format!("in `{rule}`, {reason}"));
    rules.iter().find_map(contradicts)
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop => f.write_str("drop"),
            Self::Reset => f.write_str("reset"),
            Self::Refuse(kind) => write!(f, "refuse {kind}"),
            Self::Sever(told) => write!(f, "sever, {told} notified"),
            Self::Hold => f.write_str("hold"),
            Self::Firewall { rules, backend } if rules.is_empty() => {
                write!(f, "{backend} without rules")
            }
            Self::Firewall { rules, backend } => {
                let shown: Vec<_> = rules.iter().take(SHOWN).map(ToString::to_string).collect();
                write!(f, "{backend} rules `{}`", shown.join("`, `"))?;
                match rules.len().saturating_sub(SHOWN) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
        }
    }
}
