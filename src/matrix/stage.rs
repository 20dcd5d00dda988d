use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::outcome::Cut;
use crate::mutex::lock;

/// How far a stage may exceed its limit before its thread is given up: more than a busy machine needs
/// between two looks at the clock.
const GRACE: Duration = Duration::from_secs(5);
/// How often in a row it must be found beyond that: if the whole machine stood still, whoever looks
/// may be the first to run again.
const LOOKS: u32 = 10;

/// Where a trial is, as it says itself and as others watch.
pub(super) struct Stage(Mutex<State>);

struct State {
    name: &'static str,
    limit: Duration,
    entered: Instant,
    /// How often it has been found overdue.
    overdue: u32,
    abandoned: bool,
}

impl Stage {
    pub(super) fn begin() -> Self {
        Self(Mutex::new(State {
            name: "begin",
            limit: Duration::ZERO,
            entered: Instant::now(),
            overdue: 0,
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
        state.overdue = 0;
        if state.abandoned { Err(Cut::new("it was given up")) } else { Ok(()) }
    }

    /// Looks at it once more: gives the trial up if it hangs, and says where.
    pub(super) fn abandon_if_overdue(&self) -> Option<String> {
        let mut state = self.state();
        if state.entered.elapsed() <= state.limit.saturating_add(GRACE) {
            return None;
        }
        state.overdue += 1;
        if state.overdue < LOOKS {
            return None;
        }
        state.abandoned = true;
        Some(format!("hung for {:.1?} while it was to {}", state.entered.elapsed(), state.name))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}
