//! What a relay knows: its hops, and the sockets by which it hears their frames.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Instant;

use super::frame::Frame;
use super::hop::Hop;
use super::intercept::{HOP_BIT, STAMP, STAMPED};
use super::lane::Lane;
use super::path::Path;
use crate::net::Namespace;
use crate::record::clock::WallClock;
use crate::sys::frames::{Batch, Said};
use crate::sys::packet;

#[derive(Default)]
pub(super) struct State {
    pub(super) hops: BTreeMap<u32, Hop>,
    ears: Vec<Ear>,
    /// Room for what is heard, once anything was.
    batch: Option<Batch>,
    /// Changes with what is to be listened to.
    pub(super) version: u64,
}

/// A socket by which frames are heard.
pub(super) struct Ear {
    pub(super) socket: Arc<OwnedFd>,
    namespace: Arc<Namespace>,
    /// Whose frames they are; `None` if they tell by their marks.
    hop: Option<u32>,
}

impl State {
    pub(super) fn hop_of(&mut self, path: &Path) -> Option<u32> {
        self.hops.iter().find(|(_, hop)| hop.path.is(path)).map(|(number, _)| *number)
    }

    /// The lane of a wire on a hop.
    pub(super) fn lane(&mut self, hop: u32, wire: u64) -> Option<(&mut Hop, usize)> {
        let hop = self.hops.get_mut(&hop)?;
        let at = hop.lanes.iter().position(|lane: &Lane| lane.wire == wire)?;
        Some((hop, at))
    }

    /// Whether the frames of a way that shares its socket with others are heard already.
    pub(super) fn hears(&self, path: &Path) -> bool {
        let there = |ear: &Ear| ear.hop.is_none() && Arc::ptr_eq(&ear.namespace, path.ear());
        path.shares_its_ear() && self.ears.iter().any(there)
    }

    pub(super) fn listen(&mut self, path: &Path, socket: OwnedFd, hop: Option<u32>) {
        let namespace = Arc::clone(path.ear());
        self.ears.push(Ear { socket: Arc::new(socket), namespace, hop });
        self.version += 1;
    }

    /// The socket by which frames of the same sender are sent already.
    pub(super) fn injector(&self, path: &Path) -> Option<Arc<OwnedFd>> {
        let same = |other: &&Hop| match (path, &other.path) {
            (
                Path::Port { switch, from, .. },
                Path::Port { switch: other_switch, from: other_from, .. },
            ) => Arc::ptr_eq(switch, other_switch) && from == other_from,
            _ => false,
        };
        self.hops.values().find(same).map(|hop| Arc::clone(hop.injector()))
    }

    pub(super) fn sockets(&self) -> Vec<Arc<OwnedFd>> {
        self.ears.iter().map(|ear| Arc::clone(&ear.socket)).collect()
    }

    /// Takes in what waits in the sockets: all that came before now, however fast more comes.
    pub(super) fn hear(&mut self) {
        let Self { hops, ears, batch, .. } = self;
        let batch = batch.get_or_insert_with(Batch::new);
        let now = Instant::now();
        for ear in ears.iter() {
            let (mut later, mut came, mut missed) = (false, false, 0);
            while !later {
                let clock = WallClock::read();
                let taken = batch.take(ear.socket.as_fd(), |said, bytes| {
                    let at = clock.moment_of(said.time);
                    later |= at > now;
                    heard(hops, ear.hop, &said, bytes, at);
                });
                match taken {
                    Ok(0) => break,
                    Ok(_) => came = true,
                    // A frame of a kind for whose cutting the kernel has no word: it is gone.
                    Err(error) => missed += u64::from(error.raw_os_error() == Some(libc::EINVAL)),
                }
            }
            // There was no room only if something came.
            if came {
                missed += packet::lost(ear.socket.as_fd()).map_or(0, u64::from);
            }
            if missed > 0 {
                ear.missed(hops, missed);
            }
        }
    }

    /// Has what is due meet the next wires, or wait to be sent.
    pub(super) fn release(&mut self, now: Instant) {
        for hop in self.hops.values_mut() {
            while hop.release(now) {}
            hop.tell();
        }
    }

    /// Sends what has met all wires.
    pub(super) fn send(&mut self) {
        for hop in self.hops.values_mut() {
            hop.send();
            hop.tell();
        }
    }

