use std::time::Instant;

use crate::observe::Timeline;
use crate::record::fold::Folded;
use crate::sandbox;

/// How many lines of the timeline a claim's message has.
const ENTRIES: usize = 12;
/// What the parts of it begin with, a line each.
const TIMELINE: &str = "meanwhile, the timeline";
const SOCKETS: &str = "meanwhile, the sockets";
const WIRES: &str = "meanwhile, the wires";

/// What the network was doing since `since`: the timeline, the sockets between the hosts, and how
/// late the wires were, as lines that follow the message of a claim that was not met. Empty if nothing is known.
pub(super) fn context(since: Instant) -> String {
    let timeline = Timeline::of(|_| true).since(since);
    let entries = timeline.as_slice();
    let mut text = String::new();
    if !entries.is_empty() {
        let folded = Folded::of(entries, ENTRIES);
        text += &format!("{TIMELINE}{}:\n", folded.note());
        text.extend(folded.lines.iter().map(|line| format!("  {line}\n")));
    }
    let sockets = sandbox::sockets_of_now();
    if !sockets.trim().is_empty() {
        text += &format!("{SOCKETS}:\n");
        text.extend(sockets.lines().map(|line| format!("  {line}\n")));
    }
    // After the sockets, for which the network is looked at.
    if let Some(late) = sandbox::worst_lateness(since) {
        let late = late.as_secs_f64() * 1e3;
        text += &format!("{WIRES} were late by up to {late:.1} ms\n");
    }
    text.truncate(text.trim_end().len());
    text
}

/// A message without what the network was doing, which a report has at its own place.
pub(crate) fn without_context(message: &str) -> String {
    let mut inside = false;
    let mut kept = Vec::new();
    for line in message.lines() {
        inside = [TIMELINE, SOCKETS, WIRES].iter().any(|part| line.starts_with(part))
            || (inside && line.starts_with("  ") && !is_place(line));
        if !inside {
            kept.push(line);
        }
    }
    kept.join("\n")
}

/// Whether it is the line of the test that follows a message (`  at tests/t.rs:3:5`).
fn is_place(line: &str) -> bool {
    line.starts_with("  at ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_can_be_read_without_its_context() {
        let message = "cannot see it hold within 1s: after 1s it is still false\n\
            meanwhile, the timeline (1,539 entries):\n  0.1  client  tcp connect\n\
            meanwhile, the sockets:\n  server\n  State\n\
            meanwhile, the wires were late by up to 0.3 ms\n  at tests/t.rs:3:5\n  and a line of its own";
        assert_eq!(
            without_context(message),
            "cannot see it hold within 1s: after 1s it is still false\n  at tests/t.rs:3:5\n  \
             and a line of its own"
        );
        for message in ["", "one line", "assertion failed\n  left: 1\n right: 2"] {
            assert_eq!(without_context(message), message);
        }
    }
}
