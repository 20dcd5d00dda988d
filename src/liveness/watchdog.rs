//! A probe may block for ever, and no thread can be stopped from outside. So one thread for the whole
//! process watches the claims: it fails the test if a probe is still being asked some time after its claim
//! has ended.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::progress::Progress;
use crate::mutex::lock;
use crate::sandbox::{go_home, panic_is_told};

/// How long after the end of its claim a probe is given up. Even on a busy machine this is enough for a
/// probe that is merely slow, or that waits for traffic (which is cut short), to return by itself: then
/// the claim fails, and the test goes on.
const GRACE: Duration = Duration::from_secs(1);

/// From when on the watchdog is late itself.
const LATE: Duration = Duration::from_millis(100);

static WATCHDOG: OnceLock<io::Result<&'static Watchdog>> = OnceLock::new();

struct Watchdog {
    watched: Mutex<Watched>,
    changed: Condvar,
}

#[derive(Default)]
struct Watched {
    next: u64,
    claims: BTreeMap<Key, Arc<Progress>>,
}

/// When to look, and a number that tells claims apart.
type Key = (Instant, u64);

/// Watches over a claim as long as it lives.
pub(super) struct Watch {
    key: Option<(&'static Watchdog, u64)>,
}

impl Watch {
    /// Watches over a claim that ends at `end`; over one that never ends there is nothing to watch.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    pub(super) fn over(
        progress: &Arc<Progress>,
        end: Option<Instant>,
    ) -> Result<Self, &'static io::Error> {
        let Some(at) = end.and_then(|end| end.checked_add(GRACE)) else {
            return Ok(Self { key: None });
        };
        let watchdog = *WATCHDOG.get_or_init(Watchdog::start).as_ref()?;
        let mut watched = watchdog.watched();
        let number = watched.next;
        watched.next += 1;
        let first = watched.claims.first_key_value().is_none_or(|((first, _), _)| at < *first);
        watched.claims.insert((at, number), Arc::clone(progress));
        drop(watched);
        if first {
            watchdog.changed.notify_one();
        }
        Ok(Self { key: Some((watchdog, number)) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some((watchdog, number)) = self.key else { return };
        // While the watchdog fails the test it holds this lock: then the process ends here.
        watchdog.watched().claims.retain(|(_, other), _| *other != number);
    }
}

impl Watchdog {
    fn start() -> io::Result<&'static Self> {
        let watchdog: &'static Self =
            Box::leak(Box::new(Self { watched: Mutex::default(), changed: Condvar::new() }));
        let run = move || {
            // It would keep the host in which the first claim may have been stated.
            go_home();
            watchdog.run()
        };
        thread::Builder::new().name("netns-test watchdog".to_owned()).spawn(run)?;
        Ok(watchdog)
    }

    fn run(&self) -> ! {
        let mut watched = self.watched();
        loop {
            let Some((&key, progress)) = watched.claims.first_key_value() else {
                watched = self.changed.wait(watched).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let now = Instant::now();
            if now < key.0 {
                let waited = self.changed.wait_timeout(watched, key.0 - now);
                watched = waited.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            match progress.silence() {
                Some(silence) if now - key.0 < LATE && !panic_is_told() => {
                    progress.fail_now(&silence)
                }
                // It is between two tries, or fails by itself, or the machine stood still for this
                // thread as for the probe: it gets the same time once more.
                _ => {}
            }
            let progress = Arc::clone(progress);
            watched.claims.remove(&key);
            watched.claims.insert((Instant::now() + GRACE, key.1), progress);
        }
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        lock(&self.watched)
    }
}
