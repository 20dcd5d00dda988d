//! Repetitions in a list are shown once: a program that polls a port a thousand times must not hide that
//! another one has ended.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::{ClaimPhase, Entry, Event, FaultPhase};

/// How often something must repeat to be shown once.
const MANY: usize = 4;
/// Port numbers from here on mean nothing: the kernel has chosen them (ip(7), ip_local_port_range).
pub(crate) const CHOSEN_BY_THE_KERNEL: u16 = 32_768;

/// An entry, or many that are alike.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    first: &'a Entry,
    times: usize,
    until: Duration,
}

/// What is shown of a timeline.
pub(crate) struct Folded<'a> {
    pub(crate) lines: Vec<Line<'a>>,
    /// How many entries there are.
    count: usize,
    /// How many lines there would be more.
    left_out: usize,
}

impl<'a> Folded<'a> {
    /// A timeline in about this many lines. Repetitions between two landmarks are shown once; if that is
    /// not enough, all repetitions are; and then the oldest lines that are not landmarks are left out.
    pub(crate) fn of(entries: &'a [Entry], most: usize) -> Self {
        let mut lines = by_stretch(entries);
        if lines.len() > most {
            lines = fold(entries);
        }
        let left_out = lines.len().saturating_sub(most);
        let landmarks = lines.iter().filter(|line| line.first.event.is_landmark()).count();
        // Where there are landmarks alone, as many again.
        let mut others = left_out.min(lines.len() - landmarks);
        let mut old = landmarks.saturating_sub(2 * most);
        let before = lines.len();
        lines.retain(|line| {
            let (count, spared) = match line.first.event.is_landmark() {
                true => (&mut old, line.first.event.is_failure()),
                false => (&mut others, false),
            };
            let goes = *count > 0 && !spared;
            *count -= usize::from(goes);
            !goes
        });
        let left_out = before - lines.len();
        Self { lines, count: entries.len(), left_out }
    }

    /// What a title says if not each entry is a line of its own.
    pub(crate) fn note(&self) -> String {
        let count = grouped(self.count);
        match self.left_out {
            0 if self.lines.len() == self.count => String::new(),
            0 => format!(" ({count} entries)"),
            left => format!(" ({count} entries, {} lines left out)", grouped(left)),
        }
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, times, until } = self;
        first.fmt(f)?;
        match times {
            1 => Ok(()),
            times => write!(f, ", {} times until {:.6}", grouped(*times), until.as_secs_f64()),
        }
    }
}

/// A number as people read it: `1,539`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Folds what stands between landmarks.
fn by_stretch(entries: &[Entry]) -> Vec<Line<'_>> {
    let stretches =
        entries.chunk_by(|one, next| !one.event.is_landmark() && !next.event.is_landmark());
    stretches.flat_map(fold).collect()
}

/// Tells once, where it was first, what is in there often.
fn fold(entries: &[Entry]) -> Vec<Line<'_>> {
    let keys: Vec<_> = entries.iter().map(|entry| alike(&entry.event)).collect();
    let mut seen: BTreeMap<&Alike<'_>, (usize, Duration)> = BTreeMap::new();
    for (key, entry) in keys.iter().zip(entries) {
        let (times, until) = seen.entry(key).or_default();
        (*times, *until) = (*times + 1, entry.at);
    }
    let mut lines = Vec::new();
    for (key, first) in keys.iter().zip(entries) {
        match seen.get_mut(key) {
            Some((times @ MANY.., until)) => {
                lines.push(Line { first, times: *times, until: *until });
                *times = 0;
            }
            Some((1.., _)) => lines.push(Line { first, times: 1, until: first.at }),
            // It has been told.
            Some((0, _)) | None => {}
        }
    }
    lines
}

/// What entries have in common that repeat each other: all but numbers that are different each time.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alike<'a> {
    host: &'a str,
    /// What was done to a socket, or what it is.
    what: [u8; 3],
    ends: [Option<(IpAddr, u16)>; 2],
    text: Cow<'a, str>,
}

pub(crate) fn alike(event: &Event) -> Alike<'_> {
    let (what, ends, text) = match event {
        Event::Traffic { verb, protocol, local, peer, outcome, .. } => {
            let error = outcome.as_ref().err().map_or("", String::as_str);
            ([1, *verb as u8, *protocol as u8], [*local, *peer], error.into())
        }
        Event::State { local, peer, state, .. } => {
            ([2, *state as u8, 0], [Some(*local), Some(*peer)], "".into())
        }
        other => ([3, 0, 0], [None; 2], landmark(other).into()),
    };
    let ends = ends.map(|end| end.map(known));
    Alike { host: event.host().unwrap_or_default(), what, ends, text }
}

