use std::time::Duration;

use super::answer::Answer;
use super::distribution::Distribution;
use super::expect::Expect;
use super::outcome::{Measurement, Seen};
use super::questions::Asked;
use crate::json::{Object, array, text};

/// What all trials against one fault showed about one question.
///
/// From [`Row::answers`](super::Row::answers), in a matrix that [asks several](super::Matrix::asking).
///
/// ```no_run
/// # use std::time::Duration;
/// # use netns_test::matrix::{Expect, Fault, Matrix, Questions, Trial};
/// # use netns_test::{Result, Split, netns_test};
/// # struct Cluster;
/// # impl Cluster {
/// #     fn start(_: &Trial) -> Result<Self> { Ok(Self) }
/// #     fn leader(&self) -> Option<String> { Some("a".to_owned()) }
/// #     fn takes_writes(&self) -> bool { true }
/// # }
/// # #[netns_test]
/// # fn t() -> Result {
/// let questions = Questions::of(Cluster::start).ask("who leads", Cluster::leader);
/// let alone = Fault::frozen().expects("who leads", Expect::Moved);
/// let table = Matrix::asking(questions).host_names(["a", "b", "c"]).against([alone]).measure()?;
/// let leads = table.row("frozen")?.answers_to("who leads")?;
/// println!("{} of {} trials have another leader, after {:?}", leads.as_expected(), leads.measured(), leads.detection().median());
/// println!("who led, trial by trial: {:?}", leads.said());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    pub(super) asked: Asked,
    expected: Expect,
    measured: usize,
    as_expected: usize,
    false_alarms: usize,
    detection: Distribution,
    recovery: Distribution,
    said: Vec<Vec<Answer>>,
}

impl Answers {
    /// Of the question at this place, among the measurements that there are.
    pub(super) fn of(
        (asked, expected): (&Asked, Expect),
        at: usize,
        measured: &[&Measurement],
    ) -> Self {
        let seen: Vec<&Seen> =
            measured.iter().filter_map(|measurement| measurement.seen.get(at)).collect();
        let count = |is: fn(&Seen) -> bool| seen.iter().filter(|seen| is(seen)).count();
        Self {
            asked: asked.clone(),
            expected,
            measured: seen.len(),
            as_expected: count(|seen| seen.as_expected),
            false_alarms: count(|seen| seen.false_alarm),
            detection: seen.iter().filter_map(|seen| seen.detected).collect(),
            recovery: seen.iter().filter_map(|seen| seen.recovered).collect(),
            said: seen.iter().map(|seen| seen.said.clone()).collect(),
        }
    }

    /// The name of the question.
    pub fn question(&self) -> &str {
        &self.asked.name
    }

    /// What was expected while the fault lasted.
    pub fn expected(&self) -> Expect {
        self.expected
    }

    /// Whether it had to be answered well all the time ([`Questions::always`](super::Questions::always)).
    pub fn is_always(&self) -> bool {
        self.asked.always
    }

    /// In how many trials it was asked.
    pub fn measured(&self) -> usize {
        self.measured
    }

    /// In how many of them it was answered as expected.
    pub fn as_expected(&self) -> usize {
        self.as_expected
    }

    /// In how many of them the answer changed before the fault, once all had been well.
    pub fn false_alarms(&self) -> usize {
        self.false_alarms
    }

    /// How long it took until the fault was noticed, in the trials in which it was: the answer was
    /// [lost](Expect::Lost), [moved](Expect::Moved), or well again after it had been lost
    /// ([`Regained`](Expect::Regained)). If it had to be kept, how long it took until it was not.
    pub fn detection(&self) -> &Distribution {
        &self.detection
    }

    /// How long it took from the end of the fault until all was well again, in the trials in which it was.
    pub fn recovery(&self) -> &Distribution {
        &self.recovery
    }

    /// The answers in each measured trial: before the fault, while it lasted, and after it if all was well
    /// then. A fault that is [harmless for a time](super::Fault::harmless_for) has two between the first and
    /// the last: while it lasted, and once it was lifted, when it may still be noticed late.
    pub fn said(&self) -> &[Vec<Answer>] {
        &self.said
    }

    pub(super) fn limit(&self) -> Option<Duration> {
        self.asked.limit
    }

    pub(super) fn to_json(&self) -> String {
        let mut object = Object::new();
        object.text("question", &self.asked.name);
        object.text("expected", &self.expected.to_string());
        object.raw("always", &self.asked.always.to_string());
        object.number("as_expected", self.as_expected);
        object.number("false_alarms", self.false_alarms);
        object.raw("detection", &self.detection.to_json());
        object.raw("recovery", &self.recovery.to_json());
        let trial = |said: &Vec<Answer>| array(said.iter().map(|answer| text(answer.said())));
        object.raw("said", &array(self.said.iter().map(trial)));
        object.finish()
    }
}
