//! Datagrams that are told from each other.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that no other datagram of this test has.
pub(crate) fn unique() -> [u8; 8] {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed).to_be_bytes()
}
