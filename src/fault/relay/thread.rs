//! The thread that relays, and what others ask of it.

use std::collections::BTreeMap;
use std::io::{self, PipeReader, PipeWriter, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getcpu, sched_setaffinity};
use nix::unistd::Pid;

use super::super::impairment::Fates;
use super::super::recipe::WireRule;
use super::counts::WireCounts;
use super::hop::Hop;
use super::intercept::Intercept;
use super::lane::{Lane, Treatment};
use super::one_way::OneWay;
use super::path::Path;
use super::state::State;
use super::watch::Watch;
use crate::Error;
use crate::mutex::lock;
use crate::record::next_number;
use crate::sandbox::go_home;
use crate::sys::frames::without_timer_slack;
use crate::sys::priority::run_soon;

/// How long a probe may take. The relay hears it within microseconds, if it has a processor.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is looked whether the kernel has let go of a way.
const LOOK: Duration = Duration::from_millis(100);
/// How often a thread without work looks whether it is needed.
const REST: Duration = Duration::from_secs(1);

/// The relays of this process, by the numbers of their nets.
static RELAYS: Mutex<BTreeMap<u64, Arc<Shared>>> = Mutex::new(BTreeMap::new());

/// The relay of a net.
#[derive(Clone)]
pub(in crate::fault) struct Relay(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Whether the thread waits for that.
    wants: AtomicBool,
    /// Held while ways are changed, by the one who does it.
    changing: Mutex<()>,
    probed: Condvar,
    wake: PipeWriter,
}

impl Relay {
    /// The relay of a net, started if there is none.
    pub(in crate::fault) fn of(net: u64) -> Result<Self, Error> {
        let mut relays = relays();
        if let Some(shared) = relays.get(&net) {
            return Ok(Self(Arc::clone(shared)));
        }
        let start = || {
            let (woken, wake) = io::pipe()?;
            let shared = Arc::new(Shared {
                state: Mutex::default(),
                wants: AtomicBool::new(false),
                changing: Mutex::default(),
                probed: Condvar::new(),
                wake,
            });
            let its = Arc::clone(&shared);
            let name = "netns-test wire".to_owned();
            thread::Builder::new().name(name).spawn(move || run(&its, woken, net))?;
            Ok(shared)
        };
        let shared = start().map_err(|error: io::Error| Error::os("start the relay", error))?;
        relays.insert(net, Arc::clone(&shared));
        Ok(Self(shared))
    }

    /// Puts a wire on a way, behind those that are on it, and returns when it is in effect, with the
    /// number of the hop.
    pub(in crate::fault) fn put(
        &self,
        direction: &OneWay,
        wire: u64,
        (treatment, rules): (Treatment, Vec<WireRule>),
        fates: Fates,
    ) -> Result<u32, Error> {
        let _changing = self.changing();
        let lane = Lane::new(wire, treatment, rules, fates);
        let known = self.state().hop_of(&direction.path);
        let Some(hop) = known else { return self.open(direction, lane) };
        if let Some(known) = self.state().hops.get_mut(&hop) {
            known.lanes.push(lane);
        }
        self.settle(hop)?;
        Ok(hop)
    }

    fn open(&self, direction: &OneWay, lane: Lane) -> Result<u32, Error> {
        let path = &direction.path;
        // As many as fit beside the bit that tells them from ports.
        let number = next_number() as u32 & 0x0fff_ffff;
        let injector =
            self.state().injector(path).map_or_else(|| path.open_injector().map(Arc::new), Ok)?;
        let hears = self.state().hears(path);
        if !hears {
            let (socket, tells) = path.open_ear(number)?;
            self.state().listen(path, socket, (!tells).then_some(number));
        }
        let intercept = Arc::new(Intercept::of(number));
        let mut hop = Hop::new(direction, Arc::clone(&intercept), injector);
        hop.lanes.push(lane);
        self.state().hops.insert(number, hop);
        self.wake();
        let begun = intercept.begin(path).and_then(|()| self.await_probe(path, number));
        if let Err(error) = begun {
            // The first error is the one to be told.
            let _ = intercept.end(path);
            let mut state = self.state();
            state.hops.remove(&number);
            close(state.forget(&[number]));
            return Err(error);
        }
        Ok(number)
    }

