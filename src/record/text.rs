//! Entries as text and as lines of JSON.

use std::fmt;

use super::event::{Entry, Event, Verb};
use super::phase::{AddressPhase, ClaimPhase, FaultPhase, ProcessPhase};
use crate::json::Object;
use crate::quoted::Quoted;

/// For instance `   0.001234  client  connect 10.0.0.1:7000 from 10.0.0.2:40000`.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.event.host().unwrap_or("-");
        write!(f, "{:>11.6}  {host:<10} {}", self.at.as_secs_f64(), self.event)
    }
}

/// What happened, without when and where.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault { fault, phase, .. } => write!(f, "{fault}: {phase}"),
            Self::Traffic { verb, protocol, local, peer, outcome, .. } => {
                write!(f, "{protocol} {verb}")?;
                match (verb, local, peer) {
                    (Verb::Listen, Some(local), _) => write!(f, " on {local}")?,
                    (Verb::Connect | Verb::Send, Some(local), Some(peer)) => {
                        write!(f, " {local} -> {peer}")?;
                    }
                    (_, Some(local), Some(peer)) => write!(f, " {local} <- {peer}")?,
                    (Verb::Connect | Verb::Send, None, Some(peer)) => write!(f, " -> {peer}")?,
                    (_, None, Some(peer)) => write!(f, " <- {peer}")?,
                    (_, Some(local), None) => write!(f, " {local}")?,
                    (_, None, None) => {}
                }
                match outcome {
                    Ok(bytes) if matches!(verb, Verb::Send | Verb::Recv) => {
                        write!(f, ": {bytes} bytes")
                    }
                    Ok(_) => Ok(()),
                    Err(error) => write!(f, ": {error}"),
                }
            }
            Self::State { local, peer, state, .. } => {
                write!(f, "socket {local} - {peer} is {state}")
            }
            Self::Claim { claim, phase, .. } => write!(f, "claim to {claim}: {phase}"),
            Self::Process { program, phase, .. } => write!(f, "{}: {phase}", Quoted(program)),
            Self::Address { address, phase, .. } => write!(f, "address {address}: {phase}"),
            Self::Change { change, .. } => f.write_str(change),
            Self::Mark { text } => write!(f, "mark: {text}"),
        }
    }
}

impl fmt::Display for FaultPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("asked for"),
            Self::Refused(why) => write!(f, "not made: {why}"),
            Self::InEffect => f.write_str("in effect"),
            Self::Suspended => f.write_str("suspended"),
            Self::Swapped(new) => write!(f, "swapped for {new}"),
            Self::Lifted(None) => f.write_str("lifted"),
            Self::Lifted(Some(packets)) => write!(f, "lifted, after {packets} packets"),
            Self::Lost(why) => write!(f, "lost: {why}"),
            Self::Kept => f.write_str("kept until the end"),
        }
    }
}

impl fmt::Display for ClaimPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begun { earliest: None, latest, .. } => {
                write!(f, "begun, to be met by {:.6}", latest.as_secs_f64())
            }
            Self::Begun { earliest: Some(earliest), latest, .. } => write!(
                f,
                "begun, to be met from {:.6} to {:.6}",
                earliest.as_secs_f64(),
                latest.as_secs_f64()
            ),
            Self::Met(after) => write!(f, "met after {after:.3?}"),
            Self::Failed(why) => write!(f, "failed: {}", why.lines().next().unwrap_or_default()),
        }
    }
}

impl fmt::Display for AddressPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Announced => "announced",
        })
    }
}

impl fmt::Display for ProcessPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started => f.write_str("started"),
            Self::Refused(why) => write!(f, "not started: {why}"),
            Self::Signalled(signal) => write!(f, "sent {signal}"),
            Self::Ended(status) => write!(f, "ended with {status}"),
            Self::LeftBehind => f.write_str("what it started is still running"),
            Self::LastEnded => f.write_str("what it started has ended"),
        }
    }
}

