use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::snapshot::{self, Snapshot};
use crate::observe::{Timeline, clock};
use crate::sandbox::{Case, Verdict};

/// All that is known of a test when it is over.
pub(super) struct Story {
    /// Its name, as libtest lists it.
    pub(super) test: String,
    /// Its name and place.
    pub(super) place: String,
    pub(super) verdict: Verdict,
    /// When it began, since 1970.
    pub(super) begun: Duration,
    /// How long it took until now.
    pub(super) length: Duration,
    /// When it failed, as the snapshot has it.
    pub(super) failed: Option<Duration>,
    pub(super) timeline: Timeline,
    pub(super) snapshot: Option<Snapshot>,
}

impl Story {
    pub(super) fn of(case: &Case, verdict: &Verdict) -> Self {
        let snapshot = snapshot::newest();
        let length = clock::since_start(Instant::now());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let failed = snapshot.as_ref().map(|snapshot| clock::since_start(snapshot.at));
        Self {
            test: case.libtest_name(),
            place: case.to_string(),
            verdict: verdict.clone(),
            begun: now.saturating_sub(length),
            length,
            failed: failed.filter(|_| *verdict != Verdict::Passed),
            timeline: Timeline::of(|_| true),
            snapshot,
        }
    }

    /// What failed, in the test's own words.
    pub(super) fn message(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Passed => None,
            Verdict::Panicked(message) | Verdict::Failed(message) => Some(message),
        }
    }

    /// The moment that the report is about.
    pub(super) fn moment(&self) -> Duration {
        self.failed.unwrap_or(self.length)
    }
}
