use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL};

use super::super::firewall::Chain;
use super::super::line::Line;
use super::expression::{self, Expression};
use super::message::{
    Family, Message, NftRequest, batch, chain, count_packets, delete_table, filter_hook, get_rules,
    rule, table,
};
use super::{FLUSHED, NETLINK_NETFILTER};
use crate::netlink::Request;
use crate::{Error, Host};

/// A table of rules of a host's own firewall: made and taken away in one transaction each, so that
/// it never disturbs another block, or rules of a user's program.
pub(in crate::fault) struct Table {
    host: Host,
    name: String,
    /// How many rules it has.
    rules: usize,
}

impl Table {
    /// Makes rules of the host's own firewall.
    pub(in crate::fault) fn firewall(
        host: &Host,
        lines: &[Line],
        operation: &str,
    ) -> Result<Self, Error> {
        let name = format!("netns-test-{}", host.next_number());
        let table = Self { host: host.clone(), name, rules: lines.len() };
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
        table.enforce(operation, requests)
    }

    fn make(&self, operation: &str) -> NftRequest {
        Request::new(operation, table(Family::Inet, &self.name), NLM_F_CREATE | NLM_F_EXCL)
    }

    fn chain(&self, operation: &str, name: &str, hook: super::message::BaseHook) -> NftRequest {
        Request::new(operation, chain(Family::Inet, &self.name, name, hook), NLM_F_CREATE)
    }

    fn rule(&self, operation: &str, chain: &str, expressions: Vec<Expression>) -> NftRequest {
        let message = rule(Family::Inet, &self.name, chain, expressions);
        Request::new(operation, message, NLM_F_CREATE | libc::NLM_F_APPEND as u16)
    }

    /// Puts the table in force, and reads it back: what the kernel holds is what was asked for.
    fn enforce(self, operation: &str, requests: Vec<NftRequest>) -> Result<Self, Error> {
        self.host.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch(requests)))?;
        let held = self.rules()?.len();
        if held != self.rules {
            let cause = format!("the kernel holds {held} rules of {}", self.rules);
            self.delete()?;
            return Err(Error::new(operation, cause));
        }
        Ok(self)
    }

    /// The packets that its rules took away or refused.
    pub(in crate::fault) fn packets(&self) -> Result<u64, Error> {
        let rules = self.rules()?;
        // The kernel lists the rules of a table that is not there as none.
        if rules.len() != self.rules {
            return Err(Error::new(self.operation("read"), FLUSHED));
        }
        Ok(rules.iter().map(count_packets).sum())
    }

    /// Takes the table away, and looks that it is gone.
    ///
    /// # Errors
    ///
    /// If it was gone already: then the block ended before its time.
    pub(in crate::fault) fn remove(&self) -> Result<(), Error> {
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
            Request::new(self.operation("delete"), delete_table(Family::Inet, &self.name), 0);
        let result = self
            .host
            .netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch(vec![request])));
        result.map(drop).map_err(|error| match error.raw_os_error() {
            Some(libc::ENOENT) => Error::new(self.operation("delete"), FLUSHED),
            _ => error,
        })
    }

    fn rules(&self) -> Result<Vec<Message>, Error> {
        let message = get_rules(Family::Inet, &self.name, None);
        let request = Request::new(self.operation("read"), message, NLM_F_DUMP);
        self.host.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))
    }

    fn operation(&self, verb: &str) -> String {
        format!("{verb} nftables table `{}` of `{}`", self.name, self.host.name())
    }
}
