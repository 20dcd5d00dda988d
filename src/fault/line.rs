use std::net::IpAddr;

use super::protocol::Protocol;
use super::rule::{Chain, Rule, Target};
use crate::family::Family;

/// One rule about one address, ready for a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) chain: Chain,
    /// The peer's address: the source in INPUT, the destination in OUTPUT.
    pub(super) peer: IpAddr,
    pub(super) protocol: Option<Protocol>,
    pub(super) sport: Option<u16>,
    pub(super) dport: Option<u16>,
    pub(super) target: Target,
}

impl Line {
    /// The lines that the rules come to, for all addresses of the peer, in the rules' order.
    pub(super) fn of_rules(rules: &[Rule], peer: &[IpAddr]) -> Vec<Self> {
        let mut lines = Vec::new();
        for rule in rules {
            let families: Vec<Family> = rule.families().collect();
            for address in peer.iter().filter(|address| families.contains(&Family::of(**address))) {
                lines.push(Self {
                    chain: rule.chain,
                    peer: *address,
                    protocol: rule.protocol,
                    sport: rule.sport,
                    dport: rule.dport,
                    target: rule.target,
                });
            }
        }
        lines
    }

    pub(super) fn family(&self) -> Family {
        Family::of(self.peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_becomes_a_line_for_each_address_of_its_family() {
        let peer: Vec<IpAddr> = ["10.0.0.2", "fd00::2", "fe80::2"]
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect();
        let rules = [Rule::input().drop(), Rule::output().ipv4().reject()];
        let lines = Line::of_rules(&rules, &peer);
        let count = |chain| lines.iter().filter(|line| line.chain == chain).count();
        assert_eq!((count(Chain::Input), count(Chain::Output)), (3, 1));
        assert!(lines.iter().all(|line| (line.family() == Family::Ipv6) == line.peer.is_ipv6()));
    }
}
