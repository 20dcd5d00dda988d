use std::time::Duration;

use super::answers::Answers;
use super::expect::Expect;
use super::fault::Fault;
use super::outcome::Outcome;
use super::questions::Asked;
use super::row::Row;
use crate::liveness::Slow;
use crate::quoted::Quoted;

/// What is claimed of a detector, and how long it is watched for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) starts: Duration,
    pub(super) detects: Duration,
    pub(super) recovers: Duration,
    pub(super) quiet: Duration,
    /// Whether the upper bounds are not those that the test named.
    stretched: bool,
}

impl Default for Claims {
    fn default() -> Self {
        Self {
            starts: Duration::from_secs(10),
            detects: Duration::from_secs(5),
            recovers: Duration::from_secs(5),
            quiet: Duration::from_millis(200),
            stretched: false,
        }
    }
}

impl Claims {
    /// With the upper bounds stretched as this machine's environment asks for, those of questions as well.
    ///
    /// # Errors
    ///
    /// Why the variable is no factor.
    pub(super) fn stretched(mut self, asked: &mut [Asked]) -> Result<Self, String> {
        let slow = Slow::of_environment()?;
        let own = asked.iter_mut().filter_map(|asked| asked.limit.as_mut());
        for bound in own.chain([&mut self.starts, &mut self.detects, &mut self.recovers]) {
            *bound = slow.stretch(*bound);
        }
        self.stretched = slow != Slow::NOT;
        Ok(self)
    }

    /// Which claims the row breaks, each in a few words.
    pub(super) fn broken_by(&self, row: &Row) -> Vec<String> {
        if !row.is_of_detector() {
            return row.answers().iter().flat_map(|answers| self.broken_answers(answers)).collect();
        }
        let mut broken = Vec::new();
        let measured = row.measured();
        let undetected = measured - row.detection().count();
        if !row.is_harmless() && !row.is_optional() && undetected > 0 {
            let limit = self.detects;
            broken.push(format!("{undetected} of {measured} not detected within {limit:?}"));
        }
        let detected = row.detection().count();
        let lost = detected - row.recovery().count();
        if lost > 0 {
            let limit = self.recovers;
            broken.push(format!("{lost} of {detected} not recovered within {limit:?}"));
        }
        if row.false_alarms() > 0 {
            broken.push(format!("{} of {measured} with a false alarm", row.false_alarms()));
        }
        broken
    }

    /// Which claims are broken by what was answered to one question.
    fn broken_answers(&self, answers: &Answers) -> Vec<String> {
        let (name, measured) = (Quoted(answers.question()), answers.measured());
        let mut broken = Vec::new();
        let mut note = |count: usize, what: String| {
            if count > 0 {
                broken.push(format!("{name}: {count} of {measured} {what}"));
            }
        };
        let odd = measured - answers.as_expected();
        let limit = answers.limit().unwrap_or(self.detects);
        match answers.expected() {
            _ if answers.is_always() => note(odd, "not well all the time".to_owned()),
            Expect::Kept => note(odd, "not kept".to_owned()),
            other => note(odd, format!("not {other} within {limit:?}")),
        }
        if !answers.is_always() {
            let limit = answers.limit().unwrap_or(self.recovers);
            let lost = measured - answers.recovery().count();
            note(lost, format!("not well within {limit:?} after it"));
        }
        note(answers.false_alarms(), "with a false alarm".to_owned());
        broken
    }

    /// Whether one trial is as claimed.
    pub(super) fn hold_for(&self, outcome: &Outcome, fault: &Fault, asked: &[Asked]) -> bool {
        match outcome {
            Outcome::NotApplicable => true,
            Outcome::Failed(_) => false,
            Outcome::Measured(measurement) => {
                asked.iter().zip(&measurement.seen).all(|(asked, seen)| {
                    let passed_by = fault.is_optional() && seen.detected.is_none();
                    let bears = fault.is_harmless() || passed_by;
                    let as_claimed = match asked.is_of_detector() {
                        true => bears || seen.recovered.is_some(),
                        false => seen.as_expected && (asked.always || seen.recovered.is_some()),
                    };
                    as_claimed && !seen.false_alarm
                })
            }
        }
    }
}

impl Claims {
    /// What is claimed, in a line below the table.
    pub(super) fn told(&self, asked: &[Asked]) -> String {
        let Self { detects, recovers, quiet, .. } = self;
        let detector = asked.iter().all(Asked::is_of_detector);
        let mut told = match detector {
            true => format!(
                "detects within {detects:?}, recovers within {recovers:?}, \
                 no false alarm in {quiet:?} before and after"
            ),
            false => format!(
                "as expected within {detects:?} of the fault, well within {recovers:?} after it, \
                 for {quiet:?} each"
            ),
        };
        for (name, limit) in asked.iter().filter_map(|asked| Some((&asked.name, asked.limit?))) {
            told.push_str(&format!("; {} within {limit:?}", Quoted(name)));
        }
        if self.stretched {
            told.push_str("; stretched by NETNS_TEST_SLOW");
        }
        told
    }
}
