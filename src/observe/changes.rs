//! The states in which a host's sockets are seen, for the timeline.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use super::socket::{Netid, Socket};
use crate::mutex::lock;
use crate::record::Event;
use crate::{Host, TcpState};

/// The TCP connections of a host as they were seen last, by their ends.
#[derive(Default)]
struct Seen(Mutex<BTreeMap<(SocketAddr, SocketAddr), TcpState>>);

/// Records which connections have changed state since somebody looked last. Connections that are gone are
/// closed.
pub(super) fn note(host: &Host, sockets: &[Socket]) {
    let connections = sockets
        .iter()
        .filter(|socket| socket.netid != Netid::Udp && socket.peer.port() != 0)
        .map(|socket| ((socket.local, socket.peer), socket.state));
    let now: BTreeMap<_, _> = connections.collect();
    let seen = host.attached::<Seen>();
    let mut seen = lock(&seen.0);
    let gone = seen.keys().filter(|ends| !now.contains_key(ends));
    let closed = gone.map(|ends| (*ends, TcpState::Unconnected));
    let changed = now.iter().filter(|(ends, state)| seen.get(ends) != Some(state));
    for ((local, peer), state) in closed.chain(changed.map(|(ends, state)| (*ends, *state))) {
        host.note(Event::State { host: host.name().to_owned(), local, peer, state });
    }
    *seen = now;
}
