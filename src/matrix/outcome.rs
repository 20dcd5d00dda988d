use std::time::Duration;

use crate::{Error, Failure};

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
