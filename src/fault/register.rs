//! The faults that are in effect, for those who report: read without touching them.

use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use super::counter::Counter;
use super::parts::Evidence;
use crate::mutex::lock;
use crate::{Error, Host};

/// What a host knows of the faults whose place names it first.
#[derive(Default)]
pub(super) struct Register(Mutex<Vec<Registered>>);

/// A fault that stands, until what it consists of is dropped.
#[derive(Clone)]
pub(super) struct Registered {
    pub(super) number: u64,
    pub(super) fault: String,
    pub(super) evidence: Weak<dyn Evidence>,
}

/// A fault that is in effect, with what it has counted, or why that is not known.
pub(crate) struct InEffect {
    pub(crate) number: u64,
    pub(crate) fault: String,
    pub(crate) counters: Result<Vec<Counter>, Error>,
    /// How late it has let packets go at worst, if it is a wire.
    pub(crate) worst_lateness: Option<Duration>,
}

/// The faults in effect whose place names this host first.
///
/// A fault that is being changed at this moment says so instead of its counters: this never waits.
pub(crate) fn in_effect(host: &Host) -> Vec<InEffect> {
    // Read when the register is free again: a fault whose guard is dropped meanwhile ends here.
    let registered = host.attached::<Register>().lock().clone();
    registered.into_iter().filter_map(Registered::read).collect()
}

impl Registered {
    fn read(self) -> Option<InEffect> {
        let Self { number, fault, evidence } = self;
        let changing = || Err(Error::new(format!("read {fault}"), "it is being changed"));
        let evidence = evidence.upgrade()?;
        let counters = evidence.counters_now().unwrap_or_else(changing);
        let worst_lateness = evidence.worst_lateness_now();
        Some(InEffect { number, fault, counters, worst_lateness })
    }
}

impl Register {
    /// Enters a fault that is in effect.
    pub(super) fn enter(host: &Host, new: Registered) {
        let register: Arc<Self> = host.attached();
        let mut all = register.lock();
        all.retain(|other| other.number != new.number && other.evidence.strong_count() > 0);
        all.push(new);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Registered>> {
        lock(&self.0)
    }
}
