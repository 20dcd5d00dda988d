use std::time::Duration;

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
    /// After how long the peer was considered dead, and whether it was at all.
    pub(super) detected: Option<Duration>,
    /// After how long it was considered alive again.
    pub(super) recovered: Option<Duration>,
    /// Whether it was considered dead when it was not.
    pub(super) false_alarm: bool,
    /// The longest time that the machine let pass between two looks.
    pub(super) longest_gap: Duration,
    /// How often it had been run before, and the machine stood still.
    pub(super) repeated: usize,
}

/// From the process of a trial to the one that runs the matrix.
impl Argument for Outcome {
    fn encode(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::NotApplicable => 0_u8.encode(bytes),
            Self::Failed(reason) => (1_u8, reason.clone()).encode(bytes),
            Self::Measured(measurement) => {
                let Measurement { detected, recovered, false_alarm, longest_gap, repeated } =
                    *measurement;
                (2_u8, (detected, recovered, false_alarm), longest_gap, repeated).encode(bytes);
            }
        }
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        match u8::decode(bytes)? {
            0 => Some(Self::NotApplicable),
            1 => String::decode(bytes).map(Self::Failed),
            2 => {
                let ((detected, recovered, false_alarm), longest_gap, repeated) =
                    Argument::decode(bytes)?;
                Some(Self::Measured(Measurement {
                    detected,
                    recovered,
                    false_alarm,
                    longest_gap,
                    repeated,
                }))
            }
            _ => None,
        }
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
        let measured = Measurement {
            detected: Some(Duration::from_micros(1_500)),
            false_alarm: true,
            longest_gap: Duration::from_secs(2),
            repeated: 3,
            ..Measurement::default()
        };
        let failed = Outcome::Failed("it hung".to_owned());
        for outcome in [Outcome::NotApplicable, failed, Outcome::Measured(measured)] {
            let mut bytes = Vec::new();
            outcome.encode(&mut bytes);
            assert_eq!(Outcome::decode(&mut &*bytes), Some(outcome));
        }
    }
}
