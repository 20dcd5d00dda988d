//! The report as text, in the output of the test.

use std::fmt::{Display, Write};
use std::time::Duration;

use super::episodes;
use super::nobody::nobody;
use super::processes;
use super::repetition;
use super::snapshot::{HostState, Snapshot};
use super::story::Story;
use super::threads;
use super::together::{Together, together};
use crate::fault::drawn_seed;
use crate::liveness::slow_factor;
use crate::record::fold::{Folded, grouped};
use crate::record::{Place, clock};
use crate::sandbox::Verdict;
use crate::{Capture, Counter, Packet};

/// How many lines of what failed are shown: all of it has been printed.
const MESSAGE_LINES: usize = 12;
/// How many lines entries and packets may take: what fits a screen.
const ENTRIES: usize = 30;
const PACKETS: usize = 20;
/// How many lines the network may take: some forty hosts.
const NETWORK_LINES: usize = 48;
/// How many lines the sockets of one host may take.
const SOCKET_LINES: usize = 24;
/// How many lines those of all hosts may take: what four of them fill.
const ALL_SOCKET_LINES: usize = 96;

/// All that a person has to know first.
pub(super) fn text(story: &Story) -> String {
    let mut text = "\nnetns-test: ".to_owned();
    let message = first_lines(story.message().unwrap_or_default(), MESSAGE_LINES);
    section(&mut text, &headline(story), &message);
    if let Some(snapshot) = &story.snapshot {
        section(&mut text, "the network", &network(snapshot));
    }
    if slow_factor() != 1.0 {
        let note = format!("upper bounds, {} times by NETNS_TEST_SLOW", slow_factor());
        section(&mut text, "stretched", &note);
    }
    if let Some(seed) = drawn_seed() {
        section(&mut text, "chance", &format!("NETNS_TEST_SEED={seed} repeats the random choices"));
    }
    section(&mut text, "faults in effect", &faults(story));
    if let Some(schedules) = schedules(story) {
        section(&mut text, "faults over time", &schedules);
    }
    let timeline = Folded::of(story.timeline.as_slice(), ENTRIES);
    section(&mut text, &format!("timeline{}", timeline.note()), &lines(&timeline.lines));
    if let Some(snapshot) = &story.snapshot {
        let title = format!("sockets at {} s", seconds(clock::since_start(snapshot.at)));
        section(&mut text, &title, &some_sockets(snapshot));
    }
    if let Some(processes) = story.snapshot.as_deref().and_then(processes::processes) {
        section(&mut text, "processes", &processes);
    }
    if let Some(nobody) = nobody(story) {
        section(&mut text, "sent to addresses that no host has", &nobody);
    }
    if let Some(threads) = story.snapshot.as_deref().and_then(threads::threads) {
        section(&mut text, "threads of the test that are in a host", &threads);
    }
    let outside = story.snapshot.as_deref().map(|snapshot| snapshot.outside.text());
    if let Some(outside) = outside.filter(|outside| !outside.is_empty()) {
        section(&mut text, "outside every host", &outside);
    }
    let packets = packets(story);
    let packets = repetition::told_once(&packets);
    section(&mut text, &packets_title(story, packets.len()), &lines(last(&packets, PACKETS)));
    let again = format!("{PAUSE} {}", story.command());
    section(&mut text, "to enter the hosts of this test when it has failed", &again);
    text
}

/// Which test it is, how it ended, and where.
fn headline(story: &Story) -> String {
    let when = format!("{} s after it began", seconds(story.moment()));
    match (&story.verdict, &story.spot) {
        (Verdict::Passed, _) => format!("report of {}, which passed, {when}", story.case),
        (_, None) => format!("report of {}, which failed {when}", story.case),
        (_, Some(spot)) => format!("report of `{}`, which failed at {spot}, {when}", story.test),
    }
}

/// The variable that keeps the network, as it is set before a command.
pub(super) const PAUSE: &str = "NETNS_TEST_PAUSE=1";

/// The faults that were in effect when the test failed, with what their rules had counted.
fn faults(story: &Story) -> String {
    let moment = story.moment();
    let all = episodes::faults(story.timeline.as_slice());
    let standing: Vec<_> = all.iter().filter(|fault| fault.is_in_effect_at(moment)).collect();
    let mut text = String::new();
    for group in together(&standing) {
        fault_line(&mut text, &group);
        counters(&mut text, story.snapshot.as_deref(), &group);
    }
    text
}

/// The schedules that were begun, with the command that draws them again.
fn schedules(story: &Story) -> Option<String> {
    let all = story.snapshot.as_ref().map(|snapshot| snapshot.schedules.join("\n"));
    let mut text = all.filter(|all| !all.is_empty())?;
    if let Some(seed) = drawn_seed() {
        let _ = write!(text, "\nto draw it again: NETNS_TEST_SEED={seed} {}", story.command());
    }
    Some(text)
}

fn fault_line(text: &mut String, group: &Together<'_>) {
    let since = group.first().from.map(seconds).unwrap_or_default();
    let _ = write!(text, "{group}, since {since} s");
    for note in &group.first().notes {
        let _ = write!(text, ", {note}");
    }
    text.push('\n');
    if let Some(hosts) = group.hosts_left_out() {
        let _ = writeln!(text, "  {hosts}");
    }
}

