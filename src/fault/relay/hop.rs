//! One direction of one link, with the wires that are on it.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::frame::Frame;
use super::intercept::{Intercept, QUIET};
use super::lane::Lane;
use super::one_way::OneWay;
use super::path::{Path, is_probe};
use crate::sys::frames;
use crate::tap::{Tap, UnderWay};

/// How much longer it is waited, for the kernel counts in ticks.
const MORE: Duration = Duration::from_millis(200);

pub(super) struct Hop {
    pub(super) path: Path,
    pub(super) intercept: Arc<Intercept>,
    injector: Arc<OwnedFd>,
    /// In the order in which packets meet them.
    pub(super) lanes: Vec<Lane>,
    /// Since when the kernel may let go of the way by the relay.
    pub(super) leaving: Option<Instant>,
    /// When a frame was last heard.
    heard: Instant,
    /// Whether a probe was heard.
    pub(super) probed: bool,
    /// What records what the receiver gets, and is told what is held.
    tap: Option<Arc<Tap>>,
    under_way: Arc<UnderWay>,
    /// What has met all wires, in its order, until the relay's thread sends it.
    out: Vec<Frame>,
    /// Whether anything was sent on since it was told.
    sent: bool,
}

impl Hop {
    pub(super) fn new(
        direction: &OneWay,
        intercept: Arc<Intercept>,
        injector: Arc<OwnedFd>,
    ) -> Self {
        let under_way = Arc::<UnderWay>::default();
        // Without a tap nobody asks what became of a packet.
        let tap = direction.receiver.tap().ok();
        if let Some(tap) = &tap {
            tap.expect_late(direction.sender.name(), &under_way);
        }
        Self {
            path: direction.path.clone(),
            intercept,
            injector,
            lanes: Vec::new(),
            leaving: None,
            heard: Instant::now(),
            probed: false,
            tap,
            under_way,
            out: Vec::new(),
            sent: false,
        }
    }

    /// Tells what is held now.
    pub(super) fn tell(&mut self) {
        let out = self.out.first().map(|frame| frame.at);
        let oldest = self.lanes.iter().filter_map(Lane::oldest).chain(out).min();
        self.under_way.tell(oldest, std::mem::take(&mut self.sent));
    }

    pub(super) fn injector(&self) -> &Arc<OwnedFd> {
        &self.injector
    }

    /// Whether a wire on it does anything.
    pub(super) fn acts(&self) -> bool {
        self.lanes.iter().any(|lane| lane.acts)
    }

    /// Takes in a frame that came at a moment.
    pub(super) fn hear(&mut self, number: u32, frame: Frame, at: Instant) {
        self.heard = Instant::now();
        if is_probe(&frame.bytes, number) {
            self.probed = true;
            return;
        }
        self.pass(0, vec![frame], at);
    }

    /// Sends on what is due, and says whether anything was.
    pub(super) fn release(&mut self, now: Instant) -> bool {
        let mut any = false;
        // The last wire first: what comes out of one must not overtake what waits in the next.
        for at in (0..self.lanes.len()).rev() {
            let mut frames = Vec::new();
            while let Some(due) = self.lanes[at].release(now, &mut frames) {
                any = true;
                self.pass(at + 1, std::mem::take(&mut frames), due);
            }
        }
        any
    }

    /// Sends on all that waits in a wire.
    pub(super) fn release_all(&mut self, at: usize) {
        let mut frames = Vec::new();
        self.lanes[at].release_all(&mut frames);
        self.pass(at + 1, frames, Instant::now());
    }

    /// When the next frame is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.lanes.iter().filter_map(Lane::next_due).min()
    }

    /// Whether the kernel has let go of the way by the relay. By then so much time has passed since
    /// the last frame that nothing can be on it, and what was heard has been taken in.
    pub(super) fn has_left(&self, now: Instant) -> bool {
        let quiet = Duration::from_millis(QUIET) + MORE;
        self.leaving.is_some_and(|since| now.duration_since(since.max(self.heard)) > quiet)
    }

    /// Sends what has met all wires.
    ///
    /// By one thread alone, which stays on its processor: the kernel keeps what comes from one in
    /// order, and may have what was sent on another overtake it.
    pub(super) fn send(&mut self) {
        let device = self.path.device();
        for frame in self.out.drain(..) {
            let to = (device, frame.ethertype());
            let taken = frames::inject(self.injector.as_fd(), to, &frame.header, &frame.bytes);
            self.sent = true;
            if taken.is_err() {
                self.lanes.iter_mut().filter(|lane| lane.acts).for_each(Lane::dropped);
            } else if let (Some(whole), Some(tap)) = (frame.whole, &self.tap) {
                tap.arrived_in_part(whole);
            }
        }
    }

    /// Has frames meet the wires from this one on.
    fn pass(&mut self, first: usize, mut frames: Vec<Frame>, at: Instant) {
        for lane in self.lanes.iter_mut().skip(first) {
            let mut on = Vec::with_capacity(frames.len());
            frames.into_iter().for_each(|frame| lane.take(frame, at, &mut on));
            frames = on;
        }
        self.out.extend(frames);
    }
}
