//! The interface as a downstream crate uses it: what its types can do, what its errors tell apart,
//! what `?` takes, and what becomes of a task.
//!
//! Most of it is shown by compiling: with warnings of the compiler and of clippy as errors, as the
//! gate has them.
#![deny(unused_must_use, reason = "what a user may leave unused is a part of the interface")]
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error as StdError;
use std::fmt::Debug;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use netns_test::matrix::{Distribution, Fault, Matrix, Row, Table, Trial};
use netns_test::timeline::{ClaimPhase, Entry, Event, FaultPhase, ProcessPhase, Protocol, Verb};
use netns_test::{
    AsyncConnection, AsyncDial, AsyncListener, AsyncUdpConnection, AsyncUdpEndpoint, Backend,
    Block, Capture, Claim, Connection, Counter, Dial, Endpoint, Error, ExplainedRule, Explanation,
    Failure, Folder, Freeze, Host, IcmpKind, Kept, Link, Listener, Net, Netid, Notified, Observed,
    Packet, Panic, Place, Plan, Policy, Ports, Process, Program, RejectWith, Result, Routed, Rule,
    Socket, SocketTimer, Sockets, Subnet, Task, TcpFlags, TcpInfo, TcpState, Timeline, TimerValues,
    Timers, Topology, TwoSites, UdpConnection, UdpEndpoint, consistently, eventually,
    eventually_async, netns_test, within,
};

/// Far more than anything here takes, also on a busy machine. It bounds what must happen.
const LIMIT: Duration = Duration::from_secs(10);
/// For what must not happen, or has happened already.
const SHORT: Duration = Duration::from_millis(20);

/// Compiles if each of the types has the traits.
macro_rules! have {
    ($traits:path: $($type:ty),+ $(,)?) => {{
        fn has<T: $traits + ?Sized>() {}
        $(has::<$type>();)+
    }};
}

/// `Send`, `Sync` and `Debug` of all public types: of the traits' implementors, `Host` and `Net`
/// stand for [`netns_test::FromNet`], `bool` for `Probe`, closures for `Detector` and `Guard`.
macro_rules! all_types_have {
    ($traits:path) => {
        have!($traits:
            AsyncConnection, AsyncDial, AsyncListener, AsyncUdpConnection, AsyncUdpEndpoint,
            Backend, Block, Capture, Claim, Connection, Counter, Dial, Endpoint, Error,
            ExplainedRule, Explanation, Failure, Folder, Freeze, Host, IcmpKind, Kept, Link,
            Listener, Net, Netid, Observed, Packet, Panic, Place, Place<Host>, Plan, Policy,
            Ports, Process, Program, RejectWith, Rule, Socket, SocketTimer, Sockets, Subnet,
            Task<u8>, TcpFlags, TcpInfo, TcpState, Timeline, TimerValues, Timers, Notified,
            UdpConnection, UdpEndpoint, Distribution, Fault, Matrix, Row, Table, Trial,
            ClaimPhase, Entry, Event, FaultPhase, ProcessPhase, Protocol, Verb, Topology, Routed, TwoSites);
    };
}

trait Shared: Send + Sync + Unpin + Debug + 'static {}
impl<T: Send + Sync + Unpin + Debug + 'static> Shared for T {}

trait CarriedAcrossPanics: UnwindSafe + RefUnwindSafe {}
impl<T: UnwindSafe + RefUnwindSafe> CarriedAcrossPanics for T {}

#[test]
fn all_types_can_be_sent_shared_and_printed() {
    all_types_have!(Shared);
}

#[test]
fn what_makes_a_network_and_its_faults_outlives_a_panic() {
    have!(CarriedAcrossPanics:
        Block, Capture, Connection, Dial, Freeze, Host, Kept, Link, Listener, Net, Policy, Process,
        Rule, Sockets, Timeline, UdpConnection, UdpEndpoint);
}

#[netns_test]
fn a_host_is_used_in_a_closure_that_panics(server: Host, client: Host) {
    let panic = catch_unwind(|| {
        let _block = client.block(&server).unwrap();
        panic!("on purpose, of {}", client.name());
    });
    assert!(panic.is_err());
    // The block was lifted on the way out.
    let listener = server.listen(7000).unwrap();
    client.connect(listener.addr()).unwrap();
}

/// Clippy has something against keys with cells in them, and has nothing to say here.
#[netns_test]
fn hosts_and_links_are_keys(net: Net, server: Host, client: Host) -> Result {
    let roles = HashMap::from([(server.clone(), "server"), (client.clone(), "client")]);
    assert_eq!(roles[&net.host("client")?], "client");
    let links: HashSet<Link> = net.links().into_iter().chain(server.links()).collect();
    assert_eq!(links.len(), 1);
    let kinds: BTreeMap<IcmpKind, String> =
        IcmpKind::ALL.iter().map(|kind| (*kind, kind.to_string())).collect();
    assert_eq!(kinds[&IcmpKind::HostUnreachable], "icmp-host-unreachable");
    assert_eq!(net.all_hosts(), [server, client]);
    Ok(())
}

// --- errors ---

