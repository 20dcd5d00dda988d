use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use super::counter::Counter;
use super::kept::Kept;
use super::part::Part;
use super::parts::{Evidence, Parts};
use super::pause::Pause;
use super::register::{Register, Registered};
#[cfg(feature = "tokio")]
use crate::eventually_async;
use crate::liveness::stretched;
use crate::mutex::lock;
use crate::net::hint_at_async;
use crate::record::{Event, FaultPhase, Place, next_number, note, note_at};
use crate::{Error, Host, Net, eventually, failure, sandbox};

/// A fault that is in effect: its place, its parts, and its entries in the record. Dropping it lifts
/// it quietly.
///
/// The guard of every kind of fault is made of this; a kind brings its [`Part`]s. The record, the report
/// and the matrix know only this, and no kind.
#[must_use = "dropping it lifts the fault"]
pub(crate) struct Standing<P: Part> {
    /// Tells it from others that read the same.
    number: u64,
    /// Its name in the record: what it was made as.
    fault: String,
    /// What it is now.
    told: String,
    place: Place<Host>,
    /// Shared with the register of what is in effect.
    parts: Arc<Mutex<Parts<P>>>,
    since: Instant,
    /// Whether it was lifted or kept.
    over: bool,
}

impl<P: Part> Standing<P> {
    /// Makes a fault that is called `fault`, and returns when it is in effect.
    ///
    /// `make` puts its parts into effect one after the other, and adds each as soon as it is in effect. If
    /// it fails, the parts that it has added are removed.
    ///
    /// # Errors
    ///
    /// As `make`; also if the place has no hosts.
    pub(crate) fn make(
        place: Place<Host>,
        fault: String,
        make: impl FnOnce(&mut Vec<P>) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        if place.hosts().is_empty() {
            return Err(Error::new(fault, "it names no host"));
        }
        // Begun empty, so that what has been made is taken away also when the rest panics.
        let mut standing = Self {
            number: next_number(),
            told: fault.clone(),
            fault,
            place,
            parts: Arc::default(),
            since: Instant::now(),
            over: false,
        };
        standing.note(FaultPhase::Asked);
        let made = make(&mut standing.parts().all);
        if let Err(error) = made {
            standing.over = true;
            // The first error is the one to be told.
            let _ = standing.parts().remove();
            standing.note(FaultPhase::Refused(error.to_string()));
            return Err(error);
        }
        standing.register();
        standing.acts_from_now();
        Ok(standing)
    }

    /// Lifts the fault, and returns when it is over.
    ///
    /// # Errors
    ///
    /// If it had already ended, or a part cannot be removed. Whatever can be removed is removed.
    pub(crate) fn lift(mut self) -> Result<(), Error> {
        self.take_away()
    }

    /// Continues as another fault, with the remaining parts: in the record this one is lifted, and that
    /// one begins. It has counted all that the parts had, as what they count in common stays theirs.
    pub(super) fn go_on_as(&mut self, fault: String, place: Place<Host>) -> Result<(), Error> {
        let counted = self.counters();
        let parts = std::mem::take(&mut *self.parts());
        self.over = true;
        let sum = |all: Vec<Counter>| all.iter().map(|counter| counter.packets).sum();
        self.note(FaultPhase::Lifted(counted.ok().map(sum)));
        *self = Self::make(place, fault, |all| {
            all.extend(parts.all);
            Ok(())
        })?;
        self.parts().carried = parts.carried;
        Ok(())
    }

    /// Leaves the fault in effect until the test ends.
    pub(crate) fn keep(mut self) -> Kept {
        self.stay()
    }

    /// Has the fault out of effect while `work` runs.
    ///
    /// # Errors
    ///
    /// If it cannot be suspended, in which case `work` does not run, or cannot be put in effect
    /// again.
    ///
    /// # Panics
    ///
    /// If `work` does; the fault is in effect again before.
    pub(crate) fn suspend<T>(&mut self, work: impl FnOnce() -> T) -> Result<T, Error> {
        let pause = Pause::begin(&self.parts, |phase| self.note(phase))?;
        let value = work();
        pause.end()?;
        Ok(value)
    }

    /// The same for async work. If the future is dropped before it is done, the fault is in effect again
    /// before that returns.
    #[cfg(feature = "tokio")]
    pub(crate) async fn suspend_async<T>(
        &mut self,
        work: impl AsyncFnOnce() -> T,
    ) -> Result<T, Error> {
        let pause = Pause::begin(&self.parts, |phase| self.note(phase))?;
        let value = work().await;
        pause.end()?;
        Ok(value)
    }

    /// How many packets it has counted.
    pub(crate) fn try_packets(&self) -> Result<u64, Error> {
        Ok(self.counters()?.iter().map(|counter| counter.packets).sum())
    }

    /// What each rule has counted; those that were replaced come first.
    pub(crate) fn counters(&self) -> Result<Vec<Counter>, Error> {
        Evidence::counters(&*self.parts)
    }