    /// Waits until the relay has heard a probe, where one can be sent. Where it cannot, because the
    /// link is down, the kernel's acknowledgement is what counts.
    fn await_probe(&self, path: &Path, hop: u32) -> Result<(), Error> {
        if !path.probe(hop) {
            return Ok(());
        }
        let waits = |state: &mut State| state.hops.get(&hop).is_some_and(|hop| !hop.probed);
        let waited = self.0.probed.wait_timeout_while(self.state(), PATIENCE, waits);
        if waited.unwrap_or_else(PoisonError::into_inner).1.timed_out() {
            let cause = format!("no probe reached the relay within {PATIENCE:?}");
            return Err(Error::new("check that frames pass through the relay", cause));
        }
        Ok(())
    }

    /// Has a wire be another one from now on.
    pub(in crate::fault) fn change(
        &self,
        (hop, wire): (u32, u64),
        treatment: (Treatment, Vec<WireRule>),
        fates: Option<Fates>,
    ) -> Result<(), Error> {
        self.with_lane(hop, wire, |hop, at| hop.lanes[at].becomes(treatment, fates))
    }

    /// Puts a wire out of effect, or in effect again. What waits in it is sent on, in its order.
    pub(in crate::fault) fn act(&self, (hop, wire): (u32, u64), acts: bool) -> Result<(), Error> {
        let _changing = self.changing();
        self.with_lane(hop, wire, |hop, at| {
            hop.lanes[at].acts = acts;
            if !acts {
                hop.release_all(at);
            }
        })?;
        self.settle(hop)
    }

    /// Takes a wire away. What waits in it is sent on, in its order. Returns what it has counted.
    pub(in crate::fault) fn take(&self, at: (u32, u64)) -> Result<WireCounts, Error> {
        self.take_with(at, Hop::release_all)
    }

    /// Takes a wire away. What waits in it is lost.
    pub(in crate::fault) fn discard(&self, at: (u32, u64)) -> Result<WireCounts, Error> {
        self.take_with(at, |hop, lane| hop.lanes[lane].discard())
    }

    fn take_with(
        &self,
        (hop, wire): (u32, u64),
        first: impl FnOnce(&mut Hop, usize),
    ) -> Result<WireCounts, Error> {
        let _changing = self.changing();
        let counts = self.with_lane(hop, wire, |hop, at| {
            first(hop, at);
            hop.lanes.remove(at).counts()
        })?;
        self.settle(hop)?;
        Ok(counts)
    }

    pub(in crate::fault) fn counts(&self, (hop, wire): (u32, u64)) -> Result<WireCounts, Error> {
        self.with_lane(hop, wire, |hop, at| hop.lanes[at].counts())
    }

    /// Does something with a wire. What was sent before has met it as it was.
    fn with_lane<T>(
        &self,
        hop: u32,
        wire: u64,
        work: impl FnOnce(&mut Hop, usize) -> T,
    ) -> Result<T, Error> {
        let mut state = self.state();
        state.hear();
        state.release(Instant::now());
        let done = state.lane(hop, wire).map(|(hop, at)| {
            let done = work(hop, at);
            hop.tell();
            done
        });
        drop(state);
        // What was due has to be sent.
        self.wake();
        done.ok_or_else(|| Error::new("find a wire at its relay", "it is no longer there"))
    }