    /// When the next frame is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.hops.values().filter_map(Hop::next_due).min()
    }

    /// When to look again whether a hop has been left.
    pub(super) fn is_leaving(&self) -> bool {
        self.hops.values().any(|hop| hop.leaving.is_some())
    }

    /// Takes out the hops that have been left, with the sockets that nobody needs any more.
    pub(super) fn take_left(&mut self, now: Instant) -> (Vec<Hop>, Vec<Arc<OwnedFd>>) {
        let left = self.hops.iter().filter(|(_, hop)| hop.has_left(now));
        let numbers: Vec<u32> = left.map(|(number, _)| *number).collect();
        if numbers.is_empty() {
            return Default::default();
        }
        let left = numbers.iter().filter_map(|number| self.hops.remove(number)).collect();
        (left, self.forget(&numbers))
    }

    /// Stops listening for hops that are not there any more.
    pub(super) fn forget(&mut self, gone: &[u32]) -> Vec<Arc<OwnedFd>> {
        let hops = &self.hops;
        let needed = |ear: &Ear| match ear.hop {
            Some(hop) => !gone.contains(&hop),
            None => hops.values().any(|hop| Arc::ptr_eq(hop.path.ear(), &ear.namespace)),
        };
        let (needed, others) = std::mem::take(&mut self.ears).into_iter().partition(needed);
        self.ears = needed;
        self.version += 1;
        others.into_iter().map(|ear: Ear| ear.socket).collect()
    }
}

impl Ear {
    fn hears(&self, number: u32, hop: &Hop) -> bool {
        match self.hop {
            Some(its) => its == number,
            None => Arc::ptr_eq(hop.path.ear(), &self.namespace),
        }
    }

    /// Has wires count frames that it has not heard: each once, for nobody knows whose they were.
    fn missed(&self, hops: &mut BTreeMap<u32, Hop>, frames: u64) {
        let mut told = Vec::new();
        for (_, hop) in hops.iter_mut().filter(|(number, hop)| self.hears(**number, hop)) {
            for lane in hop.lanes.iter_mut().filter(|lane| lane.acts) {
                if !told.contains(&lane.wire) {
                    told.push(lane.wire);
                    lane.missed(frames);
                }
            }
        }
    }
}

fn heard(hops: &mut BTreeMap<u32, Hop>, hop: Option<u32>, said: &Said, bytes: &[u8], at: Instant) {
    let Some(number) = hop.or_else(|| Some(said.mark? ^ HOP_BIT)) else { return };
    let Some(hop) = hops.get_mut(&number) else { return };
    let mut frame = Frame::heard(said, bytes, at);
    if let (Path::Pair { .. }, Some(byte)) = (&hop.path, frame.bytes.get_mut(STAMPED)) {
        *byte &= !STAMP;
    }
    hop.hear(number, frame, at);
}

#[cfg(test)]
mod tests {
    use nix::sys::socket::{setsockopt, sockopt};

    use super::super::super::impairment::Fates;
    use super::super::counts::WireCounts;
    use super::super::intercept::Intercept;
    use super::super::lane::Treatment;
    use super::super::one_way::OneWay;
    use super::*;
    use crate::{Host, Impairment, Result, netns_test};

    /// Has a wire on the ways between two hosts, without a thread that relays.
    fn wire(hosts: [&Host; 2]) -> Result<State> {
        let mut state = State::default();
        let impairment = Arc::new(Impairment::new());
        for (number, direction) in (1..).zip(OneWay::between(hosts)) {
            let path = &direction.path;
            let intercept = Arc::new(Intercept::of(number));
            if !state.hears(path) {
                let (socket, tells) = path.open_ear(number)?;
                state.listen(path, socket, (!tells).then_some(number));
            }
            let mut hop =
                Hop::new(&direction, Arc::clone(&intercept), Arc::new(path.open_injector()?));
            let treatment = Treatment::Impaired(Arc::clone(&impairment));
            hop.lanes.push(Lane::new(7, treatment, direction.rules(&impairment), Fates::new(1, 2)));
            state.hops.insert(number, hop);
            intercept.begin(path)?;
        }
        Ok(state)
    }

    /// A relay that is kept from its work too long says how many frames it has not heard.
    fn counts_what_it_misses([from, to]: [&Host; 2]) -> Result {
        let (sender, receiver) = (from.bind_udp(0)?, to.bind_udp(7000)?);
        // They find each other first: what is said for that has no number.
        sender.send_to(b"there", receiver.addr())?;
        receiver.recv_from()?;
        let mut state = wire([from, to])?;
        for socket in state.sockets() {
            setsockopt(&socket, sockopt::RcvBuf, &0)?;
        }
        for _ in 0..200 {
            sender.send_to(&[7; 1_000], receiver.addr())?;
        }
        state.hear();
        let counts = state.hops.values().map(|hop| hop.lanes[0].counts());
        let counts = counts.fold(WireCounts::default(), |all, one| all + one);
        assert!(counts.missed > 0, "{counts:?}");
        assert_eq!((counts.missed + counts.passed, counts.lost), (200, 0), "{counts:?}");
        for hop in state.hops.values() {
            hop.intercept.end(&hop.path)?;
        }
        Ok(())
    }

    #[netns_test]
    fn a_relay_counts_what_it_misses_on_a_pair(server: Host, client: Host) -> Result {
        counts_what_it_misses([&client, &server])
    }

    #[netns_test]
    fn a_relay_counts_what_it_misses_on_a_bridge(a: Host, b: Host, _c: Host) -> Result {
        counts_what_it_misses([&a, &b])
    }
}
