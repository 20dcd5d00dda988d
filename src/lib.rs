//! Integration tests on real, isolated networks.
//!
//! [`#[netns_test]`](macro@netns_test) gives each test its own hosts: network namespaces on the real
//! kernel, joined by veth pairs. The test connects them, sends, blocks and unblocks, and states what the
//! code under test must notice, and by when.
//!
//! ```no_run
//! use std::time::Duration;
//! use netns_test::{Host, Result, eventually, netns_test};
//!
//! #[netns_test]
//! fn what_was_sent_during_a_block_arrives_after_it(server: Host, client: Host) -> Result {
//!     let listener = server.listen(7000)?;
//!     let mut dialled = client.connect(listener.addr())?;
//!     let mut accepted = listener.accept()?;
//!
//!     let block = client.block(&server)?;
//!     dialled.send(b"during")?;
//!     eventually(Duration::from_secs(2), || block.packets() > 1)?;
//!
//!     block.unblock()?;
//!     assert_eq!(accepted.recv()?, b"during");
//!     Ok(())
//! }
//! ```
//!
//! # The parts, in the order in which a user meets them
//!
//! - **The test**: [`netns_test`](macro@netns_test), [`Result`], and [`FromNet`] for your own fixtures.
//! - **The network**: [`Host`], and [`Net`] for what the test's parameters cannot describe. A [`Link`] joins
//!   hosts; `println!("{net}")` draws them. A [`Topology`] has routers between LANs; [`Routed`],
//!   [`TwoSites`] and [`BehindNat`] are ready-made. [`Link::set_mtu`] lowers a link's MTU. Routers
//!   translate addresses ([`Host::set_nat`]) and forget connections ([`Host::forget_connections`]).
//!   Addresses and names move ([`Net::move_addr`], [`Net::assign_name`]).
//!   [`Host::run`], [`Host::run_async`], [`Host::spawn`] and [`Host::command`] run code in a host.
//! - **Processes**: [`Host::start`] runs a [`Program`] in a host and returns a [`Process`]: wait until it
//!   listens, stop it, kill it, restart it, or [freeze](Process::freeze) it.
//!   [`Host::start_fn`] runs a function of the test binary as a process. [`daemons`] shows how to start
//!   some real servers.
//! - **Traffic**: [`Host::listen`], [`Host::connect`], [`Host::bind_udp`] and their variants. Their
//!   errors are [`std::io::Error`], exactly as the kernel returned them.
//! - **Faults**: [`Host::block`] cuts two hosts off from each other; a [`Policy`] says how.
//!   [`Host::impair`] and [`Link::impair`] make a wire slow, lossy or narrow, as an [`Impairment`] says.
//!   [`Link::cut`] unplugs a host, and [`Host::power_off`] takes its power. [`Net::partition`] cuts sets of
//!   hosts off from each other, in the shape of a [`Split`]. Each fault has a [`Place`]. Dropping the guard
//!   of a fault lifts it.
//! - **Sockets**: [`Host::sockets`] lists them as `ss` does, with their timers and [`TcpInfo`];
//!   [`Host::established`] counts the connections that an eviction has to end.
//! - **Packets**: [`Host::capture`] and [`Net::capture`] return the packets that were sent, and whether
//!   each arrived, as a [`Capture`]. It has tcpdump-like filters, and can be written for Wireshark.
//! - **Timeline**: [`Net::timeline`] lists what was done and seen, and [`Net::mark`] adds to it.
//! - **Claims**: [`eventually`], [`consistently`], [`within`] and their async forms. A [`Claim`] adds a
//!   name, a clock that starts at an event, or another polling interval. The [`matrix`] tries one detector
//!   against every fault, and asks clusters several questions under partitions.
//! - **Faults over time**: a [`nemesis`] applies one fault after another, drawn from a seed, while the
//!   test claims what must hold whatever happens.
//!
//! The [`guide`] walks through all of it, and tells the story behind the crate. The [`cookbook`] has
//! recipes for what is tested most: eviction by heartbeat, keepalive, a pool, an election, a server that
//! hangs. Each recipe is a test that runs.
//!
//! # How things are named
//!
//! - Methods that wait for a condition begin with `wait_for`: [`Block::wait_for_hit`],
//!   [`Host::wait_for_sockets`], [`Host::wait_for_established`], [`Connection::wait_for_state`],
//!   [`Process::wait_for_port`]. Methods that act within a limit of their own end in `_within`, like
//!   [`Host::connect_within`]. [`eventually`], [`within`] and [`consistently`] are claims about any
//!   condition. The limit is the last argument, unless a closure is. Every wait has a limit: by default
//!   it is [`DEFAULT_DEADLINE`], which `set_deadline` changes for traffic. ([`nemesis::Running::wait`] ends
//!   with its schedule.)
//! - An async twin has the same name with `_async`. The methods of async types, such as
//!   [`AsyncConnection`], have the plain names.
//! - On a [`Net`], [`hosts`](Net::hosts) makes hosts and [`link`](Net::link) joins them;
//!   [`Net::host`], [`Net::all_hosts`] and [`Net::links`] return what is there. What a fixture needs in
//!   advance is added to its plan ([`Plan::add_host`]).
//! - Of the two hosts of a fault, the *host* is the one on which the method is called; the other is the
//!   *peer*.
//! - [`Sockets`], [`Capture`] and [`Timeline`] have filters that borrow and can be chained.
//!   An [`Error`] has predicates for the cases that callers tell apart.
//!
//! # How a test runs
//!
//! In the runner's process, the `#[test]` that the attribute writes starts the same test binary again,
//! for this one test, in its own namespaces: always network, PID and mount, and a user namespace where
//! privileges are missing otherwise. It relays the output, waits with a deadline, and turns
//! the end into a verdict. In the child, the same function makes the hosts and runs the body.
//! Everything that the test started ends with it, and the test ends with its runner. In the child no
//! signal is blocked, and SIGCHLD is not ignored, whatever the runner inherited.
//!
//! A test fails on a panic anywhere in its process, an `Err`, an abort, an exit, a signal or a timeout.
//! It also fails if it did not run at all. `#[should_panic]` accepts only a panic of the body, not one of
//! a thread, a task or a fixture.
//!
//! - **Panics** of threads and tasks count whatever the panic hook is, and `resume_unwind` counts
//!   as one. [`take_panics`] says how they are seen, and takes those that a test expects.
//! - **The test ends with its body.** What a thread or task does after the body has returned does not
//!   count: the process ends then, and how far a thread gets is unpredictable. Join whatever must not panic.
//! - **Only the process that began the test decides its verdict.** A child forked from it that
//!   leaves the body, by returning or by panicking, does not affect the verdict; it ends with status
//!   101. The test must wait for that status and check it, as for any process. A child that nobody
//!   waits for is ended with the test.
//!
//! # When a test fails
//!
//! It prints one report: where it failed and why, the network, the faults in effect with
//! their rules' counters, the timeline (repeated entries appear once), the sockets of each host, and
//! the last packets. It also leaves a folder in `netns-test` of the target folder (`CARGO_TARGET_DIR`),
//! named after the package, the binary and the test. The folder has the timeline, the packets for
//! Wireshark, and `report.html`, a sequence diagram of all that. The last five runs of a test are kept, and
//! those that are in use. Sockets and faults are recorded before the guards are dropped: when the test
//! panics, when an error leaves it by `?` as a [`Failure`], or when a claim is not met.
//!
//! # Environment variables
//!
//! | variable | what it does |
//! |---|---|
//! | `NETNS_TEST_REPORT` | `always`: tests that pass leave the folder too; `off`: no report at all; `failed`: the default |
//! | `NETNS_TEST_REPORT_DIR` | the folder for the reports, instead of `netns-test` in the target folder |
//! | `NETNS_TEST_PAUSE` | `1`: the network of a failed test stays, with its faults, until you end it; the test says how to enter the hosts. A test that panics is held before anything of it is dropped |
//! | `NETNS_TEST_SLOW` | a factor that stretches the upper bounds of claims on a slow machine |
//! | `NETNS_TEST_SEED` | the seed from which impaired wires draw which packets are lost, duplicated and so on, a [`nemesis`] its schedule, and [`Split::random`] its groups; a test that fails prints its seed |
//! | `NETNS_TEST_CAPTURE` | `off`: no packets are recorded; `on`: the default |
//!
//! An empty variable counts as not set. A switch with any other value is an error in each
//! test, which says what values it takes.
//!
//! # Features
//!
//! All but `rtnetlink` are on by default. Each can be switched off to compile less. A test
//! suite that uses this crate compiles 39 crates for it, and 13 without any feature, which takes two thirds of
//! the processor time.
//!
//! | feature | with it | without it |
//! |---|---|---|
//! | `tokio` | async tests, [`Host::spawn`] and everything async | tests are plain functions: an `async fn` is an error that names the feature |
//! | `iptables` | [`Backend::IptablesNft`] and [`Backend::IptablesLegacy`] | firewall rules are made by nftables only |
//! | `serial` | the option `serial`, and the locks of serial_test | the option is an error that names the feature |
//! | `netns-rs` | that crate opens and removes names in `/run/netns` | this crate does so itself: nothing else changes |
//! | `rtnetlink` | `Host::rtnetlink`, for devices and settings that this crate has no method for | the crate [`rtnetlink`](https://docs.rs/rtnetlink), a quarter of what there is to compile, is not needed |
//!
//! # Where there are no network namespaces
//!
//! On macOS, Windows and the BSDs the crate has the same interface (without the feature `rtnetlink`), so tests
//! compile and are type-checked. The runner lists each `#[netns_test]` as ignored, with the reason. Anything that is
//! called all the same, by `--ignored` or in an ordinary test, panics and says why.
//!
//! # What it needs
//!
//! Linux (tested on 6.18, and by hand on Debian's 6.1 and 6.12), and either user namespaces or root. The
//! README says how to get there on each system. A test that cannot have its sandbox fails, and prints the
//! one command that fixes it.
#![cfg_attr(docsrs, feature(doc_cfg))]