/// All predicates of an error: unsupported, permission denied, missed claim, timed out, lost fault.
fn told_apart(error: &Error) -> [bool; 5] {
    [
        error.is_unsupported(),
        error.is_permission_denied(),
        error.is_missed_claim(),
        error.is_timed_out(),
        error.is_lost_fault(),
    ]
}

#[netns_test]
fn a_missed_claim_is_told_apart() {
    let late = eventually(SHORT, || false).unwrap_err();
    let early = within(LIMIT..2 * LIMIT, || true).unwrap_err();
    let broken = consistently(LIMIT, || false).unwrap_err();
    let inside = eventually(SHORT, || eventually(LIMIT, || false)).unwrap_err();
    for missed in [late, early, broken, inside] {
        assert_eq!(told_apart(&missed), [false, false, true, false, false], "{missed}");
    }
    // It says nothing about the code under test.
    let upside_down = within(LIMIT..SHORT, || true).unwrap_err();
    assert_eq!(told_apart(&upside_down), [false; 5], "{upside_down}");
}

#[netns_test]
fn a_matrix_whose_claims_break_missed_them() -> Result {
    // An optimist: whatever happens, the peer is alive.
    let optimist = Matrix::new(|_| Ok(|| true)).against([Fault::policy(Policy::drop())]);
    let optimist = optimist.trials(1).no_false_alarm_for(SHORT).detects_within(SHORT);
    let missed = optimist.run().unwrap_err();
    assert_eq!(told_apart(&missed), [false, false, true, false, false], "{missed}");
    let fails = Matrix::new(|_| -> Result<fn() -> bool> { Err("it does not start")? });
    let failed = fails.against([Fault::nothing()]).trials(1).run().unwrap_err();
    assert_eq!(told_apart(&failed), [false; 5], "{failed}");
    Ok(())
}

#[netns_test]
fn a_wait_in_vain_is_told_apart(server: Host, client: Host) -> Result {
    let block = client.block(&server)?;
    let waits = [
        block.wait_for_hit(SHORT).unwrap_err(),
        client.wait_for_established(&server, 1, SHORT).unwrap_err(),
        client.wait_for_sockets(SHORT, |sockets| !sockets.is_empty()).unwrap_err(),
    ];
    for error in waits {
        assert_eq!(told_apart(&error), [false, false, false, true, false], "{error}");
        assert!(!error.to_string().contains("await"), "there is no runtime to be blocked: {error}");
    }
    Ok(())
}

#[netns_test]
fn what_is_lacking_is_told_apart(server: Host) {
    let error = server.exec("no-such-program", ["now"]).unwrap_err();
    assert_eq!(told_apart(&error), [true, false, false, false, false], "{error}");
    let error = Error::other("start the database", "its folder is not empty");
    assert_eq!(told_apart(&error), [false; 5]);
}

// --- `?` ---

