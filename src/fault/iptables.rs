//! Rules made by the programs iptables and ip6tables, for those who must test those very rules.
//!
//! Each family's rules stand in two chains of the block's own, `netns-test-N-INPUT` and
//! `netns-test-N-OUTPUT`, to which one rule in INPUT or OUTPUT jumps. The jump comes last and
//! goes first, so that a block of many rules is in effect at once, and a rule of a user's program
//! is never mistaken for ours.

use std::io;

use iptables::IPTables;

use super::firewall::{Chain, Target};
use super::line::Line;
use crate::{Error, Host};

/// Chains that are in force in a host.
pub(super) struct Chains {
    host: Host,
    /// The jumps, in the order in which they were made.
    jumps: Vec<Jump>,
}

/// A chain of ours and how it is reached.
struct Jump {
    program: &'static str,
    from: Chain,
    name: String,
}

impl Chains {
    /// Makes the lines, first those for INPUT, of IPv4 before IPv6.
    pub(super) fn make(
        host: &Host,
        programs: [&'static str; 2],
        lines: &[Line],
        operation: &str,
    ) -> Result<Self, Error> {
        let number = host.next_number();
        // Begun empty: if a program fails half-way, dropping it undoes what was made.
        let mut chains = Self { host: host.clone(), jumps: Vec::new() };
        for (program, ipv6) in programs.into_iter().zip([false, true]) {
            for from in [Chain::Input, Chain::Output] {
                let ours: Vec<&Line> = lines
                    .iter()
                    .filter(|line| line.is_ipv6() == ipv6 && line.chain == from)
                    .collect();
                if ours.is_empty() {
                    continue;
                }
                let name = format!("netns-test-{number}-{}", word(from));
                chains.run(program, operation, &format!("-N {name}"))?;
                chains.jumps.push(Jump { program, from, name: name.clone() });
                for line in &ours {
                    chains.run(program, operation, &format!("-A {name} {}", arguments(line)))?;
                }
                chains.run(program, operation, &format!("-I {} 1 -j {name}", word(from)))?;
                chains.verify(program, &name, ours.len(), operation)?;
            }
        }
        Ok(chains)
    }

    /// Reads back what the kernel holds.
    fn verify(
        &self,
        program: &'static str,
        name: &str,
        rules: usize,
        operation: &str,
    ) -> Result<(), Error> {
        let listed = self.run(program, operation, "-S")?;
        let held = listed.lines().filter(|line| line.starts_with(&format!("-A {name} "))).count();
        let reached = listed.lines().any(|line| line.ends_with(&format!(" -j {name}")));
        if held == rules && reached {
            return Ok(());
        }
        let cause = format!("`{program} -S` shows {held} rules of {rules} in chain {name}");
        Err(Error::new(operation, cause))
    }

    /// The packets that the rules took away or refused.
    pub(super) fn packets(&self) -> Result<u64, Error> {
        let mut packets = 0;
        for Jump { program, name, .. } in &self.jumps {
            let operation = format!("read the counters of chain {name} of `{}`", self.host.name());
            let listed = self.run(program, &operation, &format!("-L {name} -n -v -x"))?;
            // Two lines of headings, then a line for each rule that begins with its packets.
            let counts = listed.lines().skip(2).filter_map(|line| line.split_whitespace().next());
            packets += counts.filter_map(|count| count.parse::<u64>().ok()).sum::<u64>();
        }
        Ok(packets)
    }

    /// Takes all of it away; goes on when a part is gone already, and says so.
    pub(super) fn remove(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        for Jump { program, from, name } in std::mem::take(&mut self.jumps) {
            let operation = format!("delete chain {name} of `{}`", self.host.name());
            for command in
                [format!("-D {} -j {name}", word(from)), format!("-F {name}"), format!("-X {name}")]
            {
                result = result.and(self.run(program, &operation, &command).map(drop));
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
            return Err(Error::unsupported(operation, cause));
        }
        Err(Error::new(operation, cause))
    }
}

impl Drop for Chains {
    fn drop(&mut self) {
        // Only what `remove` or `keep` has not dealt with is left, after a failure.
        let _ = self.remove();
    }
}

fn trouble(program: &str, operation: &str, error: &(dyn std::error::Error + 'static)) -> Error {
    match error.downcast_ref::<io::Error>() {
        Some(error) if error.kind() == io::ErrorKind::NotFound => {
            Error::unsupported(operation, format!("the program `{program}` is not installed"))
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

/// A line in the program's own words.
fn arguments(line: &Line) -> String {
    let peer = match line.chain {
        Chain::Input => "-s",
        Chain::Output => "-d",
    };
    let mut words = vec![format!("{peer} {}", line.peer)];
    words.extend(line.protocol.map(|protocol| format!("-p {}", protocol.word(line.is_ipv6()))));
    words.extend(line.sport.map(|port| format!("--sport {port}")));
    words.extend(line.dport.map(|port| format!("--dport {port}")));
    words.push(match line.target {
        Target::Drop => "-j DROP".to_owned(),
        Target::Reject(kind) => {
            let kind = kind.word(line.is_ipv6()).unwrap_or_default();
            format!("-j REJECT --reject-with {kind}")
        }
    });
    words.join(" ")
}
