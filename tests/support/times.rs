//! How long things may take.

use std::time::Duration;

/// Far more than anything here takes, also on a busy machine. It bounds what must happen.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);
/// A SYN that was lost is repeated after 1 s: what takes less was decided by the first one.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(900);
/// The third SYN goes out 2 s after the first one: what takes less was decided by the second one, which is
/// what an ICMP error may need.
pub(crate) const SECOND_SYN: Duration = Duration::from_millis(1900);
