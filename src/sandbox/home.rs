//! The sandbox's own network namespace, which belongs to no host.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::OnceLock;

use nix::sched::{CloneFlags, setns};

use crate::sys::namespace::{Identity, of_this_thread};

static HOME: OnceLock<Option<OwnedFd>> = OnceLock::new();

/// Remembers the namespace of this thread, before there are others.
pub(super) fn remember() {
    HOME.get_or_init(|| of_this_thread().ok());
}

/// Which namespace it is; `None` outside of a sandbox.
pub(crate) fn home() -> Option<Identity> {
    Identity::of(home_file()?.as_fd()).ok()
}

/// The namespace itself, for whoever enters it for a while.
pub(crate) fn home_file() -> Option<&'static OwnedFd> {
    HOME.get()?.as_ref()
}

/// Moves this thread to the namespace in which the sandbox began.
///
/// For threads of the library's own that live on: one that was started while its starter was
/// inside a host would otherwise keep that host's namespace. Outside of a sandbox it stays.
pub(crate) fn go_home() {
    if let Some(Some(home)) = HOME.get() {
        // It fails only where entering a host had failed before.
        let _ = setns(home, CloneFlags::CLONE_NEWNET);
    }
}
