//! What a policy does not do, although people expect it.

use super::effect::{Effect, Notified};
use super::policy::Policy;
use super::protocol::Protocol;
use super::reject::RejectWith;
use super::rule::{Chain, Rule, Target};
use crate::family::Family;

impl Policy {
    /// What passes although it seems to be blocked, and who notices what.
    pub(super) fn warnings(&self) -> Vec<String> {
        if let Effect::Firewall { rules, .. } = &self.effect {
            return firewall_warnings(rules);
        }
        let scope = &self.scope;
        let mut warnings = Vec::new();
        if scope.protocol == Some(Protocol::Tcp) || scope.flows.is_some() {
            warnings.push("UDP passes, and with it QUIC and DNS".to_owned());
        }
        if scope.direction.is_some() && scope.protocol != Some(Protocol::Udp) {
            let way = "blocking one direction stalls TCP in both: what gets through is never acknowledged";
            warnings.push(way.to_owned());
        }
        if scope.family.is_some() {
            let passes = if scope.family == Some(Family::Ipv6) { "IPv4" } else { "IPv6" };
            warnings.push(format!("{passes} passes: a peer that has both stays reachable"));
        }
        if scope.sport.is_some() || scope.dport.is_some() {
            let half = "a source or destination port matches one direction of a conversation: `.port()` \
                 matches both";
            warnings.push(half.to_owned());
        }
        match self.effect {
            Effect::Refuse(_) => warnings.push(
                "an ICMP error does not end an established TCP connection (RFC 1122, 4.2.3.9)"
                    .into(),
            ),
            Effect::Sever(Notified::Neither) => {
                warnings.push(
                    "neither side is notified, so no socket is destroyed: same as `drop`".into(),
                );
            }
            _ => {}
        }
        warnings
    }
}

fn firewall_warnings(rules: &[Rule]) -> Vec<String> {
    let mut warnings = Vec::new();
    for rule in rules {
        let Target::Reject(kind) = rule.target else { continue };
        let swallower = rules.iter().find(|other| other.swallows_answer_of(rule, kind));
        warnings.extend(
            swallower.map(|other| {
                format!("`{other}` swallows the answer of `{rule}`: nobody receives it")
            }),
        );
        if kind != RejectWith::TcpReset {
            warnings.push(format!(
                "the answers of `{rule}` are limited by icmp_ratelimit (unless it is 0), and do \
                 not end an established TCP connection"
            ));
        }
    }
    if !rules.is_empty() && rules.iter().all(|rule| rule.protocol == Some(Protocol::Tcp)) {
        warnings.push("UDP passes, and with it QUIC and DNS".to_owned());
    }
    if rules.iter().any(|rule| rule.chain == Chain::Output) {
        warnings.push(
            "the sender's own kernel notices what OUTPUT blocks: UDP fails with EPERM or the \
             errno of the answer, and TCP probes instead of retransmitting"
                .to_owned(),
        );
    }
    if rules.iter().any(|rule| rule.chain == Chain::Input && rule.target != Target::Drop)
        && !rules.iter().any(|rule| rule.chain == Chain::Output)
    {
        warnings.push(
            "the host that has the rules receives no answer: its own connections stay established"
                .to_owned(),
        );
    }
    warnings
}

impl Rule {
    /// Whether the packet that `other` answers with passes this rule's chain and matches it.
    ///
    /// INPUT answers the peer, through OUTPUT. A reset made in OUTPUT goes to the host itself and
    /// bears the peer's address, so it passes INPUT; an ICMP error made there bears the host's own.
    fn swallows_answer_of(&self, other: &Self, kind: RejectWith) -> bool {
        let answer = if kind == RejectWith::TcpReset { Protocol::Tcp } else { Protocol::Icmp };
        let passes = match (other.chain, self.chain) {
            (Chain::Input, Chain::Output) => true,
            (Chain::Output, Chain::Input) => answer == Protocol::Tcp,
            _ => false,
        };
        let families =
            self.family.is_none() || other.family.is_none() || self.family == other.family;
        // The answer's ports are those of the packet in the other direction.
        let ports = answer == Protocol::Icmp
            || (fits(self.sport, other.dport) && fits(self.dport, other.sport));
        passes && families && ports && self.protocol.is_none_or(|protocol| protocol == answer)
    }
}

fn fits(wanted: Option<u16>, given: Option<u16>) -> bool {
    wanted.is_none() || given.is_none() || wanted == given
}
