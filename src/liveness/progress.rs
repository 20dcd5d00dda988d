use std::ops::Range;
use std::panic::Location;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use super::demand::{Answer, Judgement, tries};
use super::rounded::Rounded;
use super::statement::Statement;
use super::{context, record};
use crate::Error;
use crate::mutex::lock;
use crate::net::{await_instead, drives_runtime};

/// A probe that is asked so much later than planned is worth a word when the claim is missed.
const LATE: Duration = Duration::from_millis(100);

/// How far a claim has come: its own thread writes it, the watchdog reads it.
pub(super) struct Progress {
    pub(super) statement: Statement,
    /// Where the test states it.
    place: &'static Location<'static>,
    tries: Mutex<Tries>,
}

#[derive(Default)]
struct Tries {
    number: u64,
    /// When the probe was asked that has not answered.
    asking: Option<Duration>,
    /// When the probe was asked that answered last, and what it said.
    last: Option<(Duration, String)>,
    /// When that was, or when the claim began.
    ready: Duration,
    /// When the next try is to be.
    planned: Duration,
    /// The longest time in which a try was due and could not be made.
    missed: Range<Duration>,
    /// Whether the claim keeps the tasks of a tokio runtime from running.
    blocks_runtime: bool,
}

impl Progress {
    pub(super) fn new(statement: Statement, place: &'static Location<'static>) -> Self {
        let ready = statement.elapsed();
        let tries = Tries { ready, planned: ready, ..Tries::default() };
        Self { statement, place, tries: Mutex::new(tries) }
    }

    /// The claim is not async: this thread does nothing else until it is decided.
    pub(super) fn blocks_this_thread(&self) {
        self.tries().blocks_runtime = drives_runtime();
    }

    /// The next try begins.
    pub(super) fn ask(&self) {
        let mut tries = self.tries();
        tries.number += 1;
        let now = self.statement.elapsed();
        tries.asking = Some(now);
        let missed = tries.planned..now;
        if length(&missed) > length(&tries.missed) {
            tries.missed = missed;
        }
    }

    /// When the next try is to be, on the claim's own clock.
    pub(super) fn plan(&self, next: Duration) {
        self.tries().planned = next;
    }

    /// The try ends: what it decides, and how long it took.
    pub(super) fn answer(&self, refusal: Option<String>) -> (Judgement, Answer) {
        let answered = self.statement.elapsed();
        let mut tries = self.tries();
        let answer = Answer {
            number: tries.number,
            asked: tries.asking.take().unwrap_or(answered),
            answered,
            before: tries.last.as_ref().map(|(asked, _)| *asked),
            ready: std::mem::replace(&mut tries.ready, answered),
            refusal,
        };
        tries.last = answer.refusal.clone().map(|said| (answer.asked, said));
        (self.statement.demand.judge(&answer), answer)
    }

    /// The try is over without an answer.
    #[cfg(feature = "tokio")]
    pub(super) fn give_up(&self) {
        self.tries().asking = None;
    }

    /// How it stands if the probe that is being asked never answers; `None` if none is.
    pub(super) fn silence(&self) -> Option<String> {
        let tries = self.tries();
        let asked = tries.asking?;
        Some(format!(
            "the probe has not finished in {}: it was called after {}, in {}{}",
            Rounded(self.statement.elapsed().saturating_sub(asked)),
            Rounded(asked),
            ordinal(tries.number),
            said_before(&tries)
        ))
    }

    /// What a person is told whose probe has panicked.
    pub(super) fn panicked(&self) -> Option<String> {
        let tries = self.tries();
        let asked = tries.asking?;
        Some(format!(
            "cannot {}: the probe panicked; it was called after {}, in {}{}",
            self.statement,
            Rounded(asked),
            ordinal(tries.number),
            said_before(&tries)
        ))
    }

    /// The error of a claim that is not met, with what the network was doing.
    pub(super) fn error(&self, cause: &str) -> Error {
        let context = context::context(self.statement.since);
        let parts = [cause, &self.stood_still(), &context];
        let told: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let error = Error::missed(self.statement.to_string(), told.join("\n"));
        match self.tries().blocks_runtime {
            true => error.with_help(await_instead(self.statement.demand.async_form())),
            false => error,
        }
    }

    /// What a person should know before they look for the cause in their own code.
    fn stood_still(&self) -> String {
        let missed = self.tries().missed.clone();
        if length(&missed) < LATE {
            return String::new();
        }
        let [from, to] = [missed.start, missed.end].map(Rounded);
        format!(
            "the probe could not be called from {from} to {to}: a busy machine or a blocked runtime"
        )
    }

    /// Fails the test in the place of a probe that does not return.
    pub(super) fn fail_now(&self, silence: &str) -> ! {
        record::ended(&self.statement, &Judgement::Missed(silence.to_owned()));
        let cause = format!("{silence}\n  at {}", self.place);
        crate::sandbox::is_failed_at(self.place.to_string());
        crate::sandbox::fail_now(self.error(&cause).to_string())
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        lock(&self.tries)
    }
}

fn length(time: &Range<Duration>) -> Duration {
    time.end.saturating_sub(time.start)
}

fn ordinal(number: u64) -> String {
    match number {
        1 => "the first try".to_owned(),
        number => format!("the last of {}", tries(number)),
    }
}

fn said_before(tries: &Tries) -> String {
    match &tries.last {
        Some((_, said)) => format!("; the one before said {said}"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::demand::Demand;
    use super::*;

    #[test]
    fn only_a_try_that_is_late_is_told_of() {
        let begun = std::time::Instant::now() - 5 * LATE;
        let statement = Statement::new(None, Demand::For(LATE), Some(begun)).expect("it is valid");
        let progress = Progress::new(statement, Location::caller());
        progress.ask();
        assert_eq!(progress.stood_still(), "", "it was asked at once");
        progress.plan(Duration::MAX);
        progress.ask();
        assert_eq!(progress.stood_still(), "", "a try may come early");
        progress.plan(LATE);
        progress.ask();
        let told = progress.stood_still();
        assert!(told.starts_with("the probe could not be called from 100ms to "), "{told}");
    }
}