    /// Waits until it has counted a packet since it took effect as it is now, and returns how long
    /// that took.
    pub(crate) fn wait_for_hit(&self, limit: Duration) -> Result<Duration, Error> {
        let (begun, mut seen) = (Instant::now(), Ok(false));
        let waited = eventually(limit, || self.look(&mut seen));
        let hit = self.hit_or_not(waited, seen.map(|hit| hit.then(|| begun.elapsed())), limit);
        hit.map_err(|error| match error.is_timed_out() {
            true => hint_at_async(error, "wait_for_hit_async"),
            false => error,
        })
    }

    /// The same, and the runtime goes on meanwhile.
    #[cfg(feature = "tokio")]
    pub(crate) async fn wait_for_hit_async(&self, limit: Duration) -> Result<Duration, Error> {
        let (begun, mut seen) = (Instant::now(), Ok(false));
        let waited = eventually_async(limit, async || self.look(&mut seen)).await;
        self.hit_or_not(waited, seen.map(|hit| hit.then(|| begun.elapsed())), limit)
    }

    /// Looks whether it was hit, and says yes also if nobody will ever know.
    fn look(&self, seen: &mut Result<bool, Error>) -> bool {
        *seen = self.parts().hits().map(|hits| hits > 0);
        !matches!(seen, Ok(false))
    }

    /// `seen` is when a hit was seen at the last look: a hit is one, however long the look took.
    fn hit_or_not(
        &self,
        waited: Result<Duration, Error>,
        seen: Result<Option<Duration>, Error>,
        limit: Duration,
    ) -> Result<Duration, Error> {
        let seen = seen?;
        waited.or_else(|error| seen.ok_or(error)).map_err(|error| {
            // Without a note the claim was refused for another reason than time.
            let Ok(note) = stretched(limit) else { return error };
            let operation = format!("see {self} hit within {limit:?}{note}");
            Error::timed_out(operation, "it has counted no packet since it took effect")
        })
    }

    /// When it came into effect, as it is now.
    pub(crate) fn in_effect_at(&self) -> Instant {
        self.since
    }

    pub(crate) fn place(&self) -> &Place<Host> {
        &self.place
    }

    /// Its parts, for the kind that they are of.
    pub(super) fn parts(&self) -> MutexGuard<'_, Parts<P>> {
        lock(&self.parts)
    }

    /// Says that it is something else by now.
    pub(super) fn becomes(&mut self, told: String) {
        self.told = told;
    }

    /// Records that it is in effect, as it is now, and from when on.
    pub(super) fn acts_from_now(&mut self) {
        self.since = Instant::now();
        note_at(self.since, self.net(), self.event(FaultPhase::InEffect));
    }

    pub(super) fn note(&self, phase: FaultPhase) {
        note(self.net(), self.event(phase));
    }

    fn event(&self, phase: FaultPhase) -> Event {
        let place = self.place.map(|host| host.name().to_owned());
        Event::Fault { number: self.number, fault: self.fault.clone(), place, phase }
    }

    /// The host at which it is registered: the first that its place names.
    fn anchor(&self) -> &Host {
        self.place.hosts()[0]
    }

    fn net(&self) -> u64 {
        self.anchor().net()
    }

    fn register(&self) {
        let evidence: Arc<dyn Evidence> = self.parts.clone();
        let evidence: Weak<dyn Evidence> = Arc::downgrade(&evidence);
        let (number, fault) = (self.number, self.fault.clone());
        Register::enter(self.anchor(), Registered { number, fault, evidence });
    }

    fn take_away(&mut self) -> Result<(), Error> {
        if std::mem::replace(&mut self.over, true) {
            return Ok(());
        }
        let result = self.parts().remove();
        self.note(match &result {
            Ok(packets) => FaultPhase::Lifted(*packets),
            Err(error) => FaultPhase::Lost(error.to_string()),
        });
        result.map(drop)
    }

    /// Has its parts stay in effect, and live as long as the net does, to be read; as long as the
    /// process, where nobody holds the net any more: a socket of a host may still be open.
    fn stay(&mut self) -> Kept {
        self.over = true;
        self.parts().all.iter_mut().for_each(Part::keep);
        self.note(FaultPhase::Kept);
        // Not with the host: the parts hold on to it.
        let parts = Arc::clone(&self.parts);
        match Net::numbered(self.net()) {
            Some(net) => net.keep(Box::new(parts)),
            None => std::mem::forget(parts),
        }
        Kept::new((self.told.clone(), self.place.clone()), self.since, self.parts.clone())
    }
}

impl<P: Part> Drop for Standing<P> {
    fn drop(&mut self) {
        // Where the network of a failed test is kept, its faults are.
        if !self.over && sandbox::keeps() && failure::on_its_way() {
            self.stay();
        }
        // Nobody is there to be told; lifting it is for those who want to know.
        let _ = self.take_away();
    }
}

/// What it is now.
impl<P: Part> fmt::Display for Standing<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told)
    }
}

#[cfg(test)]
mod tests;
