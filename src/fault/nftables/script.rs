//! What the transactions about a block on the wire consist of.

use std::net::IpAddr;

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_ECHO, NLM_F_EXCL};

use super::expression;
use super::message::{
    Element, NftRequest, chain, delete_chain, delete_element, delete_rule, element, ingress_hook,
    peers_map, plain_chain, probes_map, rule, table,
};
use super::shared::{Peer, Wire, devices};
use super::wire::WireBlock;
use crate::netlink::Request;

const APPEND: u16 = NLM_F_CREATE | libc::NLM_F_APPEND as u16;

/// All requests of a transaction bear the name of one operation.
impl WireBlock {
    /// Everything that the block needs and that is not there yet.
    pub(super) fn make_all(
        &self,
        wire: &Wire,
        addresses: &[IpAddr],
        operation: &str,
    ) -> Vec<NftRequest> {
        let create = |message, flags| Request::new(operation, message, NLM_F_CREATE | flags);
        let peer_chain = self.peer_chain();
        let mut requests = Vec::new();
        if wire.devices.is_empty() {
            requests.extend(self.frame(operation));
        }
        for device in devices(&self.host).iter().filter(|device| !wire.devices.contains(device)) {
            requests.extend(self.ingress(device, wire.priority, operation));
        }
        let known = wire.peers.get(self.peer.name());
        if known.is_none() {
            requests.push(create(plain_chain(self.family, &self.table, &peer_chain), 0));
        }
        let known = known.map_or(&[][..], |peer| &peer.addresses);
        for address in addresses.iter().filter(|address| !known.contains(address)) {
            let to_peer = Element::of_peer(*address, &peer_chain);
            requests.push(create(element(self.family, &self.table, &to_peer), 0));
        }
        requests.extend(self.make_chain(operation));
        requests.extend(self.hook(operation));
        requests
    }

    /// The table and its maps.
    fn frame(&self, operation: &str) -> Vec<NftRequest> {
        let create = |message, flags| Request::new(operation, message, NLM_F_CREATE | flags);
        vec![
            create(table(self.family, &self.table), NLM_F_EXCL),
            create(peers_map(self.family, &self.table, false), 0),
            create(peers_map(self.family, &self.table, true), 0),
            create(probes_map(self.family, &self.table), 0),
        ]
    }

    /// The chain of a device, which leads to the peers' chains.
    fn ingress(&self, device: &str, priority: i32, operation: &str) -> Vec<NftRequest> {
        let name = format!("ingress-{device}");
        let hook = ingress_hook(self.family, device, priority);
        let base = chain(self.family, &self.table, &name, hook);
        let mut requests = vec![Request::new(operation, base, NLM_F_CREATE)];
        for expressions in expression::dispatch() {
            let message = rule(self.family, &self.table, &name, expressions);
            requests.push(Request::new(operation, message, APPEND));
        }
        requests
    }

    /// The block's own chain with its rules, that for probes first.
    fn make_chain(&self, operation: &str) -> Vec<NftRequest> {
        let chain = self.chain();
        let made = plain_chain(self.family, &self.table, &chain);
        let mut requests = vec![Request::new(operation, made, NLM_F_CREATE | NLM_F_EXCL)];
        let rules = self.rules.iter().map(expression::of_wire);
        for expressions in std::iter::once(expression::count_probe()).chain(rules) {
            let message = rule(self.family, &self.table, &chain, expressions);
            requests.push(Request::new(operation, message, APPEND));
        }
        requests
    }

    /// Leads the peer's packets and the block's probes to the block's chain.
    pub(super) fn hook(&self, operation: &str) -> Vec<NftRequest> {
        let chain = self.chain();
        let jump = rule(self.family, &self.table, &self.peer_chain(), expression::jump(&chain));
        let probe = element(self.family, &self.table, &Element::of_probe(self.number, &chain));
        vec![
            Request::new(operation, jump, APPEND | NLM_F_ECHO),
            Request::new(operation, probe, NLM_F_CREATE),
        ]
    }

    pub(super) fn unhook(&self, jump: u64, operation: &str) -> Vec<NftRequest> {
        let chain = self.chain();
        let probe =
            delete_element(self.family, &self.table, &Element::of_probe(self.number, &chain));
        let jump = delete_rule(self.family, &self.table, &self.peer_chain(), jump);
        vec![Request::new(operation, jump, 0), Request::new(operation, probe, 0)]
    }

    /// Takes the block away, and its peer with it if nothing else in the table is about that.
    pub(super) fn unmake(&self, last_of: Option<&Peer>, operation: &str) -> Vec<NftRequest> {
        let delete = |message| Request::new(operation, message, 0);
        let peer_chain = self.peer_chain();
        let mut requests = self.jump.map(|jump| self.unhook(jump, operation)).unwrap_or_default();
        requests.push(delete(delete_chain(self.family, &self.table, &self.chain())));
        if let Some(peer) = last_of {
            for address in &peer.addresses {
                let to_peer = Element::of_peer(*address, &peer_chain);
                requests.push(delete(delete_element(self.family, &self.table, &to_peer)));
            }
            requests.push(delete(delete_chain(self.family, &self.table, &peer_chain)));
        }
        requests
    }
}
