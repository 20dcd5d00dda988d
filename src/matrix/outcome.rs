use std::time::Duration;

use super::answer::Answer;
use crate::{Argument, Error, Failure};

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Measured(Measurement),
    /// The fault is none for this detector.
    NotApplicable,
    /// It could not be carried out, for this reason.
    Failed(String),
}

/// What one trial showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Measurement {
    /// Of each question; a detector is asked one.
    pub(super) seen: Vec<Seen>,
    /// The longest time that the machine let pass between two looks.
    pub(super) longest_gap: Duration,
    /// How often it had been run before, and the machine stood still.
    pub(super) repeated: usize,
}

/// What one question showed in a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// After how long it was answered as a fault has it, and whether it was at all: the peer was
    /// considered dead.
    pub(super) detected: Option<Duration>,
    /// After how long all was well again.
    pub(super) recovered: Option<Duration>,
    /// Whether it was answered as under a fault when there was none.
    pub(super) false_alarm: bool,
    /// Whether it was answered as expected while the fault lasted.
    pub(super) as_expected: bool,
    /// The answers: before, while it lasted, and after.
    pub(super) said: Vec<Answer>,
}

/// From the process of a trial to the one that runs the matrix.
impl Argument for Outcome {
    fn encode(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::NotApplicable => 0_u8.encode(bytes),
            Self::Failed(reason) => (1_u8, reason.clone()).encode(bytes),
            Self::Measured(measurement) => {
                let Measurement { seen, longest_gap, repeated } = measurement.clone();
                (2_u8, seen, longest_gap, repeated).encode(bytes);
            }
        }
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        match u8::decode(bytes)? {
            0 => Some(Self::NotApplicable),
            1 => String::decode(bytes).map(Self::Failed),
            2 => {
                let (seen, longest_gap, repeated) = Argument::decode(bytes)?;
                Some(Self::Measured(Measurement { seen, longest_gap, repeated }))
            }
            _ => None,
        }
    }
}

impl Argument for Seen {
    fn encode(&self, bytes: &mut Vec<u8>) {
        let Self { detected, recovered, false_alarm, as_expected, said } = self.clone();
        ((detected, recovered), (false_alarm, as_expected), said).encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let ((detected, recovered), (false_alarm, as_expected), said) = Argument::decode(bytes)?;
        Some(Self { detected, recovered, false_alarm, as_expected, said })
    }
}

/// Why a trial ended early.
pub(super) struct Cut(String);

impl Cut {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    pub(super) fn into_reason(self) -> String {
        self.0
    }
}

impl From<Error> for Cut {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// What the user's own code returned, with its line.
impl From<Failure> for Cut {
    fn from(failure: Failure) -> Self {
        Self(format!("{failure}, at {}", failure.location()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_survives_the_way_between_processes() {
        let seen = Seen {
            detected: Some(Duration::from_micros(1_500)),
            false_alarm: true,
            said: vec![Answer::from(Some("a")), Answer::from(false)],
            ..Seen::default()
        };
        let measured = Measurement {
            seen: vec![seen.clone(), Seen { as_expected: true, ..seen }],
            longest_gap: Duration::from_secs(2),
            repeated: 3,
        };
        let failed = Outcome::Failed("it hung".to_owned());
        for outcome in [Outcome::NotApplicable, failed, Outcome::Measured(measured)] {
            let mut bytes = Vec::new();
            outcome.encode(&mut bytes);
            assert_eq!(Outcome::decode(&mut &*bytes), Some(outcome));
        }
    }
}
