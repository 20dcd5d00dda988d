//! Claims about time: what is met and what is missed, what a probe may do, and what is said of it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may")]

#[path = "claims/fixtures.rs"]
mod fixtures;
mod support;

use std::cell::Cell;
use std::future::pending;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{
    Claim, Error, Host, Net, Result, consistently, consistently_async, eventually,
    eventually_async, netns_test, since, within, within_async,
};
use support::runner::{Run, Source, fixture, run};

const SOURCE: Source =
    Source { path: "tests/claims/fixtures.rs", text: include_str!("claims/fixtures.rs") };

/// How much later than its time something may be on a machine that is busy with other tests.
const LATE: Duration = Duration::from_secs(2);

/// A probe that was asked in time may answer so long after the upper bound, as documented.
const ALLOWANCE: Duration = Duration::from_millis(20);

fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// A probe that holds from a point in time on.
fn from(time: Duration) -> impl FnMut() -> bool {
    let begun = Instant::now();
    move || begun.elapsed() >= time
}

/// What is said of a claim that is not met, without what the network was doing.
#[track_caller]
fn missed<T: std::fmt::Debug>(claim: Result<T, Error>) -> String {
    let text = claim.expect_err("it is not met").to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

/// What the text says between two pieces of it.
#[track_caller]
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let found = text.split_once(before).and_then(|(_, rest)| rest.split_once(after));
    found.unwrap_or_else(|| panic!("no `{before}` and `{after}` in `{text}`")).0
}

// What is met.

#[test]
fn what_holds_is_met_at_once() -> Result<(), Error> {
    let mut asked = 0;
    let mut holds = || {
        asked += 1;
        true
    };
    eventually(Duration::ZERO, &mut holds)?;
    eventually(Duration::MAX, &mut holds)?;
    within(Duration::ZERO..ms(1000), &mut holds)?;
    assert_eq!(asked, 3);
    Ok(())
}

#[test]
fn the_time_is_not_before_the_truth() -> Result<(), Error> {
    for time in [ms(1), ms(7), ms(40)] {
        let begun = Instant::now();
        let after = eventually(LATE, || begun.elapsed() >= time)?;
        // The clock of the claim began after this one.
        assert!(after <= begun.elapsed());
        let after = since(begun).within(Duration::ZERO..LATE, || begun.elapsed() >= time)?;
        assert!(after >= time && after <= begun.elapsed());
    }
    Ok(())
}

#[test]
fn some_and_ok_hold_and_none_and_err_do_not() -> Result<(), Error> {
    let mut numbers = [None, Some(1)].into_iter();
    eventually(LATE, || numbers.next().expect("it is asked twice"))?;
    let mut results = [Err("refused"), Ok(1)].into_iter();
    eventually(LATE, || results.next().expect("it is asked twice"))?;
    let missed = eventually(Duration::ZERO, || None::<u8>).unwrap_err().to_string();
    assert!(missed.contains(" and 1 try it is still None"), "{missed}");
    let missed = eventually(Duration::ZERO, || Err::<(), _>("refused")).unwrap_err().to_string();
    assert!(missed.contains(" and 1 try it is still Err: refused"), "{missed}");
    Ok(())
}

// What is missed, and in what words.

#[test]
fn what_never_holds_is_missed_in_time_and_asked_when_the_limit_has_passed() {
    let limit = ms(30);
    let (begun, last) = (Instant::now(), Cell::new(Duration::ZERO));
    let missed = eventually(limit, || {
        last.set(begun.elapsed());
        false
    });
    assert!(begun.elapsed() < limit + LATE);
    assert!(last.get() >= limit, "the last try is not before the limit");
    let text = missed.unwrap_err().to_string();
    let said = between(&text, "cannot see it hold within 30ms: after ", " it is still false");
    let (_time, tries) = said.split_once(" and ").expect("a time and a number");
    let tries: u32 = tries.trim_end_matches(" tries").parse().expect("a number");
    // One for each millisecond at most, and one more for the bound. A busy machine has fewer.
    assert!((2..=32).contains(&tries), "{text}");
}

