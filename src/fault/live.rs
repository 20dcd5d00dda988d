//! The faults that are in effect, for those who report: read without touching them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::time::Instant;

use super::counter::Counter;
use super::part::Part;
use crate::record::{Event, FaultPhase, next_number, note_at};
use crate::{Error, Host, Net};

/// The parts of a block, shared with the register of what is in effect.
pub(super) struct Live {
    parts: Arc<Mutex<Vec<Part>>>,
    hosts: [Host; 2],
    number: u64,
    /// What it was made as; what it is now may be another policy.
    fault: String,
}

/// What a host knows of the blocks that were made at it.
#[derive(Default)]
struct Register(Mutex<Vec<Registered>>);

struct Registered {
    number: u64,
    fault: String,
    parts: Weak<Mutex<Vec<Part>>>,
}

/// A fault that is in effect, with what its rules have counted, or why that is not known.
pub(crate) struct InEffect {
    pub(crate) number: u64,
    pub(crate) fault: String,
    pub(crate) counters: Result<Vec<Counter>, Error>,
}

/// The faults that are in effect and were made at this host.
///
/// One that is being changed at this moment says so instead of its counters: this never waits.
pub(crate) fn in_effect(host: &Host) -> Vec<InEffect> {
    let register = host.attached::<Register>();
    let mut all = Vec::new();
    for registered in register.lock().iter() {
        let Some(parts) = registered.parts.upgrade() else { continue };
        let counters = match parts.try_lock() {
            Err(TryLockError::WouldBlock) => {
                Err(Error::new(format!("read {}", registered.fault), "it is being changed"))
            }
            Ok(parts) => counters(&parts),
            Err(TryLockError::Poisoned(parts)) => counters(&parts.into_inner()),
        };
        let fault = registered.fault.clone();
        all.push(InEffect { number: registered.number, fault, counters });
    }
    all
}

fn counters(parts: &[Part]) -> Result<Vec<Counter>, Error> {
    let mut all = Vec::new();
    for part in parts {
        all.extend(part.counters()?);
    }
    Ok(all)
}

impl Live {
    /// A block that has no parts yet, and that was asked for just now.
    pub(super) fn asked(hosts: [Host; 2], fault: String) -> Self {
        let live = Self { parts: Arc::default(), hosts, number: next_number(), fault };
        live.note(FaultPhase::Asked);
        live
    }

    pub(super) fn parts(&self) -> MutexGuard<'_, Vec<Part>> {
        // What a panic left is still what the kernel holds.
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, phase: FaultPhase) {
        self.hosts[0].note(self.event(phase));
    }

    pub(super) fn note_at(&self, at: Instant, phase: FaultPhase) {
        note_at(at, self.hosts[0].net(), self.event(phase));
    }

    fn event(&self, phase: FaultPhase) -> Event {
        let hosts = self.hosts.each_ref().map(|host| host.name().to_owned());
        Event::Fault { number: self.number, fault: self.fault.clone(), hosts, phase }
    }

    /// Has its parts stay in force, and live as long as the net does, to be read.
    pub(super) fn keep(&mut self) {
        self.parts().iter_mut().for_each(Part::keep);
        self.note(FaultPhase::Kept);
        let parts = std::mem::take(&mut self.parts);
        // Not with the host: the parts hold on to it.
        let net = Net::all().into_iter().find(|net| net.number() == self.hosts[0].net());
        if let Some(net) = net {
            net.keep(Box::new(parts));
        }
    }

    /// Enters it into the register of what is in effect, until its parts are dropped.
    pub(super) fn register(&self) {
        let register = self.hosts[0].attached::<Register>();
        let mut all = register.lock();
        all.retain(|other| other.number != self.number && other.parts.strong_count() > 0);
        all.push(Registered {
            number: self.number,
            fault: self.fault.clone(),
            parts: Arc::downgrade(&self.parts),
        });
    }
}

impl Register {
    fn lock(&self) -> MutexGuard<'_, Vec<Registered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
