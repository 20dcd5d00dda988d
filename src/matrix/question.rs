use std::thread::park_timeout;
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::claims::Claims;
use super::expect::Expect;
use super::others::Others;
use super::outcome::{Cut, Seen};
use super::questions::{Ask, Asked};
use crate::quoted::Quoted;

/// How long after an answer its question is asked again. Those who answer share the processors with those
/// who ask.
const PACE: Duration = Duration::from_millis(5);

/// A question in one trial, and what was answered so far.
pub(super) struct Question<'a> {
    asked: &'a Asked,
    ask: Box<Ask>,
    expect: Expect,
    limit: Duration,
    settles: Duration,
    /// How long an answer has to stand.
    quiet: Duration,
    /// What was answered before the fault.
    first: Answer,
    /// What was answered last.
    last: Answer,
    seen: Seen,
    longest_gap: Duration,
}

impl<'a> Question<'a> {
    pub(super) fn new(asked: &'a Asked, ask: Box<Ask>, expect: Expect, claims: &Claims) -> Self {
        let as_expected = matches!(expect, Expect::Kept | Expect::Any);
        Self {
            asked,
            ask,
            expect,
            limit: asked.limit.unwrap_or(claims.detects),
            settles: asked.limit.unwrap_or(claims.recovers),
            quiet: claims.quiet,
            first: Answer::from(false),
            last: Answer::from(false),
            seen: Seen { as_expected, ..Seen::default() },
            longest_gap: Duration::ZERO,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.asked.name
    }

    pub(super) fn is_always(&self) -> bool {
        self.asked.always
    }

    /// Whether a fault lasts until it is answered as expected.
    pub(super) fn is_waited_for(&self) -> bool {
        !self.asked.always && self.expect != Expect::Any
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    pub(super) fn settles(&self) -> Duration {
        self.settles
    }

    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }

    pub(super) fn longest_gap(&self) -> Duration {
        self.longest_gap
    }

    /// What was answered before the fault.
    pub(super) fn first(&self) -> &Answer {
        &self.first
    }

    /// Asks until all is well, and has been for a while.
    pub(super) fn settle(&mut self, from: Instant, limit: Duration) -> Result<(), Cut> {
        match self.stands(Answer::is_well, self.quiet, after(from, limit)) {
            Some((_, answer)) => {
                self.seen.said = vec![answer.clone()];
                self.first = answer;
                Ok(())
            }
            None => {
                let (name, quiet) = (Quoted(self.name()), self.quiet);
                let told = format!("{name} was not answered well for {quiet:?}, within {limit:?}");
                Err(Cut::new(told))
            }
        }
    }

    /// Asks for this time before the fault; another answer is a false alarm, which has to be got over.
    pub(super) fn lead(&mut self, time: Duration) -> Result<(), Cut> {
        if self.other(after(Instant::now(), time)).is_none() {
            return Ok(());
        }
        self.seen.false_alarm = true;
        self.settle(Instant::now(), self.settles)
    }

    /// Asks while the fault lasts, until it is answered as expected.
    pub(super) fn look(&mut self, since: Instant, others: &Others) {
        if self.asked.always {
            return self.always(since, self.limit, others);
        }
        let (limit, quiet, first) = (self.limit, self.quiet, self.first.clone());
        let over = || since.elapsed() >= limit;
        let found = match self.expect {
            Expect::Kept => return self.keep(since, limit),
            Expect::Any => self.other(as_long_as(others, since, limit)),
            Expect::Lost => self.stands(|answer| !answer.is_well(), quiet, over),
            Expect::Moved => {
                self.stands(|answer| answer.is_well() && *answer != first, quiet, over)
            }
            Expect::Regained => match self.other(over) {
                Some(_) => self.stands(Answer::is_well, quiet, over),
                None => {
                    self.seen.as_expected = true;
                    None
                }
            },
        };
        self.seen.as_expected |= found.is_some();
        self.note(since, found);
    }

    /// Asks for this time; it is to be answered as before.
    pub(super) fn keep(&mut self, since: Instant, time: Duration) {
        let other = self.other(after(since, time));
        self.seen.as_expected &= other.is_none();
        self.note(since, other);
    }

    /// Asks until all is well after the fault.
    pub(super) fn recover(&mut self, lifted: Instant, others: &Others) {
        if self.asked.always {
            return self.always(lifted, self.quiet, others);
        }
        let well = self.stands(Answer::is_well, self.quiet, after(lifted, self.settles));
        if let Some((at, answer)) = well {
            self.seen.recovered = Some(at.saturating_duration_since(lifted));
            self.seen.said.push(answer);
        }
    }

    /// Asks as long as others are asked; it is to be answered well.
    fn always(&mut self, since: Instant, limit: Duration, others: &Others) {
        let over = as_long_as(others, since, limit);
        let broken = self.stands(|answer| !answer.is_well(), Duration::ZERO, over);
        self.seen.as_expected &= broken.is_none();
        self.note(since, broken);
    }

    /// Keeps an answer that counts, or the last one there was.
    fn note(&mut self, since: Instant, found: Option<(Instant, Answer)>) {
        let answer = match found {
            Some((at, answer)) => {
                self.seen.detected.get_or_insert(at.saturating_duration_since(since));
                answer
            }
            None => self.last.clone(),
        };
        self.seen.said.push(answer);
    }

    /// The first answer that is not the one before the fault.
    fn other(&mut self, over: impl Fn() -> bool) -> Option<(Instant, Answer)> {
        let first = self.first.clone();
        self.stands(|answer| *answer != first, Duration::ZERO, over)
    }

    /// Asks until one answer of those that are wanted has stood for this time, and returns it and when it
    /// began; `None` if none has begun until it is over. It is asked a last time then: on a busy machine
    /// it counts what is true by then.
    fn stands(
        &mut self,
        wanted: impl Fn(&Answer) -> bool,
        time: Duration,
        over: impl Fn() -> bool,
    ) -> Option<(Instant, Answer)> {
        let mut begun: Option<(Instant, Answer)> = None;
        let mut late = false;
        loop {
            let last_chance = over();
            let answer = (self.ask)();
            let now = Instant::now();
            self.last = answer.clone();
            let goes_on = begun.as_ref().is_some_and(|(_, begun)| *begun == answer);
            if !goes_on && late {
                return None;
            }
            if !goes_on {
                begun = wanted(&answer).then_some((now, answer));
            }
            match &begun {
                Some((at, _)) if now.duration_since(*at) >= time => return begun,
                // What has begun in time may stand for longer.
                Some(_) => {}
                None if last_chance => return None,
                None => {}
            }
            late = last_chance;
            park_timeout(PACE);
            self.longest_gap = self.longest_gap.max(now.elapsed());
        }
    }
}

/// Whether the others are done; where there are none, whether this time has passed.
fn as_long_as(others: &Others, since: Instant, limit: Duration) -> impl Fn() -> bool {
    let least = if others.are_none() { limit } else { Duration::ZERO };
    move || others.are_done() && since.elapsed() >= least
}

/// Whether this time has passed since then.
fn after(from: Instant, time: Duration) -> impl Fn() -> bool {
    move || from.elapsed() >= time
}
