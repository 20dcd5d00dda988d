use std::net::IpAddr;

use crate::netlink::{Message, NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, Request};

use super::counter::Count;
use super::firewall_probe::{self, Probe};
use super::line::Line;
use super::part::FLUSHED;
use super::ready;
use super::rule::{Chain, Target};
use crate::family::Family;
use crate::nftables::{
    Base, Expression, Hook, Key, NETLINK_NETFILTER, Operator, TableFamily, Verdict, batches, chain,
    compare, count, counter, delete_table, dormant_table, fits, get_rules, load, meta, reject,
    rule, table, verdict,
};
use crate::{Error, Host};

/// Just before the filter table of iptables and of most people (nft(8), priority `filter` is 0).
const BEFORE_FILTER: i32 = -1;

/// A table of rules of a host's own firewall: made and removed in one step each, so that it never disturbs
/// another block, or rules of a user's program.
///
/// The first rules of each chain are for the block's probes ([`firewall_probe`]): their counters
/// show that the chain is reached.
pub(super) struct FirewallTable {
    host: Host,
    name: String,
    /// One for each chain and family: those of INPUT first.
    probes: Vec<Probe>,
    /// Its rules, as the kernel lists them: those of INPUT first.
    lines: Vec<Line>,
}

impl FirewallTable {
    /// Makes rules of the host's own firewall, and checks that they act.
    pub(super) fn make(host: &Host, lines: &[Line], operation: &str) -> Result<Self, Error> {
        let number = host.next_number();
        let (input, output): (Vec<&Line>, Vec<&Line>) =
            lines.iter().partition(|line| line.chain == Chain::Input);
        let in_order = input.iter().chain(&output).copied().cloned().collect();
        let name = format!("netns-test-{number}");
        let probes = Probe::of_lines(number, lines);
        let table = Self { host: host.clone(), name, probes, lines: in_order };
        let mut requests = Vec::new();
        for (which, name, lines) in
            [(Chain::Input, "input", input), (Chain::Output, "output", output)]
        {
            if !lines.is_empty() {
                requests.push(table.chain(operation, name, which));
            }
            let probes = table.probes.iter().filter(|probe| probe.chain == which);
            let probes = probes.map(|probe| of_probe(*probe));
            for rule in probes.chain(lines.into_iter().map(of_line)) {
                requests.push(table.rule(operation, name, &rule));
            }
        }
        table.enforce(requests, operation)
    }

    fn chain(&self, operation: &str, name: &str, which: Chain) -> Request {
        let hook = match which {
            Chain::Input => Hook::Input { priority: BEFORE_FILTER },
            Chain::Output => Hook::Output { priority: BEFORE_FILTER },
        };
        Request::new(operation, chain(TableFamily::Inet, &self.name, name, &hook), NLM_F_CREATE)
    }

    fn rule(&self, operation: &str, chain: &str, expressions: &[Expression]) -> Request {
        let message = rule(TableFamily::Inet, &self.name, chain, expressions);
        Request::new(operation, message, NLM_F_CREATE | NLM_F_APPEND)
    }

    /// Puts the table in force, reads it back, and checks that it acts.
    ///
    /// A table too large for one transaction is made dormant, in pieces, and woken in one step.
    fn enforce(self, rules: Vec<Request>, operation: &str) -> Result<Self, Error> {
        let asleep = !fits(&rules, &[]);
        let message = match asleep {
            true => dormant_table(TableFamily::Inet, &self.name, true),
            false => table(TableFamily::Inet, &self.name, false),
        };
        let mut requests = vec![Request::new(operation, message, NLM_F_CREATE | NLM_F_EXCL)];
        requests.extend(rules);
        let made = self.commit(requests).and_then(|()| match asleep {
            true => self.set_dormant(false, operation),
            false => Ok(()),
        });
        let verified = made.and_then(|()| self.verify(&vec![0; self.probes.len()], operation));
        match verified {
            Ok(()) => Ok(self),
            Err(error) => {
                // The first error is the one to be told; there may be nothing to delete.
                let _ = self.delete();
                Err(error)
            }
        }
    }

    /// Checks that the kernel holds what was asked for, and that it acts.
    fn verify(&self, counted_before: &[u64], operation: &str) -> Result<(), Error> {
        let asked = (&self.probes[..], counted_before);
        firewall_probe::verify_acts(&self.host, asked, || self.probes_counted(), operation)
    }

    fn verify_passes(&self, operation: &str) -> Result<(), Error> {
        firewall_probe::verify_passes(&self.host, &self.probes, operation)
    }

    /// What each of its rules has counted, in their order; those for probes are not among them.
    pub(super) fn counts(&self) -> Result<Vec<Count>, Error> {
        let counted = |rule: &Message| {
            let [packets, bytes] = count(rule);
            Count { packets, bytes }
        };
        Ok(self.held()?[1].iter().map(counted).collect())
    }

