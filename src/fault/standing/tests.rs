//! The contract, by a kind of fault that is no block.

use std::net::Ipv4Addr;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::lo_down::{LoDown, lo_down};
use super::super::register::in_effect;
use super::*;
use crate::{Result, netns_test};

/// Whether what the host sends itself arrives within `limit`.
fn arrives_within(limit: Duration, host: &Host) -> bool {
    let mut socket = host.bind_udp(0).expect("a port is free");
    socket.set_deadline(limit);
    let own = (Ipv4Addr::LOCALHOST, socket.addr().port());
    socket.send_to(b"", own).is_ok() && socket.recv_from().is_ok()
}

fn is_up(host: &Host) -> bool {
    arrives_within(Duration::from_secs(10), host)
}

/// What is sent while `lo` is down is thrown away at once. While it is up, it arrives before
/// the send returns, unless the machine is very busy.
fn is_down(host: &Host) -> bool {
    !arrives_within(Duration::from_millis(20), host)
}

fn phases(net: &Net) -> Vec<FaultPhase> {
    let timeline = net.timeline().faults();
    let phase = |event: &Event| match event {
        Event::Fault { phase, .. } => phase.clone(),
        other => panic!("no fault: {other}"),
    };
    timeline.iter().map(|entry| phase(&entry.event)).collect()
}

#[netns_test]
fn a_fault_is_in_effect_until_it_is_lifted(net: Net, host: Host) -> Result {
    let before = Instant::now();
    let fault = lo_down(&host)?;
    assert!(is_down(&host));
    assert!((before..=Instant::now()).contains(&fault.in_effect_at()));
    assert_eq!(fault.to_string(), "take `lo` of `host` down");
    assert_eq!(fault.place(), &Place::Host(host.clone()));
    assert_eq!(fault.try_packets()?, 1);
    fault.lift()?;
    assert!(is_up(&host));
    let expected = [FaultPhase::Asked, FaultPhase::InEffect, FaultPhase::Lifted(Some(1))];
    assert_eq!(phases(&net), expected);
    Ok(())
}

#[netns_test]
fn a_fault_that_is_dropped_is_lifted(net: Net, host: Host) -> Result {
    drop(lo_down(&host)?);
    assert!(is_up(&host));
    assert_eq!(phases(&net).last(), Some(&FaultPhase::Lifted(Some(1))));
    Ok(())
}

#[netns_test]
fn a_fault_is_lifted_when_a_test_panics(host: Host) -> Result {
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _fault = lo_down(&host).expect("it can be made");
        panic!("the test");
    }));
    assert!(panic.is_err() && is_up(&host));
    Ok(())
}

#[netns_test]
fn a_fault_that_is_kept_stays_and_can_be_read(net: Net, host: Host) -> Result {
    let kept = lo_down(&host)?.keep();
    assert!(is_down(&host));
    assert_eq!((kept.packets(), kept.to_string().as_str()), (1, "take `lo` of `host` down"));
    assert_eq!(phases(&net).last(), Some(&FaultPhase::Kept));
    drop(kept);
    assert!(is_down(&host));
    assert_eq!(in_effect(&host).len(), 1, "it is still told of");
    Ok(())
}

#[netns_test]
fn a_fault_is_suspended_while_work_runs(net: Net, host: Host) -> Result {
    let mut fault = lo_down(&host)?;
    assert!(fault.suspend(|| is_up(&host))?);
    assert!(is_down(&host));
    let panic = catch_unwind(AssertUnwindSafe(|| fault.suspend(|| panic!("the work"))));
    assert!(panic.is_err() && is_down(&host), "it is in effect again before");
    assert_eq!(fault.try_packets()?, 3);
    fault.wait_for_hit(Duration::ZERO)?;
    drop(fault);
    use FaultPhase::{Asked, InEffect, Lifted, Suspended};
    let expected = [Asked, InEffect, Suspended, InEffect, Suspended, InEffect, Lifted(Some(3))];
    assert_eq!(phases(&net), expected);
    Ok(())
}

/// As on a machine that is very slow: that a claim would not count the answer is no reason to say that there
/// was no hit.
#[netns_test]
fn a_hit_that_takes_long_to_be_read_is_one(host: Host) -> Result {
    let fault = lo_down(&host)?;
    let slow = Duration::from_millis(100);
    fault.parts().all[0].reading = slow;
    let limit = Duration::from_millis(1);
    assert!(fault.wait_for_hit(limit)? >= slow);
    Ok(())
}

#[netns_test]
fn what_cannot_be_lifted_is_lost(net: Net, host: Host) -> Result {
    let fault = lo_down(&host)?;
    fault.parts().all[0].refuses = Some("it is stuck");
    let error = fault.lift().expect_err("it refuses").to_string();
    assert_eq!(error, "cannot set `lo` of `host`: it is stuck");
    assert_eq!(phases(&net).last(), Some(&FaultPhase::Lost(error)));
    Ok(())
}

/// What has been made is taken away, and the first error is the one to be told.
#[netns_test]
fn a_fault_that_cannot_be_made_is_not_begun(net: Net, host: Host) -> Result {
    let place = Place::Host(host.clone());
    let made = Standing::<LoDown>::make(place, "be stuck".to_owned(), |parts| {
        let whole = lo_down(&host)?;
        parts.append(&mut whole.parts().all);
        drop(whole);
        assert!(is_down(&host));
        Err(Error::new("make the rest", "it is stuck"))
    });
    let Err(error) = made else { panic!("it was made") };
    assert_eq!(error.to_string(), "cannot make the rest: it is stuck");
    assert!(is_up(&host) && in_effect(&host).is_empty());
    assert_eq!(phases(&net).last(), Some(&FaultPhase::Refused(error.to_string())));
    Ok(())
}

#[netns_test]
fn a_fault_of_no_host_is_none(host: Host) {
    let nowhere = Place::Groups(vec![Vec::new(), Vec::new()]);
    let made = Standing::<LoDown>::make(nowhere, "split the net".to_owned(), |_| Ok(()));
    let Err(error) = made else { panic!("it was made") };
    assert_eq!(error.to_string(), "cannot split the net: it names no host");
    assert!(in_effect(&host).is_empty());
}

/// Whoever tells of a failure does not wait for a fault that is being changed.
#[netns_test]
fn a_fault_that_is_being_changed_says_so(host: Host) -> Result {
    let fault = lo_down(&host)?;
    let changing = fault.parts();
    let told = in_effect(&host);
    drop(changing);
    let error = told[0].counters.as_ref().expect_err("it cannot be read").to_string();
    assert_eq!(error, "cannot read take `lo` of `host` down: it is being changed");
    assert!(in_effect(&host)[0].counters.is_ok());
    Ok(())
}
