//! From a policy to the rules that make it, in a form that every notation is written from.

use std::net::{IpAddr, SocketAddr};

use super::firewall::Protocol;
use super::policy::{Effect, Policy};
use super::reject::RejectWith;
use super::scope::{Flows, Scope, Way};

/// A rule about the packets that one host takes from the wire, coming from one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WireRule {
    pub(super) matches: Vec<Match>,
    pub(super) action: Action,
}

/// One condition of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Ipv6(bool),
    Protocol(Protocol),
    Sport(u16),
    Dport(u16),
    Saddr(IpAddr),
    Daddr(IpAddr),
    /// A SYN that is not an answer to one.
    Handshake,
    /// A reset.
    Rst,
    /// An ICMP error of the kinds that `refuse` sends.
    Unreachable,
}

/// What happens to a packet that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// It is none of this block's.
    Pass,
    Drop,
    Reset,
    Icmp(RejectWith),
}

impl WireRule {
    /// Whether the wire answers what matches.
    pub(super) fn answers(&self) -> bool {
        matches!(self.action, Action::Reset | Action::Icmp(_))
    }
}

/// A connection as the host sees it whose rules are made: where its packets come from and go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
}

/// The rules for what a host takes from the wire. `blocker` says whether it is the one that
/// blocks; `flows` are the connections that the scope names, if it does.
pub(super) fn recipe(policy: &Policy, blocker: bool, flows: &[Flow]) -> Vec<WireRule> {
    let incoming = if blocker { Way::FromPeer } else { Way::ToPeer };
    if policy.scope.way.is_some_and(|way| way != incoming) {
        return Vec::new();
    }
    let alternatives = alternatives(&policy.scope, flows);
    match policy.effect {
        Effect::Drop | Effect::Sever(_) => with(&alternatives, &[], Action::Drop),
        Effect::Reset => reset(&policy.scope, &alternatives),
        Effect::Refuse(kind) => refuse(kind, &alternatives),
        Effect::Firewall { .. } => Vec::new(),
    }
}

/// The resets themselves pass, or the rules of the two hosts would swallow each other's.
fn reset(scope: &Scope, alternatives: &[Vec<Match>]) -> Vec<WireRule> {
    let mut rules = vec![rule(&[Match::Protocol(Protocol::Tcp), Match::Rst], Action::Pass)];
    rules.extend(with(alternatives, &[Match::Protocol(Protocol::Tcp)], Action::Reset));
    if scope.flows.is_none() && scope.protocol.is_none() {
        rules.extend(with(alternatives, &[], Action::Drop));
    }
    rules
}

/// The answers themselves pass.
fn refuse(kind: RejectWith, alternatives: &[Vec<Match>]) -> Vec<WireRule> {
    let mut rules = Vec::new();
    for ipv6 in [false, true] {
        let answers = [Match::Ipv6(ipv6), Match::Protocol(Protocol::Icmp), Match::Unreachable];
        rules.push(rule(&answers, Action::Pass));
    }
    for ipv6 in [false, true] {
        if kind.word(ipv6).is_some() {
            rules.extend(with(alternatives, &[Match::Ipv6(ipv6)], Action::Icmp(kind)));
        }
    }
    rules
}

fn rule(matches: &[Match], action: Action) -> WireRule {
    WireRule { matches: matches.to_vec(), action }
}

/// A rule for each alternative that does not contradict `more`.
fn with(alternatives: &[Vec<Match>], more: &[Match], action: Action) -> Vec<WireRule> {
    let mut rules = Vec::new();
    for alternative in alternatives {
        let excluded = |wanted: &Match| {
            alternative.iter().any(|given| match (given, wanted) {
                (Match::Ipv6(given), Match::Ipv6(wanted)) => given != wanted,
                (Match::Protocol(given), Match::Protocol(wanted)) => given != wanted,
                _ => false,
            })
        };
        if more.iter().any(excluded) {
            continue;
        }
        // The family first: what else is read of a packet depends on it.
        let mut matches: Vec<Match> =
            more.iter().filter(|wanted| !alternative.contains(wanted)).copied().collect();
        matches.extend(alternative);
        matches.sort_by_key(Match::order);
        rules.push(WireRule { matches, action });
    }
    rules
}

impl Match {
    fn order(&self) -> u8 {
        match self {
            Self::Ipv6(_) => 0,
            Self::Protocol(_) => 1,
            _ => 2,
        }
    }
}

