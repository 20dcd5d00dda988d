//! The sources of one host, and what they have recorded.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;

use nix::sched::{CloneFlags, setns};

use super::drainer;
use super::source::{Kind, Source};
use super::store::Store;
use super::view::LOOPBACK;
use crate::{Error, Host};

/// What records a host's frames. It lives as long as the host does.
pub(super) struct Tap {
    namespace: Arc<OwnedFd>,
    state: Mutex<State>,
}

struct State {
    sources: Vec<Source>,
    /// The devices whose frames are recorded: `lo`, and the ends of the host's links.
    ends: BTreeSet<u32>,
    store: Store,
}

/// A host's place for its tap.
#[derive(Default)]
struct Place(OnceLock<io::Result<Arc<Tap>>>);

/// What a look at a tap found.
#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    pub(super) frames: usize,
    /// Whether one of its queues must be looked at again soon.
    pub(super) hurry: bool,
}

impl Tap {
    /// Starts to record what a host sends, which this thread is inside of. Where the system does not
    /// permit it, the one who asks for the capture is told so.
    pub(super) fn arm(host: &Host) {
        host.attached::<Place>().0.get_or_init(|| {
            let source = Source::open(Kind::Sent)?;
            let ends = BTreeSet::from([LOOPBACK]);
            let state = State { sources: vec![source], ends, store: Store::default() };
            let state = Mutex::new(state);
            let tap = Arc::new(Self { namespace: host.namespace_file(), state });
            drainer::watch(&tap)?;
            Ok(tap)
        });
    }

    /// Records what leaves by a device that is about to be made, an end of a link.
    pub(super) fn follow(host: &Host, index: u32) {
        if let Some(Ok(tap)) = host.attached::<Place>().0.get() {
            tap.state().ends.insert(index);
        }
    }

    /// The tap of a host.
    pub(super) fn of(host: &Host) -> Result<Arc<Self>, Error> {
        let operation = || format!("show the capture of `{}`", host.name());
        match host.attached::<Place>().0.get() {
            Some(Ok(tap)) => Ok(Arc::clone(tap)),
            Some(Err(error)) => Err(match error.raw_os_error() {
                Some(errno) => Error::os(operation(), io::Error::from_raw_os_error(errno)),
                None => Error::unsupported(operation(), error.to_string()),
            }),
            None => Err(Error::unsupported(
                operation(),
                format!("it is switched off ({}=off)", super::VARIABLE),
            )),
        }
    }

    /// Records from now on what gets into the host as well, if that can be had.
    pub(super) fn expect_arrivals(host: &Host) {
        let place = host.attached::<Place>();
        let Some(Ok(tap)) = place.0.get() else { return };
        let mut state = tap.state();
        if state.sources.len() > 1 {
            return;
        }
        let open = || Kind::ARRIVED.into_iter().map(Source::open).collect::<io::Result<Vec<_>>>();
        if let Ok(Ok(opened)) = host.inside(open) {
            state.sources.extend(opened);
            state.store.expect_arrivals();
        }
    }

    /// Moves everything that was recorded up to now into the store.
    pub(super) fn drain(self: &Arc<Self>) -> Found {
        let mut found = Found::default();
        let mut state = self.state();
        let State { sources, ends, store } = &mut *state;
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

    /// The sockets to be watched for the next frame.
    pub(super) fn sockets(&self) -> Vec<Arc<OwnedFd>> {
        self.state().sources.iter().filter_map(Source::socket).collect()
    }

    pub(super) fn with_store<T>(&self, read: impl FnOnce(&Store) -> T) -> T {
        read(&self.state().store)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
