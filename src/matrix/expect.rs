use std::fmt;

/// What a fault should do to the answer to a question, while it lasts.
///
/// An answer counts once it has stood for as long as [`Matrix::no_false_alarm_for`] says, and its time is
/// that at which it began; for [`Kept`](Self::Kept) each answer counts. In every case all must be well
/// again when the fault is over.
///
/// [`Matrix::no_false_alarm_for`]: super::Matrix::no_false_alarm_for
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// It stays the same, for as long as a change would have to be noticed: cutting off a minority changes
    /// no leader.
    Kept,
    /// It is no longer well, within the limit: a minority accepts no writes.
    Lost,
    /// It is another one, and well, within the limit: who leads, when the leader is cut off.
    Moved,
    /// It may be lost or change for a while, and is well at the limit: writes, when the leader is cut off
    /// from a majority.
    Regained,
    /// Anything: only the time after the fault matters. The question is asked as long as others are.
    Any,
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "kept",
            Self::Lost => "lost",
            Self::Moved => "moved",
            Self::Regained => "regained",
            Self::Any => "any",
        })
    }
}