#[test]
fn a_claim_has_a_name() {
    let missed = Claim::new("the peer is gone").within(ms(5)..ms(10), || false).unwrap_err();
    let text = missed.to_string();
    assert!(text.starts_with("cannot see `the peer is gone` within 5ms..10ms: after "), "{text}");
    let missed = Claim::new("the peer stays").consistently(ms(10), || false).unwrap_err();
    let text = missed.to_string();
    assert!(text.starts_with("cannot see `the peer stays` for 10ms: after "), "{text}");
    assert!(text.ends_with(" it is false (1 try)"), "{text}");
}

#[test]
fn what_holds_too_early_is_missed_at_once() {
    let begun = Instant::now();
    let missed = within(LATE..2 * LATE, || true).unwrap_err().to_string();
    assert!(begun.elapsed() < LATE, "it waited for the lower bound");
    assert!(missed.starts_with("cannot see it hold within 2s..4s: it holds after "), "{missed}");
    assert!(missed.ends_with(" already (1 try)"), "{missed}");
}

/// It held at some time while it was asked, and that may have been before the lower bound.
#[test]
fn a_probe_that_is_asked_before_the_lower_bound_and_answers_after_it_proves_nothing() {
    let missed = within(ms(50)..LATE, || {
        thread::sleep(ms(100));
        true
    });
    let text = missed.unwrap_err().to_string();
    assert!(text.contains(": it may have held before 50ms: it was first asked after "), "{text}");
    // When it answered shows that it was the probe that took the time.
    between(&text, " and answered after ", ", and held");
}

#[test]
fn a_probe_that_keeps_the_claim_from_asking_at_the_lower_bound_proves_nothing() {
    let (mut first, begun) = (true, Instant::now());
    let missed = within(ms(50)..LATE, || {
        if std::mem::take(&mut first) {
            thread::sleep(ms(100));
            return false;
        }
        begun.elapsed() >= ms(20)
    });
    let text = missed.unwrap_err().to_string();
    assert!(text.contains(": it may have held before 50ms: it was asked after "), "{text}");
    between(&text, " and refused after ", ", then asked after ");
}

/// A probe that is the request itself: the message shows that it was pending over the lower bound.
#[netns_test]
async fn an_async_probe_that_is_pending_over_the_lower_bound_is_told_with_both_times() {
    let missed = within_async(ms(20)..LATE, async || {
        tokio::time::sleep(ms(60)).await;
        true
    });
    let text = missed.await.unwrap_err().to_string();
    let said =
        between(&text, ": it may have held before 20ms: it was first asked after ", ", and held");
    let (asked, answered) = said.split_once(" and answered after ").expect("both times");
    assert!(asked.ends_with("µs") || asked.ends_with("ms"), "{text}");
    assert!(answered.ends_with("ms") && answered != asked, "{text}");
}

/// What is true long after the limit is not true within it.
#[test]
fn an_answer_that_comes_too_late_does_not_count() {
    let slow = |answer| {
        move || {
            thread::sleep(ms(100) + ALLOWANCE);
            answer
        }
    };
    let text = eventually(ms(50), slow(true)).unwrap_err().to_string();
    between(&text, "within 50ms: it holds after ", " only (1 try, the last asked after ");
    let text = eventually(ms(50), slow(false)).unwrap_err().to_string();
    assert!(text.contains(" and 1 try it is still false (asked last after "), "{text}");
    let mut answers = [false, true].into_iter();
    let text = eventually(ms(50), || {
        let answer = answers.next().expect("it is asked twice");
        if answer {
            thread::sleep(ms(100) + ALLOWANCE);
        }
        answer
    });
    let text = text.unwrap_err().to_string();
    between(&text, "within 50ms: it holds after ", " only (2 tries, the last asked after ");
}