    fn probes_counted(&self) -> Result<Vec<u64>, Error> {
        Ok(self.held()?[0].iter().map(|rule| count(rule)[0]).collect())
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    /// Lets traffic pass, and keeps the rules with their counters.
    pub(super) fn suspend(&mut self) -> Result<(), Error> {
        self.held()?;
        let operation = self.operation("suspend");
        ready::stay(ready::Kind::Firewall);
        self.set_dormant(true, &operation)?;
        self.verify_passes(&operation)
    }

    /// Puts the rules in force again.
    pub(super) fn resume(&mut self) -> Result<(), Error> {
        let before = self.probes_counted()?;
        let operation = self.operation("resume");
        self.set_dormant(false, &operation)?;
        self.verify(&before, &operation)
    }

    fn set_dormant(&self, dormant: bool, operation: &str) -> Result<(), Error> {
        let message = dormant_table(TableFamily::Inet, &self.name, dormant);
        self.commit(vec![Request::new(operation, message, 0)])
    }

    fn commit(&self, requests: Vec<Request>) -> Result<(), Error> {
        for batch in batches(requests) {
            self.host.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch))?;
        }
        Ok(())
    }

    /// Takes the table away, checks that it is gone and that traffic passes, and returns how many
    /// packets it had counted.
    ///
    /// # Errors
    ///
    /// If it was gone already: then the block ended before its time.
    pub(super) fn remove(&mut self) -> Result<u64, Error> {
        let packets = self.counts()?.iter().map(|count| count.packets).sum();
        self.delete()?;
        if !self.rules()?.is_empty() {
            return Err(Error::new(self.operation("delete"), "it is still there"));
        }
        self.verify_passes(&self.operation("delete"))?;
        Ok(packets)
    }

    fn delete(&self) -> Result<(), Error> {
        ready::stay(ready::Kind::Firewall);
        let message = delete_table(TableFamily::Inet, &self.name);
        self.commit(vec![Request::new(self.operation("delete"), message, 0)])
    }

    /// The rules that the kernel holds, which must be all: those for probes, and the others.
    fn held(&self) -> Result<[Vec<Message>; 2], Error> {
        let held = self.rules()?;
        // The kernel lists the rules of a table that is not there as none.
        if held.is_empty() {
            return Err(Error::lost(self.operation("read"), FLUSHED));
        }
        let all = self.probes.len() + self.lines.len();
        if held.len() != all {
            let cause = format!("it has {} rules of {all}", held.len());
            return Err(Error::lost(self.operation("read"), cause));
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
        let message = get_rules(TableFamily::Inet, &self.name, None);
        let request = Request::new(self.operation("read"), message, NLM_F_DUMP);
        self.host.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))
    }

    fn operation(&self, verb: &str) -> String {
        format!("{verb} nftables table `{}` of `{}`", self.name, self.host.name())
    }
}

/// `ip saddr ADDRESS tcp dport PORT counter reject with tcp reset`, or what the line says.
fn of_line(line: &Line) -> Vec<Expression> {
    let family = line.family();
    let mut rule = of_family(family);
    rule.extend(match line.chain {
        Chain::Input => source(line.peer),
        Chain::Output => destination(line.peer),
    });
    if let Some(wanted) = line.protocol {
        rule.extend(layer_4(wanted.number(family)));
    }
    for (offset, port) in [(0, line.sport), (2, line.dport)] {
        if let Some(port) = port {
            let port = port.to_be_bytes();
            rule.extend([load(Base::Transport, offset, 2), compare(Operator::Equal, &port)]);
        }
    }
    rule.push(counter());
    rule.push(match line.target {
        Target::Drop => verdict(&Verdict::Drop),
        Target::Reject(kind) => reject(kind.code(family)),
    });
    rule
}

/// `ip saddr 240.0.0.14 meta l4proto 253 counter drop`: what the probe of a firewall meets.
fn of_probe(probe: Probe) -> Vec<Expression> {
    let mut rule = of_family(probe.family);
    rule.extend(source(probe.source()));
    rule.extend(layer_4(firewall_probe::PROTOCOL));
    rule.extend([counter(), verdict(&Verdict::Drop)]);
    rule
}

/// `meta protocol ip` or `meta protocol ip6`: the ethertype, which every family knows.
fn of_family(family: Family) -> Vec<Expression> {
    let wanted = family.ethertype().to_be_bytes();
    vec![meta(Key::Protocol), compare(Operator::Equal, &wanted)]
}

/// `meta l4proto NUMBER`
fn layer_4(number: u8) -> Vec<Expression> {
    vec![meta(Key::L4Proto), compare(Operator::Equal, &[number])]
}

fn source(address: IpAddr) -> Vec<Expression> {
    match address {
        IpAddr::V4(v4) => address_at(12, &v4.octets()),
        IpAddr::V6(v6) => address_at(8, &v6.octets()),
    }
}

fn destination(address: IpAddr) -> Vec<Expression> {
    match address {
        IpAddr::V4(v4) => address_at(16, &v4.octets()),
        IpAddr::V6(v6) => address_at(24, &v6.octets()),
    }
}

fn address_at(offset: u32, octets: &[u8]) -> Vec<Expression> {
    let load = load(Base::Network, offset, octets.len() as u32);
    vec![load, compare(Operator::Equal, octets)]
}
