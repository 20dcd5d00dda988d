use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL};

use super::super::counter::Count;
use super::super::firewall::Chain;
use super::super::firewall_probe::{self, Probe};
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
///
/// The first rules of each chain are for the block's probes ([`firewall_probe`]): their counters
/// show that the chain is reached.
pub(in crate::fault) struct Table {
    host: Host,
    name: String,
    /// One for each chain and family: those of INPUT first.
    probes: Vec<Probe>,
    /// Its rules, as the kernel lists them: those of INPUT first.
    lines: Vec<Line>,
}

impl Table {
    /// Makes rules of the host's own firewall, and looks that they act.
    pub(in crate::fault) fn firewall(
        host: &Host,
        lines: &[Line],
        operation: &str,
    ) -> Result<Self, Error> {
        let number = host.next_number();
        let (input, output): (Vec<&Line>, Vec<&Line>) =
            lines.iter().partition(|line| line.chain == Chain::Input);
        let in_order = input.iter().chain(&output).copied().cloned().collect();
        let name = format!("netns-test-{number}");
        let probes = Probe::of_lines(number, lines);
        let table = Self { host: host.clone(), name, probes, lines: in_order };
        let mut requests = vec![table.make(operation)];
        for (which, name, lines) in
            [(Chain::Input, "input", input), (Chain::Output, "output", output)]
        {
            if !lines.is_empty() {
                requests.push(table.chain(operation, name, filter_hook(which)));
            }
            let probes = table.probes.iter().filter(|probe| probe.chain == which);
            let probes = probes.map(|probe| expression::of_probe(*probe));
            for rule in probes.chain(lines.into_iter().map(expression::of_line)) {
                requests.push(table.rule(operation, name, rule));
            }
        }
        table.enforce(requests, operation)
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

    /// Puts the table in force, reads it back, and looks that it acts.
    fn enforce(self, requests: Vec<NftRequest>, operation: &str) -> Result<Self, Error> {
        self.commit(requests)?;
        match self.verify(&vec![0; self.probes.len()], operation) {
            Ok(()) => Ok(self),
            Err(error) => self.delete().and(Err(error)),
        }
    }

    /// Looks that the kernel holds what was asked for, and that it acts.
    fn verify(&self, counted_before: &[u64], operation: &str) -> Result<(), Error> {
        let asked = (&self.probes[..], counted_before);
        firewall_probe::verify_acts(&self.host, asked, || self.probes_counted(), operation)
    }

    fn verify_passes(&self, operation: &str) -> Result<(), Error> {
        firewall_probe::verify_passes(&self.host, &self.probes, operation)
    }

    /// What each of its rules has counted, in their order; those for probes are not among them.
    pub(in crate::fault) fn counts(&self) -> Result<Vec<Count>, Error> {
        Ok(self.held()?[1].iter().map(count).collect())
    }

    fn probes_counted(&self) -> Result<Vec<u64>, Error> {
        Ok(self.held()?[0].iter().map(|rule| count(rule).packets).collect())
    }

    pub(in crate::fault) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(in crate::fault) fn host(&self) -> &Host {
        &self.host
    }

    /// Lets traffic pass, and keeps the rules with their counters.
    pub(in crate::fault) fn suspend(&mut self) -> Result<(), Error> {
        self.held()?;
        let operation = self.operation("suspend");
        self.set_dormant(true, &operation)?;
        self.verify_passes(&operation)
    }

    /// Puts the rules in force again.
    pub(in crate::fault) fn resume(&mut self) -> Result<(), Error> {
        let before = self.probes_counted()?;
        let operation = self.operation("resume");
        self.set_dormant(false, &operation)?;
        self.verify(&before, &operation)
    }

    fn set_dormant(&self, dormant: bool, operation: &str) -> Result<(), Error> {
        let message = dormant_table(Family::Inet, &self.name, dormant);
        self.commit(vec![Request::new(operation, message, 0)])
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

    /// Takes the table away, looks that it is gone and that traffic passes, and returns how many
    /// packets it had counted.
    ///
    /// # Errors
    ///
    /// If it was gone already: then the block ended before its time.
    pub(in crate::fault) fn remove(&mut self) -> Result<u64, Error> {
        let packets = self.counts()?.iter().map(|count| count.packets).sum();
        self.delete()?;
        if !self.rules()?.is_empty() {
            return Err(Error::new(self.operation("delete"), "it is still there"));
        }
        self.verify_passes(&self.operation("delete"))?;
        Ok(packets)
    }

    fn delete(&self) -> Result<(), Error> {
        let message = delete_table(Family::Inet, &self.name);
        self.commit(vec![Request::new(self.operation("delete"), message, 0)])
    }

    /// The rules that the kernel holds, which must be all: those for probes, and the others.
    fn held(&self) -> Result<[Vec<Message>; 2], Error> {
        let held = self.rules()?;
        // The kernel lists the rules of a table that is not there as none.
        if held.is_empty() {
            return Err(Error::new(self.operation("read"), FLUSHED));
        }
        let all = self.probes.len() + self.lines.len();
        if held.len() != all {
            let cause = format!("it has {} rules of {all}", held.len());
            return Err(Error::new(self.operation("read"), cause));
        }
        let mut held = held.into_iter();
        let mut sorted = [Vec::new(), Vec::new()];
        for chain in [Chain::Input, Chain::Output] {
            let probes = self.probes.iter().filter(|probe| probe.chain == chain).count();
            let lines = self.lines.iter().filter(|line| line.chain == chain).count();
            sorted[0].extend(held.by_ref().take(probes));
            sorted[1].extend(held.by_ref().take(lines));
        }
        Ok(sorted)
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
