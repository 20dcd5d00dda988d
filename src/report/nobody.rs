//! Packets to addresses that nobody has: they left by the default route, into nowhere.

use std::fmt::Write;

use super::story::Story;
use crate::Packet;

/// As many destinations are named.
const MOST: usize = 8;

/// A line for each destination that no host has, in the order in which they were sent to first; `None`
/// if there is none.
///
/// An address with a digit too few, a name that resolves on the developer's machine, a port of a cloud's
/// metadata: in a sandbox nobody answers, and the test times out far from the cause.
pub(super) fn nobody(story: &Story) -> Option<String> {
    let mut all: Vec<(String, usize)> = Vec::new();
    for packet in story.packets().into_iter().filter(|packet| packet.is_to_nobody()) {
        let Some(what) = destination(packet) else { continue };
        match all.iter_mut().find(|(known, _)| *known == what) {
            Some((_, count)) => *count += 1,
            None => all.push((what, 1)),
        }
    }
    let mut text = String::new();
    for (what, count) in all.iter().take(MOST) {
        let _ =
            writeln!(text, "{what}: {count} {}", if *count == 1 { "packet" } else { "packets" });
    }
    match all.len().saturating_sub(MOST) {
        0 => {}
        more => {
            let _ = writeln!(text, "and {more} more");
        }
    }
    (!text.is_empty()).then_some(text)
}

/// For instance `client to 192.0.2.1, tcp port 80`.
fn destination(packet: &Packet) -> Option<String> {
    let mut text = format!("{} to {}", packet.host(), packet.dst()?);
    let protocol = match (packet.is_tcp(), packet.is_udp()) {
        (true, _) => "tcp",
        (_, true) => "udp",
        _ => return Some(text),
    };
    let _ = write!(text, ", {protocol} port {}", packet.dst_port()?);
    Some(text)
}