/// The attribute's code names the crate, and is used in its own tests as well.
#[cfg(test)]
extern crate self as netns_test;

// The parts of the library. Each uses only those above it: `tests/house.rs` checks that. The
// blank lines keep rustfmt from sorting them.

// What a system may lack.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/feature.rs")]
mod feature;

// What set-up returns when it fails: the operation, its cause, and the fix where one is known.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/error.rs")]
mod error;

// The two families of addresses, and what differs between them.
#[cfg(target_os = "linux")]
mod family;

// How mutexes are locked.
#[cfg(target_os = "linux")]
mod mutex;

// Raw system calls and the only `unsafe`; knows no type of the others.
#[cfg(target_os = "linux")]
mod sys;

// JSON as it is written: into the report, the timeline and the table of the matrix.
#[cfg(target_os = "linux")]
mod json;

// A user's words in a message, and the environment variables that are switches.
#[cfg(target_os = "linux")]
mod quoted;
#[cfg(target_os = "linux")]
mod variable;

// A netlink socket, and how messages are sent and answered.
#[cfg(target_os = "linux")]
mod netlink;

// rtnetlink(7): links, addresses, routes and neighbours as messages.
#[cfg(target_os = "linux")]
mod netlink_route;

// nftables over netlink: tables, chains, rules, sets and the expressions in rules.
#[cfg(target_os = "linux")]
mod nftables;

