use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL};

use super::super::counter::Count;
use super::super::firewall::Chain;
use super::super::line::Line;
use super::expression::{self, Expression};
use super::message::{
    Family, Message, NftRequest, batch, chain, count, delete_table, dormant_table, filter_hook,
    get_rules, rule, table,
};
use super::{FLUSHED, NETLINK_NETFILTER};
use crate::netlink::Request;
use crate::{Error, Host};

/// A table of rules of a host's own firewall: made and taken away in one transaction each, so that
/// it never disturbs another block, or rules of a user's program.
pub(in crate::fault) struct Table {
    host: Host,
    name: String,
    /// Its rules, as the kernel lists them: those of INPUT first.
    lines: Vec<Line>,
}

impl Table {
    /// Makes rules of the host's own firewall.
    pub(in crate::fault) fn firewall(
        host: &Host,
        lines: &[Line],
        operation: &str,
    ) -> Result<Self, Error> {
        let name = format!("netns-test-{}", host.next_number());
        let (input, output): (Vec<&Line>, Vec<&Line>) =
            lines.iter().partition(|line| line.chain == Chain::Input);
        let in_order = input.iter().chain(&output).copied().cloned().collect();
        let table = Self { host: host.clone(), name, lines: in_order };
        let mut requests = vec![table.make(operation)];
        for (which, name, lines) in
            [(Chain::Input, "input", input), (Chain::Output, "output", output)]
        {
            if !lines.is_empty() {
                requests.push(table.chain(operation, name, filter_hook(which)));
            }
            for line in lines {
                requests.push(table.rule(operation, name, expression::of_line(line)));
            }
        }
        table.enforce(requests)
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
    fn enforce(self, requests: Vec<NftRequest>) -> Result<Self, Error> {
        self.commit(requests)?;
        match self.held() {
            Ok(_) => Ok(self),
            Err(error) => self.delete().and(Err(error)),
        }
    }

    /// What each of its rules has counted, in their order.
    pub(in crate::fault) fn counts(&self) -> Result<Vec<Count>, Error> {
        Ok(self.held()?.iter().map(count).collect())
    }

    pub(in crate::fault) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(in crate::fault) fn host(&self) -> &Host {
        &self.host
    }

    /// Lets traffic pass, and keeps the rules with their counters.
    pub(in crate::fault) fn suspend(&mut self) -> Result<(), Error> {
        self.set_dormant(true, "suspend")
    }

    /// Puts the rules in force again.
    pub(in crate::fault) fn resume(&mut self) -> Result<(), Error> {
        self.set_dormant(false, "resume")
    }

    fn set_dormant(&self, dormant: bool, verb: &str) -> Result<(), Error> {
        self.held()?;
        let message = dormant_table(Family::Inet, &self.name, dormant);
        self.commit(vec![Request::new(self.operation(verb), message, 0)])
    }

    fn commit(&self, requests: Vec<NftRequest>) -> Result<(), Error> {
        let transaction = batch(requests);
        let done = self
            .host
            .netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch::<Message>(transaction));
        done.map(drop).map_err(|error| match error.raw_os_error() {
            Some(libc::EMSGSIZE) => error.with_help(
                "a block's rules go to the kernel in one piece, and so many do not: each rule counts \
                 once for each address of the peer; use several blocks",
            ),
            _ => error,
        })
    }

    /// Takes the table away, and looks that it is gone.
    ///
    /// # Errors
    ///
    /// If it was gone already: then the block ended before its time.
    pub(in crate::fault) fn remove(&mut self) -> Result<(), Error> {
        self.held()?;
        self.delete()?;
        match self.rules()?.len() {
            0 => Ok(()),
            _ => Err(Error::new(self.operation("delete"), "it is still there")),
        }
    }

    fn delete(&self) -> Result<(), Error> {
        let message = delete_table(Family::Inet, &self.name);
        self.commit(vec![Request::new(self.operation("delete"), message, 0)])
    }

    /// The rules that the kernel holds, which must be all.
    fn held(&self) -> Result<Vec<Message>, Error> {
        let held = self.rules()?;
        // The kernel lists the rules of a table that is not there as none.
        if held.is_empty() {
            return Err(Error::new(self.operation("read"), FLUSHED));
        }
        if held.len() != self.lines.len() {
            let cause = format!("it has {} rules of {}", held.len(), self.lines.len());
            return Err(Error::new(self.operation("read"), cause));
        }
        Ok(held)
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
