//! The end of threads that work until somebody has seen enough.

use std::sync::atomic::{AtomicBool, Ordering};

/// Tells threads to stop when it is dropped, also by a panic: a scope waits for its threads.
pub(crate) struct Stop<'a>(pub(crate) &'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
