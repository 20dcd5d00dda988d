//! Rules made by the programs iptables and ip6tables, for those who must test those very rules.
//!
//! Each family's rules are in two chains of the block's own, `netns-test-N-INPUT` and
//! `netns-test-N-OUTPUT`, to which one rule in INPUT or OUTPUT jumps. The jump is added last and removed
//! first, so that a block of many rules comes into effect at once, and a user's rule is never mistaken for
//! ours. The first rule of a chain is for the block's probes ([`firewall_probe`]).

use std::io;

use iptables::IPTables;

use super::counter::Count;
use super::firewall_probe::{self, Probe};
use super::line::Line;
use super::notation;
use super::part::FLUSHED;
use super::rule::Chain;
use crate::family::Family;
use crate::sys::process::is_missing;
use crate::{Error, Feature, Host};

/// Chains that are in force in a host.
pub(super) struct Chains {
    host: Host,
    /// The jumps, in the order in which they were made.
    jumps: Vec<Jump>,
    /// The rules, in the order of the jumps.
    lines: Vec<Line>,
    /// Whether the jumps are taken away for a while.
    suspended: bool,
}

/// A chain of ours and how it is reached.
struct Jump {
    program: &'static str,
    name: String,
    /// What its first rule is for. It is in the chain that the probe asks for that the jump is.
    probe: Probe,
    /// How many rules it has besides.
    rules: usize,
}

