use std::num::NonZeroUsize;

use crate::proof::Proof;

pub(crate) const USAGE: &str = "\
usage: proofs/run [NAME…] [--quick] [--repeat N] [--jobs N] [--busy] [--any-server]
  NAME        a folder of proofs/; without any, all of them
  --quick     those that need no server and little compiling
  --repeat N  each side N times
  --jobs N    as many runs at the same time
  --busy      with a thread that spins on each processor
  --any-server
              with the servers that are here, whatever their versions";

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Options {
    names: Vec<String>,
    quick: bool,
    pub(crate) repeat: NonZeroUsize,
    pub(crate) jobs: NonZeroUsize,
    pub(crate) busy: bool,
    /// Whether servers may have other versions than those with which the proofs were made.
    pub(crate) any_server: bool,
}

impl Options {
    /// # Errors
    ///
    /// If an argument is none of those in the usage.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let one = NonZeroUsize::MIN;
        let mut options = Self {
            names: vec![],
            quick: false,
            repeat: one,
            jobs: one,
            busy: false,
            any_server: false,
        };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--busy" => options.busy = true,
                "--any-server" => options.any_server = true,
                "--repeat" => options.repeat = number(&argument, arguments.next())?,
                "--jobs" => options.jobs = number(&argument, arguments.next())?,
                name if !name.starts_with('-') => options.names.push(argument),
                _ => return Err(format!("there is no option `{argument}`\n{USAGE}")),
            }
        }
        Ok(options)
    }

    /// Those of the proofs that are asked for, in the order of their names.
    ///
    /// # Errors
    ///
    /// If a name is none's, or none is left: nothing that was run is no success.
    pub(crate) fn chosen(&self, proofs: Vec<Proof>) -> Result<Vec<Proof>, String> {
        for name in &self.names {
            if !proofs.iter().any(|proof| proof.name == *name) {
                let names: Vec<&str> = proofs.iter().map(|proof| proof.name.as_str()).collect();
                return Err(format!("there is no proof `{name}`, only {}", names.join(", ")));
            }
        }
        let wanted = |proof: &Proof| {
            (self.names.is_empty() || self.names.contains(&proof.name))
                && (!self.quick || proof.quick)
        };
        let chosen: Vec<Proof> = proofs.into_iter().filter(wanted).collect();
        if chosen.is_empty() {
            Err("no proof matches these arguments".to_owned())
        } else {
            Ok(chosen)
        }
    }
}

fn number(option: &str, argument: Option<String>) -> Result<NonZeroUsize, String> {
    let number = argument.as_deref().and_then(|argument| argument.parse().ok());
    number.ok_or_else(|| format!("{option} needs a number from 1\n{USAGE}"))
}