#[test]
fn no_time_between_the_bounds_is_an_error_and_nobody_is_asked() {
    let asked = || -> bool { unreachable!("it is not asked") };
    for time in [ms(2)..ms(1), ms(2)..ms(2), Duration::MAX..ms(1)] {
        let text = within(time.clone(), asked).unwrap_err().to_string();
        let cause = "the lower bound is not below the upper one";
        assert_eq!(text, format!("cannot see it hold within {time:?}: {cause}"));
    }
}

// All the time.

#[test]
fn what_holds_all_the_time_is_watched_to_the_end() -> Result<(), Error> {
    let (begun, last) = (Instant::now(), Cell::new(Duration::ZERO));
    consistently(ms(30), || {
        last.set(begun.elapsed());
        true
    })?;
    assert!(last.get() >= ms(30));
    Ok(())
}

#[test]
fn what_stops_to_hold_is_missed_at_once() {
    let begun = Instant::now();
    let text = consistently(2 * LATE, || begun.elapsed() < ms(20)).unwrap_err().to_string();
    assert!(begun.elapsed() < ms(20) + LATE);
    assert!(text.starts_with("cannot see it hold for 4s: after "), "{text}");
}

/// It would have been asked once more, but its answer covers the end.
#[test]
fn a_probe_that_is_being_asked_when_the_time_ends_may_finish() -> Result<(), Error> {
    let mut asked = 0;
    consistently(ms(20), || {
        asked += 1;
        thread::sleep(ms(60));
        true
    })?;
    assert_eq!(asked, 1);
    Ok(())
}

// Since when.

#[test]
fn a_clock_starts_at_an_event() -> Result<(), Error> {
    let event = Instant::now();
    thread::sleep(ms(30));
    let after = since(event).eventually(LATE, || true)?;
    assert!(after >= ms(30));
    let missed = since(event).within(LATE..2 * LATE, || true).unwrap_err().to_string();
    between(&missed, "cannot see it hold within 2s..4s, counted from ", " before it was claimed: ");
    Ok(())
}

#[test]
fn a_claim_that_begins_after_its_bounds_asks_once_and_says_so() {
    let long_ago = Instant::now();
    thread::sleep(ms(50) + ALLOWANCE);
    for holds in [true, false] {
        let mut asked = 0;
        let missed = since(long_ago).eventually(ms(20), || {
            asked += 1;
            holds
        });
        let text = missed.unwrap_err().to_string();
        assert_eq!(asked, 1, "{text}");
        let said =
            if holds { ": it was first asked after " } else { " and 1 try it is still false" };
        assert!(text.contains(said), "{text}");
    }
    // It holds in time, but whether it did so before the lower bound nobody can tell.
    let text = since(long_ago).within(ms(20)..LATE, || true).unwrap_err().to_string();
    assert!(text.contains(": it may have held before 20ms: it was first asked after "), "{text}");
}

#[test]
fn a_clock_that_starts_in_the_future_is_waited_for() -> Result<(), Error> {
    let soon = Instant::now() + ms(50);
    let asked = Cell::new(None);
    since(soon).eventually(LATE, || {
        asked.set(Some(Instant::now()));
        true
    })?;
    assert!(asked.get() >= Some(soon));
    Ok(())
}

// How often.

#[test]
fn a_pace_of_ones_own_is_kept_and_the_bounds_are_asked_at_all_the_same() {
    let begun = Instant::now();
    let mut asked = Vec::new();
    let claim = Claim::new("it never holds").every(Duration::from_secs(3600));
    let missed = claim.within(ms(20)..ms(60), || {
        asked.push(begun.elapsed());
        false
    });
    assert!(missed.is_err());
    assert!(begun.elapsed() < ms(60) + LATE);
    // At once, just before the lower bound, at it, and at the upper one. A busy machine may be late
    // for one bound until the next.
    assert!((2..=4).contains(&asked.len()), "{asked:?}");
    assert!(asked.last() >= Some(&ms(60)), "{asked:?}");
}

