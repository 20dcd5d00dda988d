//! However it ends, all is healed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use netns_test::nemesis::{Kind, Nemesis, Running};
use netns_test::{Failure, Host, Net, Policy, Result, eventually, netns_test, take_panics};

use super::cluster::{Cluster, MS, endless, quick};

const LONG: Duration = Duration::from_secs(60);

/// One fault that lasts longer than the test, and is in effect.
fn outage(a: &Host, b: &Host, kind: Kind) -> Result<Running> {
    let running = endless(Nemesis::of([a, b]).with([kind]).faults(1)).begin()?;
    running.wait_for_fault()?;
    assert!(!reaches(a, b)? && !running.is_over());
    Ok(running)
}

fn reaches(a: &Host, b: &Host) -> Result<bool> {
    let mut inbox = b.bind_udp(0)?;
    inbox.set_deadline(50 * MS);
    // On a link that is cut there is no route.
    let sent = a.bind_udp(0)?.send_to(b"there?", inbox.addr());
    Ok(sent.is_ok() && inbox.recv_from().is_ok())
}

/// Who asked for a neighbour that was off asks again after a second.
fn comes_back(a: &Host, b: &Host) -> Result {
    eventually(5000 * MS, || reaches(a, b).unwrap())?;
    Ok(())
}

#[netns_test]
fn one_that_is_dropped_is_healed(a: Host, b: Host) -> Result {
    let begun = Instant::now();
    for kind in [Kind::block(Policy::drop()), Kind::cut(), Kind::power_off()] {
        drop(outage(&a, &b, kind)?);
        comes_back(&a, &b)?;
    }
    let running = outage(&a, &b, Kind::block(Policy::drop()))?;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _running = running;
        panic!("the test");
    }));
    assert!(panicked.is_err());
    comes_back(&a, &b)?;
    assert!(begun.elapsed() < LONG);
    Ok(())
}

/// One blocks two hosts while the other has frozen a third one, and each ends by itself.
#[netns_test]
fn two_that_overlap_are_both_healed(a: Host, b: Host, c: Host) -> Result {
    let mut cluster = Cluster::start([&c], &a)?;
    let blocks = outage(&a, &b, Kind::block(Policy::drop()))?;
    let freezes = endless(Nemesis::of([&c]).with([Kind::freeze()]).faults(1)).begin()?;
    freezes.wait_for_fault()?;
    assert!(!reaches(&a, &b)? && cluster.answering(1) == 0, "both are in effect");
    let [block] = &blocks.heal()?[..] else { panic!("it is one") };
    comes_back(&a, &b)?;
    assert_eq!(cluster.answering(1), 0, "it is frozen still");
    let [freeze] = &freezes.heal()?[..] else { panic!("it is one") };
    eventually(5000 * MS, || cluster.answering(1) == 1)?;
    assert!(block.began_at() < freeze.began_at() && freeze.began_at() < block.ended_at());
    assert!(block.ended_at() < freeze.ended_at());
    Ok(())
}

#[netns_test]
fn one_that_is_healed_says_what_was(a: Host, b: Host) -> Result {
    let running = outage(&a, &b, Kind::block(Policy::drop()))?;
    let told = running.to_string();
    assert!(told.contains(": in effect since "), "{told}");
    let [entry] = &running.heal()?[..] else { panic!("it is one") };
    assert!(entry.ended_at().unwrap() > entry.began_at().unwrap());
    comes_back(&a, &b)
}

/// What has not begun when it is healed never does.
#[netns_test]
fn what_was_to_come_does_not(net: Net, a: Host, b: Host) -> Result {
    let nemesis = Nemesis::of([&a, &b]).quiet_at_least(LONG).in_total(100 * LONG);
    let entries = nemesis.begin()?.heal()?;
    assert!(entries.iter().all(|one| one.began_at().is_none()));
    assert!(net.timeline().faults().iter().next().is_none());
    Ok(())
}

/// It is dropped while a fault is being made: that one is lifted as soon as it is in effect.
#[netns_test]
fn a_fault_that_begins_late_is_healed(net: Net, a: Host, b: Host) -> Result {
    let (asked, being_made) = channel();
    let (dropped_next, is_dropped_next) = channel::<()>();
    let is_dropped_next = Mutex::new(is_dropped_next);
    let late = Kind::between("late", move |host: &Host, peer| {
        asked.send(()).map_err(|_| "nobody looks")?;
        let is_dropped_next = is_dropped_next.lock().unwrap();
        is_dropped_next.recv()?;
        // The drop is the next thing that the test does, and it waits for this: nothing more comes.
        assert_eq!(is_dropped_next.recv_timeout(100 * MS), Err(RecvTimeoutError::Timeout));
        Ok(host.block(peer)?)
    });
    let running = endless(Nemesis::of([&a, &b]).with([late]).faults(1)).begin()?;
    being_made.recv()?;
    dropped_next.send(())?;
    drop(running);
    assert_eq!(net.timeline().faults().len(), 3, "it was asked for, in effect, lifted");
    comes_back(&a, &b)
}

/// A fault that cannot be made ends it, and whoever waits is told which it was.
#[netns_test]
fn a_fault_that_cannot_be_made_is_told(a: Host, b: Host) -> Result {
    let refused = Kind::new("refused", |_| -> Result<fn() -> Result> { Err(Failure::new("no")) });
    let nemesis = quick(Nemesis::of([&a]).with([refused]).faults(2));
    let cause = "cannot begin fault 1 of 2, refused at `a`: no";
    let running = nemesis.begin()?;
    let error = running.consistently(|| true).unwrap_err();
    assert_eq!(error.to_string(), cause);
    assert_eq!(running.entries()[0].error(), Some("no"));
    assert!(running.wait().unwrap_err().to_string().ends_with(cause));
    assert_eq!(nemesis.begin()?.wait_for_fault().unwrap_err().to_string(), cause);

    let stays = Kind::new("stays", |_| Ok(|| Err(Failure::new("it is stuck"))));
    let error = quick(Nemesis::of([&a]).with([stays]).faults(1)).draw()?.run().unwrap_err();
    assert_eq!(error.to_string(), "cannot heal fault 1 of 1, stays at `a`: it is stuck");

    let panics = Kind::new("panics", |_| -> Result<fn() -> Result> { panic!("oh") });
    let error = quick(Nemesis::of([&b]).with([panics]).faults(1)).draw()?.run().unwrap_err();
    assert_eq!(error.to_string(), "cannot begin fault 1 of 1, panics at `b`: it panicked: oh");
    assert_eq!(take_panics().len(), 1);
    Ok(())
}
