//! Turns a policy into its rules, in a form from which every notation is written.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::effect::Effect;
use super::icmp_kind::IcmpKind;
use super::policy::Policy;
use super::ports::Ports;
use super::protocol::Protocol;
use super::scope::{Direction, Flows, Scope};
use crate::family::Family;

/// A rule about the packets that one host takes from the wire, coming from one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WireRule {
    pub(super) matches: Vec<Match>,
    pub(super) action: Action,
}

/// One condition of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Family(Family),
    Protocol(Protocol),
    Sport(Ports),
    Dport(Ports),
    /// One of these connections, all of one family.
    Flows(Arc<[Flow]>),
    /// A SYN that is not an answer to one.
    Handshake,
    /// A reset.
    Rst,
    /// An ICMP error of the kinds that `refuse` sends.
    Unreachable,
    /// From or to none of these addresses, all of one family.
    Elsewhere(Side, Arc<[IpAddr]>),
    /// Neither IPv4 nor IPv6.
    NotIp,
}

/// Where a packet has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Destination,
}

/// What happens to a packet that matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// It is none of this block's.
    Pass,
    /// The same: a router sends it for another host, or gets it for one.
    PassOthers,
    Drop,
    Reset,
    Icmp(IcmpKind),
}

impl WireRule {
    /// Whether the wire answers what matches.
    pub(super) fn answers(&self) -> bool {
        matches!(self.action, Action::Reset | Action::Icmp(_))
    }

    /// Whether it lets pass what matches.
    pub(super) fn passes(&self) -> bool {
        matches!(self.action, Action::Pass | Action::PassOthers)
    }

    /// What it becomes if the kernel has no IPv6 and so must not answer in it: it would read settings of
    /// that family that do not exist, and crash (seen with Linux 6.1). Packet sockets can send IPv6 frames
    /// there all the same; these are dropped without an answer.
    pub(super) fn answering_ipv4_alone(self) -> Vec<Self> {
        if !self.answers() || self.matches.contains(&Match::Family(Family::Ipv4)) {
            return vec![self];
        }
        if self.matches.contains(&Match::Family(Family::Ipv6)) {
            return vec![Self { action: Action::Drop, ..self }];
        }
        let of_family = |family, action| {
            let matches = [&[Match::Family(family)], &self.matches[..]].concat();
            Self { matches, action }
        };
        vec![of_family(Family::Ipv4, self.action), of_family(Family::Ipv6, Action::Drop)]
    }
}

/// The rules that let pass what is not from, or not for, the host with these addresses. They come before
/// all others.
pub(super) fn others(side: Side, addresses: &[IpAddr]) -> [WireRule; 3] {
    let of_family = |family| {
        let of = addresses.iter().copied().filter(|address| Family::of(*address) == family);
        let elsewhere = Match::Elsewhere(side, of.collect());
        rule(&[Match::Family(family), elsewhere], Action::PassOthers)
    };
    [of_family(Family::Ipv4), of_family(Family::Ipv6), rule(&[Match::NotIp], Action::PassOthers)]
}

/// A connection as the host sees it whose rules are made: where its packets come from and go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Flow {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
}

