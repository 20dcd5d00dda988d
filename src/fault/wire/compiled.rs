//! The rules of a block in the kernel's language.

use std::net::IpAddr;

use super::super::ports::Ports;
use super::super::protocol::Protocol;
use super::super::recipe::{Action, Flow, Match, Side, WireRule};
use super::resolution::{IPV4, IPV6};
use crate::family::Family;
use crate::nftables::{
    Base, Element, Expression, Key, Operator, Set, Verdict, compare, counter, in_range, in_set,
    load, masked, meta, not_in_set, payload_into, reject, verdict,
};

// RFC 9293
const TCP_SYN: u8 = 0x02;
const TCP_RST: u8 = 0x04;
const TCP_ACK: u8 = 0x10;

/// nft's own numbers of its types `inet_service`, `ipv4_addr` and `ipv6_addr`; of a concatenation,
/// each takes six bits.
const SERVICE: u32 = 13;
pub(super) const IPV4_ADDR: u32 = 7;
const IPV6_ADDR: u32 = 8;

/// Rules, and the sets that they look into.
#[derive(Default)]
pub(super) struct Compiled {
    pub(super) sets: Vec<Filled>,
    pub(super) rules: Vec<Vec<Expression>>,
}

/// A set with what is in it.
pub(super) struct Filled {
    pub(super) name: String,
    key_type: u32,
    key_length: u32,
    interval: bool,
    pub(super) elements: Vec<Element>,
}

impl Filled {
    pub(super) fn set(&self, id: u32) -> Set<'_> {
        Set {
            name: &self.name,
            key_type: self.key_type,
            key_length: self.key_length,
            map: false,
            interval: self.interval,
            learns: false,
            forgets: false,
            id,
        }
    }
}

impl Compiled {
    /// Compiles rules, whose sets are named after `chain`. `answer` makes what answers, where the
    /// answer does not come from the place of the rule.
    pub(super) fn of(
        chain: &str,
        rules: &[WireRule],
        answer: Option<&dyn Fn(Action, Family) -> Vec<Expression>>,
    ) -> Self {
        let mut compiled = Self::default();
        for rule in rules {
            let family = rule.family();
            let mut expressions = Vec::new();
            for condition in &rule.matches {
                expressions.extend(compiled.condition(chain, condition, family));
            }
            expressions.extend(match (rule.action, answer) {
                (Action::Pass | Action::PassOthers, _) => vec![verdict(&Verdict::Return)],
                (Action::Drop, _) => vec![counter(), verdict(&Verdict::Drop)],
                (action, Some(answer)) => {
                    let mut all = vec![counter()];
                    all.extend(answer(action, family));
                    all
                }
                (action, None) => vec![counter(), answer_here(action, family)],
            });
            compiled.rules.push(expressions);
        }
        compiled
    }

    fn condition(&mut self, chain: &str, condition: &Match, family: Family) -> Vec<Expression> {
        match condition {
            Match::Family(family) => ethertype(family.ethertype()),
            Match::Protocol(wanted) => protocol(*wanted, family),
            Match::Sport(ports) => self.ports(chain, 0, ports),
            Match::Dport(ports) => self.ports(chain, 2, ports),
            Match::Flows(flows) => self.flows(chain, flows, family),
            Match::Handshake => tcp_flags(TCP_SYN | TCP_ACK, TCP_SYN),
            Match::Rst => tcp_flags(TCP_RST, TCP_RST),
            // "Destination unreachable" is type 3 of ICMP and type 1 of ICMPv6.
            Match::Unreachable => {
                vec![load(Base::Transport, 0, 1), compare(Operator::Equal, &[family.of_two(3, 1)])]
            }
            Match::Elsewhere(side, addresses) => self.elsewhere(chain, *side, addresses, family),
            Match::NotIp => [IPV4, IPV6]
                .iter()
                .flat_map(|ip| {
                    [meta(Key::Protocol), compare(Operator::NotEqual, &ip.to_be_bytes())]
                })
                .collect(),
        }
    }

