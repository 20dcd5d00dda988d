use std::fmt;

/// What a fault does to the answer to a question, while it lasts.
///
/// An answer counts when it has stood for as long as [`Matrix::no_false_alarm_for`] says, and its time is
/// that at which it began; for [`Kept`](Self::Kept) each answer counts. Whatever is expected, all has to be
/// well again when the fault is over.
///
/// [`Matrix::no_false_alarm_for`]: super::Matrix::no_false_alarm_for
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// It stays as it is for as long as another one would have to be noticed: a minority that is cut off
    /// changes no leader.
    Kept,
    /// It is not well any more, within the limit: a minority takes no writes.
    Lost,
    /// It is another one, and well, within the limit: who leads, when the leader is cut off.
    Moved,
    /// It may be lost or be another one for a while, and is well at the limit: writes, when the leader is cut
    /// off from a majority.
    Regained,
    /// Anything: only the time after the fault matters. It is asked as long as others are.
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
