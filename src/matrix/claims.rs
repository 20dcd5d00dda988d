use std::fmt;
use std::time::Duration;

use super::fault::Fault;
use super::outcome::Outcome;
use super::row::Row;
use crate::liveness::Slow;

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
    /// With the upper bounds stretched as this machine's environment asks for.
    ///
    /// # Errors
    ///
    /// Why the variable is no factor.
    pub(super) fn stretched(mut self) -> Result<Self, String> {
        let slow = Slow::of_environment()?;
        for bound in [&mut self.starts, &mut self.detects, &mut self.recovers] {
            *bound = slow.stretch(*bound);
        }
        self.stretched = slow != Slow::NOT;
        Ok(self)
    }

    /// Which claims the row breaks, each in a few words.
    pub(super) fn broken_by(&self, row: &Row) -> Vec<String> {
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

    /// Whether one trial is as claimed.
    pub(super) fn hold_for(&self, outcome: &Outcome, fault: &Fault) -> bool {
        match outcome {
            Outcome::NotApplicable => true,
            Outcome::Failed(_) => false,
            Outcome::Measured(measurement) => {
                let passed_by = fault.is_optional() && measurement.detected.is_none();
                let bears = fault.is_harmless() || passed_by;
                !measurement.false_alarm && (bears || measurement.recovered.is_some())
            }
        }
    }
}

impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { detects, recovers, quiet, .. } = self;
        write!(
            f,
            "detects within {detects:?}, recovers within {recovers:?}, \
             no false alarm in {quiet:?} before and after"
        )?;
        if self.stretched { f.write_str("; stretched by NETNS_TEST_SLOW") } else { Ok(()) }
    }
}
