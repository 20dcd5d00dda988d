//! What happens between the verdict of a test and the end of its process.

use std::fs::File;
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::{self, park};
use std::time::{Duration, Instant};

use super::case::Case;
use super::verdict::{Verdict, keep};
use crate::variable::Variable;

/// How long the report of a test may take. Its verdict has been given.
const PATIENCE: Duration = Duration::from_secs(20);

/// Has the network of a failed test kept, to be looked at.
pub(crate) const PAUSE: Variable = Variable { name: "NETNS_TEST_PAUSE", values: &["0", "1"] };

/// What others have to do with the end of a test: the sandbox knows neither networks nor reports.
pub(crate) struct Aftermath {
    /// Takes notice of the network at the moment of a failure, before the body is unwound.
    pub(crate) witness: fn(),
    /// The same for an error that may not be one of the test: they can come by the hundred.
    pub(crate) witness_error: fn(),
    /// Takes notice of the network now, and shows the sockets between the hosts.
    pub(crate) sockets: fn() -> String,
    /// How late the wires that there were since then have let packets go at worst, when notice was
    /// taken last.
    pub(crate) worst_lateness: fn(Instant) -> Option<Duration>,
    /// Whether there is anything to tell of a test that ended so.
    pub(crate) is_told: fn(&Case, &Verdict) -> bool,
    /// Tells how the test went, to people and in files.
    pub(crate) report: fn(&Case, &Verdict),
    /// The hosts that there are, with the descriptors of their namespaces.
    pub(crate) hosts: fn() -> Vec<(String, i32)>,
}

/// The test of this process.
static TEST: OnceLock<(Case, &Aftermath)> = OnceLock::new();

/// Whether this is the process of a test.
pub(crate) fn is_test() -> bool {
    TEST.get().is_some()
}

/// Makes `case` the test of this process.
pub(super) fn begin(case: &Case, aftermath: &'static Aftermath) {
    TEST.get_or_init(|| (*case, aftermath));
}

/// Whether the network of this test is kept if it fails. One that is expected to panic is not
/// stopped by its panic.
pub(crate) fn keeps() -> bool {
    let expected = TEST.get().is_none_or(|(case, _)| case.should_panic);
    !expected && PAUSE.is("1")
}

/// Whether the network is kept by now: nothing of it changes any more.
static HELD: AtomicBool = AtomicBool::new(false);

/// The network of a body that is failing is kept from now on.
pub(super) fn hold() {
    HELD.store(true, Ordering::SeqCst);
}

/// Whether the network is kept as it is: what would change it by itself is to stop.
pub(crate) fn is_held() -> bool {
    HELD.load(Ordering::SeqCst)
}

/// Something has failed, or is about to: the network is looked at as it is now.
pub(super) fn witness() {
    if let Some((_, aftermath)) = TEST.get() {
        (aftermath.witness)();
    }
}

/// An error is on its way, and may end the test.
pub(crate) fn witness_error() {
    if let Some((_, aftermath)) = TEST.get() {
        (aftermath.witness_error)();
    }
}

/// The sockets between the hosts, as lines. Empty outside of a test.
pub(crate) fn sockets_of_now() -> String {
    TEST.get().map(|(_, aftermath)| (aftermath.sockets)()).unwrap_or_default()
}

/// How late the wires have let packets go at worst that there were since then, when notice of the
/// network was taken last. `None` outside of a test, and without a wire.
pub(crate) fn worst_lateness(since: Instant) -> Option<Duration> {
    TEST.get().and_then(|(_, aftermath)| (aftermath.worst_lateness)(since))
}

/// Reports on a thread of its own: the body may hold what has to be asked, and never let go of it.
fn report(case: &'static Case, aftermath: &'static Aftermath, verdict: Verdict) {
    let (done, reported) = sync_channel(1);
    let report = move || {
        (aftermath.report)(case, &verdict);
        // Nobody waits any more if it took too long.
        let _ = done.send(());
    };
    if thread::Builder::new().name("netns-test report".to_owned()).spawn(report).is_ok() {
        let _ = reported.recv_timeout(PATIENCE);
    }
}

/// Reports, and keeps the network if it is to be looked at. The verdict has been given.
pub(super) fn follow(verdict: &Verdict, runner: &mut File) {
    let Some((case, aftermath)) = TEST.get() else { return };
    if (aftermath.is_told)(case, verdict) {
        report(case, aftermath, verdict.clone());
    }
    if *verdict == Verdict::Passed || !keeps() {
        return;
    }
    if runner.write_all(keep(&(aftermath.hosts)()).as_bytes()).is_ok() {
        // The runner ends it, with everything in it.
        loop {
            park();
        }
    }
}
