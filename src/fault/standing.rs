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
/// What the guard of every kind of fault is made of; a kind brings its [`Part`]s. The record, the
/// report and the matrix know this, and no kind.
#[must_use = "dropping it lifts the fault"]
pub(crate) struct Standing<P: Part> {
    /// Tells it from others that read the same.
    number: u64,
    /// What it was made as, which is its name in the record.
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
    /// `make` puts its parts into effect one after the other, each of which it adds as soon as it
    /// is. If it fails, what it has added is taken away.
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
    /// If it had ended before, or a part cannot be taken away. What can be is.
    pub(crate) fn lift(mut self) -> Result<(), Error> {
        self.take_away()
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
        let note = |phase| self.note(phase);
        let pause = Pause::begin(&self.parts, &note)?;
        let value = work();
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
        let mut lost = None;
        let waited = eventually(limit, || self.is_hit(&mut lost));
        let hit = self.hit_or_not(waited, lost, limit);
        hit.map_err(|error| match error.is_timed_out() {
            true => hint_at_async(error, "wait_for_hit_async"),
            false => error,
        })
    }

    /// The same, and the runtime goes on meanwhile.
    #[cfg(feature = "tokio")]
    pub(crate) async fn wait_for_hit_async(&self, limit: Duration) -> Result<Duration, Error> {
        let mut lost = None;
        let waited = eventually_async(limit, async || self.is_hit(&mut lost)).await;
        self.hit_or_not(waited, lost, limit)
    }

    /// Whether it was hit. If nobody will ever know, it says yes, and why.
    fn is_hit(&self, lost: &mut Option<Error>) -> bool {
        match self.parts().hits() {
            Ok(hits) => hits > 0,
            Err(error) => {
                *lost = Some(error);
                true
            }
        }
    }

