use std::fmt;

/// What a fault should do to the answer to a question, while it lasts.
///
/// An answer counts once it has stood for as long as [`Matrix::no_false_alarm_for`] says, and its time is
/// that at which it began; for [`Kept`](Self::Kept) each answer counts. In every case all must be well
/// again when the fault is over.
///
/// [`Matrix::no_false_alarm_for`]: super::Matrix::no_false_alarm_for
///
/// A cluster whose leader is frozen gets another one, and takes writes again while the fault lasts:
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
/// let frozen = Fault::frozen()
///     .expects("who leads", Expect::Moved)
///     .expects("takes writes", Expect::Regained);
/// # let questions = Questions::of(Cluster::start).ask("who leads", Cluster::leader).ask("takes writes", Cluster::takes_writes);
/// # Matrix::asking(questions).against([frozen]).run()?;
/// # Ok(()) }
/// ```
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
    /// It may be lost or change for a while, and is well again within the limit, with the same word or
    /// another: writes, when the leader is cut off from a majority. If it does not change at all within the
    /// limit, that is as expected too.
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
