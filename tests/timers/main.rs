//! A host's kernel has the times and limits that the test gave it; no other kernel has; and what
//! `Timers::fast` promises comes true.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{
    Connection, Error, Failure, Host, Listener, Net, Policy, Result, Rule, TimerValues, Timers,
    eventually, netns_test,
};

mod bad_input;
mod fast;
mod icmp;
#[path = "../support/mod.rs"]
mod support;
mod whose;

use nix::mount::{MsFlags, mount};
use nix::sys::socket::{setsockopt, sockopt::KeepAlive};
use support::families::{addresses, families};

/// For what comes by itself: the bound that is tested is another.
const LONG: Duration = Duration::from_secs(20);
/// For what is under way already, on a busy machine.
const SOON: Duration = Duration::from_secs(2);

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A connection, seen from both ends.
struct Ends {
    client: Connection,
    server: Connection,
}

/// Both families: the same promises hold for IPv6.
fn connected(client: &Host, listener: &Listener) -> Result<Vec<Ends>> {
    let connected = |addr| {
        let client = client.connect(addr)?;
        Ok(Ends { client, server: listener.accept()? })
    };
    addresses(listener).into_iter().map(connected).collect()
}

/// What the kernel says on `conn` when it gives it up, and when.
#[track_caller]
fn assert_times_out(conn: &mut Connection, since: Instant, bounds: Range<Duration>) {
    conn.set_deadline(LONG);
    let error = conn.recv().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ETIMEDOUT), "{error}");
    assert_between(since, bounds);
}

#[track_caller]
fn assert_between(since: Instant, bounds: Range<Duration>) {
    let after = since.elapsed();
    assert!(bounds.contains(&after), "it took {after:?}, not {bounds:?}");
}

/// How many TCP sockets of the host are in a state (enum in the kernel's include/net/tcp_states.h).
fn sockets_in(host: &Host, state: &str) -> usize {
    let table =
        |ipv6| if ipv6 { "/proc/thread-self/net/tcp6" } else { "/proc/thread-self/net/tcp" };
    let text = |ipv6| fs::read_to_string(table(ipv6)).unwrap();
    let text: String = host.run(|| families().map(text).collect());
    text.lines().filter(|line| line.split_whitespace().nth(3) == Some(state)).count()
}

const SYN_RECV: &str = "03";
const FIN_WAIT1: &str = "04";
const FIN_WAIT2: &str = "05";