/// An address, without a port that tells nothing.
fn known(end: SocketAddr) -> (IpAddr, u16) {
    (end.ip(), if end.port() < CHOSEN_BY_THE_KERNEL { end.port() } else { 0 })
}

fn landmark(event: &Event) -> String {
    match event {
        Event::Claim { claim, phase, .. } => match phase {
            ClaimPhase::Begun { place, .. } => format!("{claim} begun {place}"),
            ClaimPhase::Met(_) => format!("{claim} met"),
            ClaimPhase::Failed(_) => format!("{claim} failed"),
        },
        Event::Fault { fault, phase: FaultPhase::Lifted(_), .. } => format!("{fault} lifted"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ProcessPhase, Protocol, Verb};

    const MS: Duration = Duration::from_millis(1);

    fn dial(number: u16) -> Entry {
        let event = Event::Traffic {
            host: "client".to_owned(),
            verb: Verb::Connect,
            protocol: Protocol::Tcp,
            local: Some(([10, 0, 0, 2], 40_000 + number).into()),
            peer: Some(([10, 0, 0, 1], 80).into()),
            outcome: Err("connection refused".to_owned()),
        };
        Entry { at: MS * u32::from(number), event }
    }

    fn ended(at: u32, program: &str) -> Entry {
        let event = Event::Process {
            host: "server".to_owned(),
            program: program.to_owned(),
            phase: ProcessPhase::Ended("status 1".to_owned()),
        };
        Entry { at: MS * at, event }
    }

    fn shown(entries: &[Entry], most: usize) -> Vec<String> {
        Folded::of(entries, most).lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_repeats_is_told_once_and_does_not_hide_what_does_not() {
        let mut entries: Vec<_> = (1..=1539).map(dial).collect();
        entries.insert(3, ended(3, "sh"));
        assert_eq!(
            shown(&entries, 30),
            [
                "   0.001000  client     tcp connect 10.0.0.2:40001 -> 10.0.0.1:80: connection refused",
                "   0.002000  client     tcp connect 10.0.0.2:40002 -> 10.0.0.1:80: connection refused",
                "   0.003000  client     tcp connect 10.0.0.2:40003 -> 10.0.0.1:80: connection refused",
                "   0.003000  server     `sh`: ended with status 1",
                "   0.004000  client     tcp connect 10.0.0.2:40004 -> 10.0.0.1:80: connection refused, 1,536 times until 1.539000",
            ]
        );
    }

    #[test]
    fn landmarks_that_repeat_are_told_once_and_each_of_them_is_told() {
        let mut entries: Vec<_> =
            (1..=200).flat_map(|number| [ended(number, "sh"), dial(number as u16)]).collect();
        entries.insert(7, ended(4, "daemon"));
        let lines = shown(&entries, 30);
        assert_eq!(lines.len(), 3, "{lines:#?}");
        assert!(lines[0].ends_with("`sh`: ended with status 1, 200 times until 0.200000"));
        assert!(lines[1].ends_with("refused, 200 times until 0.200000"));
        assert!(lines[2].ends_with("`daemon`: ended with status 1"));
    }

    #[test]
    fn landmarks_stay_where_there_is_no_room_for_all() {
        let mut entries: Vec<_> = (1..=100)
            .map(|number| match dial(number) {
                Entry { at, event: Event::Traffic { host, verb, protocol, local, .. } } => {
                    let peer = Some(([10, 0, 0, 1], number).into());
                    let event =
                        Event::Traffic { host, verb, protocol, local, peer, outcome: Ok(0) };
                    Entry { at, event }
                }
                other => other,
            })
            .collect();
        entries.insert(2, ended(2, "daemon"));
        let folded = Folded::of(&entries, 10);
        assert_eq!((folded.lines.len(), folded.left_out), (10, 91));
        assert!(folded.lines[0].to_string().contains("`daemon`"));
        assert!(folded.lines[9].to_string().ends_with("10.0.0.1:100"));
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(1, "1"), (999, "999"), (1539, "1,539"), (1_000_000, "1,000,000")] {
            assert_eq!(grouped(number), text);
        }
    }
}
