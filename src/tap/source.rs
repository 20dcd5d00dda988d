//! A packet socket of a host that records frames: first in the socket's queue, and once there are
//! many of them in a ring.
//!
//! A ring takes a hundred thousand frames a second whatever the processors are busy with, but to
//! make it takes the kernel ten milliseconds and more, longer than most tests last. A queue is
//! there at once. It takes a few hundred frames between two looks.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::closing::close_later;
use super::filter;
use super::fingerprint::{TELLING, fingerprint};
use super::headers::{IPV4, IPV6, may_be_an_answer};
use super::store::{Arrival, Frame, Store};
use crate::record::clock::WallClock;
use crate::sys::packet::{self, Recorded};
use crate::sys::packet_ring::Ring;

/// How much of each frame is kept.
pub(crate) const SNAPLEN: usize = 256;
/// How much may wait in a queue, if the system permits it: `net.core.rmem_max` otherwise.
const QUEUE: i32 = 8 << 20;
const MOST_QUEUED: usize = 32 << 10;
/// How many frames a ring has room for: those of 160 ms, at 100,000 in a second.
const RING: usize = 16 << 10;
/// So many frames at one look, or in all, and a queue is replaced.
const MANY: usize = 32;
const MANY_IN_ALL: usize = 200;
/// How long a frame may take from the device to the sockets that record it.
const UNDER_WAY: Duration = Duration::from_millis(50);
/// The directions of frames (packet(7), `PACKET_OUTGOING` and `PACKET_HOST`).
const OUTGOING: u8 = 4;
const TO_US: u8 = 0;
/// `ETH_P_ALL`.
const EVERYTHING: u16 = libc::ETH_P_ALL as u16;

/// What a source records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What the host puts on the wire, whatever makes it.
    Sent,
    /// What got into the host: IPv4 or IPv6, past the hook at which the wire drops (netdev
    /// ingress). Sockets for one ethertype see frames there, those for all see them before.
    Arrived(u16),
}

pub(crate) struct Source {
    kind: Kind,
    queue: Option<Arc<OwnedFd>>,
    ring: Option<Ring>,
    /// Whether a ring has been asked for.
    pub(crate) replaced: bool,
    seen: usize,
    /// Whether the queue tells how frames are to be cut.
    cut: bool,
    /// While both record: since when, and what one of them has recorded.
    both: Option<(Instant, BTreeSet<(Duration, u64)>)>,
}

impl Kind {
    pub(crate) const ARRIVED: [Self; 2] = [Self::Arrived(IPV4), Self::Arrived(IPV6)];

    fn ethertype(self) -> u16 {
        match self {
            Self::Sent => EVERYTHING,
            Self::Arrived(ethertype) => ethertype,
        }
    }

    fn snaplen(self) -> usize {
        match self {
            Self::Sent => SNAPLEN,
            Self::Arrived(_) => TELLING,
        }
    }

    /// Opens a socket in the namespace of this thread, and says whether it tells how frames are to
    /// be cut, which nobody needs to know of what arrives.
    fn socket(self) -> io::Result<(OwnedFd, bool)> {
        let socket = packet::open_unbound()?;
        let direction = match self {
            Self::Sent => OUTGOING,
            Self::Arrived(_) => TO_US,
        };
        let never = packet::EXPERIMENT;
        let program = filter::frames(direction, never, self.snaplen() as u32);
        packet::filter(socket.as_fd(), &program)?;
        let cut = self == Self::Sent && packet::tell_segments(socket.as_fd());
        Ok((socket, cut))
    }

    /// Makes a ring in the namespace of this thread, which takes the kernel its time.
    pub(crate) fn ring(self) -> io::Result<Ring> {
        let (socket, cut) = self.socket()?;
        Ring::make(socket, RING, self.snaplen(), cut)
    }
}

