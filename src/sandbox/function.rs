//! A function that this process was started for, instead of a test or a program.
//!
//! The test binary is run again as for the test that started it, but runs the function in place of the
//! test. The runtime and the harness do the same before that as for any test, so the function finds a
//! familiar process.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::RawFd;
use std::process::{ExitCode, exit};

use nix::unistd::dup2_stdout;

use super::panics::{self, Panic};
use crate::sys::function::Place;
use crate::sys::{descriptor, environment};

/// Set in the process of a function, and only until that begins.
const VARIABLE: &str = "NETNS_TEST_FUNCTION";

/// What a process is told of the function that it is to run.
pub(crate) struct Call {
    /// One that knows the types of the function.
    pub(crate) caller: Place,
    pub(crate) function: Place,
    /// Descriptors that it finds open: its argument, its standard output, and where it says that it
    /// has begun, and what panics in it.
    pub(crate) argument: RawFd,
    pub(crate) output: RawFd,
    pub(crate) reports: RawFd,
}

/// What the process of a function says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Report {
    Begun,
    Panicked(Panic),
}

impl Call {
    /// The variable that tells it, and its value.
    pub(crate) fn variable(&self) -> (&'static str, String) {
        let Self { caller, function, argument, output, reports } = self;
        let (caller, function) = (caller.number(), function.number());
        (VARIABLE, format!("{caller} {function} {argument} {output} {reports}"))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let mut place = || words.next()?.parse().ok().map(Place::from_number);
        let (caller, function) = (place()?, place()?);
        let mut file = || words.next()?.parse().ok();
        let (argument, output, reports) = (file()?, file()?, file()?);
        Some(Self { caller, function, argument, output, reports })
    }
}

/// Runs the function that this process was started for, and ends it; returns if there is none.
pub(super) fn run_if_asked() {
    let Some(told) = std::env::var(VARIABLE).ok() else { return };
    environment::remove(VARIABLE);
    let ran = Call::parse(&told).ok_or_else(|| io::ErrorKind::InvalidData.into()).and_then(run);
    match ran {
        Ok(code) => exit(number(code)),
        Err(error) => {
            eprintln!("netns-test: the process of a function cannot begin: {error}");
            exit(super::runner::RED)
        }
    }
}

fn run(call: Call) -> io::Result<ExitCode> {
    // libtest's own words are in the buffer of this handle; nobody reads them.
    io::stdout().flush()?;
    dup2_stdout(descriptor::inherited(call.output)?)?;
    let mut bytes = Vec::new();
    File::from(descriptor::inherited(call.argument)?).read_to_end(&mut bytes)?;
    panics::record_for(descriptor::inherited(call.reports)?.into());
    panics::tell(&Report::Begun);
    let caller = call.caller.caller();
    let code = panics::caught(|| caller(call.function, &bytes));
    // What it said has been told when it panicked.
    let code = code.unwrap_or(ExitCode::from(super::runner::RED as u8));
    io::stdout().flush()?;
    Ok(code)
}

/// The number of a code, which has no other way to be known.
fn number(code: ExitCode) -> i32 {
    let known = (0..=u8::MAX).find(|number| ExitCode::from(*number) == code);
    known.map_or(super::runner::RED, i32::from)
}

impl Report {
    /// A report, as a tag and texts with their lengths.
    pub(super) fn encode(&self) -> Vec<u8> {
        let Self::Panicked(Panic { thread, message, location }) = self else { return vec![b'b'] };
        let mut bytes = vec![b'p'];
        for text in [thread, message, location] {
            bytes.extend((text.len() as u32).to_ne_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes
    }

    /// Takes the first report off the bytes, if it is complete.
    pub(crate) fn take(bytes: &mut Vec<u8>) -> Option<Self> {
        let (report, rest) = Self::decode(bytes)?;
        let rest = bytes.len() - rest.len();
        bytes.drain(..rest);
        Some(report)
    }

    fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (tag, mut rest) = bytes.split_first()?;
        if *tag == b'b' {
            return Some((Self::Begun, rest));
        }
        let mut text = || {
            let (length, after) = rest.split_first_chunk()?;
            let (text, after) = after.split_at_checked(u32::from_ne_bytes(*length) as usize)?;
            rest = after;
            Some(String::from_utf8_lossy(text).into_owned())
        };
        let (thread, message, location) = (text()?, text()?, text()?);
        Some((Self::Panicked(Panic { thread, message, location }), rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_a_call_is_understood() {
        let (caller, function) = (Place::from_number(-4096), Place::from_number(i32::MAX as isize));
        let call = Call { caller, function, argument: 7, output: 8, reports: 12 };
        let read = Call::parse(&call.variable().1).expect("it is whole");
        assert_eq!((read.caller, read.function), (caller, function));
        assert_eq!((read.argument, read.output, read.reports), (7, 8, 12));
        assert!(Call::parse("1 2 3").is_none());
    }

    #[test]
    fn reports_survive_the_pipe_in_any_pieces() {
        let text = |text: &str| text.to_owned();
        let panic =
            Panic { thread: text("main"), message: text("ünicode\nand more"), location: text("") };
        let reports = [Report::Begun, Report::Panicked(panic.clone()), Report::Panicked(panic)];
        let wire: Vec<u8> = reports.iter().flat_map(Report::encode).collect();
        let (mut bytes, mut read) = (Vec::new(), Vec::new());
        for byte in wire {
            bytes.push(byte);
            read.extend(Report::take(&mut bytes));
        }
        assert_eq!(read, reports);
        assert!(bytes.is_empty());
    }
}
