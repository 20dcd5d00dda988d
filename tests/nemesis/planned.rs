//! One fault, when its time has come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use netns_test::nemesis::Planned;
use netns_test::timeline::{Event, FaultPhase};
use netns_test::{Host, Net, Result, consistently, netns_test};

use super::cluster::MS;

#[netns_test]
fn a_fault_begins_when_its_condition_is_met_and_ends_by_itself(
    net: Net,
    a: Host,
    b: Host,
) -> Result {
    let now = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&now);
    let peer = b.clone();
    let outage = Planned::new("the leader is alone", &a, move |leader| Ok(leader.block(&peer)?))
        .when(5000 * MS, move || asked.load(Ordering::Relaxed))
        .lasting(100 * MS)
        .begin()?;
    consistently(20 * MS, || net.timeline().faults().iter().next().is_none())?;
    now.store(true, Ordering::Relaxed);
    let since = outage.wait_for_fault()?;
    outage.consistently(|| outage.entries()[0].began_at() == Some(since))?;
    let [entry] = &outage.wait()?[..] else { panic!("it is one") };
    assert_eq!((entry.began_at(), entry.begins(), entry.ends()), (Some(since), None, None));
    assert!(entry.ended_at().unwrap() >= since + 100 * MS);
    let faults = net.timeline().faults();
    let lifted = |event: &Event| matches!(event, Event::Fault { phase: FaultPhase::Lifted(_), .. });
    assert!(lifted(&faults.iter().last().unwrap().event));
    Ok(())
}

#[netns_test]
fn a_condition_that_never_comes_is_told(net: Net, a: Host, b: Host) -> Result {
    let never = Planned::new("the cut", &a, |host| Ok(host.links()[0].cut(host)?))
        .when(30 * MS, || false)
        .lasting(MS)
        .begin()?;
    let error = never.wait().unwrap_err();
    let told = "cannot begin the cut: its condition (tests/nemesis/planned.rs:";
    assert!(error.is_timed_out() && error.to_string().starts_with(told), "{error}");
    assert!(error.to_string().contains(") was not met within 30ms, asked "), "{error}");
    assert!(net.timeline().faults().iter().next().is_none());
    // Whoever no longer wants it does not wait for the limit.
    let waits = Planned::new("x", &b, |host| Ok(host.freeze()?));
    waits.when(Duration::from_secs(3600), || false).begin()?.heal()?;
    Ok(())
}

/// `Duration::MAX` is longer than any clock goes, and so the same as no time.
#[netns_test]
fn a_fault_that_lasts_as_long_as_can_be_stays_until_it_is_healed(a: Host, b: Host) -> Result {
    let begin = || {
        let peer = b.clone();
        let apart = Planned::new("apart", &a, move |host| Ok(host.block(&peer)?));
        apart.lasting(Duration::MAX).begin()
    };
    let outage = begin()?;
    let since = outage.wait_for_fault()?;
    let never = outage.wait().unwrap_err().to_string();
    assert!(never.ends_with("or end it by `Running::heal`"), "{never}");
    let outage = begin()?;
    assert!(outage.wait_for_fault()? > since);
    let [entry] = &outage.heal()?[..] else { panic!("it is one") };
    assert!(entry.ended_at().is_some());
    Ok(())
}

/// Without a time it stays, and whoever would wait for its end is told so.
#[netns_test]
fn a_fault_without_a_time_stays_until_it_is_healed(net: Net, a: Host, b: Host) -> Result {
    let peer = b.clone();
    let begin = || {
        let peer = peer.clone();
        Planned::new("apart", &a, move |host| Ok(host.block(&peer)?)).begin()
    };
    let outage = begin()?;
    outage.wait_for_fault()?;
    assert!(outage.consistently(|| true).is_err());
    let never = "cannot wait for the end of a planned fault: it stays until it is healed\n\
                 help: give it a time by `Planned::lasting`, or end it by `Running::heal`";
    assert_eq!(outage.wait().unwrap_err().to_string(), never);
    // The guard is gone with the wait.
    let again = begin()?;
    again.wait_for_fault()?;
    let told = again.to_string();
    assert!(told.contains("\n  1  at once  apart: in effect since 0."), "{told}");
    again.heal()?;
    assert_eq!(net.timeline().faults().len(), 6);
    Ok(())
}