fn counters(text: &mut String, snapshot: Option<&Snapshot>, group: &Together<'_>) {
    let hosts = snapshot.map_or(&[][..], |snapshot| &snapshot.hosts);
    let mut all = Vec::new();
    for fault in group.iter() {
        let mut states = hosts.iter().flat_map(|host| &host.faults);
        match states.find(|state| state.number == fault.number).map(|state| &state.counters) {
            Some(Ok(counters)) => all.extend(counters),
            Some(Err(error)) => {
                let _ = writeln!(text, "  {error}");
            }
            None => {}
        }
    }
    let place = |host: &str| hosts.iter().position(|one| one.name == host);
    if all.len() > COUNTER_LINES {
        all.sort_by_key(|counter| place(&counter.host));
    }
    write_counters(text, &all);
}

/// How many lines the counters of one fault may take before those that read the same are one.
const COUNTER_LINES: usize = 4;

fn write_counters(text: &mut String, counters: &[&Counter]) {
    let mut lines: Vec<(&Counter, u64, u64, usize)> = Vec::new();
    for counter in counters {
        let reads_the_same = |line: &&mut (&Counter, u64, u64, usize)| {
            counters.len() > COUNTER_LINES
                && (&line.0.host, &line.0.rule) == (&counter.host, &counter.rule)
        };
        match lines.iter_mut().find(reads_the_same) {
            Some((_, packets, bytes, times)) => {
                (*packets, *bytes, *times) =
                    (*packets + counter.packets, *bytes + counter.bytes, *times + 1);
            }
            None => lines.push((counter, counter.packets, counter.bytes, 1)),
        }
    }
    for (Counter { host, rule, .. }, packets, bytes, times) in lines {
        let _ = write!(text, "  {host}: {packets} packets, {bytes} bytes: {rule}");
        let _ = if times > 1 { writeln!(text, " ({times} times)") } else { writeln!(text) };
    }
}

fn packets_title(story: &Story, lines: usize) -> String {
    let count = story.captures.iter().map(Capture::len).sum();
    let mut title = match lines > PACKETS {
        true => format!("packets, the last of {}", grouped(count)),
        false if count > lines => format!("packets ({})", grouped(count)),
        false => "packets".to_owned(),
    };
    for (count, what) in story.missing().into_iter().zip(["were lost", "older ones discarded"]) {
        if count > 0 {
            let _ = write!(title, "; {count} {what}");
        }
    }
    title
}

/// The packets: if there were faults in effect, those that had one on their way.
fn packets(story: &Story) -> Vec<&Packet> {
    let moment = story.moment();
    let faults = episodes::faults(story.timeline.as_slice());
    let places: Vec<_> =
        faults.iter().filter(|one| one.is_in_effect_at(moment)).map(|one| &one.place).collect();
    let meets =
        |packet: &&Packet, place: &Place| place.is_on_the_way(packet.host(), packet.receiver());
    let concerns =
        |packet: &&Packet| places.is_empty() || places.iter().any(|place| meets(packet, place));
    story.packets().into_iter().filter(concerns).collect()
}

/// The hosts and links, of one net or of several one after the other.
pub(super) fn network(snapshot: &Snapshot) -> String {
    let all = snapshot.nets.join("\n");
    first_lines(&all, NETWORK_LINES)
}

/// What the hosts' sockets were.
pub(super) fn sockets(snapshot: &Snapshot) -> String {
    snapshot.hosts.iter().map(|host| sockets_of(host, SOCKET_LINES)).collect()
}

/// The same where many hosts share the room.
fn some_sockets(snapshot: &Snapshot) -> String {
    let each = (ALL_SOCKET_LINES / snapshot.hosts.len().max(1)).clamp(6, SOCKET_LINES);
    snapshot.hosts.iter().map(|host| sockets_of(host, each)).collect()
}

fn sockets_of(host: &HostState, most: usize) -> String {
    match &host.sockets {
        Ok(sockets) => first_lines(&sockets.to_string(), most),
        Err(error) => format!("{}: {error}\n", host.name),
    }
}

/// As many lines of a text, and how many more there are.
fn first_lines(all: &str, most: usize) -> String {
    let mut text: String = all.lines().take(most).map(|line| format!("{line}\n")).collect();
    match all.lines().count().saturating_sub(most) {
        0 => {}
        more => text += &format!("({more} more lines)\n"),
    }
    text
}

/// The rules of all faults that were in effect, with their counters.
pub(super) fn rules(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    for state in snapshot.hosts.iter().flat_map(|host| &host.faults) {
        let _ = writeln!(text, "{}", state.fault);
        match &state.counters {
            Ok(counters) => write_counters(&mut text, &counters.iter().collect::<Vec<_>>()),
            Err(error) => {
                let _ = writeln!(text, "  {error}");
            }
        }
    }
    text
}

fn lines(all: &[impl Display]) -> String {
    all.iter().map(|one| format!("{one}\n")).collect()
}

fn last<T>(all: &[T], count: usize) -> &[T] {
    &all[all.len().saturating_sub(count)..]
}

fn section(text: &mut String, title: &str, body: &str) {
    let _ = writeln!(text, "{title}:");
    let body = if body.is_empty() { "none" } else { body };
    for line in body.lines() {
        let _ = writeln!(text, "  {line}");
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.6}", time.as_secs_f64())
}
