//! The parts of a fault in effect, and what can be read of them.

use std::panic::RefUnwindSafe;
use std::sync::{Mutex, TryLockError};
use std::time::Duration;

use super::counter::Counter;
use super::part::Part;
use crate::Error;
use crate::mutex::lock;

/// The parts of a fault that are in effect, and what it had counted before it had them.
pub(super) struct Parts<P> {
    pub(super) all: Vec<P>,
    /// What the parts that have been replaced had counted.
    pub(super) carried: Vec<Counter>,
}

/// What a fault has counted, whatever it consists of: for its guard, and for those who report.
pub(super) trait Evidence: Send + Sync + RefUnwindSafe {
    /// What it has counted; what has been replaced comes first.
    fn counters(&self) -> Result<Vec<Counter>, Error>;

    /// The same without waiting: `None` if the fault is being changed at this moment.
    fn counters_now(&self) -> Option<Result<Vec<Counter>, Error>>;

    /// How late it has let packets go at worst, without waiting: `None` if it makes none wait, or is being
    /// changed at this moment.
    fn worst_lateness_now(&self) -> Option<Duration>;
}

impl<P: Part> Parts<P> {
    pub(super) fn counters(&self) -> Result<Vec<Counter>, Error> {
        let mut all = self.carried.clone();
        for part in &self.all {
            all.extend(part.counters()?);
        }
        Ok(all)
    }

    /// How many packets the parts that are in effect have counted, without those that were replaced.
    pub(super) fn hits(&self) -> Result<u64, Error> {
        let mut hits = 0;
        for part in &self.all {
            hits += part.counters()?.iter().map(|counter| counter.packets).sum::<u64>();
        }
        Ok(hits)
    }

    /// Removes the parts for which `is_over` returns `Some(true)`. Parts with `Some(false)` give up what
    /// `leave` says. The counters of both are carried over. Whatever can be done is done, and the first
    /// error is returned. A part that cannot be removed stays, unless it had already ended.
    pub(super) fn release(
        &mut self,
        is_over: impl Fn(&P) -> Option<bool>,
        leave: impl Fn(&mut P) -> Result<Vec<Counter>, Error>,
    ) -> Result<(), Error> {
        let mut done = Ok(());
        let mut stay = Vec::new();
        for mut part in self.all.drain(..) {
            let over = is_over(&part);
            let counted = match over {
                Some(true) => Self::take(&mut part),
                Some(false) => leave(&mut part),
                None => Ok(Vec::new()),
            };
            let is_gone = counted.as_ref().map_or_else(Error::is_lost_fault, |_| true);
            if over != Some(true) || !is_gone {
                stay.push(part);
            }
            match counted {
                Ok(counters) => self.carried.extend(counters),
                Err(error) => done = done.and(Err(error)),
            }
        }
        self.all = stay;
        done
    }

    fn take(part: &mut P) -> Result<Vec<Counter>, Error> {
        let counters = part.counters();
        part.remove()?;
        counters
    }

    /// Removes all, and returns what they had counted, or the first error.
    pub(super) fn remove(&mut self) -> Result<Option<u64>, Error> {
        let carried: u64 = self.carried.iter().map(|counter| counter.packets).sum();
        let counted = remove_all(&mut self.all)?;
        Ok(counted.map(|packets| packets + carried))
    }
}

/// Removes parts, and returns how many packets they had counted, or the first error. Whatever can be
/// removed is removed.
pub(super) fn remove_all<P: Part>(parts: &mut Vec<P>) -> Result<Option<u64>, Error> {
    let mut all = Ok(Some(0));
    for mut part in parts.drain(..) {
        all = match (all, part.remove()) {
            (Ok(sum), Ok(packets)) => Ok(sum.zip(packets).map(|(sum, packets)| sum + packets)),
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
    }
    all
}

impl<P> Default for Parts<P> {
    fn default() -> Self {
        Self { all: Vec::new(), carried: Vec::new() }
    }
}

impl<P: Part> Evidence for Mutex<Parts<P>> {
    fn counters(&self) -> Result<Vec<Counter>, Error> {
        lock(self).counters()
    }

    fn counters_now(&self) -> Option<Result<Vec<Counter>, Error>> {
        read_now(self, Parts::counters)
    }

    fn worst_lateness_now(&self) -> Option<Duration> {
        let worst = |parts: &Parts<P>| parts.all.iter().filter_map(Part::worst_lateness).max();
        read_now(self, worst).flatten()
    }
}

/// Reads what nobody is changing at this moment.
fn read_now<T, U>(shared: &Mutex<T>, read: impl FnOnce(&T) -> U) -> Option<U> {
    match shared.try_lock() {
        Ok(known) => Some(read(&known)),
        Err(TryLockError::Poisoned(known)) => Some(read(&known.into_inner())),
        Err(TryLockError::WouldBlock) => None,
    }
}