/// A token of `unpark` is the test's own; a wait that uses park(3) would take it.
#[test]
fn waiting_takes_no_token_of_the_thread() {
    thread::current().unpark();
    assert!(eventually(ms(20), || false).is_err());
    let begun = Instant::now();
    thread::park_timeout(LATE);
    assert!(begun.elapsed() < LATE);
}

// A probe that waits.

#[netns_test]
fn traffic_in_a_probe_ends_with_the_claim(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut conn = client.connect(listener.addr())?;
    let _accepted = listener.accept()?;
    let inbox = server.bind_udp(7000)?;
    let block = server.block(&client)?;
    let begun = Instant::now();
    for text in [
        missed(eventually(ms(50), || conn.recv())),
        missed(eventually(ms(50), || listener.accept())),
        missed(eventually(ms(50), || inbox.recv_from())),
        missed(eventually(ms(50), || client.connect(listener.addr()))),
    ] {
        assert!(text.contains(": the time of the claim is over"), "{text}");
    }
    // Each would wait for ten seconds.
    assert!(begun.elapsed() < Duration::from_secs(20));
    block.unblock()?;
    // And outside of a probe nothing is cut short.
    let _conn = client.connect(listener.addr())?;
    assert_eq!(listener.accept()?.peer_addr().ip(), client.ipv4());
    Ok(())
}

#[netns_test]
fn a_claim_inside_a_probe_ends_with_the_one_around_it(server: Host, client: Host) -> Result {
    let block = server.block(&client)?;
    let begun = Instant::now();
    let text = eventually(ms(50), || eventually(Duration::from_secs(30), || false)).unwrap_err();
    let text = text.to_string();
    between(
        &text,
        "it is still Err: cannot see it hold within 30s: after ",
        " claim around it is over",
    );
    let text = eventually(ms(50), || block.wait_for_hit(Duration::from_secs(30))).unwrap_err();
    assert!(text.to_string().contains(" hit within 30s: "), "{text}");
    let text = eventually(ms(50), || consistently(Duration::from_secs(30), || true)).unwrap_err();
    assert!(text.to_string().contains("cannot see it hold for 30s: after "), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    Ok(())
}

#[netns_test]
fn a_claim_may_be_stated_inside_a_host(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let addr = listener.addr();
    client.run(|| eventually(LATE, || std::net::TcpStream::connect(addr)))?;
    Ok(())
}

/// The network is taken down under the claim.
#[netns_test]
fn a_claim_on_a_host_that_is_gone_is_missed_with_its_error() -> Result {
    let net = Net::new();
    let [server, client] = net.hosts(["server", "client"])?;
    let listener = server.listen(7000)?;
    let addr = listener.addr();
    drop((net, listener, server));
    let text = eventually(ms(50), || client.connect(addr)).unwrap_err().to_string();
    assert!(text.contains(" it is still Err: "), "{text}");
    Ok(())
}

// A probe that panics.

#[netns_test]
fn a_panic_of_a_probe_passes_through_and_leaves_nothing_behind(_server: Host) -> Result {
    for _ in 0..3 {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            eventually(ms(100), || -> bool { panic!("the probe crashed") })
        }));
        let said = panicked.expect_err("it panicked");
        assert_eq!(said.downcast_ref(), Some(&"the probe crashed"));
    }
    // Longer than the first claims would have been watched over.
    consistently(ms(1500), || true)?;
    Ok(())
}

// Async.

#[netns_test]
async fn an_async_claim_does_not_block_the_runtime(_server: Host) -> Result {
    let counted = Arc::new(AtomicU64::new(0));
    let counts = Arc::clone(&counted);
    let task = tokio::spawn(async move {
        loop {
            counts.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    let after = eventually_async(LATE, async || counted.load(Ordering::Relaxed) > 100).await?;
    assert!(after < LATE);
    // A pace without a pause lets others run as well.
    let before = counted.load(Ordering::Relaxed);
    let claim = Claim::new("others run").every(Duration::ZERO);
    claim.eventually_async(LATE, async || counted.load(Ordering::Relaxed) > before + 100).await?;
    task.abort();
    Ok(())
}

/// Tells when it is dropped.
struct Dropped<'a>(&'a Cell<Option<Instant>>);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.set(Some(Instant::now()));
    }
}

