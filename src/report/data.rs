//! The report as data, for the page; the page's module describes it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::date;
use super::episodes::{self, ClaimEpisode, FaultEpisode};
use super::processes;
use super::states;
use super::story::Story;
use super::text;
use crate::json::{Object, array, text as quoted};
use crate::liveness::slow_factor;
use crate::record::fold::{Alike, alike};
use crate::record::{Entry, Event, ProcessPhase, clock};
use crate::sandbox::Verdict;
use crate::{Capture, Packet, TcpState};

/// How many packets the page shows, the last ones: so many open in a second. All that there are
/// stand in the capture beside it.
const MOST_PACKETS: usize = 100_000;

/// One document of JSON.
pub(super) fn data(story: &Story) -> String {
    let hosts = Hosts::of(story);
    let entries = story.timeline.as_slice();
    let mut all = Object::new();
    all.number("version", 1);
    all.text("test", &story.test);
    all.text("verdict", if story.verdict == Verdict::Passed { "passed" } else { "failed" });
    if let Some(message) = story.message() {
        all.text("message", message);
    }
    all.text("at", &format!("{}:{}", story.case.file, story.case.line));
    if let Some(spot) = &story.spot {
        all.text("failed_at", spot);
    }
    all.text("begun", &date::rfc3339(story.begun));
    all.number("length_us", micros(story.length));
    all.optional("failed_at_us", story.failed.map(micros));
    all.number("slow_factor", slow_factor());
    all.raw("hosts", &hosts.to_json());
    all.raw("packets", &packets(story, &hosts));
    let faults = episodes::faults(entries);
    all.raw("faults", &array(faults.iter().map(|one| fault(one, story, &hosts))));
    all.raw("sockets", &sockets(story, &faults, &hosts));
    all.raw("claims", &array(episodes::claims(entries).iter().map(claim)));
    all.raw("marks", &array(entries.iter().filter_map(mark)));
    let mut kinds = Kinds::default();
    let mut ends = Ends::before(story.moment());
    let events = entries.iter().filter_map(|entry| {
        let failed = ends.are_bad(entry) || entry.event.is_failure();
        event(entry, failed, &hosts, &mut kinds)
    });
    all.raw("events", &array(events));
    if let Some(snapshot) = &story.snapshot {
        all.text("network", &text::network(snapshot));
        all.text("sockets_text", &text::sockets(snapshot));
        all.text("rules", &text::rules(snapshot));
        all.text("processes", &processes::processes(snapshot).unwrap_or_default());
    }
    all.texts("enter", &[format!("{} {}", text::PAUSE, story.command())]);
    all.finish()
}

/// The hosts of the page: each is its place here.
struct Hosts(Vec<(String, Vec<String>)>);

impl Hosts {
    /// Those of the snapshot, and those that were there before it.
    fn of(story: &Story) -> Self {
        let mut all = Self(Vec::new());
        for host in story.snapshot.iter().flat_map(|snapshot| &snapshot.hosts) {
            let addresses = host.addresses.iter().map(ToString::to_string).collect();
            all.0.push((host.name.clone(), addresses));
        }
        for packet in story.captures.iter().flat_map(Capture::iter) {
            all.add(packet.host());
        }
        for entry in story.timeline.as_slice() {
            if let Some(host) = entry.event.host() {
                all.add(host);
            }
        }
        all
    }

    fn add(&mut self, host: &str) {
        if self.at(host).is_none() {
            self.0.push((host.to_owned(), Vec::new()));
        }
    }

    fn at(&self, host: &str) -> Option<usize> {
        self.0.iter().position(|(name, _)| name == host)
    }

    fn to_json(&self) -> String {
        array(self.0.iter().map(|(name, addresses)| {
            let mut host = Object::new();
            host.text("name", name);
            host.texts("addresses", addresses);
            host.finish()
        }))
    }
}

fn packets(story: &Story, hosts: &Hosts) -> String {
    let columns = [
        "t", "from", "to", "kind", "flags", "sport", "dport", "length", "seq", "ack", "arrived",
        "own", "held",
    ];
    let [lost, discarded] = story.missing();
    let captures = story.whole_captures();
    let mut packets: Vec<&Packet> = captures.iter().flat_map(Capture::iter).collect();
    packets.sort_by_key(|packet| packet.instant());
    let too_many = packets.len().saturating_sub(MOST_PACKETS);
    let rows = packets[too_many..].iter().map(|packet| row(packet, hosts, story.length));
    let mut all = Object::new();
    all.texts("columns", &columns);
    all.raw("rows", &array(rows));
    all.number("lost", lost);
    all.number("discarded", discarded + too_many as u64);
    all.finish()
}

/// A packet. One that was not looked for when it was sent has arrived when it was sent: there was
/// no fault yet, and a veth pair hands over at once. One that is held is under way until the end.
fn row(packet: &Packet, hosts: &Hosts, end: Duration) -> String {
    let number = |value: Option<u32>| value.map_or("null".to_owned(), |value| value.to_string());
    let host = |name: Option<&str>| name.and_then(|name| hosts.at(name));
    let place = |name| host(name).map_or("-1".to_owned(), |place| place.to_string());
    let at = micros(packet.at());
    let arrived = match packet.arrived_at() {
        Some(arrived) => micros(clock::since_start(arrived)).to_string(),
        None if packet.is_dropped() => "null".to_owned(),
        None if packet.is_under_way() => micros(end).max(at).to_string(),
        None => at.to_string(),
    };
    let (kind, flags) = kind(packet);
    array([
        at.to_string(),
        place(Some(packet.host())),
        place(packet.receiver()),
        quoted(kind),
        quoted(&flags),
        number(packet.src_port().map(u32::from)),
        number(packet.dst_port().map(u32::from)),
        packet.payload_len().to_string(),
        number(packet.seq()),
        number(packet.ack()),
        arrived,
        u8::from(packet.is_housekeeping()).to_string(),
        u8::from(packet.is_under_way()).to_string(),
    ])
}

