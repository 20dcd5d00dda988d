//! The line at which a test failed, for its report.

use std::sync::Mutex;

use super::verdict::Verdict;
use crate::mutex::lock;

/// Where the body panicked last. It may have caught that.
static PANIC: Mutex<Option<String>> = Mutex::new(None);
/// Where that happened for which the test fails without a panic of its body.
static REASON: Mutex<Option<String>> = Mutex::new(None);

/// The body panics, at `file:line:column`.
pub(super) fn body_panics_at(spot: String) {
    *lock(&PANIC) = Some(spot);
}

/// The test is failed because of what is at `file:line:column`.
pub(crate) fn is_failed_at(spot: String) {
    *lock(&REASON) = Some(spot);
}

/// Where it failed, if that is known: an error that the body returned knows its own line.
pub(crate) fn spot_of(verdict: &Verdict) -> Option<String> {
    let known = match verdict {
        Verdict::Passed => return None,
        Verdict::Panicked(_) => &PANIC,
        Verdict::Failed(_) => &REASON,
    };
    lock(known).clone()
}