impl Chains {
    /// Makes the lines, first those for INPUT, of IPv4 before IPv6, and checks that they act.
    pub(super) fn make(
        host: &Host,
        programs: [&'static str; 2],
        lines: &[Line],
        operation: &str,
    ) -> Result<Self, Error> {
        let number = host.next_number();
        // Begun empty: if a program fails half-way, dropping it undoes what was made.
        let mut chains =
            Self { host: host.clone(), jumps: Vec::new(), lines: Vec::new(), suspended: false };
        for (program, family) in programs.into_iter().zip(Family::BOTH) {
            for chain in [Chain::Input, Chain::Output] {
                let ours: Vec<&Line> = lines
                    .iter()
                    .filter(|line| line.family() == family && line.chain == chain)
                    .collect();
                if !ours.is_empty() {
                    let probe = Probe { chain, family, number };
                    chains.add(program, probe, &ours, operation)?;
                }
            }
        }
        chains.verify(&vec![0; chains.jumps.len()], operation)?;
        Ok(chains)
    }

    fn add(
        &mut self,
        program: &'static str,
        probe: Probe,
        lines: &[&Line],
        operation: &str,
    ) -> Result<(), Error> {
        let from = word(probe.chain);
        let name = format!("netns-test-{}-{from}", probe.number);
        self.run(program, operation, &format!("-N {name}"))?;
        self.jumps.push(Jump { program, name: name.clone(), probe, rules: lines.len() });
        self.run(program, operation, &format!("-A {name} {}", probe_arguments(probe)))?;
        for line in lines {
            self.lines.push((*line).clone());
            self.run(program, operation, &format!("-A {name} {}", notation::iptables(line)))?;
        }
        self.run(program, operation, &format!("-I {from} 1 -j {name}")).map(drop)
    }

    /// Reads back what the kernel holds, and checks that it acts.
    fn verify(&self, counted_before: &[u64], operation: &str) -> Result<(), Error> {
        let probes = self.probes();
        let counted = || {
            let held = self.held(operation, |Jump { program, name, .. }| {
                Error::new(
                    operation,
                    format!("`{program} -S` does not show all its rules in {name}"),
                )
            })?;
            Ok(held.iter().map(|counts| counts[0].packets).collect())
        };
        firewall_probe::verify_acts(&self.host, (&probes, counted_before), counted, operation)
    }

    fn verify_passes(&self, probes: &[Probe], operation: &str) -> Result<(), Error> {
        firewall_probe::verify_passes(&self.host, probes, operation)
    }

    fn probes(&self) -> Vec<Probe> {
        self.jumps.iter().map(|jump| jump.probe).collect()
    }

    /// The rules, in the order of [`counts`](Self::counts).
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    /// What each of the rules has counted; those for probes are not among them.
    ///
    /// # Errors
    ///
    /// If a rule or the jump to it is no longer there.
    pub(super) fn counts(&self) -> Result<Vec<Count>, Error> {
        let held = self.read()?;
        Ok(held.into_iter().flat_map(|counts| counts.into_iter().skip(1)).collect())
    }

    fn read(&self) -> Result<Vec<Vec<Count>>, Error> {
        let operation = format!("read the rules of `{}`", self.host.name());
        self.held(&operation, |_| Error::lost(&*operation, FLUSHED))
    }

    /// What the rules of each chain have counted, that for probes first. All must be there, and
    /// the jump to them unless it is suspended.
    fn held(
        &self,
        operation: &str,
        missing: impl Fn(&Jump) -> Error,
    ) -> Result<Vec<Vec<Count>>, Error> {
        let mut listed: Option<(&'static str, String)> = None;
        let mut held = Vec::new();
        for jump in &self.jumps {
            let text = match listed.take() {
                Some((program, text)) if program == jump.program => text,
                _ => self.run(jump.program, operation, "-S -v")?,
            };
            let of_chain = format!("-A {} ", jump.name);
            let ours = text.lines().filter(|line| line.starts_with(&of_chain));
            let counts: Vec<Count> = ours.map(count).collect();
            let to_chain = format!(" -j {}", jump.name);
            let reached = self.suspended || text.lines().any(|line| line.ends_with(&to_chain));
            if counts.len() != 1 + jump.rules || !reached {
                return Err(missing(jump));
            }
            held.push(counts);
            listed = Some((jump.program, text));
        }
        Ok(held)
    }

    /// Lets traffic pass, and keeps the rules with their counters.
    pub(super) fn suspend(&mut self) -> Result<(), Error> {
        self.suspended = true;
        self.jumps.iter().try_for_each(|jump| self.set_jump("-D", jump, "suspend"))?;
        let operation = format!("suspend the rules of `{}`", self.host.name());
        self.verify_passes(&self.probes(), &operation)
    }

    /// Puts the rules in force again, those that are not.
    pub(super) fn resume(&mut self) -> Result<(), Error> {
        let before: Vec<u64> = self.read()?.iter().map(|counts| counts[0].packets).collect();
        for jump in &self.jumps {
            if self.set_jump("-C", jump, "look for").is_err() {
                self.set_jump("-I", jump, "resume")?;
            }
        }
        self.suspended = false;
        self.verify(&before, &format!("resume the rules of `{}`", self.host.name()))
    }

    fn set_jump(&self, command: &str, jump: &Jump, verb: &str) -> Result<(), Error> {
        let operation = format!("{verb} chain {} of `{}`", jump.name, self.host.name());
        let arguments = format!("{command} {} -j {}", word(jump.probe.chain), jump.name);
        self.run(jump.program, &operation, &arguments).map(drop)
    }

    /// Takes all of it away, and checks that traffic passes.
    ///
    /// # Errors
    ///
    /// If a part was gone already. The rest is taken away nevertheless.
    pub(super) fn remove(&mut self) -> Result<(), Error> {
        let operation = format!("delete the rules of `{}`", self.host.name());
        let probes = self.probes();
        // Begun by a look, or a half that is gone would be told in the programs' own words.
        let held = self.held(&operation, |_| Error::lost(&*operation, FLUSHED));
        let done = self.take_away();
        held.and(done)?;
        self.verify_passes(&probes, &operation)
    }

    /// Goes on when a part is gone already, and says so.
    fn take_away(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        for jump in std::mem::take(&mut self.jumps) {
            let left = self.set_jump("-D", &jump, "delete");
            result = result.and(if self.suspended { Ok(()) } else { left });
            for command in ["-F", "-X"] {
                let operation = format!("delete chain {} of `{}`", jump.name, self.host.name());
                let done = self.run(jump.program, &operation, &format!("{command} {}", jump.name));
                result = result.and(done.map(drop));
            }
        }
        result
    }

    /// Leaves the rules in force.
    pub(super) fn keep(&mut self) {
        self.jumps.clear();
    }

    /// Runs the program in the host and returns what it printed.
    fn run(
        &self,
        program: &'static str,
        operation: &str,
        arguments: &str,
    ) -> Result<String, Error> {
        // `new` would start the program once more, to ask for its version.
        let iptables = IPTables { cmd: program, has_check: true, has_wait: true, is_numeric: true };
        let told = self.host.run(|| iptables.execute("filter", arguments));
        let output = told.map_err(|error| trouble(program, operation, &*error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let printed = String::from_utf8_lossy(&output.stderr);
        let cause = format!(
            "`{program} -t filter {arguments}` ended with {}: {}",
            output.status,
            printed.trim()
        );
        // What iptables-legacy says on a kernel that was built without its tables.
        if printed.contains("Table does not exist") {
            return Err(Error::unsupported(operation, cause).for_lack_of(Feature::program(program)));
        }
        Err(Error::new(operation, cause))
    }
}

impl Drop for Chains {
    fn drop(&mut self) {
        // Only what `remove` or `keep` has not dealt with is left, after a failure.
        let _ = self.take_away();
    }
}

fn trouble(program: &str, operation: &str, error: &(dyn std::error::Error + 'static)) -> Error {
    match error.downcast_ref::<io::Error>() {
        Some(error) if is_missing(program, error) => {
            Error::unsupported(operation, format!("the program `{program}` is not installed"))
                .for_lack_of(Feature::program(program))
                .with_help(
                    "install it, `sudo apt-get install iptables` on Debian and Ubuntu; \
                     or use Backend::Nftables, which needs no program",
                )
        }
        _ => Error::new(operation, format!("`{program}` cannot be run: {error}")),
    }
}

fn word(chain: Chain) -> &'static str {
    match chain {
        Chain::Input => "INPUT",
        Chain::Output => "OUTPUT",
    }
}

/// What the rule says that `-S -v` lists so: `-c PACKETS BYTES` is a part of it.
fn count(listed: &str) -> Count {
    let mut words = listed.split_whitespace().skip_while(|word| *word != "-c").skip(1);
    let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or_default();
    Count { packets: number(), bytes: number() }
}

/// The rule for a probe in the program's own words.
fn probe_arguments(probe: Probe) -> String {
    format!("-s {} -p {} -j DROP", probe.source(), firewall_probe::PROTOCOL)
}