    /// Has frames take the way by the relay if a wire acts there, and lets go of it if none does.
    fn settle(&self, number: u32) -> Result<(), Error> {
        let mut state = self.state();
        let Some(hop) = state.hops.get_mut(&number) else { return Ok(()) };
        let (acts, leaves) = (hop.acts(), hop.leaving.is_some());
        let (path, intercept) = (hop.path.clone(), Arc::clone(&hop.intercept));
        match (acts, leaves) {
            (true, true) => {
                // Before the rules say so: the thread must not take it away meanwhile.
                hop.leaving = None;
                drop(state);
                intercept.come_back(&path)
            }
            (false, false) => {
                drop(state);
                intercept.leave(&path)?;
                if let Some(hop) = self.state().hops.get_mut(&number) {
                    hop.leaving = Some(Instant::now());
                }
                self.wake();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn wake(&self) {
        // A thread that gets a byte less looks all the same.
        let _ = (&self.0.wake).write_all(&[0]);
    }

    /// The thread goes first: whoever asks again and again would keep it from what is due.
    fn state(&self) -> MutexGuard<'_, State> {
        while self.0.wants.load(Ordering::Acquire) {
            thread::yield_now();
        }
        lock(&self.0.state)
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        lock(&self.0.changing)
    }
}

fn relays() -> MutexGuard<'static, BTreeMap<u64, Arc<Shared>>> {
    lock(&RELAYS)
}

fn run(shared: &Arc<Shared>, woken: PipeReader, net: u64) {
    go_home();
    run_soon();
    stay();
    without_timer_slack();
    let (mut watch, mut version) = (Watch::of(woken), u64::MAX);
    loop {
        shared.wants.store(true, Ordering::Release);
        let mut state = lock(&shared.state);
        shared.wants.store(false, Ordering::Release);
        state.hear();
        let now = Instant::now();
        state.release(now);
        state.send();
        let left = state.take_left(now);
        let (due, leaving) = (state.next_due(), state.is_leaving());
        if std::mem::replace(&mut version, state.version) != state.version {
            watch.become_of(state.sockets());
        }
        let idle = state.hops.is_empty();
        drop(state);
        shared.probed.notify_all();
        end(left);
        if idle && retire(shared, net) {
            return;
        }
        let look = if leaving { Some(LOOK) } else { idle.then_some(REST) };
        let look_at = look.map(|look| Instant::now() + look);
        match due.filter(|due| look_at.is_none_or(|look| *due <= look)) {
            Some(due) => watch.wait_until(due),
            None => {
                watch.wait(look);
            }
        }
    }
}

/// Has this thread stay on the processor that it is on ([`Hop::send`]).
fn stay() {
    let mut here = CpuSet::new();
    // Where it is not permitted, what is sent may overtake what was sent before the thread moved.
    let _ = sched_getcpu()
        .and_then(|processor| here.set(processor))
        .and_then(|()| sched_setaffinity(Pid::from_raw(0), &here));
}

/// Takes away the rules of hops that have been left, and closes sockets, which takes the kernel its
/// time: on a thread of its own.
fn end((hops, sockets): (Vec<Hop>, Vec<Arc<std::os::fd::OwnedFd>>)) {
    if hops.is_empty() && sockets.is_empty() {
        return;
    }
    let end = move || {
        go_home();
        for hop in &hops {
            // Whoever lifted the wire was told that it is over. The namespace may be gone.
            let _ = hop.intercept.end(&hop.path);
        }
        drop((hops, sockets));
    };
    // Without a thread it is done here.
    let _ = thread::Builder::new().name("netns-test end".to_owned()).spawn(end);
}

fn close(sockets: Vec<Arc<std::os::fd::OwnedFd>>) {
    end((Vec::new(), sockets));
}

/// Ends the thread if nobody needs it.
fn retire(shared: &Arc<Shared>, net: u64) -> bool {
    let mut relays = relays();
    let state = lock(&shared.state);
    // The map has one, and this thread.
    let idle = state.hops.is_empty() && Arc::strong_count(shared) == 2;
    if idle {
        relays.remove(&net);
    }
    idle
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Host, Impairment, Result, eventually, netns_test};

    const MS: Duration = Duration::from_millis(1);
    const LIMIT: Duration = Duration::from_secs(20);

    fn hops(host: &Host) -> usize {
        relays().get(&host.net()).map_or(0, |shared| Relay(Arc::clone(shared)).state().hops.len())
    }

    /// Nothing of a wire is left when it was lifted and nothing has passed for a while, and the thread
    /// ends with it.
    fn lets_go([client, server]: [&Host; 2]) -> Result {
        let (from, to) = (client.bind_udp(7000)?, server.bind_udp(7000)?);
        let wire = client.impair(server, Impairment::delay(10 * MS))?;
        assert_eq!(hops(client), 2);
        from.send_to(b"late", to.addr())?;
        to.recv_from()?;
        wire.lift()?;
        assert_eq!(hops(client), 2, "it goes on until nothing passes");
        // It is wanted again before that.
        let wire = client.impair(server, Impairment::delay(10 * MS))?;
        thread::park_timeout(Duration::from_millis(1_500));
        from.send_to(b"late", to.addr())?;
        to.recv_from()?;
        assert_eq!(wire.counts().delayed, 1);
        wire.lift()?;
        eventually(LIMIT, || hops(client) == 0)?;
        from.send_to(b"straight", to.addr())?;
        assert_eq!(to.recv_from()?.0, b"straight");
        eventually(LIMIT, || relays().is_empty())?;
        Ok(())
    }

    #[netns_test]
    fn a_relay_lets_go_of_a_pair(server: Host, client: Host) -> Result {
        lets_go([&client, &server])
    }

    #[netns_test]
    fn a_relay_lets_go_of_a_bridge(a: Host, b: Host, _c: Host) -> Result {
        lets_go([&a, &b])
    }
}
