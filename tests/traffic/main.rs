//! What the traffic fixtures promise: TCP and UDP, blocking and async, with a deadline on all.
//!
//! Upper bounds are wide, for machines with other work to do; where a bound proves something, it
//! says what.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Connection, DEFAULT_DEADLINE, Host, Result, TcpState, netns_test};

mod asynchronous;
mod deadline;
mod dial;
#[path = "../support/mod.rs"]
mod support;
mod tcp;
mod udp;

use support::families::{addresses, families, has_file_of_names, has_ipv6};

/// A deadline that is meant to pass.
const SHORT: Duration = Duration::from_millis(150);
/// How much later an expired deadline may be noticed. Far below [`DEFAULT_DEADLINE`]: whatever
/// ignores the deadline that it is given is seen.
const GRACE: Duration = Duration::from_secs(5);
/// More than the buffers of both ends of a connection hold.
const TOO_MUCH: usize = 64 << 20;

/// On the hosts' link, and nobody's.
fn nobody() -> SocketAddr {
    ([10, 0, 0, 77], 80).into()
}

#[track_caller]
fn assert_passed(error: &io::Error, since: Instant, within: Duration) {
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert_eq!(error.raw_os_error(), None, "a deadline is no error of the kernel: {error}");
    let took = since.elapsed();
    assert!(took >= within && took < within + GRACE, "{took:?} for a deadline of {within:?}");
    assert!(error.to_string().contains(&format!("timed out after {within:?}")), "{error}");
}

fn connected(server: &Host, client: &Host) -> io::Result<(Connection, Connection)> {
    let listener = server.listen(0)?;
    let dialled = client.connect(listener.addr())?;
    Ok((listener.accept()?, dialled))
}

/// Waits until the peer's kernel has all that was sent.
fn settle(conn: &Connection) -> io::Result<()> {
    loop {
        let info = conn.info()?;
        if info.unacked == 0 && info.notsent == 0 {
            return Ok(());
        }
        thread::yield_now();
    }
}

/// The name by which a host is found; where the system has no file for names, its address.
fn name_of(host: &Host) -> String {
    if has_file_of_names() { host.name().to_owned() } else { host.ipv4().to_string() }
}