/// The rules for what a host takes from the wire. `blocker` says whether it is the one that
/// blocks; `flows` are the connections that the scope names, if it does.
pub(super) fn recipe(policy: &Policy, blocker: bool, flows: &[Flow]) -> Vec<WireRule> {
    let incoming = if blocker { Direction::FromPeer } else { Direction::ToPeer };
    if policy.scope.direction.is_some_and(|direction| direction != incoming) {
        return Vec::new();
    }
    let alternatives = alternatives(&policy.scope, flows);
    match policy.effect {
        Effect::Drop | Effect::Sever(_) | Effect::Hold => with(&alternatives, &[], Action::Drop),
        Effect::Reset => reset(&policy.scope, &alternatives),
        Effect::Refuse(kind) => refuse(kind, &policy.scope, &alternatives),
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
fn refuse(kind: IcmpKind, scope: &Scope, alternatives: &[Vec<Match>]) -> Vec<WireRule> {
    let mut rules = Vec::new();
    for family in Family::BOTH {
        let answers = [Match::Family(family), Match::Protocol(Protocol::Icmp), Match::Unreachable];
        rules.push(rule(&answers, Action::Pass));
    }
    for family in Family::BOTH {
        if kind.word(family).is_some() {
            rules.extend(with(alternatives, &[Match::Family(family)], Action::Icmp(kind)));
        }
    }
    // What is no IP has no answer.
    if scope.is_everything() {
        rules.extend(with(alternatives, &[], Action::Drop));
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
                (Match::Family(given), Match::Family(wanted)) => given != wanted,
                (Match::Protocol(given), Match::Protocol(wanted)) => given != wanted,
                _ => false,
            })
        };
        if more.iter().any(excluded) {
            continue;
        }
        // The family first: what else is read of a packet depends on it.
        let mut matches: Vec<Match> =
            more.iter().filter(|wanted| !alternative.contains(wanted)).cloned().collect();
        matches.extend(alternative.iter().cloned());
        matches.sort_by_key(Match::order);
        rules.push(WireRule { matches, action });
    }
    rules
}

impl Match {
    fn order(&self) -> u8 {
        match self {
            Self::Family(_) => 0,
            Self::Protocol(_) => 1,
            _ => 2,
        }
    }
}

/// What the scope lets in, as conditions of which one must hold.
fn alternatives(scope: &Scope, flows: &[Flow]) -> Vec<Vec<Match>> {
    let mut base: Vec<Match> = scope.family.map(Match::Family).into_iter().collect();
    match scope.flows {
        Some(Flows::Existing | Flows::One(..)) => {
            let wanted = flows.iter().filter(|flow| scope.admits(flow)).copied();
            let (v6, v4): (Vec<Flow>, Vec<Flow>) = wanted.partition(|flow| flow.from.is_ipv6());
            let of_family = [(Family::Ipv4, v4), (Family::Ipv6, v6)];
            let of_family = of_family.into_iter().filter(|(_, flows)| !flows.is_empty());
            return of_family.map(|(family, flows)| matches_of(family, flows)).collect();
        }
        Some(Flows::New) => {
            base.extend([Match::Protocol(Protocol::Tcp), Match::Handshake]);
            return with_ports(scope, vec![base]);
        }
        None => {}
    }
    let has_port = scope.has_port();
    let protocols = match scope.protocol {
        Some(protocol) => vec![protocol],
        None if has_port => vec![Protocol::Tcp, Protocol::Udp],
        None => return vec![base],
    };
    let mut bases = Vec::new();
    for protocol in protocols {
        // ICMP has another number in IPv6.
        let both = protocol == Protocol::Icmp && scope.family.is_none();
        let families: &[Match] = if both { &Family::BOTH.map(Match::Family) } else { &[] };
        let with = |family: &[Match]| {
            base.iter().chain(family).cloned().chain([Match::Protocol(protocol)]).collect()
        };
        match families {
            [] => bases.push(with(&[])),
            families => {
                bases.extend(families.iter().map(|family| with(std::slice::from_ref(family))))
            }
        }
    }
    with_ports(scope, bases)
}

fn with_ports(scope: &Scope, bases: Vec<Vec<Match>>) -> Vec<Vec<Match>> {
    let either = scope
        .port
        .clone()
        .map(|port| vec![vec![Match::Sport(port.clone())], vec![Match::Dport(port)]]);
    let sport = scope.sport.clone().map(Match::Sport);
    let both: Vec<Match> = sport.into_iter().chain(scope.dport.clone().map(Match::Dport)).collect();
    let ports = either.unwrap_or_else(|| vec![both]);
    let mut all = Vec::new();
    for base in bases {
        all.extend(ports.iter().map(|port| base.iter().chain(port).cloned().collect()));
    }
    all
}

