//! The report as data, for the page, whose module describes it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::date;
use super::episodes::{self, ClaimEpisode, FaultEpisode};
use super::processes;
use super::rows::packets;
use super::states;
use super::story::Story;
use super::text;
use super::threads;
use crate::json::{Object, array, text as quoted};
use crate::liveness::slow_factor;
use crate::record::fold::{Alike, alike};
use crate::record::{Entry, Event, Place, ProcessPhase};
use crate::sandbox::Verdict;
use crate::{Capture, TcpState};

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
    all.raw("links", &hosts.links(story));
    all.raw("packets", &packets(story, &hosts));
    let faults = episodes::faults(entries);
    all.raw("faults", &array(faults.iter().map(|one| fault(one, &faults, story, &hosts))));
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
        all.text("threads", &threads::threads(snapshot).unwrap_or_default());
    }
    all.texts("enter", &[format!("{} {}", text::PAUSE, story.command())]);
    all.finish()
}

/// The hosts of the page: each is its place here.
pub(super) struct Hosts(Vec<(String, Vec<String>)>);

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

    pub(super) fn at(&self, host: &str) -> Option<usize> {
        self.0.iter().position(|(name, _)| name == host)
    }

    /// The hosts of each link.
    fn links(&self, story: &Story) -> String {
        let links = story.snapshot.iter().flat_map(|snapshot| &snapshot.links);
        array(links.map(|hosts| self.list(hosts)))
    }

    fn list<'a>(&self, hosts: impl IntoIterator<Item = &'a String>) -> String {
        array(hosts.into_iter().filter_map(|host| self.at(host)).map(|host| host.to_string()))
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

fn fault(one: &FaultEpisode, all: &[FaultEpisode], story: &Story, hosts: &Hosts) -> String {
    let mut fault = Object::new();
    let before = |other: &FaultEpisode| Some(other.number) == one.follows;
    if let Some(before) = all.iter().position(before) {
        fault.number("follows", before);
    }
    fault.text("what", &one.fault);
    if let Some(kind) = one.kind_of_wire() {
        fault.text("wire", kind);
    }
    fault.text("place", &one.place.to_string());
    fault.raw("hosts", &hosts.list(one.place.hosts()));
    match &one.place {
        Place::Between(pair) => fault.raw("pairs", &array([hosts.list(pair)])),
        Place::Pairs(pairs) => {
            fault.raw("pairs", &array(pairs.iter().map(|pair| hosts.list(pair))))
        }
        Place::Groups(groups) => {
            fault.raw("groups", &array(groups.iter().map(|group| hosts.list(group))));
        }
        _ => {}
    }
    if let Some(does) = one.does() {
        fault.text("does", does);
    }
    if let Some(way) = one.way() {
        fault.text("way", way);
    }
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
    let text = match &entry.event {
        Event::Mark { text } | Event::Change { host: None, change: text } => text,
        _ => return None,
    };
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
        Event::Change { .. } => "change".to_owned(),
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
                let good = ["status 0", "an unknown status"].contains(&status.as_str());
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
pub(super) fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}
