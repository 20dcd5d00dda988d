//! The sockets of a host as the kernel lists them: what each fault and each end of a connection
//! looks like in the words of `ss`.
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use netns_test::{
    Connection, Host, Listener, Netid, Notified, Policy, Result, Socket, SocketTimer, Sockets,
    TcpInfo, TcpState, eventually, netns_test,
};

#[path = "sockets/ends.rs"]
mod ends;
#[path = "sockets/faults.rs"]
mod faults;
#[path = "sockets/lists.rs"]
mod lists;
mod support;
#[path = "sockets/waiting.rs"]
mod waiting;

use nix::sys::socket::{setsockopt, sockopt};
use support::families::{addresses, can_run_with_ipv6, has_ipv6};
use support::times::LIMIT;

/// A tick of the slowest kernel's clock, twice: times of timers are rounded to it.
const TICKS: Duration = Duration::from_millis(20);

/// A listener at `server`, and the two ends of a connection to it, the dialled one first.
fn connected(server: &Host, client: &Host) -> Result<(Listener, Connection, Connection)> {
    let listener = server.listen(7000)?;
    let dialled = client.connect(listener.addr())?;
    let accepted = listener.accept()?;
    Ok((listener, dialled, accepted))
}

/// The one socket of `at` with `peer`.
fn only(at: &Host, peer: &Host) -> Result<Socket> {
    let sockets = at.sockets()?.tcp().to(peer);
    assert_eq!(sockets.len(), 1, "{sockets}");
    Ok(sockets[0].clone())
}

/// The first of the sockets of which `wanted` is true, when there is one.
fn await_socket(host: &Host, mut wanted: impl FnMut(&Socket) -> bool) -> Result<Socket> {
    let mut found = None;
    host.wait_for_sockets(LIMIT, |sockets| {
        found = sockets.iter().find(|socket| wanted(socket)).cloned();
        found.is_some()
    })?;
    Ok(found.unwrap())
}
