use std::fmt::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::timing::counted;
use crate::Error;
use crate::mutex::lock;
use crate::record::clock;

/// What a schedule is, and what has become of it: known to the thread that carries it out, to whoever
/// waits for that, and to the report. It holds no host, so it may live as long as these.
pub(super) struct Course {
    /// What it is, in a line.
    head: String,
    slots: Vec<Slot>,
    /// How long it is quiet at least between the end of a fault and the beginning of the next one.
    pub(super) quiet: Duration,
    state: Mutex<State>,
    changed: Condvar,
    #[cfg(feature = "tokio")]
    over: tokio::sync::Notify,
}

/// A fault in the schedule, as it was planned.
pub(super) struct Slot {
    pub(super) told: String,
    /// When it begins, after the beginning of all; `None` if a condition decides.
    pub(super) begins: Option<Duration>,
    /// When it ends, after the beginning of all.
    pub(super) ends: Option<Duration>,
    /// How long it lasts at least; `None` if it stays until it is healed.
    pub(super) lasting: Option<Duration>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) begun: Option<Instant>,
    pub(super) phases: Vec<Phase>,
    pub(super) stop: Option<Stop>,
    pub(super) is_over: bool,
    /// What went wrong, until it is told.
    error: Option<Error>,
    /// The same, in words.
    failed: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Phase {
    #[default]
    Waiting,
    InEffect(Instant),
    Over(Instant, Instant),
    Refused(String),
    Unhealed(Instant, String),
}

/// What is to be done with what is in effect when the schedule is ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is lifted.
    Heal,
    /// Its guard is dropped: the network of a failed test is kept, and it stays in effect.
    Drop,
}

