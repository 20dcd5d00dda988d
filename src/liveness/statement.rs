use std::fmt;
use std::time::{Duration, Instant};

use super::demand::Demand;
use super::rounded::Rounded;
use super::slow::Slow;
use crate::Error;
use crate::quoted::Quoted;
use crate::record::next_number;

/// What is claimed, in its own words, and since when its clock runs.
pub(super) struct Statement {
    /// Tells it from others that read the same.
    pub(super) number: u64,
    label: Option<String>,
    /// As the test wrote it.
    stated: Demand,
    /// As it is judged: with the upper bound stretched.
    pub(super) demand: Demand,
    slow: Slow,
    pub(super) since: Instant,
    /// How long before the claim the clock began, if it is an event's; zero if it is still to come.
    head_start: Option<Duration>,
}

impl Statement {
    /// # Errors
    ///
    /// If there is no time between the bounds, or the variable that stretches them makes no sense.
    pub(super) fn new(
        label: Option<String>,
        stated: Demand,
        event: Option<Instant>,
    ) -> Result<Self, Error> {
        let now = Instant::now();
        let head_start = event.map(|event| now.saturating_duration_since(event));
        let since = event.unwrap_or(now);
        let demand = stated.clone();
        let number = next_number();
        let mut statement =
            Self { number, label, stated, demand, slow: Slow::NOT, since, head_start };
        match statement.stretch() {
            Ok(()) => Ok(statement),
            Err(cause) => Err(Error::new(statement.to_string(), cause)),
        }
    }

    fn stretch(&mut self) -> Result<(), String> {
        if let Demand::Within(time) = &mut self.demand {
            // `eventually` may have no time at all: it asks once.
            if time.start >= time.end && !time.start.is_zero() {
                return Err("the lower bound is not below the upper one".to_owned());
            }
            self.slow = Slow::of_environment()?;
            time.end = self.slow.stretch(time.end);
        }
        Ok(())
    }

    /// The time on the claim's clock, which stands at zero until it begins.
    pub(super) fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    /// When the claim's clock will show `time`; `None` if that is beyond all clocks.
    pub(super) fn at(&self, time: Duration) -> Option<Instant> {
        self.since.checked_add(time)
    }

    /// Says that the claim was met only because its upper bound had been stretched, if that is so.
    pub(super) fn after_all(&self, met: Duration) -> Option<String> {
        let Demand::Within(time) = &self.stated else { return None };
        (self.slow != Slow::NOT && met > time.end).then(|| format!("it took {met:?} to {self}"))
    }
}

/// As it follows "cannot": ``see `the peer is gone` within 3s``.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.label {
            Some(label) => write!(f, "see {} {}", Quoted(label), self.stated)?,
            None => write!(f, "see it hold {}", self.stated)?,
        }
        if let Demand::Within(time) = &self.stated {
            write!(f, "{}", self.slow.note(time.end))?;
        }
        match self.head_start {
            None => Ok(()),
            Some(Duration::ZERO) => f.write_str(", counted from a time after the claim"),
            Some(time) => write!(f, ", counted from {} before the claim", Rounded(time)),
        }
    }
}
