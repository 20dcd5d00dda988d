use std::fmt;

use super::effect::Effect;
use super::icmp_kind::IcmpKind;
use super::notation;
use super::observed::{self, Observed};
use super::policy::Policy;
use super::protocol::Protocol;
use super::recipe::recipe;
use super::reject::RejectWith;
use super::rule::{Chain, Rule, Target};
use super::scope::{Direction, Flows};
use crate::family::Family;

/// What a policy does, before it is used: from [`Policy::explain`].
///
/// `println!("{}", policy.explain())` is for reading; the fields have the same as data. `host` is the one
/// on which the block is called, `peer` the other one.
///
/// ```
/// use netns_test::{Policy, Rule};
///
/// let rules = Policy::firewall([Rule::input().reject(), Rule::output().reject()]);
/// assert!(rules.explain().warnings[0].contains("swallow"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The policy in a few words.
    pub policy: String,
    /// The rules that it makes, in order, without those for probes.
    pub rules: Vec<ExplainedRule>,
    /// What each side observes: a row of the [table](crate::observed) for each family and scope.
    pub observed: Vec<Observed>,
    /// What people overlook about such rules.
    pub warnings: Vec<String>,
}

/// A rule in two notations.
///
/// ```
/// let rules = netns_test::Policy::drop().tcp().dport(80).explain().rules;
/// rules.iter().for_each(|rule| println!("{}: nft {}", rule.host, rule.nft));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedRule {
    /// `host` or `peer`: the one whose rule it is.
    pub host: &'static str,
    /// In nft's notation. Rules of the wire are in the netdev family's ingress chain of each interface,
    /// after the look-up of the sender's address; a firewall's rules name the other host as `PEER`.
    pub nft: String,
    /// In iptables' notation, with `PEER` for the other host. For a rule of the wire it is the closest
    /// equivalent in iptables, which acts only after the packet has left the wire.
    pub iptables: String,
}

impl Policy {
    /// Shows the rules that the policy makes, in the notation of nft and of iptables, what each side will
    /// observe, and what is easily overlooked: rules that swallow their own answers, a block of TCP that
    /// lets QUIC through, a one-way block that acts both ways.
    ///
    /// ```
    /// use netns_test::{Policy, RejectWith, Rule};
    ///
    /// let reset = |rule: Rule| rule.tcp().reject_with(RejectWith::TcpReset);
    /// let policy = Policy::firewall([reset(Rule::input()), reset(Rule::output())]);
    /// let explanation = policy.explain();
    /// assert!(explanation.warnings.iter().any(|warning| warning.contains("swallow")));
    /// println!("{explanation}");
    /// ```
    pub fn explain(&self) -> Explanation {
        let mut warnings: Vec<String> = self.contradiction().into_iter().collect();
        if let Some(contradiction) = warnings.first_mut() {
            *contradiction = format!("this policy is impossible: {contradiction}");
        }
        warnings.extend(self.warnings());
        Explanation {
            policy: self.to_string(),
            rules: self.explained_rules(),
            observed: observed::rows(&self.key(), &self.scope_keys()),
            warnings,
        }
    }

    fn explained_rules(&self) -> Vec<ExplainedRule> {
        if let Effect::Firewall { rules, .. } = &self.effect {
            let of_rule = |rule: &Rule| {
                rule.families()
                    .map(|ipv6| ExplainedRule {
                        host: "host",
                        nft: notation::firewall_rule(rule, ipv6),
                        iptables: notation::iptables_rule(rule, ipv6),
                    })
                    .collect::<Vec<_>>()
            };
            return rules.iter().flat_map(of_rule).collect();
        }
        let mut explained = Vec::new();
        for (host, blocker) in [("host", true), ("peer", false)] {
            for rule in recipe(self, blocker, &[]) {
                let (nft, iptables) = match self.effect {
                    // No firewall can do it.
                    Effect::Hold => (notation::held(&rule), "-".to_owned()),
                    _ => (notation::wire(&rule), notation::iptables_wire(&rule)),
                };
                explained.push(ExplainedRule { host, nft, iptables });
            }
        }
        explained
    }

