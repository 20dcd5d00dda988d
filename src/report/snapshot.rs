//! What the network was like at the moment of a failure, before the body's guards were dropped and
//! its sockets closed.

use std::cell::Cell;
use std::net::IpAddr;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use super::outside::Outside;
use crate::fault::{InEffect, Lateness, in_effect};
use crate::mutex::lock;
use crate::nemesis;
use crate::net::threads_in;
use crate::process::{Seen, seen};
use crate::{Capture, Error, Host, Link, Net, Sockets, sandbox};

/// How long a snapshot may take: the thread that fails may hold what has to be asked.
const PATIENCE: Duration = Duration::from_secs(2);
/// How soon after another one a snapshot is worth its time, where errors may come by the hundred.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// The snapshot that was taken last.
static LAST: Mutex<Option<Arc<Snapshot>>> = Mutex::new(None);

/// The network as it was.
pub(super) struct Snapshot {
    pub(super) at: Instant,
    /// The nets with their hosts and links, as they are drawn.
    pub(super) nets: Vec<String>,
    /// The hosts of each link.
    pub(super) links: Vec<Vec<String>>,
    /// What had been sent in each of them: the body may have made nets that end with it.
    captures: Vec<Capture>,
    pub(super) hosts: Vec<HostState>,
    /// The schedules of faults that were begun, with what had become of them.
    pub(super) schedules: Vec<String>,
    pub(super) outside: Outside,
}

/// A host as it was.
pub(super) struct HostState {
    pub(super) name: String,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) faults: Vec<InEffect>,
    /// How late the wires were that had been lifted.
    lateness: Lateness,
    pub(super) sockets: Result<Sockets, Error>,
    pub(super) processes: Vec<Seen>,
    /// The names of the test's own threads in it, but for the one of its body.
    pub(super) threads: Vec<String>,
}

thread_local! {
    /// Whether this thread is taking a snapshot, and must not be made to take one.
    static TAKES: Cell<bool> = const { Cell::new(false) };
}

/// Takes a snapshot, in the process of a test. It takes milliseconds, and never waits without an
/// end.
pub(super) fn witness() {
    let at = Instant::now();
    if !sandbox::is_test() || TAKES.get() {
        return;
    }
    // On a thread of its own: it enters hosts, and may have to wait for what this thread holds.
    let (done, taken) = sync_channel(1);
    let take = move || {
        TAKES.set(true);
        // Nobody waits any more if it took too long.
        let _ = done.send(Snapshot::take(at));
    };
    let started = thread::Builder::new().name("netns-test snapshot".to_owned()).spawn(take);
    if started.is_ok()
        && let Ok(snapshot) = taken.recv_timeout(PATIENCE)
    {
        *last() = Some(Arc::new(snapshot));
    }
}

/// The same for an error that may not be one of the test: hardly more than every 100 ms.
pub(super) fn witness_error() {
    let fresh = last().as_ref().is_some_and(|last| last.at.elapsed() < AGAIN_AFTER);
    if !fresh {
        witness();
    }
}

/// The last snapshot; if there is none, one of now.
pub(super) fn newest() -> Option<Arc<Snapshot>> {
    if last().is_none() {
        witness();
    }
    last().take()
}

/// Shows the last snapshot. Without the lock: a panic would want to take another one.
pub(super) fn with_last<T>(show: impl FnOnce(&Snapshot) -> T) -> Option<T> {
    let snapshot = last().clone();
    snapshot.as_deref().map(show)
}

fn last() -> MutexGuard<'static, Option<Arc<Snapshot>>> {
    lock(&LAST)
}

impl Snapshot {
    fn take(at: Instant) -> Self {
        let all = Net::all();
        // Every test has a net, which stays empty where the body makes others.
        let empty = |net: &&Net| net.all_hosts().is_empty();
        let drawn = all.iter().filter(|net| all.iter().all(|other| empty(&other)) || !empty(net));
        let nets = drawn.map(ToString::to_string).collect();
        let names = |link: Link| link.hosts().iter().map(|host| host.name().to_owned()).collect();
        let links = all.iter().flat_map(Net::links).map(names).collect();
        let captures = all.iter().filter_map(|net| net.capture().ok()).collect();
        let hosts: Vec<_> = all.iter().flat_map(Net::all_hosts).collect();
        let schedules = hosts.iter().flat_map(nemesis::told).collect();
        // First: to look at the rest threads of ours visit the hosts.
        let threads = threads_in(&hosts);
        let hosts = hosts.iter().zip(threads).map(|(host, threads)| {
            let threads = threads.into_iter().filter(|thread| !thread.is_body());
            HostState::of(host, threads.map(|thread| thread.name).collect())
        });
        let hosts = hosts.collect();
        Self { at, nets, links, captures, hosts, schedules, outside: Outside::now() }
    }

    /// What had been sent in the nets that are gone since.
    pub(super) fn captures_besides(&self, living: &[Net]) -> impl Iterator<Item = &Capture> {
        let numbers: Vec<u64> = living.iter().map(Net::number).collect();
        self.captures.iter().filter(move |capture| !numbers.contains(&capture.net()))
    }

    /// How late the wires that there were since then had let packets go at worst; `None` if there
    /// was no wire.
    pub(super) fn worst_lateness(&self, since: Instant) -> Option<Duration> {
        let faults = self.hosts.iter().flat_map(|host| &host.faults);
        let standing = faults.filter_map(|fault| fault.worst_lateness);
        let lifted = self.hosts.iter().filter_map(|host| host.lateness.since(since));
        standing.chain(lifted).max()
    }
}

impl HostState {
    fn of(host: &Host, threads: Vec<String>) -> Self {
        Self {
            name: host.name().to_owned(),
            addresses: host.addrs(),
            faults: in_effect(host),
            // After those that stand: a wire that is lifted meanwhile is known twice, and never not.
            lateness: Lateness::of(host),
            sockets: host.sockets(),
            processes: seen(host),
            threads,
        }
    }
}
