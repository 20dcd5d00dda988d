//! Rules in the kernel's nftables, over netlink: a table for each block, made and taken away in
//! one transaction, so that a block never disturbs another one or rules of a user's program.

mod expression;
mod message;

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL};

use self::message::{
    Family, batch, chain, count_packets, delete_table, filter_hook, get_rules, ingress_hook, rule,
    table,
};
use super::firewall::Chain;
use super::line::Line;
use crate::netlink::Request;
use crate::{Error, Host};

/// A table that is in force in a host.
pub(super) struct Table {
    host: Host,
    family: Family,
    name: String,
}

const NETLINK_NETFILTER: isize = libc::NETLINK_NETFILTER as isize;

impl Table {
    /// Drops what comes from the peer, at each interface of the host, before the host's own
    /// network code sees it.
    pub(super) fn drop_from(host: &Host, peer: &Host, operation: &str) -> Result<Self, Error> {
        let table = Self::name(host, Family::NetDev);
        let from = peer.kernel_addresses()?;
        let mut requests = vec![table.make(operation)];
        let mut rules = 0;
        let devices: Vec<String> =
            host.interfaces().iter().map(|interface| interface.name.clone()).collect();
        for device in &devices {
            requests.push(table.chain(operation, device, ingress_hook(device)));
            let passes = expression::housekeeping_passes().into_iter();
            for rule in passes.chain(from.iter().map(|address| expression::drop_source(*address))) {
                requests.push(table.rule(operation, device, rule));
                rules += 1;
            }
        }
        table.enforce(operation, requests, rules)
    }

    /// Makes rules of the host's own firewall.
    pub(super) fn firewall(host: &Host, lines: &[Line], operation: &str) -> Result<Self, Error> {
        let table = Self::name(host, Family::Inet);
        let mut requests = vec![table.make(operation)];
        for (which, chain_name) in [(Chain::Input, "input"), (Chain::Output, "output")] {
            let mut of_chain = lines.iter().filter(|line| line.chain == which).peekable();
            if of_chain.peek().is_some() {
                requests.push(table.chain(operation, chain_name, filter_hook(which)));
            }
            for line in of_chain {
                requests.push(table.rule(operation, chain_name, expression::of_line(line)));
            }
        }
        table.enforce(operation, requests, lines.len())
    }

    fn name(host: &Host, family: Family) -> Self {
        let name = format!("netns-test-{}", host.next_number());
        Self { host: host.clone(), family, name }
    }

    fn make(&self, operation: &str) -> message::NftRequest {
        Request::new(operation, table(self.family, &self.name), NLM_F_CREATE | NLM_F_EXCL)
    }

    fn chain(&self, operation: &str, name: &str, hook: message::BaseHook) -> message::NftRequest {
        Request::new(operation, chain(self.family, &self.name, name, hook), NLM_F_CREATE)
    }

    fn rule(
        &self,
        operation: &str,
        chain: &str,
        expressions: Vec<expression::Expression>,
    ) -> message::NftRequest {
        let message = rule(self.family, &self.name, chain, expressions);
        Request::new(operation, message, NLM_F_CREATE | libc::NLM_F_APPEND as u16)
    }

    /// Puts the table in force, and reads it back: what the kernel holds is what was asked for.
    fn enforce(
        self,
        operation: &str,
        requests: Vec<message::NftRequest>,
        rules: usize,
    ) -> Result<Self, Error> {
        self.host.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch(requests)))?;
        let held = self.rules()?.len();
        if held != rules {
            let cause = format!("the kernel holds {held} rules of {rules}");
            self.delete()?;
            return Err(Error::new(operation, cause));
        }
        Ok(self)
    }

    /// The packets that its rules took away or refused.
    pub(super) fn packets(&self) -> Result<u64, Error> {
        Ok(self.rules()?.iter().map(count_packets).sum())
    }

    /// Takes the table away, and looks that it is gone.
    ///
    /// # Errors
    ///
    /// If it was gone already: then the block ended before its time.
    pub(super) fn remove(&self) -> Result<(), Error> {
        self.delete()?;
        match self.rules() {
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
            Ok(rules) if rules.is_empty() => Ok(()),
            Ok(_) => Err(Error::new(self.operation("delete"), "it is still there")),
            Err(error) => Err(error),
        }
    }

    fn delete(&self) -> Result<(), Error> {
        let request =
            Request::new(self.operation("delete"), delete_table(self.family, &self.name), 0);
        let result = self
            .host
            .netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch(vec![request])));
        result.map_err(|error| match error.raw_os_error() {
            Some(libc::ENOENT) => Error::new(
                self.operation("delete"),
                "it was gone before: something flushed the ruleset, and the block ended then",
            ),
            _ => error,
        })
    }

    fn rules(&self) -> Result<Vec<message::Message>, Error> {
        let message = get_rules(self.family, &self.name);
        let request = Request::new(self.operation("read"), message, NLM_F_DUMP);
        self.host.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))
    }

    fn operation(&self, verb: &str) -> String {
        format!("{verb} nftables table `{}` of `{}`", self.name, self.host.name())
    }
}
