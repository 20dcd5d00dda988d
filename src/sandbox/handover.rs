//! What a test hands over to its runner: packet sockets.
//!
//! The kernel takes ten milliseconds or more to close one: it waits until no processor can still be
//! delivering to it. A test has several for each host, and its process does not end
//! before they are closed. So the runner is their last owner: there nobody waits for the close.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

use crate::mutex::lock;
use crate::sys::packet;

/// How many descriptors a message may carry (unix(7), `SCM_MAX_FD`).
const MOST: usize = 253;

/// This process's end of the lifeline.
static LIFELINE: OnceLock<OwnedFd> = OnceLock::new();

/// Makes `lifeline` the way to the runner.
pub(super) fn attach(lifeline: OwnedFd) {
    LIFELINE.get_or_init(|| lifeline);
}

/// Hands all packet sockets of this process, which is about to end, over to the runner.
pub(super) fn hand_over() {
    let Some(lifeline) = LIFELINE.get() else { return };
    for sockets in packet::all_open().chunks(MOST) {
        // What cannot be handed over is closed here, and that takes longer.
        let _ = sendmsg::<()>(
            lifeline.as_raw_fd(),
            &[IoSlice::new(&[0])],
            &[ControlMessage::ScmRights(sockets)],
            MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL,
            None,
        );
    }
}

/// The runner's ends of a lifeline: one for each of the two, so that it can be closed for good.
pub(super) struct Lifeline {
    ours: UnixStream,
    theirs: UnixStream,
    running: Running,
}

/// A sandbox that runs, counted.
struct Running;

/// How many sandboxes of this process run.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// When sockets were left to the kernel last.
static LEFT: Mutex<Option<Instant>> = Mutex::new(None);

/// How often sockets are left to the kernel at most: it closes them one after the other, some hundred
/// in a second, and their namespaces wait for that.
const SELDOM: Duration = Duration::from_millis(100);

impl Lifeline {
    pub(super) fn new() -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        RUNNING.fetch_add(1, Ordering::Relaxed);
        Ok(Self { ours, theirs, running: Running })
    }

    /// The sandbox's end.
    pub(super) fn theirs(&self) -> &UnixStream {
        &self.theirs
    }

    fn has_sockets(&self) -> bool {
        let mut watched = [PollFd::new(self.ours.as_fd(), PollFlags::POLLIN)];
        matches!(poll(&mut watched, PollTimeout::ZERO), Ok(1))
            && watched[0].revents().is_some_and(|events| events.contains(PollFlags::POLLIN))
    }

    /// Closes what a sandbox has handed over. It is not even taken: it ends with the socket in which it is.
    ///
    /// On a thread of its own; but if nothing else runs here, the process may be about to end, and
    /// would wait for that thread. Then nobody is the last owner: the socket waits in a message
    /// that waits in itself. The kernel finds such a circle when a socket of the kind is closed, and
    /// clears it away in its own time (unix(7), `SCM_RIGHTS`). Under nextest every test would be
    /// the last one.
    pub(super) fn clear(self) {
        let has_sockets = self.has_sockets();
        let Self { ours, theirs, running } = self;
        let alone = RUNNING.load(Ordering::Relaxed) == 1;
        drop(running);
        if !has_sockets {
            return;
        }
        let to_the_kernel = alone && std::env::var_os("NEXTEST").is_none() && is_time();
        if to_the_kernel && wait_in_itself(&ours, &theirs).is_ok() {
            // In this order: the second one has the kernel look for circles.
            drop(ours);
            drop(theirs);
            return;
        }
        // Without a thread it is closed here.
        let close = move || drop((ours, theirs));
        let _ = thread::Builder::new().name("netns-test end".to_owned()).spawn(close);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Has a socket wait in a message that waits in it.
fn wait_in_itself(socket: &UnixStream, other_end: &UnixStream) -> io::Result<()> {
    let itself = [socket.as_raw_fd()];
    sendmsg::<()>(
        other_end.as_raw_fd(),
        &[IoSlice::new(&[0])],
        &[ControlMessage::ScmRights(&itself)],
        MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL,
        None,
    )?;
    Ok(())
}

fn is_time() -> bool {
    let mut left = lock(&LEFT);
    let is_time = left.is_none_or(|left| left.elapsed() >= SELDOM);
    if is_time {
        *left = Some(Instant::now());
    }
    is_time
}