impl Source {
    /// Starts to record in the namespace of this thread.
    pub(crate) fn open(kind: Kind) -> io::Result<Self> {
        let (socket, cut) = kind.socket()?;
        packet::queue(socket.as_fd(), QUEUE)?;
        packet::bind(socket.as_fd(), kind.ethertype())?;
        let queue = Some(Arc::new(socket));
        Ok(Self { kind, queue, ring: None, replaced: false, seen: 0, cut, both: None })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The socket to be watched for the next frame.
    pub(crate) fn socket(&self) -> Option<Arc<OwnedFd>> {
        match &self.ring {
            Some(ring) => Some(Arc::clone(ring.socket())),
            None => self.queue.clone(),
        }
    }

    /// Whether it should be looked at often: its queue is short.
    pub(crate) fn is_queue(&self) -> bool {
        self.queue.is_some()
    }

    /// Whether the last look found so much that a ring is needed.
    pub(crate) fn wants_ring(&self, taken: usize) -> bool {
        !self.replaced && (taken >= MANY || self.seen >= MANY_IN_ALL)
    }

    /// Records by the ring from now on. For a short time the queue does so as well: a frame may be
    /// on its way to it that came too early for the ring.
    pub(crate) fn replace(&mut self, ring: Ring) -> io::Result<()> {
        packet::bind(ring.socket().as_fd(), self.kind.ethertype())?;
        if let Some(queue) = &self.queue {
            packet::filter(queue.as_fd(), &filter::nothing())?;
        }
        self.ring = Some(ring);
        self.both = Some((Instant::now(), BTreeSet::new()));
        Ok(())
    }

    /// Moves what there is into the store, and tells how many frames that was. `ends` are the devices
    /// whose frames are packets of the test.
    pub(crate) fn drain(&mut self, store: &mut Store, ends: &BTreeSet<u32>) -> usize {
        let clock = WallClock::read();
        let mut taken = 0;
        let mut gone = 0;
        let (kind, both) = (self.kind, &mut self.both);
        let mut keep = |recorded: Recorded, bytes: &[u8]| {
            taken += 1;
            let fingerprint = || fingerprint(bytes, recorded.length);
            if let Some((_, known)) = both
                && !known.insert((recorded.time, fingerprint()))
            {
                return;
            }
            let at = clock.moment_of(recorded.time);
            match kind {
                Kind::Sent if ends.contains(&recorded.interface) => store.push(Frame {
                    at,
                    interface: recorded.interface,
                    length: recorded.length,
                    segment: recorded.segment,
                    bytes: unstamped(bytes),
                }),
                // A device on top of an end, or within the host: the packet is recorded once it
                // leaves the host, and has been in it.
                Kind::Sent => {
                    store.passed(Arrival { at, fingerprint: fingerprint(), answer: None }, bytes);
                }
                Kind::Arrived(_) => {
                    let answer = may_be_an_answer(bytes).then(|| (recorded.length, bytes.into()));
                    store.arrived(Arrival { at, fingerprint: fingerprint(), answer }, bytes);
                }
            }
        };
        if let Some(queue) = &self.queue {
            let mut buffer = [0; SNAPLEN];
            // More than fit into it: it ends however fast new ones come.
            for _ in 0..MOST_QUEUED {
                match packet::receive(queue.as_fd(), &mut buffer, self.cut) {
                    Ok(Some((recorded, length))) => {
                        keep(recorded, &buffer[..length.min(SNAPLEN)]);
                    }
                    // A kind of frame for whose cutting the kernel has no word: it is gone.
                    Err(error) if error.raw_os_error() == Some(libc::EINVAL) => gone += 1,
                    Ok(None) | Err(_) => break,
                }
            }
        }
        if let Some(ring) = &mut self.ring {
            ring.take(&mut keep);
        }
        self.seen += taken;
        self.count_lost(store, gone);
        self.settle();
        taken
    }

    /// Gives up the queue once the ring has everything.
    fn settle(&mut self) {
        if self.both.as_ref().is_some_and(|(since, _)| since.elapsed() > UNDER_WAY) {
            self.both = None;
            self.queue.take().into_iter().for_each(close_later);
        }
    }

    /// Counts what the sockets could not take, and `more`.
    fn count_lost(&self, store: &mut Store, more: u32) {
        let ring = self.ring.as_ref().map(Ring::socket);
        let lost = self.queue.iter().chain(ring).filter_map(|socket| {
            // It fails on no socket of this kind.
            packet::lost(socket.as_fd()).ok()
        });
        let lost = lost.sum::<u32>() + more;
        match self.kind {
            _ if lost == 0 => {}
            Kind::Sent => store.lost += u64::from(lost),
            Kind::Arrived(_) => store.arrivals_lost(),
        }
    }
}

/// The frame as its sender has made it: a wire that is impaired sets the bit of groups in the address
/// of the sender, where no sender has it.
fn unstamped(bytes: &[u8]) -> Arc<[u8]> {
    let mut frame: Arc<[u8]> = bytes.into();
    if frame.get(SENDER).is_some_and(|byte| byte & 1 != 0)
        && let Some(frame) = Arc::get_mut(&mut frame)
    {
        frame[SENDER] &= !1;
    }
    frame
}

/// Where the address of the sender begins.
const SENDER: usize = 6;

impl Drop for Source {
    fn drop(&mut self) {
        self.queue.take().into_iter().for_each(close_later);
        if let Some(ring) = self.ring.take() {
            close_later(Arc::clone(ring.socket()));
        }
    }
}