#[netns_test]
async fn an_async_probe_that_is_pending_is_dropped_in_time(_server: Host) -> Result {
    let (begun, dropped) = (Instant::now(), Cell::new(None));
    let missed = eventually_async(ms(50), async || -> bool {
        let _dropped = Dropped(&dropped);
        pending().await
    });
    let text = missed.await.unwrap_err().to_string();
    between(&text, "within 50ms: it has not answered in ", ", in the first try");
    let dropped = dropped.get().expect("it was dropped") - begun;
    assert!(dropped >= ms(50) && dropped < ms(50) + LATE, "{dropped:?}");
    Ok(())
}

#[netns_test]
async fn async_claims_demand_what_the_others_do(_server: Host) -> Result {
    let begun = Instant::now();
    let holds = async || begun.elapsed() >= ms(200);
    let after = within_async(ms(20)..LATE, holds).await?;
    assert!(after >= ms(190));
    let text = missed(within_async(LATE..2 * LATE, async || true).await);
    assert!(text.contains(": it holds after "), "{text}");
    consistently_async(ms(20), async || true).await?;
    let text = missed(consistently_async(ms(20), async || Err::<(), _>("gone")).await);
    assert!(text.ends_with(" it is Err: gone (1 try)"), "{text}");
    let claim = Claim::new("the peer is gone").since(begun);
    let text = missed(claim.eventually_async(ms(1), async || false).await);
    assert!(text.starts_with("cannot see `the peer is gone` within 1ms, counted from "));
    Ok(())
}

#[netns_test]
async fn async_traffic_in_a_probe_says_what_it_waited_for(server: Host, client: Host) -> Result {
    let listener = server.listen_async(7000).await?;
    let conn = client.connect_async(listener.addr()).await?;
    let conn = tokio::sync::Mutex::new(conn);
    let missed = eventually_async(ms(50), async || conn.lock().await.recv().await);
    let text = missed.await.unwrap_err().to_string();
    assert!(
        text.contains("cannot receive from 10.0.0.1:7000: the time of the claim is over"),
        "{text}"
    );
    Ok(())
}

#[netns_test]
async fn an_async_claim_may_be_made_in_a_task_of_a_host(server: Host) -> Result {
    let task = server.spawn(async {
        let seen = Arc::new(AtomicBool::new(false));
        let probe = move || {
            let seen = Arc::clone(&seen);
            async move { seen.swap(true, Ordering::Relaxed) }
        };
        eventually_async(LATE, probe).await
    });
    task.await?;
    Ok(())
}

#[netns_test]
async fn an_async_claim_may_be_given_up(_server: Host) -> Result {
    let claim = eventually_async(Duration::from_secs(30), async || pending::<bool>().await);
    assert!(tokio::time::timeout(ms(50), claim).await.is_err());
    // Longer than a claim that still stood would be watched over, had it the same limit.
    consistently_async(ms(50), async || true).await?;
    Ok(())
}

// A machine that stands still.

/// The whole process is stopped while the claim is tried (signal(7)).
#[netns_test]
fn that_the_machine_stood_still_is_said_in_the_message(server: Host) -> Result {
    let stop = "read go; kill -STOP $PPID; sleep 0.3; kill -CONT $PPID";
    let stopped = || -> Result<String> {
        let mut stopper = server.command("sh");
        let mut stopper = stopper.args(["-c", stop]).stdin(Stdio::piped()).spawn()?;
        // Closed by the first try: before it, nothing would be missed.
        let mut go = stopper.stdin.take();
        let mut asked = Instant::now();
        let went_on = || {
            drop(go.take());
            std::mem::replace(&mut asked, Instant::now()).elapsed() < ms(200)
        };
        let claim = Claim::new("the test goes on").every(ms(10));
        let text = claim.consistently(Duration::from_secs(30), went_on).unwrap_err().to_string();
        stopper.wait()?;
        Ok(text)
    };
    let says_so = |text: &str| {
        let told = text.lines().nth(1).unwrap_or_default();
        told.starts_with("it could not be asked from ")
            && told.ends_with(": a busy machine, or a blocked runtime")
    };
    // Once in a while it is stopped while the probe is asked, and that is the probe's own time.
    let mut text = String::new();
    for _ in 0..5 {
        text = stopped()?;
        if says_so(&text) {
            return Ok(());
        }
    }
    panic!("{text}");
}