/// As anyhow's error: not an error itself, but one can be made of it.
struct Likewise(&'static str);

impl From<Likewise> for Box<dyn StdError + Send + Sync> {
    fn from(error: Likewise) -> Self {
        error.0.into()
    }
}

#[test]
fn a_question_mark_takes_whatever_can_be_boxed() {
    fn text() -> Result {
        Err(format!("{} of {}", 1, 3))?
    }
    fn literal() -> Result {
        Err("one of three")?
    }
    fn boxed() -> Result {
        Err(Box::<dyn StdError + Send + Sync>::from("one of three"))?
    }
    fn likewise() -> Result {
        Err(Likewise("one of three"))?
    }
    fn of_the_system() -> Result {
        Err(io::Error::from(io::ErrorKind::ConnectionRefused))?
    }
    fn of_the_crate() -> Result {
        Err(Error::other("go on", "it is the end"))?
    }
    fn unsendable() -> Result {
        let error: Box<dyn StdError> = "one of three".into();
        Err(error).map_err(|error| error.to_string())?
    }
    assert_eq!(text().unwrap_err().to_string(), "1 of 3");
    for body in [literal, boxed, likewise, unsendable] {
        let failure = body().unwrap_err();
        assert_eq!(failure.to_string(), "one of three");
        assert!(format!("{failure:?}").contains("tests/interface.rs:"), "{failure:?}");
    }
    let kind = of_the_system().unwrap_err().downcast_ref::<io::Error>().map(io::Error::kind);
    assert_eq!(kind, Some(io::ErrorKind::ConnectionRefused));
    assert!(of_the_crate().unwrap_err().downcast_ref::<Error>().is_some());
}

// --- filters ---

/// Each leaves what it is called on as it is, so that an assertion can print the whole.
#[netns_test]
fn filters_read_alike(net: Net, server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut conn = client.connect(listener.addr())?;
    conn.send(b"hello")?;
    net.mark("sent");
    let (sockets, capture, timeline) = (client.sockets()?, client.capture()?, net.timeline());
    assert_eq!(sockets.tcp().dport(7000).sport(conn.local_addr().port()).len(), 1, "{sockets}");
    assert_eq!(sockets.filter(|socket| socket.peer.port() == 7000)[0], sockets.dport(7000)[0]);
    assert!(capture.tcp().dport(7000).from(&client).len() >= 2, "{capture}");
    assert!(capture.sport(7000).iter().all(|packet| packet.host() == "server"), "{capture}");
    let both = capture.sport(7000).len() + capture.dport(7000).len();
    assert_eq!(capture.port(7000).len(), both, "{capture}");
    let mark = timeline.marks()[0].clone();
    assert_eq!(timeline.filter(|entry| *entry == mark).as_slice(), [mark], "{timeline}");
    let now = Instant::now();
    assert_eq!(timeline.until(now).len() + timeline.since(now).len(), timeline.len(), "{timeline}");
    assert!(timeline.processes().is_empty() && timeline.faults().is_empty(), "{timeline}");
    Ok(())
}

// --- async ---

/// What runs is blocked as well: the hint says what to write instead.
#[netns_test]
async fn a_claim_that_blocks_the_runtime_says_what_to_await(server: Host, client: Host) -> Result {
    let done = Arc::new(AtomicBool::new(false));
    let task = Arc::clone(&done);
    let task = tokio::spawn(async move { task.store(true, Ordering::Relaxed) });
    let is_done = || done.load(Ordering::Relaxed);
    let block = client.block(&server)?;
    let blocked = [
        (eventually(SHORT, is_done).unwrap_err(), "eventually_async"),
        (within(SHORT..2 * SHORT, is_done).unwrap_err(), "within_async"),
        (consistently(SHORT, is_done).unwrap_err(), "consistently_async"),
        (block.wait_for_hit(SHORT).unwrap_err(), "wait_for_hit_async"),
        (client.wait_for_established(&server, 1, SHORT).unwrap_err(), "wait_for_established_async"),
        (
            client.wait_for_sockets(SHORT, |all| !all.is_empty()).unwrap_err(),
            "wait_for_sockets_async",
        ),
    ];
    for (error, form) in blocked {
        let help = format!(
            "\nhelp: this blocked the tokio runtime of its own thread and stopped its tasks: await `{form}`"
        );
        assert!(error.to_string().ends_with(&help), "{error}");
    }
    eventually_async(LIMIT, async || is_done()).await?;
    task.await?;
    Ok(())
}

#[netns_test]
async fn what_blocks_no_runtime_gets_no_hint(server: Host, client: Host) -> Result {
    let elsewhere = tokio::task::spawn_blocking(|| eventually(SHORT, || false)).await?;
    let error = elsewhere.unwrap_err();
    assert!(!error.to_string().contains("await"), "{error}");
    let block = client.block(&server)?;
    let error = block.wait_for_hit_async(SHORT).await.unwrap_err();
    assert!(error.is_timed_out() && !error.to_string().contains("await"), "{error}");
    let error = client.wait_for_established_async(&server, 1, SHORT).await.unwrap_err();
    assert!(error.is_timed_out() && !error.to_string().contains("await"), "{error}");
    let error = eventually_async(SHORT, async || false).await.unwrap_err();
    assert!(error.is_missed_claim() && !error.to_string().contains("await"), "{error}");
    Ok(())
}

#[netns_test]
async fn a_hit_is_awaited(server: Host, client: Host) -> Result {
    let block = client.block(&server)?;
    // Begun by a task of this very runtime, while the wait is on.
    let addr = server.addr(7000);
    let dialling = tokio::spawn(async move { client.dial_async(addr).await });
    assert!(block.wait_for_hit_async(LIMIT).await? < LIMIT);
    drop(dialling.await??);
    Ok(())
}

// --- tasks ---

/// Says when it is dropped: with the future that it is in.
struct Ending(std::sync::mpsc::Sender<&'static str>);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

#[netns_test]
fn a_task_runs_on_when_its_handle_is_dropped(server: Host, client: Host) -> Result {
    let serve = |listener: std::net::TcpListener| async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        while listener.accept().await.is_ok() {}
    };
    for (port, detach) in [(7000, false), (7001, true)] {
        let listener = server.run(|| std::net::TcpListener::bind(("0.0.0.0", port)))?;
        listener.set_nonblocking(true)?;
        match detach {
            true => server.spawn(serve(listener)).abort_on_drop().detach(),
            // No warning, and no name for what nobody asks.
            false => drop(server.spawn(serve(listener))),
        }
        client.connect((server.ipv4(), port))?;
    }
    server.spawn(async {});
    Ok(())
}

#[netns_test]
fn a_task_ends_with_its_handle_if_it_is_to(server: Host) -> Result {
    let (ended, end) = std::sync::mpsc::channel();
    let pending = |ending: Ending| async move {
        let _ending = ending;
        std::future::pending::<()>().await;
    };
    let kept = server.spawn(pending(Ending(ended.clone())));
    let aborted = server.spawn(pending(Ending(ended))).abort_on_drop();
    assert!(format!("{aborted:?}").contains("is_finished: false"), "{aborted:?}");
    drop(aborted);
    assert_eq!(end.recv_timeout(LIMIT)?, "dropped");
    assert!(end.try_recv().is_err() && !kept.is_finished(), "the other one runs on");
    kept.abort();
    assert_eq!(end.recv_timeout(LIMIT)?, "dropped");
    Ok(())
}
