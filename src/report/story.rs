use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::snapshot::{self, Snapshot};
use crate::liveness::without_context;
use crate::observe::Timeline;
use crate::record::clock;
use crate::sandbox::{self, Case, Verdict};
use crate::{Capture, Net, Packet, failure};

/// All that is known of a test when it is over.
pub(super) struct Story {
    pub(super) case: Case,
    /// Its name, as libtest lists it.
    pub(super) test: String,
    pub(super) verdict: Verdict,
    /// What failed, in the test's own words, without what the network was doing.
    message: Option<String>,
    /// The line where it failed, as `file:line:column`, if it is known.
    pub(super) spot: Option<String>,
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
        // The error that the body returned, as far as it is one of this crate's.
        let returned = failure::last().filter(|_| *verdict == case.returned_an_error());
        let (message, spot) = match (verdict, returned) {
            (Verdict::Passed, _) => (None, None),
            (_, Some(told)) => (Some(told.words), Some(told.spot)),
            (Verdict::Panicked(message) | Verdict::Failed(message), None) => {
                (Some(message.clone()), sandbox::spot_of(verdict))
            }
        };
        let nets = Net::all();
        let gone = snapshot.iter().flat_map(|snapshot| snapshot.captures_besides(&nets));
        let mut captures: Vec<Capture> = gone.cloned().collect();
        captures.extend(nets.iter().filter_map(|net| net.capture_at_rest().ok()));
        Self {
            case: *case,
            test: case.libtest_name(),
            verdict: verdict.clone(),
            message: message.as_deref().map(without_context),
            spot,
            begun: now.saturating_sub(length),
            length,
            failed: failed.filter(|_| *verdict != Verdict::Passed),
            timeline: Timeline::of(|_| true),
            snapshot,
            captures,
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
        self.message.as_deref()
    }

    /// The command that runs this test again.
    pub(super) fn command(&self) -> String {
        let package = self.case.package.map(|name| format!("-p {name} ")).unwrap_or_default();
        // A test that is marked as ignored was asked for as well.
        format!("cargo test {package}{} -- --exact --include-ignored", self.test)
    }

    /// The moment that the report is about.
    pub(super) fn moment(&self) -> Duration {
        self.failed.unwrap_or(self.length)
    }
}
