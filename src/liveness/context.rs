use std::time::Instant;

/// What the network was doing since `since`: the faults, the traffic and the sockets between the
/// hosts, as lines that follow the message of a claim that was not met. Empty if nothing is known.
pub(super) fn context(since: Instant) -> String {
    crate::report::context(since)
}