fn matches_of(family: Family, mut flows: Vec<Flow>) -> Vec<Match> {
    // A set has each once.
    flows.sort_unstable();
    flows.dedup();
    vec![Match::Family(family), Match::Protocol(Protocol::Tcp), Match::Flows(flows.into())]
}

impl WireRule {
    /// The family that it is for; IPv4 if it is for both, where their words are the same.
    pub(super) fn family(&self) -> Family {
        let one = |condition: &Match| match condition {
            Match::Family(family) => Some(*family),
            _ => None,
        };
        self.matches.iter().find_map(one).unwrap_or(Family::Ipv4)
    }
}

impl Scope {
    /// Whether it is not limited to something that only IP has.
    fn is_everything(&self) -> bool {
        self.flows.is_none() && self.protocol.is_none() && self.family.is_none() && !self.has_port()
    }

    /// Whether a connection that exists is one of the scope's.
    pub(super) fn admits(&self, flow: &Flow) -> bool {
        let ports = [flow.from.port(), flow.to.port()];
        self.family.is_none_or(|family| family == Family::of(flow.from.ip()))
            && self.sport.as_ref().is_none_or(|wanted| wanted.contains(ports[0]))
            && self.dport.as_ref().is_none_or(|wanted| wanted.contains(ports[1]))
            && self
                .port
                .as_ref()
                .is_none_or(|wanted| ports.iter().any(|port| wanted.contains(*port)))
    }
}

impl Flow {
    /// Its addresses and ports, each at a multiple of four bytes, in the order of a packet.
    pub(super) fn key(&self) -> Vec<u8> {
        let mut key = Vec::new();
        for address in [self.from.ip(), self.to.ip()] {
            match address {
                IpAddr::V4(v4) => key.extend(v4.octets()),
                IpAddr::V6(v6) => key.extend(v6.octets()),
            }
        }
        for port in [self.from.port(), self.to.port()] {
            key.extend(port.to_be_bytes());
            key.extend([0; 2]);
        }
        key
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
        let kind = IcmpKind::HostUnreachable;
        let icmp = Action::Icmp(kind);
        let all = [Action::Pass, Action::Pass, icmp, icmp, Action::Drop];
        assert_eq!(actions(&Policy::refuse(kind)), all);
        assert_eq!(actions(&Policy::refuse(kind).ipv4()), [Action::Pass, Action::Pass, icmp]);
    }

    #[test]
    fn without_ipv6_what_is_of_it_is_taken_and_not_answered() {
        let refuse = Policy::refuse(IcmpKind::HostUnreachable);
        for policy in [Policy::reset(), Policy::reset().tcp().dport(80), refuse] {
            let with = recipe(&policy, true, &[]);
            let rules: Vec<_> =
                with.iter().cloned().flat_map(WireRule::answering_ipv4_alone).collect();
            let answering = rules.iter().filter(|rule| rule.answers());
            assert!(answering.clone().count() > 0, "{policy}");
            assert!(
                answering.clone().all(|rule| rule.matches.contains(&Match::Family(Family::Ipv4)))
            );
            // The same in the other family, without an answer.
            for rule in answering {
                let mut other = rule.matches.clone();
                other.retain(|one| *one != Match::Family(Family::Ipv4));
                other.insert(0, Match::Family(Family::Ipv6));
                assert!(rules.contains(&WireRule { matches: other, action: Action::Drop }));
            }
        }
    }

    #[test]
    fn a_port_without_a_protocol_is_tcps_and_udps_in_both_directions() {
        assert_eq!(recipe(&Policy::drop().port(80), true, &[]).len(), 4);
        assert_eq!(recipe(&Policy::drop().tcp().port(80), true, &[]).len(), 2);
        let one = recipe(&Policy::drop().tcp().dport(80), true, &[]);
        assert_eq!(one[0].matches, [Match::Protocol(Protocol::Tcp), Match::Dport(80.into())]);
    }
}
