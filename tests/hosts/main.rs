//! What hosts are: namespaces with names and addresses, joined by links that are ready at once; and
//! the ways to put code into them.
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket,
};
use std::os::unix::fs::MetadataExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Host, Net, Result, consistently, eventually, netns_test, take_panics};

mod addresses;
mod names;
mod nets;
mod processes;
mod readiness;
mod run;
#[path = "../support/mod.rs"]
mod support;
mod tasks;

use support::families::{addresses, can_run_with_ipv6, families, has_file_of_names, has_ipv6};
use support::times::LIMIT;

/// A SYN that is lost, because the link is not ready, is repeated after 1 s; likewise a request
/// for a neighbour. A first connect that takes less lost neither.
const WITHOUT_LOSS: Duration = Duration::from_millis(900);

/// The namespace of this thread, `net:[4026531840]`.
fn here() -> PathBuf {
    // Not /proc/self, which is the first thread of the process.
    fs::read_link("/proc/thread-self/ns/net").unwrap()
}

fn namespace_of(host: &Host) -> PathBuf {
    host.run(here)
}

/// Whether this sandbox may mount: without that there are no names, and nothing else is different.
/// Then a test of names claims that: see [`assert_unknown`].
fn may_mount(host: &Host) -> bool {
    match host.netns_path() {
        Ok(_) => true,
        Err(error) => {
            assert!(error.is_unsupported(), "{error}");
            false
        }
    }
}

/// Whether hosts have names: where the system has no file for names there is no place to mount
/// theirs.
fn has_names(host: &Host) -> bool {
    may_mount(host) && has_file_of_names()
}

/// Nobody of this name is found, and the error says that it is the name.
fn assert_unknown(from: &Host, name: &str) {
    let error = from.connect((name, 80)).unwrap_err();
    assert!(error.to_string().contains("lookup"), "{error}");
}

/// The first connect from one host to another, in both families.
#[track_caller]
fn assert_reaches(from: &Host, to: &Host) {
    let listener = to.listen(0).unwrap();
    for addr in addresses(&listener) {
        let begun = Instant::now();
        let dialled = from.connect(addr);
        let what = format!("from `{}` to `{}` at {addr}", from.name(), to.name());
        assert!(dialled.is_ok(), "{what}: {dialled:?}");
        assert!(begun.elapsed() < WITHOUT_LOSS, "{what}: {:?}", begun.elapsed());
    }
}
