use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::counter::Counter;
use super::impairment::{Fates, Impairment};
use super::lateness::Lateness;
use super::part::Part;
use super::recipe::WireRule;
use super::relay::{OneWay, Relay, Treatment, WireCounts};
use crate::Error;
use crate::net::Namespace;

/// A wire's share in one direction.
pub(super) struct WirePart {
    relay: Relay,
    /// The hop, and the number of the wire.
    at: (u32, u64),
    pub(super) direction: OneWay,
    /// The so many-th wire on its way.
    ordinal: u64,
    /// `None` if it holds what comes.
    impairment: Option<Impairment>,
    suspended: bool,
    /// Whether what waits is lost when it is taken away.
    discards: bool,
    removed: bool,
}

impl WirePart {
    pub(super) fn make(
        relay: &Relay,
        wire: u64,
        direction: &OneWay,
        impairment: &Impairment,
    ) -> Result<Self, Error> {
        let ordinal = Ordinals::next(direction);
        let fates = direction.fates(impairment, ordinal)?;
        let treatment =
            (Treatment::Impaired(Arc::new(impairment.clone())), direction.rules(impairment));
        let hop = relay.put(direction, wire, treatment, fates)?;
        let mut part = Self::at(relay, (hop, wire), direction);
        part.ordinal = ordinal;
        part.impairment = Some(impairment.clone());
        Ok(part)
    }

    /// Holds what matches rules.
    pub(super) fn hold(
        relay: &Relay,
        wire: u64,
        direction: &OneWay,
        rules: Vec<WireRule>,
    ) -> Result<Self, Error> {
        direction.sender.record_arrivals();
        direction.receiver.record_arrivals();
        let hop = relay.put(direction, wire, (Treatment::Held, rules), Fates::new(0, 0))?;
        Ok(Self::at(relay, (hop, wire), direction))
    }

    fn at(relay: &Relay, at: (u32, u64), direction: &OneWay) -> Self {
        let (relay, direction) = (relay.clone(), direction.clone());
        let (ordinal, impairment) = (0, None);
        let (suspended, discards, removed) = (false, false, false);
        Self { relay, at, direction, ordinal, impairment, suspended, discards, removed }
    }

    /// Is another wire from now on.
    pub(super) fn change(&mut self, impairment: &Impairment) -> Result<(), Error> {
        let draws_anew = self.impairment.as_ref().is_none_or(|before| {
            impairment.own_seed() != before.own_seed()
                || impairment.is_drawn() && !before.is_drawn()
        });
        let fates =
            draws_anew.then(|| self.direction.fates(impairment, self.ordinal)).transpose()?;
        let treatment =
            (Treatment::Impaired(Arc::new(impairment.clone())), self.direction.rules(impairment));
        self.relay.change(self.at, treatment, fates)?;
        self.impairment = Some(impairment.clone());
        self.resume()
    }

    /// Loses what waits when it is taken away.
    pub(super) fn discards(&mut self) {
        self.discards = true;
    }

    pub(super) fn counts(&self) -> Result<WireCounts, Error> {
        self.relay.counts(self.at)
    }
}

impl Part for WirePart {
    fn suspend(&mut self) -> Result<(), Error> {
        self.suspended = true;
        self.relay.act(self.at, false)
    }

    fn resume(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.suspended, false) {
            true => self.relay.act(self.at, true),
            false => Ok(()),
        }
    }

    fn remove(&mut self) -> Result<Option<u64>, Error> {
        self.removed = true;
        let counts = match self.discards {
            true => self.relay.discard(self.at),
            false => self.relay.take(self.at),
        }?;
        // What is held is never due.
        if self.impairment.is_some() {
            Lateness::note(&self.direction.sender, counts.worst_lateness);
        }
        Ok(Some(counts.packets()))
    }

    fn counters(&self) -> Result<Vec<Counter>, Error> {
        let counts = self.counts()?;
        let does = self.impairment.as_ref().map_or("hold".to_owned(), ToString::to_string);
        let rule = format!("from {}: {does}{}", self.direction.sender.name(), told(&counts));
        let host = self.direction.receiver.name().to_owned();
        Ok(vec![Counter { host, rule, packets: counts.packets(), bytes: counts.bytes }])
    }

    fn worst_lateness(&self) -> Option<Duration> {
        // What is held is never due.
        self.impairment.as_ref()?;
        self.counts().ok().map(|counts| counts.worst_lateness)
    }
}

/// What has happened beside passing, in a few words.
fn told(counts: &WireCounts) -> String {
    let WireCounts { lost, missed, dropped, doubled, reordered, waiting, .. } = *counts;
    let numbers = [
        (lost, "lost"),
        (missed, "missed"),
        (dropped, "dropped afterwards"),
        (doubled, "doubled"),
        (reordered, "reordered"),
        (waiting, "waiting"),
    ];
    let numbers = numbers.iter().filter(|(number, _)| *number > 0);
    let mut words: Vec<_> = numbers.map(|(number, word)| format!("{number} {word}")).collect();
    if !counts.worst_lateness.is_zero() {
        let late = counts.worst_lateness.as_secs_f64() * 1e3;
        words.push(format!("up to {late:.1} ms late"));
    }
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

impl Drop for WirePart {
    fn drop(&mut self) {
        if !self.removed {
            // It was kept, and its net is gone, or it could not be put in effect.
            let _ = self.remove();
        }
    }
}

/// How many wires there have been on each way that begins in a namespace.
#[derive(Default)]
struct Ordinals(Mutex<BTreeMap<String, u64>>);

impl Ordinals {
    fn next(direction: &OneWay) -> u64 {
        let namespace: &Namespace = direction.sender.namespace();
        let known = namespace.attached::<Self>();
        let mut known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
        let way = format!("{} {}", direction.receiver.name(), direction.link);
        let next = known.entry(way).or_default();
        *next += 1;
        *next
    }
}
