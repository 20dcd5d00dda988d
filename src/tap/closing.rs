//! How packet sockets are closed.
//!
//! To close one takes the kernel ten milliseconds and more: it waits until no processor can be in
//! the midst of a delivery to it. Nobody shall wait for that, so sockets are closed in batches on
//! threads of their own. Those that are open at the end of a test are left to its runner.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use crate::mutex::lock;
use crate::sandbox::go_home;

/// How long a socket waits: if the test ends meanwhile, its runner closes it.
const REST: Duration = Duration::from_millis(20);

type Waiting = (Instant, Arc<OwnedFd>);

static WAITING: Mutex<Vec<Waiting>> = Mutex::new(Vec::new());

/// Closes a socket, later.
pub(crate) fn close_later(socket: Arc<OwnedFd>) {
    waiting().push((Instant::now(), socket));
}

/// Closes those that have waited, on a thread of its own. Tells whether there are others.
pub(crate) fn close_due() -> bool {
    let now = Instant::now();
    let (old, young) = std::mem::take(&mut *waiting())
        .into_iter()
        .partition::<Vec<Waiting>, _>(|(since, _)| now.duration_since(*since) >= REST);
    let more = !young.is_empty();
    waiting().extend(young);
    if !old.is_empty() {
        let close = move || {
            go_home();
            drop(old);
        };
        // Without a thread they are closed here.
        let _ = thread::Builder::new().name("netns-test end".to_owned()).spawn(close);
    }
    more
}

fn waiting() -> MutexGuard<'static, Vec<Waiting>> {
    lock(&WAITING)
}
