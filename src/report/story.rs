use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::snapshot::{self, Snapshot};
use crate::observe::Timeline;
use crate::record::clock;
use crate::sandbox::{Case, Verdict};
use crate::{Capture, Net, Packet, failure};

/// All that is known of a test when it is over.
pub(super) struct Story {
    /// Its name, as libtest lists it.
    pub(super) test: String,
    /// Its name and place.
    pub(super) place: String,
    pub(super) verdict: Verdict,
    /// The error that the body returned, as far as it is one of this crate's.
    returned: Option<String>,
    /// When it began, since 1970.
    pub(super) begun: Duration,
    /// How long it took until now.
    pub(super) length: Duration,
    /// When it failed, as the snapshot has it.
    pub(super) failed: Option<Duration>,
    pub(super) timeline: Timeline,
    pub(super) snapshot: Option<Arc<Snapshot>>,
    /// The packets of each net; none where they cannot be recorded.
    pub(super) captures: Vec<Capture>,
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
            returned: failure::last().filter(|_| *verdict == case.returned_an_error()),
            begun: now.saturating_sub(length),
            length,
            failed: failed.filter(|_| *verdict != Verdict::Passed),
            timeline: Timeline::of(|_| true),
            snapshot,
            captures: Net::all().iter().filter_map(|net| net.capture_at_rest().ok()).collect(),
        }
    }

    /// The packets of all nets, in the order of their time.
    pub(super) fn packets(&self) -> Vec<&Packet> {
        let mut all: Vec<&Packet> = self.captures.iter().flat_map(Capture::iter).collect();
        all.sort_by_key(|packet| packet.instant());
        all
    }

    /// The same captures, with what the hosts' kernels send for themselves.
    pub(super) fn whole_captures(&self) -> Vec<Capture> {
        self.captures.iter().map(Capture::with_housekeeping).collect()
    }

    /// How many packets the captures could not take, and how many they have let go.
    pub(super) fn missing(&self) -> [u64; 2] {
        [Capture::lost, Capture::discarded].map(|count| self.captures.iter().map(count).sum())
    }

    /// What failed, in the test's own words.
    pub(super) fn message(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Passed => None,
            Verdict::Failed(_) if self.returned.is_some() => self.returned.as_deref(),
            Verdict::Panicked(message) | Verdict::Failed(message) => Some(message),
        }
    }

    /// The moment that the report is about.
    pub(super) fn moment(&self) -> Duration {
        self.failed.unwrap_or(self.length)
    }
}