impl Course {
    pub(super) fn of(head: String, slots: Vec<Slot>, quiet: Duration) -> Self {
        let state = State { phases: vec![Phase::Waiting; slots.len()], ..State::default() };
        Self {
            head,
            slots,
            quiet,
            state: Mutex::new(state),
            changed: Condvar::new(),
            #[cfg(feature = "tokio")]
            over: tokio::sync::Notify::new(),
        }
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Whether it stays until somebody heals it.
    pub(super) fn is_endless(&self) -> bool {
        self.slots.iter().any(|slot| slot.lasting.is_none())
    }

    pub(super) fn begin(&self) -> Instant {
        *self.state().begun.get_or_insert_with(Instant::now)
    }

    pub(super) fn set(&self, at: usize, phase: Phase) {
        self.state().phases[at] = phase;
        self.changed.notify_all();
    }

    /// It has gone wrong, and is to be told.
    pub(super) fn fail(&self, error: Error) {
        let mut state = self.state();
        state.failed = Some(error.to_string());
        state.error = Some(error);
    }

    /// What went wrong.
    pub(super) fn error(&self) -> Option<Error> {
        let mut state = self.state();
        let told = state.failed.clone()?;
        Some(state.error.take().unwrap_or_else(|| Error::new("go on with the schedule", told)))
    }

    /// The same in words, which does not count as telling it.
    pub(super) fn failed(&self) -> Option<String> {
        self.state().failed.clone()
    }

    pub(super) fn stop(&self, stop: Stop) {
        self.state().stop.get_or_insert(stop);
        self.changed.notify_all();
    }

    /// It cannot be carried out, and is over. Whoever could not begin it has the error.
    pub(super) fn abandon(&self, error: &Error) {
        self.state().failed = Some(error.to_string());
        self.end();
    }

    pub(super) fn end(&self) {
        self.state().is_over = true;
        self.changed.notify_all();
        #[cfg(feature = "tokio")]
        self.over.notify_waiters();
    }

    pub(super) fn is_over(&self) -> bool {
        self.state().is_over
    }

    /// Waits until something is so, or until then.
    pub(super) fn wait(
        &self,
        until: Option<Instant>,
        mut is_so: impl FnMut(&State) -> bool,
    ) -> bool {
        let mut state = self.state();
        loop {
            if is_so(&state) {
                return true;
            }
            state = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return false,
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Waits until it is over, and the runtime goes on meanwhile.
    #[cfg(feature = "tokio")]
    pub(super) async fn over(&self) {
        loop {
            let over = self.over.notified();
            if self.is_over() {
                return;
            }
            over.await;
        }
    }

    /// When it will be over as things stand; `None` if it has not begun, or nobody knows.
    pub(super) fn expected_end(&self) -> Option<Instant> {
        let state = self.state();
        let begun = state.begun?;
        let mut free = begun;
        for (slot, phase) in self.slots.iter().zip(&state.phases) {
            let since = match phase {
                Phase::Over(_, to) => {
                    free = *to;
                    continue;
                }
                Phase::InEffect(since) => *since,
                Phase::Waiting => (begun + slot.begins?).max(free + self.quiet),
                Phase::Refused(_) | Phase::Unhealed(..) => return None,
            };
            free = slot.end(begun, since)?;
        }
        Some(free)
    }

    /// The schedule for a report: where there are many, those that are over in a line, and of many
    /// faults those of now.
    pub(super) fn brief(&self, is_last: bool) -> String {
        let state = self.state();
        let stays = state.phases.iter().any(|phase| matches!(phase, Phase::InEffect(_)));
        if state.is_over && state.failed.is_none() && !stays && !is_last {
            return format!("{}, over", self.heading(&state));
        }
        let waiting = |phase: &Phase| matches!(phase, Phase::Waiting);
        let begun = state.phases.iter().filter(|phase| !waiting(phase)).count();
        let shown = begun.saturating_sub(PAST)..self.slots.len().min(begun + TO_COME);
        let mut text = self.heading(&state);
        let left_out = |text: &mut String, count: usize| {
            if count > 0 {
                let _ = write!(text, "\n     ({} not shown)", counted(count));
            }
        };
        left_out(&mut text, shown.start);
        for at in shown.clone() {
            let _ = write!(text, "\n{}", self.line(at, &state));
        }
        left_out(&mut text, self.slots.len() - shown.end);
        text
    }

    fn heading(&self, state: &State) -> String {
        let begun = state.begun.map(|at| clock::since_start(at).as_secs_f64());
        let begun = begun.map(|begun| format!(", begun at {begun:.6} s"));
        format!("{}{}", self.head, begun.unwrap_or_default())
    }

    fn line(&self, at: usize, state: &State) -> String {
        let slot = &self.slots[at];
        let times = match (slot.begins, slot.ends, slot.lasting) {
            (Some(begins), Some(ends), _) => {
                format!("{} s to {} s", seconds(begins), seconds(ends))
            }
            (None, _, Some(lasting)) => format!("on its condition, for {lasting:?}"),
            (None, _, None) => "on its condition".to_owned(),
            (Some(_), None, Some(lasting)) => format!("at once, for {lasting:?}"),
            (Some(_), None, None) => "at once".to_owned(),
        };
        let mut line = format!("{:>3}  {times}  {}", at + 1, slot.told);
        // Until it is begun a schedule is a plan and nothing else.
        if let Some(begun) = state.begun {
            let _ = write!(line, ": {}", told(slot, &state.phases[at], begun));
        }
        line
    }
}

/// How many faults a report shows that have begun, and how many that are to come.
const PAST: usize = 20;
const TO_COME: usize = 4;

/// What has become of a fault.
fn told(slot: &Slot, phase: &Phase, begun: Instant) -> String {
    let after = |at: &Instant| seconds(at.saturating_duration_since(begun));
    let late = |from: &Instant| match slot.late(begun, *from) {
        Some(late) if late >= Duration::from_millis(1) => {
            format!(", {} ms late", late.as_millis())
        }
        _ => String::new(),
    };
    match phase {
        Phase::Waiting => "not begun".to_owned(),
        Phase::InEffect(from) => format!("in effect since {} s{}", after(from), late(from)),
        Phase::Over(from, to) => {
            format!("in effect from {} s to {} s{}", after(from), after(to), late(from))
        }
        Phase::Refused(why) => format!("not made: {why}"),
        Phase::Unhealed(from, why) => {
            format!("in effect from {} s{}, not healed: {why}", after(from), late(from))
        }
    }
}

impl Phase {
    /// When it came into effect, if it has.
    pub(super) fn since(&self) -> Option<Instant> {
        match self {
            Self::InEffect(since) | Self::Over(since, _) | Self::Unhealed(since, _) => Some(*since),
            Self::Waiting | Self::Refused(_) => None,
        }
    }
}

impl Slot {
    /// When one is to end that has been in effect since then; `None` if never.
    pub(super) fn end(&self, begun: Instant, since: Instant) -> Option<Instant> {
        let least = since.checked_add(self.lasting?)?;
        Some(self.ends.map_or(least, |ends| least.max(begun + ends)))
    }

    /// How much later than planned it came into effect.
    pub(super) fn late(&self, begun: Instant, since: Instant) -> Option<Duration> {
        self.begins.map(|begins| since.saturating_duration_since(begun + begins))
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// The schedule, a line for each fault, with what has become of it.
impl fmt::Display for Course {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.write_str(&self.heading(&state))?;
        (0..self.slots.len()).try_for_each(|at| write!(f, "\n{}", self.line(at, &state)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_one_that_could_not_be_begun() {
        let slot = Slot { told: "x".to_owned(), begins: None, ends: None, lasting: None };
        let course = Course::of("planned".to_owned(), vec![slot], Duration::ZERO);
        course.abandon(&Error::new("start its thread", "there are too many"));
        assert!(course.wait(None, |state| state.is_over));
        assert_eq!(course.failed().as_deref(), Some("cannot start its thread: there are too many"));
    }
}