    fn hit_or_not(
        &self,
        waited: Result<Duration, Error>,
        lost: Option<Error>,
        limit: Duration,
    ) -> Result<Duration, Error> {
        if let Some(error) = lost {
            return Err(error);
        }
        waited.map_err(|error| {
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
        match Net::all().into_iter().find(|net| net.number() == self.net()) {
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

/// The contract, by a kind of fault that is no block.
#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::super::lo_down::{LoDown, lo_down};
    use super::super::register::in_effect;
    use super::*;
    use crate::{Result, netns_test};

    /// Whether what the host sends itself arrives within `limit`.
    fn arrives_within(limit: Duration, host: &Host) -> bool {
        let mut socket = host.bind_udp(0).expect("a port is free");
        socket.set_deadline(limit);
        let own = (Ipv4Addr::LOCALHOST, socket.addr().port());
        socket.send_to(b"", own).is_ok() && socket.recv_from().is_ok()
    }

    fn is_up(host: &Host) -> bool {
        arrives_within(Duration::from_secs(10), host)
    }

    /// What is sent while `lo` is down is thrown away at once. While it is up, it arrives before
    /// the send returns, unless the machine is very busy.
    fn is_down(host: &Host) -> bool {
        !arrives_within(Duration::from_millis(20), host)
    }

    fn phases(net: &Net) -> Vec<FaultPhase> {
        let timeline = net.timeline().faults();
        let phase = |event: &Event| match event {
            Event::Fault { phase, .. } => phase.clone(),
            other => panic!("no fault: {other}"),
        };
        timeline.iter().map(|entry| phase(&entry.event)).collect()
    }

    #[netns_test]
    fn a_fault_is_in_effect_until_it_is_lifted(net: Net, host: Host) -> Result {
        let before = Instant::now();
        let fault = lo_down(&host)?;
        assert!(is_down(&host));
        assert!((before..=Instant::now()).contains(&fault.in_effect_at()));
        assert_eq!(fault.to_string(), "take `lo` of `host` down");
        assert_eq!(fault.place(), &Place::Host(host.clone()));
        assert_eq!(fault.try_packets()?, 1);
        fault.lift()?;
        assert!(is_up(&host));
        let expected = [FaultPhase::Asked, FaultPhase::InEffect, FaultPhase::Lifted(Some(1))];
        assert_eq!(phases(&net), expected);
        Ok(())
    }

    #[netns_test]
    fn a_fault_that_is_dropped_is_lifted(net: Net, host: Host) -> Result {
        drop(lo_down(&host)?);
        assert!(is_up(&host));
        assert_eq!(phases(&net).last(), Some(&FaultPhase::Lifted(Some(1))));
        Ok(())
    }

    #[netns_test]
    fn a_fault_is_lifted_when_a_test_panics(host: Host) -> Result {
        let panic = catch_unwind(AssertUnwindSafe(|| {
            let _fault = lo_down(&host).expect("it can be made");
            panic!("the test");
        }));
        assert!(panic.is_err() && is_up(&host));
        Ok(())
    }

    #[netns_test]
    fn a_fault_that_is_kept_stays_and_can_be_read(net: Net, host: Host) -> Result {
        let kept = lo_down(&host)?.keep();
        assert!(is_down(&host));
        assert_eq!((kept.packets(), kept.to_string().as_str()), (1, "take `lo` of `host` down"));
        assert_eq!(phases(&net).last(), Some(&FaultPhase::Kept));
        drop(kept);
        assert!(is_down(&host));
        assert_eq!(in_effect(&host).len(), 1, "it is still told of");
        Ok(())
    }

    #[netns_test]
    fn a_fault_is_suspended_while_work_runs(net: Net, host: Host) -> Result {
        let mut fault = lo_down(&host)?;
        assert!(fault.suspend(|| is_up(&host))?);
        assert!(is_down(&host));
        let panic = catch_unwind(AssertUnwindSafe(|| fault.suspend(|| panic!("the work"))));
        assert!(panic.is_err() && is_down(&host), "it is in effect again before");
        assert_eq!(fault.try_packets()?, 3);
        fault.wait_for_hit(Duration::ZERO)?;
        drop(fault);
        use FaultPhase::{Asked, InEffect, Lifted, Suspended};
        let expected = [Asked, InEffect, Suspended, InEffect, Suspended, InEffect, Lifted(Some(3))];
        assert_eq!(phases(&net), expected);
        Ok(())
    }

    #[netns_test]
    fn what_cannot_be_lifted_is_lost(net: Net, host: Host) -> Result {
        let fault = lo_down(&host)?;
        fault.parts().all[0].refuses = Some("it is stuck");
        let error = fault.lift().expect_err("it refuses").to_string();
        assert_eq!(error, "cannot set `lo` of `host`: it is stuck");
        assert_eq!(phases(&net).last(), Some(&FaultPhase::Lost(error)));
        Ok(())
    }

    /// What has been made is taken away, and the first error is the one to be told.
    #[netns_test]
    fn a_fault_that_cannot_be_made_is_not_begun(net: Net, host: Host) -> Result {
        let place = Place::Host(host.clone());
        let made = Standing::<LoDown>::make(place, "be stuck".to_owned(), |parts| {
            let whole = lo_down(&host)?;
            parts.append(&mut whole.parts().all);
            drop(whole);
            assert!(is_down(&host));
            Err(Error::new("make the rest", "it is stuck"))
        });
        let Err(error) = made else { panic!("it was made") };
        assert_eq!(error.to_string(), "cannot make the rest: it is stuck");
        assert!(is_up(&host) && in_effect(&host).is_empty());
        assert_eq!(phases(&net).last(), Some(&FaultPhase::Refused(error.to_string())));
        Ok(())
    }

    #[netns_test]
    fn a_fault_of_no_host_is_none(host: Host) {
        let nowhere = Place::Groups(vec![Vec::new(), Vec::new()]);
        let made = Standing::<LoDown>::make(nowhere, "split the net".to_owned(), |_| Ok(()));
        let Err(error) = made else { panic!("it was made") };
        assert_eq!(error.to_string(), "cannot split the net: it names no host");
        assert!(in_effect(&host).is_empty());
    }

    /// Whoever tells of a failure does not wait for a fault that is being changed.
    #[netns_test]
    fn a_fault_that_is_being_changed_says_so(host: Host) -> Result {
        let fault = lo_down(&host)?;
        let changing = fault.parts();
        let told = in_effect(&host);
        drop(changing);
        let error = told[0].counters.as_ref().expect_err("it cannot be read").to_string();
        assert_eq!(error, "cannot read take `lo` of `host` down: it is being changed");
        assert!(in_effect(&host)[0].counters.is_ok());
        Ok(())
    }
}