#[netns_test]
async fn that_the_runtime_was_blocked_is_said_in_the_message(_server: Host) -> Result {
    let blocking = tokio::spawn(async { thread::sleep(ms(300)) });
    let text = eventually_async(ms(100), async || false).await.unwrap_err().to_string();
    assert!(text.contains("\nit could not be asked from "), "{text}");
    blocking.await?;
    Ok(())
}

// Many at once, and on a busy machine.

#[test]
fn claims_of_many_threads_do_not_disturb_each_other() {
    thread::scope(|scope| {
        for number in 1..40 {
            scope.spawn(move || {
                let time = ms(number * 5);
                let mut probe = from(time);
                assert!(eventually(time + LATE, &mut probe).is_ok());
                assert!(eventually(ms(number), || false).is_err());
            });
        }
    });
}

/// Keeps all processors busy as long as it lives: by processes in a session of their own, as those
/// of another program would be.
///
/// Where the kernel shares processors out by session (sched(7), autogroup), one that has both
/// threads that never wait and threads that wait for a millisecond over and over keeps all others
/// waiting for seconds (seen with Linux 6.18), and the kernel's own threads as well.
struct Busy(Vec<Child>);

impl Busy {
    fn begin() -> io::Result<Self> {
        let processors = 0..thread::available_parallelism().map_or(2, usize::from);
        let spin = ["sh", "-c", "while :; do :; done"];
        let start = |_| Command::new("setsid").args(spin).spawn();
        Ok(Self(processors.map(start).collect::<io::Result<_>>()?))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        for process in &mut self.0 {
            // It is there until it is waited for.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Two hundred times each, in as many threads as the processors can serve. What holds a second after the lower bound, and seconds before the upper
/// one, is met unless the machine stands still for as long; what holds 20 ms too early never is,
/// however late the claim gets to ask.
#[netns_test]
fn on_a_busy_machine_no_bound_is_missed_and_nothing_is_red_that_is_in_time() -> Result {
    let _busy = Busy::begin()?;
    let wrong = Mutex::new(Vec::new());
    let threads = 20 * thread::available_parallelism()?.get().min(2);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..200 / threads {
                    let in_time = within(ms(20)..ms(1020) + LATE, from(ms(1020)));
                    let too_early = within(ms(30)..LATE, from(ms(10)));
                    let too_late = eventually(ms(10), from(ms(1010)));
                    let mut wrong = wrong.lock().expect("nobody panicked");
                    wrong.extend(in_time.err().map(|error| error.to_string()));
                    wrong.extend(too_early.ok().map(|time| format!("too early: {time:?}")));
                    wrong.extend(too_late.ok().map(|time| format!("too late: {time:?}")));
                }
            });
        }
    });
    assert_eq!(wrong.into_inner().expect("nobody panicked"), Vec::<String>::new());
    Ok(())
}

// A probe that hangs: the claim fails the test in its place.

/// Checks all cases at once: each waits for a runner, and hardly does anything.
fn each<T: Send, const N: usize>(cases: [T; N], check: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| check(case));
        }
    });
}