/// What the scope lets in, as conditions of which one must hold.
fn alternatives(scope: &Scope, flows: &[Flow]) -> Vec<Vec<Match>> {
    let mut base: Vec<Match> = scope.ipv6.map(Match::Ipv6).into_iter().collect();
    match scope.flows {
        Some(Flows::Existing | Flows::One(..)) => {
            let wanted = flows.iter().filter(|flow| scope.admits(flow));
            return wanted.map(Flow::matches).collect();
        }
        Some(Flows::New) => {
            base.extend([Match::Protocol(Protocol::Tcp), Match::Handshake]);
            return with_ports(scope, vec![base]);
        }
        None => {}
    }
    let has_port = scope.port.or(scope.sport).or(scope.dport).is_some();
    let protocols = match scope.protocol {
        Some(protocol) => vec![protocol],
        None if has_port => vec![Protocol::Tcp, Protocol::Udp],
        None => return vec![base],
    };
    let mut bases = Vec::new();
    for protocol in protocols {
        // ICMP has another number in IPv6.
        let both = protocol == Protocol::Icmp && scope.ipv6.is_none();
        let families: &[Match] = if both { &[Match::Ipv6(false), Match::Ipv6(true)] } else { &[] };
        let with = |family: &[Match]| {
            base.iter().chain(family).copied().chain([Match::Protocol(protocol)]).collect()
        };
        match families {
            [] => bases.push(with(&[])),
            families => bases.extend(families.iter().map(|family| with(&[*family]))),
        }
    }
    with_ports(scope, bases)
}

fn with_ports(scope: &Scope, bases: Vec<Vec<Match>>) -> Vec<Vec<Match>> {
    let either = scope.port.map(|port| vec![vec![Match::Sport(port)], vec![Match::Dport(port)]]);
    let both: Vec<Match> =
        scope.sport.map(Match::Sport).into_iter().chain(scope.dport.map(Match::Dport)).collect();
    let ports = either.unwrap_or_else(|| vec![both]);
    let mut all = Vec::new();
    for base in bases {
        all.extend(ports.iter().map(|port| base.iter().chain(port).copied().collect()));
    }
    all
}

impl Scope {
    /// Whether a connection that exists is one of the scope's.
    pub(super) fn admits(&self, flow: &Flow) -> bool {
        let ports = [flow.from.port(), flow.to.port()];
        self.ipv6.is_none_or(|ipv6| ipv6 == flow.from.is_ipv6())
            && self.sport.is_none_or(|port| port == ports[0])
            && self.dport.is_none_or(|port| port == ports[1])
            && self.port.is_none_or(|port| ports.contains(&port))
    }
}

impl Flow {
    fn matches(&self) -> Vec<Match> {
        vec![
            Match::Ipv6(self.from.is_ipv6()),
            Match::Protocol(Protocol::Tcp),
            Match::Saddr(self.from.ip()),
            Match::Daddr(self.to.ip()),
            Match::Sport(self.from.port()),
            Match::Dport(self.to.port()),
        ]
    }

    /// The same connection as the other host sees it.
    pub(super) fn reversed(self) -> Self {
        Self { from: self.to, to: self.from }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(policy: &Policy) -> Vec<Action> {
        recipe(policy, true, &[]).iter().map(|rule| rule.action).collect()
    }

    #[test]
    fn one_way_makes_rules_at_one_host_only() {
        let policy = Policy::drop().from_peer();
        assert_eq!((recipe(&policy, true, &[]).len(), recipe(&policy, false, &[]).len()), (1, 0));
        let policy = Policy::drop().to_peer();
        assert_eq!((recipe(&policy, true, &[]).len(), recipe(&policy, false, &[]).len()), (0, 1));
    }

    #[test]
    fn answers_of_the_wire_pass_first() {
        assert_eq!(actions(&Policy::reset()), [Action::Pass, Action::Reset, Action::Drop]);
        assert_eq!(actions(&Policy::reset().tcp()), [Action::Pass, Action::Reset]);
        let kind = RejectWith::HostUnreachable;
        let icmp = Action::Icmp(kind);
        assert_eq!(actions(&Policy::refuse(kind)), [Action::Pass, Action::Pass, icmp, icmp]);
        assert_eq!(actions(&Policy::refuse(kind).ipv4()), [Action::Pass, Action::Pass, icmp]);
    }

    #[test]
    fn a_port_without_a_protocol_is_tcps_and_udps_in_both_directions() {
        assert_eq!(recipe(&Policy::drop().port(80), true, &[]).len(), 4);
        assert_eq!(recipe(&Policy::drop().tcp().port(80), true, &[]).len(), 2);
        let one = recipe(&Policy::drop().tcp().dport(80), true, &[]);
        assert_eq!(one[0].matches, [Match::Protocol(Protocol::Tcp), Match::Dport(80)]);
    }
}
