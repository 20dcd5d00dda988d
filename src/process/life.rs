use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::output::Output;
use crate::mutex::lock;

/// How far a run of a program has come, and what it has printed; shared by those who watch it and
/// those who wait.
#[derive(Default)]
pub(super) struct Life {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
pub(super) struct State {
    /// How the program ended, if it has.
    pub(super) status: Option<ExitStatus>,
    /// Whether it was seen to leave something running.
    pub(super) leaves: bool,
    /// Whether all that it had started has ended, too.
    pub(super) over: bool,
    pub(super) output: Output,
}

/// As far off as no test lasts.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// When this time will have passed; a limit that the clock cannot say is as good as none.
pub(super) fn after(limit: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(limit).unwrap_or(now + FAR)
}

impl Life {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Changes it, and tells those who wait.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let value = change(&mut self.state());
        self.changed.notify_all();
        value
    }

    /// Waits for an answer until `deadline`, and asks at each change; also now and then, where `pace`
    /// says so, for what changes unseen.
    pub(super) fn await_answer<T>(
        &self,
        deadline: Instant,
        pace: Option<Duration>,
        mut ask: impl FnMut(&State) -> Option<T>,
    ) -> Option<T> {
        let mut state = self.state();
        loop {
            if let Some(answer) = ask(&state) {
                return Some(answer);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let patience = pace.map_or(left, |pace| pace.min(left));
            let waited = self.changed.wait_timeout(state, patience);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A status as the timeline has it: `status 3`, `SIGKILL`.
pub(super) fn told(status: ExitStatus) -> String {
    match status.signal() {
        Some(signal) => match Signal::try_from(signal) {
            Ok(signal) => signal.to_string(),
            Err(_) => format!("signal {signal}"),
        },
        None => format!("status {}", status.code().unwrap_or_default()),
    }
}
