//! What cannot be is an error before anything begins.

use std::time::Duration;

use netns_test::nemesis::{Kind, Nemesis};
use netns_test::{Forget, Host, Impairment, Net, Policy, Result, Routed, Split, netns_test};

use super::cluster::MS;
use super::support::echo;

#[track_caller]
fn refused(nemesis: &Nemesis, cause: &str) {
    let error = nemesis.draw().map(|schedule| schedule.to_string()).unwrap_err().to_string();
    assert_eq!(error, cause);
    assert_eq!(nemesis.begin().map(drop).unwrap_err().to_string(), cause, "and so for each call");
}

#[netns_test]
fn a_nemesis_of_nobody_or_of_one_twice_is_refused(net: Net, a: Host, b: Host) -> Result {
    let [stranger, _] = Net::new().hosts(["stranger", "other"])?;
    let nobody: [&Host; 0] = [];
    refused(&Nemesis::of(nobody), "cannot draw a nemesis of nobody: it names no host");
    let twice = "cannot draw a nemesis of `a`, `b`, `a`: `a` is named twice";
    refused(&Nemesis::of([&a, &b, &a]), twice);
    let of_two = "cannot draw a nemesis of `a`, `stranger`: `stranger` is a host of another net";
    refused(&Nemesis::of([&a, &stranger]), of_two);
    let process = b.start_fn(echo::node, 7000)?;
    let elsewhere = format!("cannot draw a nemesis of `a`: {process} runs on none of these hosts");
    refused(&Nemesis::of([&a]).running([&process]), &elsewhere);
    let twice = format!("cannot draw a nemesis of `b`: {process} is named twice");
    refused(&Nemesis::of([&b]).running([&process, &process]), &twice);
    assert!(net.timeline().faults().iter().next().is_none());
    Ok(())
}

#[netns_test]
fn a_schedule_that_does_not_fit_says_what_would(a: Host, b: Host) -> Result {
    let nemesis = || Nemesis::of([&a, &b]).with([Kind::cut(), Kind::freeze()]);
    let short = nemesis().lasting_at_least(300 * MS).quiet_at_least(200 * MS);
    refused(
        &short.clone().in_total(999 * MS),
        "cannot draw a nemesis of `a`, `b`: 2 faults of at least 300ms, each after 200ms of quiet, \
         do not fit in 999ms: the shortest total is 1s",
    );
    assert_eq!(short.in_total(1000 * MS).draw()?.entries().len(), 2);
    refused(
        &nemesis().faults(1).lasting_at_least(2000 * MS).in_total(MS),
        "cannot draw a nemesis of `a`, `b`: 1 fault of at least 2s, each after 100ms of quiet, do not \
         fit in 1ms: the shortest total is 2.1s",
    );
    let long = "cannot draw a nemesis of `a`, `b`: it would take longer than anybody waits";
    refused(&nemesis().lasting_at_least(Duration::MAX), long);
    refused(&nemesis().in_total(Duration::MAX), long);
    refused(&nemesis().faults(usize::MAX), long);
    let none = "cannot draw a nemesis of `a`, `b`: it has no faults to apply";
    refused(&nemesis().faults(0), none);
    let kinds = "cannot draw a nemesis of `a`, `b`: it has no kind of fault to apply";
    refused(&Nemesis::of([&a, &b]).with([]), kinds);
    Ok(())
}

/// Whichever two the seed would have drawn.
#[netns_test]
fn hosts_without_a_path_are_refused(net: Net, a: Host, b: Host) -> Result {
    let [apart, _] = net.hosts(["apart", "other"])?;
    for seed in 0..4 {
        let nemesis = Nemesis::of([&a, &b, &apart]).seed(seed);
        for kind in [Kind::block(Policy::drop()), Kind::partition(Policy::drop())] {
            let error = nemesis.clone().with([kind]).draw().map(drop).unwrap_err().to_string();
            let cause = "cannot draw a nemesis of `a`, `b`, `apart`: cannot block `apart` from `a`: no \
                         link joins them and there is no route between them: ";
            assert!(error.starts_with(cause), "{error}");
        }
    }
    Ok(())
}

#[netns_test]
fn a_kind_that_cannot_befall_these_hosts_is_refused(a: Host, b: Host, c: Host) -> Result {
    let in_it = |rest: &str| format!("cannot draw a nemesis of `a`, `b`, `c`: cannot {rest}");
    let with = |kind| Nemesis::of([&a, &b, &c]).with([kind]);
    let ring =
        "partition the ring `a`, `b`, `c`: in a ring of 3 each sees all: it takes four or more";
    refused(&with(Kind::split(Split::ring, Policy::drop())), &in_it(ring));
    let twice =
        |hosts: Vec<Host>| Split::of([vec![&hosts[0]], vec![&hosts[0], &hosts[1], &hosts[2]]]);
    let twice = Nemesis::of([&a, &b, &c]).with([Kind::split(twice, Policy::drop())]);
    let named = "partition `a` from `a`, `b`, `c`: `a` is named twice";
    refused(&twice, &in_it(named));
    let address = "10.0.0.100".parse()?;
    refused(
        &with(Kind::move_addr(address)),
        &in_it("move 10.0.0.100: none of these hosts has this address"),
    );
    let router = "have a router forget: no router of the net translates addresses\n\
         help: set one up with `Host::set_nat`";
    refused(&with(Kind::forget_connections(Forget::Silently)), &in_it(router));
    let none =
        "kill a process: no process is named\nhelp: name the processes with `Nemesis::running`";
    refused(&with(Kind::kill()), &in_it(none));
    let alone = Nemesis::of([&a]).with([Kind::block(Policy::drop())]);
    let told = "cannot draw a nemesis of `a`: cannot block by drop: it needs two hosts or more";
    refused(&alone, told);
    let certain = Impairment::new().loss(2.0);
    assert!(with(Kind::impair(certain)).draw().is_err());
    Ok(())
}

/// What needs a link in common says so for hosts with a router between them, and what does not works.
#[netns_test]
fn across_a_router_what_needs_a_link_is_refused(net: Routed) -> Result {
    let hosts = [&net.server, &net.client];
    let held = Nemesis::of(hosts).with([Kind::block(Policy::hold())]).draw().map(drop);
    assert!(held.unwrap_err().to_string().contains("no link joins them"));
    let kinds = [Kind::block(Policy::drop()), Kind::partition(Policy::drop()), Kind::cut()];
    Nemesis::of(hosts).with(kinds).lasting_at_least(MS).quiet_at_least(MS).draw()?.run()?;
    Ok(())
}