    /// The name of the policy in the table.
    fn key(&self) -> String {
        match &self.effect {
            Effect::Drop => "drop".to_owned(),
            Effect::Reset => "reset".to_owned(),
            Effect::Refuse(kind) => format!("refuse({kind:?})"),
            Effect::Sever(told) => format!("sever({told:?})"),
            Effect::Hold => "hold".to_owned(),
            Effect::Firewall { rules, .. } => format!("firewall({})", firewall_key(rules)),
        }
    }

    /// The names of its scopes in the table; if there are several, all apply together.
    fn scope_keys(&self) -> Vec<&'static str> {
        let scope = &self.scope;
        let mut keys = Vec::new();
        keys.extend(scope.direction.map(|direction| match direction {
            Direction::FromPeer => "from_peer",
            Direction::ToPeer => "to_peer",
        }));
        // A kind of one family is in the table under that family, without a limit.
        let of_one_family = matches!(self.effect, Effect::Refuse(kind)
            if kind.word(Family::Ipv4).is_none() || kind.word(Family::Ipv6).is_none());
        let family = scope.family.filter(|_| !of_one_family);
        keys.extend(family.map(|family| family.of_two("ipv4", "ipv6")));
        keys.extend(scope.protocol.map(|protocol| match protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Icmp => "icmp",
        }));
        keys.extend(scope.sport.as_ref().map(|_| "sport"));
        keys.extend(scope.dport.as_ref().map(|_| "dport"));
        keys.extend(scope.port.as_ref().map(|_| "port"));
        keys.extend(scope.flows.map(|flows| match flows {
            Flows::New => "new_connections",
            Flows::Existing => "existing_flows",
            Flows::One(..) => "connection",
        }));
        if keys.is_empty() {
            keys.push("everything");
        }
        keys
    }
}