// The test's record, in order of time: its entries, its clock, the places of faults.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/record.rs")]
mod record;

// Where a test runs: its process, namespaces and mounts, its verdict, and what happens at its end.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/sandbox.rs")]
mod sandbox;

// The recording of frames: packet sockets in the hosts' namespaces, and what they captured.
#[cfg(target_os = "linux")]
mod tap;

// What is built: hosts, links, addresses, timers, the tasks of hosts.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/net.rs")]
mod net;

// What routers do to addresses: NAT, forwarded ports, and what they forget.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/nat.rs")]
mod nat;

// What a test returns: an error with the line of its `?`.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/failure.rs")]
mod failure;

// What the test does: listen, connect, send and receive, blocking and async; `TCP_INFO`.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/traffic.rs")]
mod traffic;

// What happened: the hosts' sockets and packets, and the timeline.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/observe.rs")]
mod observe;

// What runs in hosts: programs that are started, watched, stopped, killed and restarted.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/process.rs")]
mod process;

// What is claimed, and by when: `eventually`, `consistently`, `within`.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/liveness.rs")]
mod liveness;

// What goes wrong: blocks, their policies and scopes, and the rules that make them; wires that are
// impaired, and the relay that does it.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/fault.rs")]
mod fault;

// Whether a system has what it may lack: found out by trying.
#[cfg(target_os = "linux")]
mod probing;