impl Entry {
    /// As one line of JSON: `at_us`, `kind`, the fields of that kind, and `text` as in
    /// [`Display`](fmt::Display).
    ///
    /// ```no_run
    /// use netns_test::{Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_mark_is_a_line(net: Net) -> Result {
    ///     net.mark("leader elected");
    ///     let timeline = net.timeline();
    ///     assert!(timeline[0].to_json().contains(r#""kind":"mark""#));
    ///     Ok(())
    /// }
    /// ```
    pub fn to_json(&self) -> String {
        let mut line = Object::new();
        line.number("at_us", self.at.as_micros());
        line.text("kind", self.event.kind());
        self.event.write_fields(&mut line);
        line.text("text", &self.event.to_string());
        line.finish()
    }
}

impl Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::Fault { .. } => "fault",
            Self::Traffic { .. } => "traffic",
            Self::State { .. } => "state",
            Self::Claim { .. } => "claim",
            Self::Process { .. } => "process",
            Self::Address { .. } => "address",
            Self::Change { .. } => "change",
            Self::Mark { .. } => "mark",
        }
    }

    fn write_fields(&self, line: &mut Object) {
        match self {
            Self::Fault { number, fault, place, phase } => {
                line.number("number", *number);
                line.text("fault", fault);
                line.text("place", place.kind());
                line.texts("hosts", &place.hosts());
                line.text("phase", phase.name());
                if let FaultPhase::Lifted(Some(packets)) = phase {
                    line.number("packets", *packets);
                }
            }
            Self::Traffic { host, verb, protocol, local, peer, outcome } => {
                line.text("host", host);
                line.text("verb", &verb.to_string());
                line.text("protocol", &protocol.to_string());
                for (name, address) in [("local", local), ("peer", peer)] {
                    if let Some(address) = address {
                        line.text(name, &address.to_string());
                    }
                }
                match outcome {
                    Ok(bytes) => line.number("bytes", *bytes),
                    Err(error) => line.text("error", error),
                }
            }
            Self::State { host, local, peer, state } => {
                line.text("host", host);
                line.text("local", &local.to_string());
                line.text("peer", &peer.to_string());
                line.text("state", &state.to_string());
            }
            Self::Claim { number, claim, phase } => {
                line.number("number", *number);
                line.text("claim", claim);
                phase.write_fields(line);
            }
            Self::Process { host, program, phase } => {
                line.text("host", host);
                line.text("program", program);
                line.text("phase", phase.name());
            }
            Self::Address { host, address, phase } => {
                line.text("host", host);
                line.text("address", &address.to_string());
                line.text("phase", &phase.to_string());
            }
            Self::Change { host, .. } => {
                if let Some(host) = host {
                    line.text("host", host);
                }
            }
            Self::Mark { .. } => {}
        }
    }
}

impl FaultPhase {
    fn name(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Refused(_) => "refused",
            Self::InEffect => "in effect",
            Self::Suspended => "suspended",
            Self::Swapped(_) => "swapped",
            Self::Lifted(_) => "lifted",
            Self::Lost(_) => "lost",
            Self::Kept => "kept",
        }
    }
}

impl ClaimPhase {
    fn write_fields(&self, line: &mut Object) {
        line.text("phase", self.name());
        match self {
            Self::Begun { earliest, latest, place } => {
                line.text("at", place);
                line.optional("earliest_us", earliest.map(|at| at.as_micros()));
                line.number("latest_us", latest.as_micros());
            }
            Self::Met(after) => line.number("after_us", after.as_micros()),
            Self::Failed(_) => {}
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Begun { .. } => "begun",
            Self::Met(_) => "met",
            Self::Failed(_) => "failed",
        }
    }
}

impl ProcessPhase {
    fn name(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Refused(_) => "refused",
            Self::Signalled(_) => "signalled",
            Self::Ended(_) => "ended",
            Self::LeftBehind => "left behind",
            Self::LastEnded => "last ended",
        }
    }
}
