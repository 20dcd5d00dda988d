//! The rules of a NAT router, as one nftables table.

use std::net::IpAddr;

use crate::netlink::{Message, NLM_F_APPEND, NLM_F_CREATE, Request};

use super::translation::{Forget, ForwardedPort, Mapping, Nat};
use crate::nftables::{
    Base, Expression, Hook, Key, NETLINK_NETFILTER, Operator, PortMap, TableFamily, Verdict,
    batches, chain, compare, ct_state, ct_status, delete_table, dnat, dnat_by, learn_port, load,
    masked, masquerade, meta, nat_chain, port_map, reject, rule, table, verdict,
};
use crate::{Error, Host};

/// The table of what a router was told to translate.
pub(crate) const TABLE: &str = "netns-test-nat";
const MAP: PortMap<'_> = PortMap { name: "cone", id: 1 };
/// nft(8): `dstnat`, `srcnat`, `filter`.
const DSTNAT: i32 = -100;
const SRCNAT: i32 = 100;
const FILTER: i32 = 0;
// linux/netfilter/nf_conntrack_common.h
const INVALID: u32 = 1;
const NEW: u32 = 8;
const DST_NAT: u32 = 1 << 5;

/// The rules of one router, and what its operations are called.
pub(super) struct NatTable<'a> {
    pub(super) host: &'a Host,
    pub(super) operation: &'a str,
    /// The index of the interface that leads outside.
    pub(super) outside: u32,
}