/// Runs a fixture whose probe hangs, and compares what is shown of it.
#[track_caller]
fn hangs(name: &str, operation: &str, after: &str) -> String {
    let begun = Instant::now();
    let shown = run(&mut fixture(&format!("fixtures::{name}"))).failure(&SOURCE);
    // Far less than the time-out of a test, or of a runner.
    assert!(begun.elapsed() < Duration::from_secs(20), "{shown}");
    let message = format!("netns-test: cannot see {operation}: it has not answered in ");
    let said = between(&shown, &message, "\n").to_owned();
    assert!(said.contains(after), "{shown}");
    assert_eq!(shown.matches("netns-test: cannot see ").count(), 1, "it is said once: {shown}");
    shown
}

#[test]
fn a_probe_that_never_returns_fails_the_test_in_time_with_the_words_of_the_claim() {
    let first = ": it was asked after ";
    let second = ", in the last of 2 tries; the one before said Err: connection refused";
    let fixtures = [
        ("parks_for_ever", "`the peer is gone` within 100ms", first),
        ("loops_for_ever", "it hold within 100ms", first),
        ("locks_what_is_locked", "it hold within 50ms..100ms", first),
        ("reads_a_socket_of_std", "it hold within 100ms", first),
        ("hangs_while_it_is_to_hold_all_the_time", "it hold for 100ms", first),
        ("hangs_in_another_thread", "it hold within 100ms", first),
        ("blocks_the_runtime", "it hold within 100ms", first),
        ("hangs_at_the_second_try", "it hold within 100ms", second),
    ];
    each(fixtures, |(name, operation, after)| {
        hangs(name, operation, after);
    });
}

#[test]
fn the_message_names_the_line_of_the_claim() {
    let shown = hangs("parks_for_ever", "`the peer is gone` within 100ms", ", in the first try");
    let line = r#"  at fixtures.rs:`Claim::new("the peer is gone").eventually(LIMIT, || -> bool { park() })?;`"#;
    assert!(shown.lines().any(|shown| shown == line), "{shown}");
    let shown = hangs("blocks_the_runtime", "it hold within 100ms", ", in the first try");
    let line = "  at fixtures.rs:`eventually_async(LIMIT, async || -> bool { park() }).await?;`";
    assert!(shown.lines().any(|shown| shown == line), "{shown}");
}

#[test]
fn what_was_written_before_is_shown_although_the_streams_are_locked() {
    let shown = hangs("holds_the_standard_streams", "it hold within 100ms", "");
    for line in ["a line before", "a line on stdout", "a line on stderr"] {
        assert!(shown.lines().any(|shown| shown == line), "{shown}");
    }
}

#[test]
fn of_claims_inside_each_other_one_fails_the_test() {
    hangs("hangs_in_a_claim_inside_a_claim", "it hold within 100ms", "");
}

#[test]
fn a_pending_future_is_dropped_and_the_test_goes_on_to_its_own_end() {
    for name in ["is_pending_for_ever", "is_pending_while_it_is_to_hold_all_the_time"] {
        let shown = run(&mut fixture(&format!("fixtures::{name}"))).failure(&SOURCE);
        assert!(shown.starts_with("Error: cannot see it hold "), "{shown}");
        assert!(shown.contains(": it has not answered in "), "{shown}");
        assert!(shown.contains(") returned an error"), "{shown}");
    }
}

#[test]
fn a_claim_that_fails_is_not_the_expected_panic() {
    let shown = hangs("should_panic_and_parks_for_ever", "it hold within 100ms", "");
    assert!(shown.contains("was expected to panic, and this is no panic"), "{shown}");
    let name = "fixtures::should_panic_and_the_claim_fails";
    let shown = run(&mut fixture(name)).failure(&SOURCE);
    assert!(shown.contains("was expected to panic, and this is no panic"), "{shown}");
}

#[test]
fn a_panic_of_a_probe_is_the_tests_own() {
    run(&mut fixture("fixtures::should_panic_and_the_probe_does")).passed();
    let shown = run(&mut fixture("fixtures::panics_at_the_third_try")).failure(&SOURCE);
    let message =
        "netns-test: cannot see `the peer is gone` within 100ms: the probe panicked, asked after ";
    let said = between(&shown, message, "\n");
    assert!(said.ends_with(", in the last of 3 tries; the one before said false"), "{shown}");
    assert_eq!(shown.matches("panicked").count(), 2, "the panic and this line: {shown}");
    let shown = run(&mut fixture("fixtures::panics_in_an_async_probe")).failure(&SOURCE);
    assert!(shown.contains("within 100ms: the probe panicked, asked after "), "{shown}");
}