fn kind(packet: &Packet) -> (&'static str, String) {
    if let Some(flags) = packet.flags() {
        return ("tcp", flags.to_string());
    }
    if packet.is_udp() {
        return ("udp", String::new());
    }
    match packet.icmp_words() {
        Some(words) => {
            let name =
                if packet.src().is_some_and(|from| from.is_ipv6()) { "icmp6" } else { "icmp" };
            (name, words)
        }
        None if packet.src().is_none() => ("arp", String::new()),
        None => ("ip", String::new()),
    }
}

fn fault(one: &FaultEpisode, story: &Story, hosts: &Hosts) -> String {
    let mut fault = Object::new();
    fault.text("what", &one.fault);
    if let Some(kind) = one.kind_of_wire() {
        fault.text("wire", kind);
    }
    fault.text("place", &one.place.to_string());
    let about = one.place.hosts().into_iter().filter_map(|host| hosts.at(host));
    fault.raw("hosts", &array(about.map(|host| host.to_string())));
    fault.number("asked_us", micros(one.asked));
    fault.optional("from_us", one.from.map(micros));
    fault.optional("to_us", one.to.map(micros));
    fault.optional("packets", one.packets);
    let suspended = one
        .suspended
        .iter()
        .map(|(from, to)| format!("[{},{}]", micros(*from), micros(to.unwrap_or(story.length))));
    fault.raw("suspended", &array(suspended));
    let mut notes = one.notes.clone();
    if story.failed.is_some_and(|failed| one.is_in_effect_at(failed)) {
        notes.push("in effect when the test failed".to_owned());
    }
    if !notes.is_empty() {
        fault.text("note", &notes.join("; "));
    }
    fault.finish()
}

fn claim(one: &ClaimEpisode) -> String {
    let mut claim = Object::new();
    claim.text("what", &one.claim);
    claim.number("from_us", micros(one.from));
    claim.optional("to_us", one.to.map(micros));
    claim.optional("earliest_us", one.earliest.map(micros));
    claim.number("latest_us", micros(one.latest));
    claim.text("outcome", one.outcome);
    claim.text("at", &one.place);
    claim.finish()
}

/// The states of the connections.
fn sockets(story: &Story, faults: &[FaultEpisode], hosts: &Hosts) -> String {
    let all = states::states(&story.packets(), story.timeline.as_slice(), faults);
    array(all.into_iter().filter_map(|((host, local, peer), states)| {
        let mut socket = Object::new();
        socket.number("host", hosts.at(&host)?);
        socket.text("label", &format!("{local} - {peer}"));
        let states = states.into_iter().map(|(at, state)| {
            let name =
                if state == TcpState::Unconnected { "CLOSE".to_owned() } else { state.to_string() };
            array([micros(at).to_string(), quoted(&name)])
        });
        socket.raw("states", &array(states));
        Some(socket.finish())
    }))
}

fn mark(entry: &Entry) -> Option<String> {
    let Event::Mark { text } = &entry.event else { return None };
    let mut mark = Object::new();
    mark.number("t_us", micros(entry.at));
    mark.text("text", text);
    Some(mark.finish())
}

/// What the fixtures and the processes of a host did.
fn event<'a>(
    entry: &'a Entry,
    failed: bool,
    hosts: &Hosts,
    kinds: &mut Kinds<'a>,
) -> Option<String> {
    let kind = match &entry.event {
        Event::Traffic { verb, .. } => verb.to_string(),
        Event::Process { .. } => "process".to_owned(),
        Event::Address { .. } => "address".to_owned(),
        _ => return None,
    };
    let mut event = Object::new();
    event.number("t_us", micros(entry.at));
    event.number("host", hosts.at(entry.event.host()?)?);
    event.text("kind", &kind);
    event.text("text", &entry.event.to_string());
    event.number("alike", kinds.number(alike(&entry.event)));
    event.raw("failed", if failed { "true" } else { "false" });
    Some(event.finish())
}

/// Which programs have ended with a failure of their own: before the test failed, when all of them are
/// ended, and not because the test has sent them a signal.
struct Ends<'a> {
    until: Duration,
    signalled: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Ends<'a> {
    fn before(until: Duration) -> Self {
        Self { until, signalled: BTreeSet::new() }
    }

    /// Whether this is such an end. The entries come in the order of their time.
    fn are_bad(&mut self, entry: &'a Entry) -> bool {
        let Event::Process { host, program, phase } = &entry.event else { return false };
        match phase {
            ProcessPhase::Signalled(_) => {
                self.signalled.insert((host, program));
                false
            }
            ProcessPhase::Ended(status) => {
                let asked_for = self.signalled.remove(&(host.as_str(), program.as_str()));
                let good = ["status 0", "a status unseen"].contains(&status.as_str());
                entry.at <= self.until && !asked_for && !good
            }
            _ => false,
        }
    }
}

/// What repeats each other has the same number.
#[derive(Default)]
struct Kinds<'a>(BTreeMap<Alike<'a>, usize>);

impl<'a> Kinds<'a> {
    fn number(&mut self, alike: Alike<'a>) -> usize {
        let next = self.0.len();
        *self.0.entry(alike).or_insert(next)
    }
}

/// Microseconds with three digits behind the point, as many as there are.
fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}