/// `IN DROP`, `IN and OUT tcp-reset`: the sets of rules that are in the table. Others are not, and
/// are found under no name.
fn firewall_key(rules: &[Rule]) -> String {
    let plain = |rule: &Rule| {
        let target = match rule.target {
            Target::Drop => "DROP",
            Target::Reject(RejectWith::Icmp(IcmpKind::PortUnreachable)) => "REJECT",
            Target::Reject(RejectWith::TcpReset) => "tcp-reset",
            Target::Reject(_) => return None,
        };
        let chain = match rule.chain {
            Chain::Input => "IN",
            Chain::Output => "OUT",
        };
        let wanted = (target == "tcp-reset").then_some(Protocol::Tcp);
        let unlimited = rule.protocol == wanted
            && rule.family.is_none()
            && rule.sport.is_none()
            && rule.dport.is_none();
        unlimited.then_some((chain, target))
    };
    let known: Option<Vec<_>> = rules.iter().map(plain).collect();
    match known.unwrap_or_default()[..] {
        [(chain, target)] => format!("{chain} {target}"),
        [("IN", one), ("OUT", other)] | [("OUT", other), ("IN", one)] if one == other => {
            format!("IN and OUT {one}")
        }
        _ => String::new(),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}   (host blocks peer)", self.policy)?;
        writeln!(f, "\nrules, in the notation of nft(8) and of iptables(8):")?;
        if self.rules.is_empty() {
            writeln!(f, "  one for each connection that exists when the block begins")?;
        }
        for ExplainedRule { host, nft, iptables } in &self.rules {
            writeln!(f, "  {host}: {nft}\n        {iptables}")?;
        }
        writeln!(f, "\nwhat each side observes:")?;
        if self.observed.is_empty() {
            writeln!(f, "  these rules have not been measured: run them to find out")?;
        }
        for row in &self.observed {
            write!(f, "{row}")?;
        }
        for warning in &self.warnings {
            write!(f, "\nwarning: {warning}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notified;

    fn warned(policy: &Policy, of: &str) -> bool {
        policy.explain().warnings.iter().any(|warning| warning.contains(of))
    }

    #[test]
    fn rules_that_swallow_their_own_answers_are_warned_of() {
        let reset = |rule: Rule| rule.tcp().reject_with(RejectWith::TcpReset);
        let both = Policy::firewall([reset(Rule::input()), reset(Rule::output())]);
        assert!(warned(&both, "swallows the answer of"));
        let rejects = Policy::firewall([Rule::input().reject(), Rule::output().reject()]);
        assert!(warned(
            &rejects,
            "`-I OUTPUT -d PEER -j REJECT --reject-with icmp-port-unreachable` swallows the answer \
             of `-I INPUT"
        ));
        assert!(!warned(&rejects, "swallows the answer of `-I OUTPUT"));
        assert!(!warned(&Policy::firewall([reset(Rule::input())]), "swallows the answer of"));
        // TCP only in OUTPUT lets ICMP errors out.
        let mixed = Policy::firewall([Rule::input().reject(), Rule::output().tcp().drop()]);
        assert!(!warned(&mixed, "swallows the answer of"));
        // The reset comes from port 80, and the other rule is about port 81.
        let ports = [reset(Rule::input()).dport(80), reset(Rule::output()).sport(81)];
        assert!(!warned(&Policy::firewall(ports), "swallows the answer of"));
    }

    #[test]
    fn what_a_limit_lets_through_is_warned_of() {
        assert!(warned(&Policy::drop().tcp(), "QUIC"));
        assert!(warned(&Policy::drop().from_peer(), "stalls TCP in both"));
        assert!(!warned(&Policy::drop().from_peer().udp(), "stalls TCP"));
        assert!(warned(&Policy::drop().ipv4(), "IPv6 passes"));
        assert!(warned(&Policy::drop().dport(80), "one direction of a conversation"));
        assert!(warned(&Policy::reset().udp(), "is impossible"));
        assert!(Policy::drop().explain().warnings.is_empty());
    }

    #[test]
    fn every_policy_of_the_table_finds_its_rows() {
        for policy in [
            Policy::drop(),
            Policy::reset().new_connections(),
            Policy::refuse(IcmpKind::HostUnreachable),
            Policy::refuse(IcmpKind::ProtoUnreachable).ipv4(),
            Policy::drop().ipv6(),
            Policy::reset().sport(80),
            Policy::sever(Notified::Peer).existing_flows(),
            Policy::firewall([Rule::input().drop()]),
            Policy::firewall([Rule::output().reject(), Rule::input().reject()]),
        ] {
            assert!(!policy.explain().observed.is_empty(), "{policy}");
        }
        let odd = Policy::firewall([Rule::input().udp().drop()]).explain();
        assert!(odd.observed.is_empty() && odd.to_string().contains("have not been measured"));
    }

    #[test]
    fn an_explanation_reads_well() {
        let text = Policy::reset().tcp().explain().to_string();
        let expected = "\
reset (tcp)   (host blocks peer)

rules, in the notation of nft(8) and of iptables(8):
  host: meta l4proto tcp tcp flags & rst == rst return
        -I INPUT -s PEER -p tcp --tcp-flags RST RST -j ACCEPT
  host: meta l4proto tcp counter reject with tcp reset
        -I INPUT -s PEER -p tcp -j REJECT --reject-with tcp-reset
  peer: meta l4proto tcp tcp flags & rst == rst return
        -I INPUT -s PEER -p tcp --tcp-flags RST RST -j ACCEPT
  peer: meta l4proto tcp counter reject with tcp reset
        -I INPUT -s PEER -p tcp -j REJECT --reject-with tcp-reset

what each side observes:
  IPv4 and IPv6, `tcp`:
    host dials peer                                 ECONNREFUSED
    peer dials host                                 ECONNREFUSED
    host sends: host, peer                          ECONNRESET; nothing
    peer sends: peer, host                          ECONNRESET; nothing
    idle, then host sends: host, peer               ECONNRESET; nothing
    UDP from host: host, peer                       sent; the data
    UDP from peer: peer, host                       sent; the data
    after lifting, dials: host, peer                connects; connects
    after lifting, what was sent: by host, by peer  lost; lost

warning: UDP passes, and with it QUIC and DNS";
        assert_eq!(text, expected);
    }
}
