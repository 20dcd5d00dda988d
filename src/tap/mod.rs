//! What records the frames of a host, below everything that reads them.
//!
//! A host's [`Tap`] has packet sockets in the host's namespace ([`source`]), which one thread for
//! all taps empties ([`drainer`]) into a bounded [`store`]. What the frames mean is for
//! `observe::packets` to say; here only that much is read ([`headers`]) as it takes to know what is
//! to be kept.

mod closing;
mod drainer;
mod filter;
pub(crate) mod fingerprint;
pub(crate) mod headers;
mod source;
pub(crate) mod store;
mod under_way;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread;
use std::time::Instant;

use nix::sched::{CloneFlags, setns};

use crate::mutex::lock;
pub(crate) use source::SNAPLEN;
use source::{Kind, Source};
use store::{Arrival, Store};
pub(crate) use under_way::UnderWay;

use crate::variable::Variable;

/// Switches all recording off, if it is `off`.
pub(crate) const CAPTURE: Variable =
    Variable { name: "NETNS_TEST_CAPTURE", values: &["on", "off"] };
/// The index of `lo` in every namespace.
pub(crate) const LOOPBACK: u32 = 1;

/// What records a host's frames. It lives as long as the host does.
pub(crate) struct Tap {
    namespace: Arc<OwnedFd>,
    state: Mutex<State>,
}

struct State {
    sources: Vec<Source>,
    /// The devices whose frames are recorded: `lo`, and the ends of the host's links.
    ends: BTreeSet<u32>,
    store: Store,
    /// What is held on the way here, by who sends it.
    under_way: BTreeMap<String, Weak<UnderWay>>,
}

/// Opens the sockets for what arrives, in the namespace of this thread.
type OpenSources = fn() -> OpenedSources;
type OpenedSources = io::Result<Vec<Source>>;

/// What a look at a tap found.
#[derive(Clone, Copy, Default)]
struct Found {
    frames: usize,
    /// Whether one of its queues must be looked at again soon.
    hurry: bool,
}

/// Whether frames are to be recorded.
pub(crate) fn is_wanted() -> bool {
    !CAPTURE.is("off")
}

impl Tap {
    /// Starts to record what is sent in a namespace, which this thread is inside of.
    pub(crate) fn arm(namespace: Arc<OwnedFd>) -> io::Result<Arc<Self>> {
        let source = Source::open(Kind::Sent)?;
        let ends = BTreeSet::from([LOOPBACK]);
        let state = Mutex::new(State {
            sources: vec![source],
            ends,
            store: Store::default(),
            under_way: BTreeMap::new(),
        });
        let tap = Arc::new(Self { namespace, state });
        drainer::watch(&tap)?;
        Ok(tap)
    }

    /// Records what leaves by a device that is about to be made, an end of a link.
    pub(crate) fn follow(&self, index: u32) {
        self.state().ends.insert(index);
    }

    /// Records from now on what gets into the namespace as well, if that can be had. `enter` does
    /// what it is given inside of it.
    pub(crate) fn expect_arrivals(&self, enter: impl FnOnce(OpenSources) -> OpenedSources) {
        let mut state = self.state();
        if state.sources.len() > 1 {
            return;
        }
        let open: OpenSources = || Kind::ARRIVED.into_iter().map(Source::open).collect();
        if let Ok(opened) = enter(open) {
            state.sources.extend(opened);
            state.store.expect_arrivals();
        }
    }

    /// Moves everything that was recorded up to now into the store.
    pub(crate) fn drain(self: &Arc<Self>) {
        self.look();
    }

    /// The same, and tells what there was.
    fn look(self: &Arc<Self>) -> Found {
        let mut found = Found::default();
        let mut state = self.state();
        let State { sources, ends, store, .. } = &mut *state;
        for (at, source) in sources.iter_mut().enumerate() {
            let taken = source.drain(store, ends);
            found.frames += taken;
            found.hurry |= source.is_queue();
            if source.wants_ring(taken) {
                source.replaced = true;
                self.start_ring(at, source.kind());
            }
        }
        found
    }

    /// Makes a ring for a source, on a thread that waits for the kernel.
    fn start_ring(self: &Arc<Self>, at: usize, kind: Kind) {
        let tap = Arc::downgrade(self);
        let make = move || {
            // Without a ring the queue goes on, and says what it loses.
            let _ = replace(&tap, at, kind);
        };
        let _ = thread::Builder::new().name("netns-test ring".to_owned()).spawn(make);
    }

    /// Is told from now on what is held of that which a host sends here.
    pub(crate) fn expect_late(&self, sender: &str, under_way: &Arc<UnderWay>) {
        self.state().under_way.insert(sender.to_owned(), Arc::downgrade(under_way));
    }

    /// Whether a frame that a host has sent here may be late, and not lost; `None` if nothing holds
    /// what it sends.
    pub(crate) fn may_be_late(&self, sender: &str, sent: Instant, seen: Instant) -> Option<bool> {
        let under_way = self.state().under_way.get(sender)?.upgrade()?;
        Some(under_way.may_have(sent, seen))
    }

    /// Takes a frame for arrived of which a part has: it was cut on its way.
    pub(crate) fn arrived_in_part(&self, fingerprint: u64) {
        let arrival = Arrival { at: Instant::now(), fingerprint, answer: None };
        self.state().store.arrived_in_part(arrival);
    }

    /// The sockets to be watched for the next frame.
    fn sockets(&self) -> Vec<Arc<OwnedFd>> {
        self.state().sources.iter().filter_map(Source::socket).collect()
    }

    pub(crate) fn with_store<T>(&self, read: impl FnOnce(&Store) -> T) -> T {
        read(&self.state().store)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        drainer::forget();
    }
}

fn replace(tap: &Weak<Tap>, at: usize, kind: Kind) -> io::Result<()> {
    match tap.upgrade() {
        Some(tap) => setns(&tap.namespace, CloneFlags::CLONE_NEWNET)?,
        None => return Ok(()),
    }
    let ring = kind.ring()?;
    let Some(tap) = tap.upgrade() else { return Ok(()) };
    tap.state().sources[at].replace(ring)
}
