use std::time::Duration;

use super::answers::Answers;
use super::distribution::Distribution;
use super::fault::Fault;
use super::outcome::{Measurement, Outcome};
use super::questions::Asked;
use crate::Error;
use crate::json::{Object, array};
use crate::quoted::{Quoted, named};

/// What all trials against one fault showed.
///
/// ```no_run
/// # use netns_test::{Result, matrix::{Fault, Matrix}, netns_test};
/// # struct Monitor;
/// # impl Monitor {
/// #     fn start() -> std::io::Result<Self> { Ok(Self) }
/// #     fn knows(&self, _: &str) -> bool { true }
/// # }
/// # #[netns_test]
/// # fn t() -> Result {
/// # let matrix = Matrix::new(|_| {
/// #     let monitor = Monitor::start()?;
/// #     Ok(move || monitor.knows("client"))
/// # });
/// let table = matrix.trials(20).measure()?;
/// let row = table.row("drop")?;
/// println!("detected {} of {} times, {} false alarms", row.detection().count(), row.trials(), row.false_alarms());
/// assert!(row.errors().is_empty(), "{:?}", row.errors());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    fault: String,
    harmless: bool,
    optional: bool,
    trials: usize,
    not_applicable: usize,
    /// Of each question; of a detector there is one.
    answers: Vec<Answers>,
    longest_gap: Duration,
    repeated: usize,
    errors: Vec<String>,
    broken: Vec<String>,
}

impl Row {
    pub(super) fn of(
        (fault, asked): (&Fault, &[Asked]),
        outcomes: &[Outcome],
        broken_by: impl FnOnce(&Self) -> Vec<String>,
    ) -> Self {
        let measured = outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Measured(measurement) => Some(measurement),
            _ => None,
        });
        let measured: Vec<&Measurement> = measured.collect();
        let errors = outcomes.iter().enumerate().filter_map(|(at, outcome)| match outcome {
            Outcome::Failed(reason) => Some(format!("trial {}: {reason}", at + 1)),
            _ => None,
        });
        let not_applicable = |outcome: &&Outcome| **outcome == Outcome::NotApplicable;
        let answers = asked
            .iter()
            .enumerate()
            .map(|(at, asked)| Answers::of((asked, fault.expectation(asked)), at, &measured));
        let gaps = measured.iter().map(|measurement| measurement.longest_gap);
        let mut row = Self {
            fault: fault.name().to_owned(),
            harmless: fault.is_harmless(),
            optional: fault.is_optional(),
            trials: outcomes.len(),
            not_applicable: outcomes.iter().filter(not_applicable).count(),
            answers: answers.collect(),
            longest_gap: gaps.max().unwrap_or_default(),
            repeated: measured.iter().map(|measurement| measurement.repeated).sum(),
            errors: errors.collect(),
            broken: Vec::new(),
        };
        row.broken = broken_by(&row);
        row
    }

    /// The name of the fault.
    pub fn fault(&self) -> &str {
        &self.fault
    }

    /// Whether the fault must not be detected.
    pub fn is_harmless(&self) -> bool {
        self.harmless
    }

    /// Whether the fault may be detected or not.
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// How many trials there were.
    pub fn trials(&self) -> usize {
        self.trials
    }

    /// How many of them could be completed: in the others the trial failed, or the fault did not apply.
    pub fn measured(&self) -> usize {
        self.trials - self.not_applicable - self.errors.len()
    }

    /// In how many trials the fault did not apply to the detector.
    pub fn not_applicable(&self) -> usize {
        self.not_applicable
    }

    /// The answers to each question, in the order in which they are asked. A detector is asked only one,
    /// whose answers are in the row itself.
    pub fn answers(&self) -> &[Answers] {
        &self.answers
    }

    /// The answers to the question of this name.
    ///
    /// # Errors
    ///
    /// If there is none; the message lists the existing names.
    pub fn answers_to(&self, question: &str) -> Result<&Answers, Error> {
        self.answers.iter().find(|answers| answers.question() == question).ok_or_else(|| {
            let names = named(self.answers.iter().map(Answers::question));
            let operation = format!("find the answers to {}", Quoted(question));
            Error::new(operation, format!("the questions are {names}"))
        })
    }

    /// In how many trials the peer was considered dead when it was not; with several questions, those of
    /// the first.
    pub fn false_alarms(&self) -> usize {
        self.answers[0].false_alarms()
    }

    /// How long it took to detect the fault, in the trials in which it was detected; with several
    /// questions, that of the first.
    pub fn detection(&self) -> &Distribution {
        self.answers[0].detection()
    }

    /// How long it took until the peer was considered alive again, in the trials in which it was; with
    /// several questions, that of the first.
    pub fn recovery(&self) -> &Distribution {
        self.answers[0].recovery()
    }

    /// The longest time between two looks at the detector, which is a millisecond on a quiet machine. If
    /// it is as long as what the detector waits for, a false alarm or a late detection may be the
    /// machine's fault.
    pub fn longest_gap(&self) -> Duration {
        self.longest_gap
    }

    /// How often a trial was run again because the machine stalled
    /// ([`Matrix::repeat_if_stalled_for`](super::Matrix::repeat_if_stalled_for)).
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// Why trials could not be completed.
    pub fn errors(&self) -> &[String] {
        &self.errors
    }

    /// Which claims it breaks, each in a few words; empty if it breaks none.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }

    /// Whether all trials could be completed, and no claim is broken.
    pub fn is_ok(&self) -> bool {
        self.errors.is_empty() && self.broken.is_empty()
    }

    /// Whether one question is asked, without a name.
    pub(super) fn is_of_detector(&self) -> bool {
        self.answers.iter().all(|answers| answers.asked.is_of_detector())
    }

    /// What is to be said of it in a few words.
    pub(super) fn verdict(&self) -> String {
        let mut said = self.broken.clone();
        if !self.errors.is_empty() {
            said.push(format!("{} of {} failed", self.errors.len(), self.trials));
        }
        if self.not_applicable == self.trials {
            said.push("not applicable".to_owned());
        } else if self.not_applicable > 0 {
            said.push(format!("{} of {} not applicable", self.not_applicable, self.trials));
        }
        if said.is_empty() { "ok".to_owned() } else { said.join("; ") }
    }

    pub(super) fn to_json(&self) -> String {
        let mut object = Object::new();
        object.text("fault", &self.fault);
        object.raw("harmless", &self.harmless.to_string());
        object.number("trials", self.trials);
        object.number("measured", self.measured());
        object.number("not_applicable", self.not_applicable);
        if self.is_of_detector() {
            object.number("false_alarms", self.false_alarms());
            object.raw("detection", &self.detection().to_json());
            object.raw("recovery", &self.recovery().to_json());
        } else {
            object.raw("questions", &array(self.answers.iter().map(Answers::to_json)));
        }
        object.number("longest_gap_us", self.longest_gap.as_micros());
        object.number("repeated", self.repeated);
        object.texts("errors", &self.errors);
        object.texts("broken", &self.broken);
        object.finish()
    }
}
