use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::answer::Answer;
use super::trial::Trial;
use crate::Result;

/// What a [matrix of a cluster](super::Matrix::asking) asks of the code under test, which is started once
/// in each trial: several questions, each with a name and an optional limit of its own.
///
/// Each is asked on a thread of its own, which is in none of the hosts, and again 5 ms after it was
/// answered. So a question may wait, for instance until a write is acknowledged or refused, if the wait
/// has a timeout of its own. Its answer counts from the moment it is given.
///
/// Faults reach what was started by [`Trial::get`], and the answers from before the fault by
/// [`Trial::answer`].
///
/// ```
/// use std::time::Duration;
/// use netns_test::{Result, matrix::{Fault, Matrix, Questions, Trial}};
/// # struct Cluster;
/// # impl Cluster {
/// #     fn start(_: &Trial) -> Result<Self> { Ok(Self) }
/// #     fn leader(&self) -> Option<String> { Some("a".to_owned()) }
/// #     fn takes_writes(&self) -> bool { true }
/// #     fn leaders_of_one_term(&self) -> usize { 1 }
/// # }
///
/// let questions = Questions::of(|trial| Cluster::start(trial))
///     .ask("who leads", |cluster| cluster.leader())
///     .ask_within("takes writes", Duration::from_secs(3), |cluster| cluster.takes_writes())
///     .always("one leader in a term", |cluster| cluster.leaders_of_one_term() <= 1);
/// let matrix = Matrix::asking(questions).host_names(["a", "b", "c", "d", "e"]);
/// # let _ = matrix;
/// ```
#[must_use = "questions are asked by a matrix"]
pub struct Questions<C> {
    start: Box<StartOf<C>>,
    asked: Vec<Asked>,
    asks: Vec<Arc<AskOf<C>>>,
}

type StartOf<C> = dyn Fn(&Trial) -> Result<C> + Send + Sync;
type AskOf<C> = dyn Fn(&C) -> Answer + Send + Sync;

/// Asks a question of what was started.
pub(super) type Ask = dyn Fn() -> Answer + Send + Sync;

/// Starts the code under test in a trial's network, and has the questions in their order.
pub(super) type StartAll = dyn Fn(&Trial) -> Result<Vec<Box<Ask>>> + Send + Sync;

/// A question, as the whole matrix knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) name: String,
    /// A limit of its own.
    pub(super) limit: Option<Duration>,
    /// Whether it must never be answered otherwise, whatever the fault.
    pub(super) always: bool,
}

impl Asked {
    /// The one that a detector is asked.
    pub(super) fn of_detector() -> Self {
        Self { name: String::new(), limit: None, always: false }
    }

    pub(super) fn is_of_detector(&self) -> bool {
        self.name.is_empty()
    }
}

impl<C: Send + Sync + 'static> Questions<C> {
    /// Questions about what this closure starts, in the fresh network of a trial and in the trial's own
    /// process.
    pub fn of(start: impl Fn(&Trial) -> Result<C> + Send + Sync + 'static) -> Self {
        Self { start: Box::new(start), asked: Vec::new(), asks: Vec::new() }
    }

    /// Adds a question of this name. It is answered by `true` if all is well, or with a word: `Some("a")`
    /// ([`Answer`]). Its limits are those of the matrix.
    pub fn ask<A: Into<Answer>>(
        self,
        name: impl Into<String>,
        ask: impl Fn(&C) -> A + Send + Sync + 'static,
    ) -> Self {
        self.add(Asked { name: name.into(), limit: None, always: false }, ask)
    }

    /// Adds a question with a limit of its own, for what should be seen while a fault lasts and for being
    /// well again after it.
    pub fn ask_within<A: Into<Answer>>(
        self,
        name: impl Into<String>,
        limit: Duration,
        ask: impl Fn(&C) -> A + Send + Sync + 'static,
    ) -> Self {
        self.add(Asked { name: name.into(), limit: Some(limit), always: false }, ask)
    }

    /// Adds a question that must be answered well all the time, whatever the fault: an invariant. It is
    /// asked as long as others are.
    #[doc(alias("invariant", "never"))]
    pub fn always<A: Into<Answer>>(
        self,
        name: impl Into<String>,
        ask: impl Fn(&C) -> A + Send + Sync + 'static,
    ) -> Self {
        self.add(Asked { name: name.into(), limit: None, always: true }, ask)
    }

    fn add<A: Into<Answer>>(
        mut self,
        asked: Asked,
        ask: impl Fn(&C) -> A + Send + Sync + 'static,
    ) -> Self {
        self.asked.push(asked);
        self.asks.push(Arc::new(move |code| ask(code).into()));
        self
    }

    pub(super) fn into_parts(self) -> (Box<StartAll>, Vec<Asked>) {
        let Self { start, asked, asks } = self;
        let start = move |trial: &Trial| {
            trial.put(start(trial)?);
            let code = trial.get::<C>().expect("it was put there");
            let bound = asks.iter().map(|ask| {
                let (ask, code) = (Arc::clone(ask), Arc::clone(&code));
                Box::new(move || ask(&code)) as Box<Ask>
            });
            Ok(bound.collect())
        };
        (Box::new(start), asked)
    }
}

impl<C> fmt::Debug for Questions<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Questions").field("asked", &self.asked).finish()
    }
}
