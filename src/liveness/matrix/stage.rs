use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::outcome::Cut;

/// What a stage may take beyond its own limit before its thread is given up: more than a busy
/// machine needs for what is between two looks at the clock.
const GRACE: Duration = Duration::from_secs(5);

/// Where a trial is, as it says itself and as others watch.
pub(super) struct Stage(Mutex<State>);

struct State {
    name: &'static str,
    limit: Duration,
    entered: Instant,
    abandoned: bool,
}

impl Stage {
    pub(super) fn begin() -> Self {
        Self(Mutex::new(State {
            name: "begin",
            limit: Duration::ZERO,
            entered: Instant::now(),
            abandoned: false,
        }))
    }

    /// Begins the next stage, which takes no longer than `limit` if all is well.
    ///
    /// # Errors
    ///
    /// If the trial has been given up: it must not go on with a network that nobody waits for.
    pub(super) fn enter(&self, name: &'static str, limit: Duration) -> Result<(), Cut> {
        let mut state = self.state();
        state.name = name;
        state.limit = limit;
        state.entered = Instant::now();
        if state.abandoned { Err(Cut::new("it was given up")) } else { Ok(()) }
    }

    /// When it will have hung.
    pub(super) fn overdue_at(&self) -> Instant {
        self.state().overdue_at()
    }

    /// Gives the trial up if it hangs, and says where.
    pub(super) fn abandon_if_overdue(&self) -> Option<String> {
        let mut state = self.state();
        if Instant::now() < state.overdue_at() {
            return None;
        }
        state.abandoned = true;
        Some(format!("hung for {:.1?} while it was to {}", state.entered.elapsed(), state.name))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn overdue_at(&self) -> Instant {
        // A limit beyond what the clock can tell is none; it is looked at again then.
        let limit = self.limit.saturating_add(GRACE);
        self.entered.checked_add(limit).unwrap_or_else(|| Instant::now() + GRACE)
    }
}