impl NatTable<'_> {
    /// Puts the rules in the place of those that are there, in one step.
    pub(super) fn replace(&self, nat: &Nat, forget: Forget) -> Result<(), Error> {
        let mut requests = self.without();
        requests.push(self.request(table(TableFamily::Inet, TABLE, false)));
        if nat.mapping == Mapping::FullCone {
            requests.push(self.request(port_map(TableFamily::Inet, TABLE, &MAP)));
        }
        self.prerouting(nat, &mut requests);
        self.postrouting(nat.mapping, &mut requests);
        self.forward(forget, &mut requests);
        self.input(forget, &mut requests);
        self.commit(requests)
    }

    /// Takes the rules away.
    pub(super) fn remove(&self) -> Result<(), Error> {
        self.commit(self.without())
    }

    /// A table that is not there cannot be deleted; one that is may be made again.
    fn without(&self) -> Vec<Request> {
        vec![
            self.request(table(TableFamily::Inet, TABLE, false)),
            Request::new(self.operation, delete_table(TableFamily::Inet, TABLE), 0),
        ]
    }

    /// Where a destination is changed: forwarded ports, and ports that a host has opened by sending.
    fn prerouting(&self, nat: &Nat, requests: &mut Vec<Request>) {
        let hook = Hook::Prerouting { priority: DSTNAT };
        requests.push(self.request(nat_chain(TableFamily::Inet, TABLE, "prerouting", &hook)));
        for forwarded in &nat.ports {
            for address in forwarded.to.addrs_of_first_link() {
                for protocol in [libc::IPPROTO_TCP, libc::IPPROTO_UDP] {
                    let rule = self.forwarded(forwarded, address, protocol as u8);
                    requests.push(self.rule("prerouting", &rule));
                }
            }
        }
        if nat.mapping == Mapping::FullCone {
            let mut rule = self.coming_from_outside();
            rule.extend(udp_of_ipv4());
            rule.push(load(Base::Transport, 2, 2));
            rule.extend(dnat_by(MAP.name));
            requests.push(self.rule("prerouting", &rule));
        }
    }

    fn forwarded(
        &self,
        forwarded: &ForwardedPort,
        address: IpAddr,
        protocol: u8,
    ) -> Vec<Expression> {
        let mut rule = self.coming_from_outside();
        rule.extend([meta(Key::L4Proto), compare(Operator::Equal, &[protocol])]);
        let port = forwarded.outside.to_be_bytes();
        rule.extend([load(Base::Transport, 2, 2), compare(Operator::Equal, &port)]);
        rule.extend(dnat(address, forwarded.port));
        rule
    }

    /// Where a source becomes the router's.
    fn postrouting(&self, mapping: Mapping, requests: &mut Vec<Request>) {
        let hook = Hook::Postrouting { priority: SRCNAT };
        requests.push(self.request(nat_chain(TableFamily::Inet, TABLE, "postrouting", &hook)));
        let to_outside =
            || vec![meta(Key::Oif), compare(Operator::Equal, &self.outside.to_ne_bytes())];
        if mapping == Mapping::FullCone {
            let mut rule = to_outside();
            rule.extend(udp_of_ipv4());
            rule.extend(learn_port(MAP.name));
            requests.push(self.rule("postrouting", &rule));
        }
        let mut rule = to_outside();
        rule.push(masquerade(mapping == Mapping::Symmetric));
        requests.push(self.rule("postrouting", &rule));
    }

    /// What passes from link to link: no stranger, and nothing that belongs to no connection.
    fn forward(&self, forget: Forget, requests: &mut Vec<Request>) {
        let hook = Hook::Forward { priority: FILTER };
        requests.push(self.request(chain(TableFamily::Inet, TABLE, "forward", &hook)));
        if forget == Forget::WithReset {
            let mut rule = in_state(INVALID);
            let tcp = libc::IPPROTO_TCP as u8;
            rule.extend([meta(Key::L4Proto), compare(Operator::Equal, &[tcp]), reject(None)]);
            requests.push(self.rule("forward", &rule));
        }
        let mut rule = in_state(INVALID);
        rule.push(verdict(&Verdict::Drop));
        requests.push(self.rule("forward", &rule));
        let mut rule = self.coming_from_outside();
        rule.extend([ct_status(), masked(&DST_NAT.to_ne_bytes())]);
        rule.extend([compare(Operator::NotEqual, &[0; 4]), verdict(&Verdict::Accept)]);
        requests.push(self.rule("forward", &rule));
        let mut rule = self.coming_from_outside();
        rule.extend(in_state(NEW));
        rule.push(verdict(&Verdict::Drop));
        requests.push(self.rule("forward", &rule));
    }

    /// What is for the router itself. Where it is to answer by resets, its own stack does.
    fn input(&self, forget: Forget, requests: &mut Vec<Request>) {
        if forget == Forget::WithReset {
            return;
        }
        let hook = Hook::Input { priority: FILTER };
        requests.push(self.request(chain(TableFamily::Inet, TABLE, "input", &hook)));
        let mut rule = self.coming_from_outside();
        rule.extend(in_state(NEW | INVALID));
        rule.push(verdict(&Verdict::Drop));
        requests.push(self.rule("input", &rule));
    }

    fn coming_from_outside(&self) -> Vec<Expression> {
        vec![meta(Key::Iif), compare(Operator::Equal, &self.outside.to_ne_bytes())]
    }

    fn rule(&self, chain: &str, expressions: &[Expression]) -> Request {
        let message = rule(TableFamily::Inet, TABLE, chain, expressions);
        Request::new(self.operation, message, NLM_F_CREATE | NLM_F_APPEND)
    }

    fn request(&self, message: Message) -> Request {
        Request::new(self.operation, message, NLM_F_CREATE)
    }

    fn commit(&self, requests: Vec<Request>) -> Result<(), Error> {
        for batch in batches(requests) {
            self.host.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch))?;
        }
        Ok(())
    }
}

/// `ct state` has one of these bits.
fn in_state(bits: u32) -> Vec<Expression> {
    vec![ct_state(), masked(&bits.to_ne_bytes()), compare(Operator::NotEqual, &[0; 4])]
}

fn udp_of_ipv4() -> [Expression; 4] {
    let ipv4 = (libc::ETH_P_IP as u16).to_be_bytes();
    [
        meta(Key::Protocol),
        compare(Operator::Equal, &ipv4),
        meta(Key::L4Proto),
        compare(Operator::Equal, &[libc::IPPROTO_UDP as u8]),
    ]
}
