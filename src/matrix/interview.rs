//! A trial with several questions, from the code under test to its end.

use std::any::Any;
use std::thread;
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::claims::Claims;
use super::course::SOON;
use super::fault::{Fault, InEffect, Kind};
use super::others::{Done, Others};
use super::outcome::{Cut, Measurement};
use super::question::Question;
use super::questions::{Ask, Asked};
use super::stage::Stage;
use super::trial::Trial;
use crate::sandbox;

/// The questions of one trial, while they are asked.
pub(super) struct Interview<'a> {
    questions: Vec<Question<'a>>,
    stage: &'a Stage,
    claims: &'a Claims,
    fault: &'a Fault,
    /// How long they are asked before the fault.
    lead: Duration,
    /// By how much a short fault overran.
    overrun: Duration,
}

impl<'a> Interview<'a> {
    pub(super) fn new(
        (asked, asks): (&'a [Asked], Vec<Box<Ask>>),
        (stage, claims): (&'a Stage, &'a Claims),
        (fault, lead): (&'a Fault, Duration),
    ) -> Self {
        let question = |(asked, ask)| Question::new(asked, ask, fault.expectation(asked), claims);
        let questions = asked.iter().zip(asks).map(question).collect();
        Self { questions, stage, claims, fault, lead, overrun: Duration::ZERO }
    }

    /// `None` where the fault does not apply.
    pub(super) fn hold(&mut self, trial: &Trial) -> Result<Option<Measurement>, Cut> {
        self.before()?;
        trial.set_answers(self.questions.iter().map(told).collect());
        self.stage.enter("find out whether the fault applies", SOON)?;
        if !self.fault.applies(trial)? {
            return Ok(None);
        }
        self.stage.enter("put the fault into effect", SOON)?;
        let Some(in_effect) = self.fault.begin(trial)? else { return Ok(None) };
        let lifted = self.under(in_effect)?;
        self.after(lifted)?;
        let gaps = self.questions.iter().map(Question::longest_gap);
        Ok(Some(Measurement {
            seen: self.questions.iter().map(|question| question.seen().clone()).collect(),
            longest_gap: gaps.fold(self.overrun, Duration::max),
            repeated: 0,
        }))
    }

    /// Until all is well and stays so for a while.
    fn before(&mut self) -> Result<(), Cut> {
        let (starts, lead, claims) = (self.claims.starts, self.lead, self.claims);
        let begun = Instant::now();
        self.enter("be well before the fault", |_| starts)?;
        self.all(Question::is_waited_for, |question, _| question.settle(begun, starts))?
            .into_iter()
            .collect::<Result<(), _>>()?;
        self.enter("be quiet before the fault", |_| lead + claims.recovers)?;
        self.all(Question::is_waited_for, |question, _| question.lead(lead))?.into_iter().collect()
    }

    /// While the fault lasts, and until it is lifted.
    fn under(&mut self, in_effect: InEffect) -> Result<Instant, Cut> {
        let InEffect { since, lift } = in_effect;
        let stage = self.stage;
        let lift = || -> Result<Instant, Cut> {
            stage.enter("lift the fault", SOON)?;
            lift()?;
            Ok(Instant::now())
        };
        match self.fault.kind() {
            Kind::Blip(time) => {
                self.enter("bear a short fault", |_| time)?;
                self.all(Question::is_waited_for, |question, _| question.keep(since, time))?;
                let lifted = lift()?;
                // One that is longer than it was to be is another fault, and the machine's doing.
                self.overrun = since.elapsed().saturating_sub(time);
                self.enter("see no fault after a short one", Question::limit)?;
                self.all(Question::is_waited_for, |question, _| {
                    question.keep(lifted, question.limit())
                })?;
                Ok(lifted)
            }
            // It is over when it has begun.
            Kind::Momentary => {
                lift()?;
                self.look(since)?;
                Ok(Instant::now())
            }
            Kind::Outage | Kind::Optional | Kind::Harmless => {
                self.look(since)?;
                lift()
            }
        }
    }

    fn look(&mut self, since: Instant) -> Result<(), Cut> {
        self.enter("answer as expected under the fault", Question::limit)?;
        self.all(Question::is_waited_for, |question, others| question.look(since, others))?;
        Ok(())
    }

    fn after(&mut self, lifted: Instant) -> Result<(), Cut> {
        self.enter("be well after the fault", Question::settles)?;
        self.all(to_recover, |question, others| question.recover(lifted, others))?;
        Ok(())
    }

    /// Begins a stage, which takes as long as the longest of the questions and the time for which an
    /// answer must stand.
    fn enter(
        &self,
        stage: &'static str,
        limit: impl Fn(&Question<'a>) -> Duration,
    ) -> Result<(), Cut> {
        let longest = self.questions.iter().map(limit).max().unwrap_or_default();
        self.stage.enter(stage, longest.saturating_add(2 * self.claims.quiet))
    }

    /// Asks all of them at once, each on a thread of its own. Some are asked for as long as others are
    /// awaited.
    fn all<T: Send>(
        &mut self,
        is_waited_for: fn(&Question<'a>) -> bool,
        phase: impl Fn(&mut Question<'a>, &Others) -> T + Sync,
    ) -> Result<Vec<T>, Cut> {
        let others = Others::of(self.questions.iter().filter(|question| is_waited_for(question)));
        thread::scope(|scope| {
            let mut threads = Vec::new();
            for question in &mut self.questions {
                // A name with a NUL is refused by std, and names of questions are the user's.
                let name = question.name().replace('\0', " ");
                let (phase, others) = (&phase, &others);
                let counts = is_waited_for(question);
                let thread = thread::Builder::new().name(name).spawn_scoped(scope, move || {
                    let _done = counts.then(|| Done(others));
                    phase(question, others)
                });
                let thread = thread.map_err(|error| {
                    // The ones that are asked always would wait for it.
                    others.give_up();
                    Cut::new(format!("cannot start the thread of a question: {error}"))
                });
                threads.push(thread?);
            }
            let panicked = |payload: Box<dyn Any + Send>| {
                Cut::new(format!("panicked: {}", sandbox::panic_message(&*payload)))
            };
            threads.into_iter().map(|thread| thread.join().map_err(panicked)).collect()
        })
    }
}

/// The name of a question and what was answered to it before the fault.
fn told(question: &Question<'_>) -> (String, Answer) {
    (question.name().to_owned(), question.first().clone())
}

/// Whether a question has to be answered well when the fault is over.
fn to_recover(question: &Question<'_>) -> bool {
    !question.is_always()
}
