//! Rules made by the programs iptables and ip6tables, for those who must test those very rules.
//!
//! Each family's rules stand in two chains of the block's own, `netns-test-N-INPUT` and
//! `netns-test-N-OUTPUT`, to which one rule in INPUT or OUTPUT jumps. The jump comes last and
//! goes first, so that a block of many rules is in effect at once, and a rule of a user's program
//! is never mistaken for ours.

use std::io;

use iptables::IPTables;

use super::counter::Count;
use super::firewall::{Chain, Target};
use super::line::Line;
use super::nftables::FLUSHED;
use crate::sys::process::is_missing;
use crate::{Error, Host};

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
    from: Chain,
    name: String,
    /// How many rules the chain has.
    rules: usize,
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
        let mut chains =
            Self { host: host.clone(), jumps: Vec::new(), lines: Vec::new(), suspended: false };
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
                chains.jumps.push(Jump { program, from, name: name.clone(), rules: ours.len() });
                for line in ours {
                    chains.lines.push(line.clone());
                    chains.run(program, operation, &format!("-A {name} {}", arguments(line)))?;
                }
                chains.run(program, operation, &format!("-I {} 1 -j {name}", word(from)))?;
                chains.jumps.last().map_or(Ok(()), |jump| chains.verify(jump, operation))?;
            }
        }
        Ok(chains)
    }

    /// Reads back what the kernel holds.
    fn verify(&self, jump: &Jump, operation: &str) -> Result<(), Error> {
        if self.stands(jump, operation)? {
            return Ok(());
        }
        let cause =
            format!("`{} -S` does not show {} rules in {}", jump.program, jump.rules, jump.name);
        Err(Error::new(operation, cause))
    }

    /// The rules, in the order of [`counts`](Self::counts).
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    /// What each of the rules has counted.
    ///
    /// # Errors
    ///
    /// If a rule or the jump to it is no longer there.
    pub(super) fn counts(&self) -> Result<Vec<Count>, Error> {
        let mut counts = Vec::new();
        for jump in &self.jumps {
            let operation = format!("read the rules of `{}`", self.host.name());
            if !self.stands(jump, &operation)? {
                return Err(Error::new(operation, FLUSHED));
            }
            let listed =
                self.run(jump.program, &operation, &format!("-L {} -n -v -x", jump.name))?;
            // Two lines of headings, then a line for each rule: packets, bytes, and what it does.
            for line in listed.lines().skip(2) {
                let mut numbers = line.split_whitespace().map_while(|word| word.parse().ok());
                let (packets, bytes) = (numbers.next(), numbers.next());
                counts.extend(packets.zip(bytes).map(|(packets, bytes)| Count { packets, bytes }));
            }
        }
        Ok(counts)
    }

    /// Whether all rules of a chain are there, and the jump to it unless it is suspended.
    fn stands(&self, jump: &Jump, operation: &str) -> Result<bool, Error> {
        let listed = self.run(jump.program, operation, "-S")?;
        let of_chain = format!("-A {} ", jump.name);
        let held = listed.lines().filter(|line| line.starts_with(&of_chain)).count();
        let reached = listed.lines().any(|line| line.ends_with(&format!(" -j {}", jump.name)));
        Ok(held == jump.rules && (reached || self.suspended))
    }

    /// Lets traffic pass, and keeps the rules with their counters.
    pub(super) fn suspend(&mut self) -> Result<(), Error> {
        self.suspended = true;
        self.jumps.iter().try_for_each(|jump| self.set_jump("-D", jump, "suspend"))
    }

    /// Puts the rules in force again, those that are not.
    pub(super) fn resume(&mut self) -> Result<(), Error> {
        for jump in &self.jumps {
            if self.set_jump("-C", jump, "look for").is_err() {
                self.set_jump("-I", jump, "resume")?;
            }
        }
        self.suspended = false;
        Ok(())
    }

    fn set_jump(&self, command: &str, jump: &Jump, verb: &str) -> Result<(), Error> {
        let operation = format!("{verb} chain {} of `{}`", jump.name, self.host.name());
        let arguments = format!("{command} {} -j {}", word(jump.from), jump.name);
        self.run(jump.program, &operation, &arguments).map(drop)
    }

    /// Takes all of it away; goes on when a part is gone already, and says so.
    pub(super) fn remove(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        // Begun by a look, or a half that is gone would be told in the programs' own words.
        let gone = self
            .jumps
            .iter()
            .any(|jump| self.stands(jump, "look for the rules").is_ok_and(|stands| !stands));
        for jump in std::mem::take(&mut self.jumps) {
            let left = self.set_jump("-D", &jump, "delete");
            result = result.and(if self.suspended { Ok(()) } else { left });
            for command in ["-F", "-X"] {
                let operation = format!("delete chain {} of `{}`", jump.name, self.host.name());
                let done = self.run(jump.program, &operation, &format!("{command} {}", jump.name));
                result = result.and(done.map(drop));
            }
        }
        match gone {
            true => Err(Error::new(format!("delete the rules of `{}`", self.host.name()), FLUSHED)),
            false => result,
        }
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
        Some(error) if is_missing(program, error) => {
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
pub(super) fn arguments(line: &Line) -> String {
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
