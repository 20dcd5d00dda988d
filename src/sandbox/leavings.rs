//! What a test leaves to its runner: packet sockets.
//!
//! To close one takes the kernel ten milliseconds and more: it waits until no processor can be in
//! the midst of a delivery to it. A test has several for each host. Its process does not end
//! before they are closed, so their last owner is its runner, where nobody waits for that.

use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::thread;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

use crate::sys::packet;

/// How many descriptors a message may carry (unix(7), `SCM_MAX_FD`).
const MOST: usize = 253;

/// This process's end of the lifeline.
static LIFELINE: OnceLock<OwnedFd> = OnceLock::new();

/// Makes `lifeline` the way to the runner.
pub(super) fn attach(lifeline: OwnedFd) {
    LIFELINE.get_or_init(|| lifeline);
}

/// Leaves all packet sockets of this process, which is about to end, to the runner.
pub(super) fn leave() {
    let Some(lifeline) = LIFELINE.get() else { return };
    for sockets in packet::all_open().chunks(MOST) {
        // What cannot be left is closed here, and that takes longer.
        let _ = sendmsg::<()>(
            lifeline.as_raw_fd(),
            &[IoSlice::new(&[0])],
            &[ControlMessage::ScmRights(sockets)],
            MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL,
            None,
        );
    }
}

/// Closes what a sandbox has left, on a thread of its own. It is not even taken: it ends with the
/// lifeline in which it is.
pub(super) fn clear(lifeline: UnixStream) {
    let mut watched = [PollFd::new(lifeline.as_fd(), PollFlags::POLLIN)];
    let left = matches!(poll(&mut watched, PollTimeout::ZERO), Ok(1))
        && watched[0].revents().is_some_and(|events| events.contains(PollFlags::POLLIN));
    if left {
        // Without a thread it is closed here.
        let close = move || drop(lifeline);
        let _ = thread::Builder::new().name("netns-test end".to_owned()).spawn(close);
    }
}