/// There is no verdict to be given, and nobody who captures: the process ends.
#[test]
fn outside_of_a_sandbox_a_probe_that_hangs_ends_the_process() {
    let Run { status, stdout, stderr } = run(&mut fixture("fixtures::hangs_outside_of_a_sandbox"));
    assert_eq!(status, 101);
    assert!(!stdout.contains("test result"), "{stdout}");
    let message = "netns-test: cannot see it hold within 100ms: it has not answered in ";
    assert!(stderr.starts_with(message), "{stderr}");
}

// Slow machines.

fn on_a_slow_machine(factor: &str) -> String {
    let mut runner = fixture("fixtures::three_claims");
    run(runner.env("NETNS_TEST_SLOW", factor)).failure(&SOURCE)
}

#[test]
fn a_slow_machine_stretches_upper_bounds_and_messages_say_so() {
    let shown = on_a_slow_machine("2.5");
    let printed = |line: &&str| line.starts_with("Ok(") || line.starts_with("Err(");
    let lines: Vec<_> = shown.lines().filter(printed).collect();
    let note =
        |bound| format!(" (the upper bound of {bound} was stretched 2.5 times by NETNS_TEST_SLOW)");
    // 900 ms are more than 600 ms, and less than 1500 ms.
    assert!(lines[0].starts_with("Ok("), "{shown}");
    // The lower bound is still the same.
    let early =
        format!("Err(cannot see it hold within 600ms..1.2s{}: it holds after ", note("1.2s"));
    assert!(lines[1].starts_with(&early), "{shown}");
    let never = "Err(cannot see `the peer is gone` within 300ms..600ms";
    assert!(lines[2].starts_with(&format!("{never}{}: after ", note("600ms"))), "{shown}");
    assert_eq!(lines[3], "Ok(())", "{shown}");
    // That it was met only thanks to the variable is said as well.
    let thanks = format!(" to see it hold within 600ms{}", note("600ms"));
    assert!(shown.contains("netns-test: it took "), "{shown}");
    assert!(shown.contains(&thanks), "{shown}");
}

#[test]
fn a_machine_that_is_not_slow_changes_nothing() {
    each(["", "1"], |factor| {
        let shown = on_a_slow_machine(factor);
        assert!(shown.contains("\nErr(cannot see it hold within 600ms: "), "{shown}");
        assert!(!shown.contains("NETNS_TEST_SLOW"), "{shown}");
    });
}

#[test]
fn a_factor_that_makes_no_sense_is_an_error_that_names_the_variable() {
    each(["fast", "0.5", "-1", "NaN", "inf"], |factor| {
        let shown = on_a_slow_machine(factor);
        let cause = format!("NETNS_TEST_SLOW is `{factor}`, and must be a number of at least 1");
        assert!(
            shown.contains(&format!("\nErr(cannot see it hold within 600ms: {cause}")),
            "{shown}"
        );
        // What has no upper bound does not ask for it.
        assert!(shown.contains("\nOk(())\n"), "{shown}");
    });
}

#[netns_test]
fn errors_of_traffic_come_through_as_they_are(server: Host, client: Host) -> Result {
    let mut last = None;
    let addr = (server.ipv4(), 7000);
    let missed = eventually(ms(20), || {
        let dialled = client.connect(addr);
        last = dialled.as_ref().err().map(io::Error::kind);
        dialled
    });
    assert_eq!(last, Some(io::ErrorKind::ConnectionRefused));
    let text = missed.unwrap_err().to_string();
    assert!(text.contains(" it is still Err: Connection refused (os error 111)"), "{text}");
    Ok(())
}