// One detector against every fault: trials, the table of their times, the claims on it.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/matrix.rs")]
pub mod matrix;

// Faults over time: drawn, run alongside the test, healed at its end.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/nemesis.rs")]
pub mod nemesis;

// What a person sees when a test has failed: the text, the folder, the page.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/report.rs")]
mod report;

// What replaces them on other systems: the interface alone, so that tests compile.
#[cfg(not(target_os = "linux"))]
mod elsewhere;

// What `#[netns_test]` expands to.
#[cfg_attr(not(target_os = "linux"), path = "elsewhere/attribute.rs")]
mod attribute;

pub use error::Error;
pub use failure::{Failure, Result};
pub use fault::{
    Backend, Block, Counter, Cut, Distribution, ExplainedRule, Explanation, Freeze, IcmpKind,
    Impaired, Impairment, Kept, Loss, Notified, Observed, Partition, Policy, Ports, PowerOff, Rate,
    RejectWith, Rule, Split, WireCounts,
};
pub use feature::Feature;
pub use liveness::{Claim, Probe, consistently, eventually, since, within};
#[cfg(feature = "tokio")]
pub use liveness::{consistently_async, eventually_async, within_async};
pub use nat::{BehindNat, Forget, Nat};
#[cfg(feature = "tokio")]
pub use net::Task;
pub use net::{
    FromNet, Host, Link, Net, Plan, Routed, Subnet, TimerValues, Timers, Topology, TwoSites,
};
pub use netns_test_macros::netns_test;
pub use observe::{
    Capture, Endpoint, Netid, Packet, Socket, SocketTimer, Sockets, TcpFlags, Timeline,
};
pub use process::{Argument, Folder, Process, Program};
pub use record::{Place, TcpState};
#[cfg(all(feature = "rtnetlink", target_os = "linux"))]
pub use rtnetlink;
pub use sandbox::{Panic, program, take_panics};
#[cfg(feature = "tokio")]
pub use traffic::{
    AsyncConnection, AsyncDial, AsyncListener, AsyncUdpConnection, AsyncUdpEndpoint,
};
pub use traffic::{
    Connection, DEFAULT_DEADLINE, Dial, Listener, TcpInfo, UdpConnection, UdpEndpoint,
};

/// What a [`Timeline`] consists of.
pub mod timeline {
    pub use crate::record::{
        AddressPhase, ClaimPhase, Entry, Event, FaultPhase, ProcessPhase, Protocol, Verb,
    };
}

#[doc = include_str!("fault/observed.md")]
pub mod observed {}

#[doc = include_str!("process/observed.md")]
pub mod observed_of_processes {}

#[doc = include_str!("process/daemons.md")]
pub mod daemons {}

#[doc = include_str!("guide.md")]
pub mod guide {}

// Recipes: the files of examples/cookbook, exactly as they run.
pub mod cookbook;

/// What the attribute's code calls. Not part of the interface, and free to change.
#[doc(hidden)]
pub mod __private {
    pub use crate::attribute::run;
    pub use crate::net::{Fixtures, Parameter};
    #[cfg(feature = "tokio")]
    pub use crate::net::{block_on, block_on_threads};
    pub use crate::report::report_of_now;
    pub use crate::sandbox::{Case, DEFAULT_TIMEOUT};
}

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
