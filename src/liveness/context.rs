use std::time::Instant;

use crate::observe::Timeline;
use crate::sandbox;

/// How many lines of the timeline a claim's message has.
const ENTRIES: usize = 12;

/// What the network was doing since `since`: the timeline and the sockets between the hosts, as
/// lines that follow the message of a claim that was not met. Empty if nothing is known.
pub(super) fn context(since: Instant) -> String {
    let timeline = Timeline::of(|_| true).since(since);
    let entries = timeline.as_slice();
    let shown = &entries[entries.len().saturating_sub(ENTRIES)..];
    let mut text = String::new();
    if !shown.is_empty() {
        text +=
            &format!("meanwhile, {} of {} entries of the timeline:\n", shown.len(), entries.len());
        text.extend(shown.iter().map(|entry| format!("  {entry}\n")));
    }
    let sockets = sandbox::sockets_of_now();
    if !sockets.trim().is_empty() {
        text += "sockets:\n";
        text.extend(sockets.lines().map(|line| format!("  {line}\n")));
    }
    text.truncate(text.trim_end().len());
    text
}
