use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::demand::{Answer, Judgement, tries};
use super::rounded::Rounded;
use super::statement::Statement;
use super::{context, record};
use crate::Error;

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
}

impl Progress {
    pub(super) fn new(statement: Statement, place: &'static Location<'static>) -> Self {
        let tries = Tries { ready: statement.elapsed(), ..Tries::default() };
        Self { statement, place, tries: Mutex::new(tries) }
    }

    /// The next try begins.
    pub(super) fn ask(&self) {
        let mut tries = self.tries();
        tries.number += 1;
        tries.asking = Some(self.statement.elapsed());
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
    pub(super) fn give_up(&self) {
        self.tries().asking = None;
    }

    /// How it stands if the probe that is being asked never answers; `None` if none is.
    pub(super) fn silence(&self) -> Option<String> {
        let tries = self.tries();
        let asked = tries.asking?;
        Some(format!(
            "it has not answered in {}: it was asked after {}, in {}{}",
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
            "cannot {}: the probe panicked, asked after {}, in {}{}",
            self.statement,
            Rounded(asked),
            ordinal(tries.number),
            said_before(&tries)
        ))
    }

    /// The error of a claim that is not met, with what the network was doing.
    pub(super) fn error(&self, cause: &str) -> Error {
        let context = context::context(self.statement.since);
        let cause = match context.is_empty() {
            true => cause.to_owned(),
            false => format!("{cause}\n{context}"),
        };
        Error::new(self.statement.to_string(), cause)
    }

    /// Fails the test in the place of a probe that does not return.
    pub(super) fn fail_now(&self, silence: &str) -> ! {
        record::ended(&self.statement, &Judgement::Missed(silence.to_owned()));
        let cause = format!("{silence}\n  at {}", self.place);
        crate::sandbox::fail_now(self.error(&cause).to_string())
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