    /// `ip saddr != @block-7-saddr-ip`, or another side or family.
    fn elsewhere(
        &mut self,
        chain: &str,
        side: Side,
        addresses: &[IpAddr],
        family: Family,
    ) -> Vec<Expression> {
        let (source, key_length, key_type) = family.of_two((12, 4, IPV4_ADDR), (8, 16, IPV6_ADDR));
        let offset = match side {
            Side::Source => source,
            Side::Destination => source + key_length,
        };
        let name = self.add(Filled {
            name: addresses_of(chain, side, family),
            key_type,
            key_length,
            interval: false,
            elements: addresses.iter().copied().map(address).collect(),
        });
        vec![load(Base::Network, offset, key_length), not_in_set(name)]
    }

    fn ports(&mut self, chain: &str, offset: u32, ports: &Ports) -> Vec<Expression> {
        let load = load(Base::Transport, offset, 2);
        let found = match ports.ranges() {
            [(first, last)] if first == last => compare(Operator::Equal, &first.to_be_bytes()),
            [(first, last)] => in_range(&first.to_be_bytes(), &last.to_be_bytes()),
            ranges => in_set(self.add(Filled {
                name: self.next_name(chain, "ports"),
                key_type: SERVICE,
                key_length: 2,
                interval: true,
                elements: ranges.iter().flat_map(|range| interval(*range)).collect(),
            })),
        };
        vec![load, found]
    }

    /// `ip saddr . ip daddr . tcp sport . tcp dport @flows`
    fn flows(&mut self, chain: &str, flows: &[Flow], family: Family) -> Vec<Expression> {
        let (offset, length, address) = family.of_two((12, 4, IPV4_ADDR), (8, 16, IPV6_ADDR));
        let words = length / 4;
        let name = self.add(Filled {
            name: self.next_name(chain, "flows"),
            key_type: [address, address, SERVICE, SERVICE]
                .iter()
                .fold(0, |all, one| all << 6 | one),
            key_length: 2 * length + 8,
            interval: false,
            elements: flows.iter().map(|flow| Element::new(flow.key())).collect(),
        });
        vec![
            payload_into(0, Base::Network, offset, length),
            payload_into(words, Base::Network, offset + length, length),
            payload_into(2 * words, Base::Transport, 0, 2),
            payload_into(2 * words + 1, Base::Transport, 2, 2),
            in_set(name),
        ]
    }

    fn next_name(&self, chain: &str, what: &str) -> String {
        format!("{chain}-{what}-{}", self.sets.len() + 1)
    }

    fn add(&mut self, set: Filled) -> &str {
        self.sets.push(set);
        match self.sets.last() {
            Some(set) => &set.name,
            None => unreachable!("it has just been added"),
        }
    }
}

/// The name of the set of addresses by which the block of a chain knows a host beyond a router.
pub(super) fn addresses_of(chain: &str, side: Side, family: Family) -> String {
    let side = match side {
        Side::Source => "saddr",
        Side::Destination => "daddr",
    };
    format!("{chain}-{side}-{}", family.of_two("ip", "ip6"))
}

/// An element of such a set.
pub(super) fn address(address: IpAddr) -> Element {
    match address {
        IpAddr::V4(v4) => Element::new(v4.octets()),
        IpAddr::V6(v6) => Element::new(v6.octets()),
    }
}

/// The ends of a range, as the kernel keeps them: the first port, and the first behind it.
fn interval((first, last): (u16, u16)) -> Vec<Element> {
    let mut ends = vec![Element::new(first.to_be_bytes())];
    ends.extend(last.checked_add(1).map(|behind| Element::end(behind.to_be_bytes())));
    ends
}

fn answer_here(action: Action, family: Family) -> Expression {
    match action {
        Action::Icmp(kind) => reject(kind.code(family)),
        _ => reject(None),
    }
}

/// `tcp flags & MASK == VALUE`
fn tcp_flags(mask: u8, value: u8) -> Vec<Expression> {
    vec![load(Base::Transport, 13, 1), masked(&[mask]), compare(Operator::Equal, &[value])]
}

/// `meta protocol WANTED`
pub(super) fn ethertype(wanted: u16) -> Vec<Expression> {
    vec![meta(Key::Protocol), compare(Operator::Equal, &wanted.to_be_bytes())]
}

fn protocol(protocol: Protocol, family: Family) -> Vec<Expression> {
    vec![meta(Key::L4Proto), compare(Operator::Equal, &[protocol.number(family)])]
}
