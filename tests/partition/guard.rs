use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use netns_test::matrix::{Fault, Matrix};
use netns_test::timeline::{Event, FaultPhase};
use netns_test::{
    Connection, Host, IcmpKind, Net, Notified, Place, Policy, Result, Rule, Split, netns_test,
};

use super::peers::{LIMIT, Peers};

fn connected([server, client]: [&Host; 2], port: u16) -> Result<[Connection; 2]> {
    let listener = server.listen(port)?;
    let dialled = client.connect(listener.addr())?;
    Ok([dialled, listener.accept()?])
}

fn halves(from: usize, to: usize) -> bool {
    (from < 2) != (to < 2)
}

#[netns_test]
fn a_guard_says_what_and_where_and_since_when(net: Net) -> Result {
    let [a, b, c] = net.hosts(["a", "b", "c"])?;
    let begun = Instant::now();
    let partition = net.partition([vec![&a, &b], vec![&c]])?;
    assert!((begun..=Instant::now()).contains(&partition.in_effect_at()));
    assert_eq!(partition.to_string(), "partition `a`, `b` from `c`");
    let groups = vec![vec![a.clone(), b.clone()], vec![c.clone()]];
    assert_eq!(partition.place(), &Place::Groups(groups));
    assert_eq!(partition.policy(), &Policy::drop());
    partition.heal()?;
    let faults = net.timeline().faults();
    let phases: Vec<&FaultPhase> = faults
        .iter()
        .map(|entry| match &entry.event {
            Event::Fault { phase, .. } => phase,
            other => panic!("no fault: {other}"),
        })
        .collect();
    use FaultPhase::{Asked, InEffect, Lifted};
    assert_eq!(phases, [&Asked, &InEffect, &Lifted(Some(0))], "it is one fault");
    Ok(())
}

/// It is suspended for all, kept for all, and dropped for all, also by a panic.
#[netns_test]
fn a_guard_is_that_of_any_fault(net: Net) -> Result {
    let hosts = net.hosts(["a", "b", "c", "d"])?;
    let mut peers = Peers::of(&hosts)?;
    peers.all_hear(false)?;
    let mut partition = net.partition(Split::halves(&hosts))?;
    peers.speak(false, halves, || partition.packets())?;
    partition.wait_for_hit(Duration::ZERO)?;
    partition.suspend(|| peers.all_hear(false))??;
    peers.speak(false, halves, || partition.packets())?;
    drop(partition);
    peers.all_hear(false)?;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _partition = net.partition(Split::halves(&hosts)).unwrap();
        panic!("the test");
    }));
    assert!(panicked.is_err());
    peers.all_hear(false)?;
    let kept = net.partition(Split::ring(&hosts))?.keep();
    assert_eq!(kept.place().hosts().len(), 4);
    peers.speak(false, |from, to| from.abs_diff(to) == 2, || kept.packets())
}

#[netns_test]
async fn an_async_test_waits_for_a_hit(net: Net, server: Host, client: Host) -> Result {
    let partition = net.partition([vec![&server], vec![&client]])?;
    let _dial = client.dial(server.addr(7000))?;
    partition.wait_for_hit_async(LIMIT).await?;
    partition.heal()?;
    Ok(())
}

/// Each policy cuts the connection between the groups, each in its way, and leaves that within one.
#[netns_test]
fn a_partition_is_by_any_policy(net: Net) -> Result {
    let [a, b, c] = net.hosts(["a", "b", "c"])?;
    let policies = [
        Policy::drop(),
        Policy::drop().existing_flows(),
        Policy::drop().tcp(),
        Policy::reset(),
        Policy::refuse(IcmpKind::AdminProhibited),
        Policy::sever(Notified::Both),
        Policy::sever(Notified::Host).existing_flows(),
        Policy::hold(),
        Policy::firewall([Rule::input().reject(), Rule::output().drop()]),
    ];
    for (port, policy) in (7000..).zip(policies) {
        let within = connected([&a, &b], port)?;
        let across = connected([&a, &c], port)?;
        let partition = net.partition_with([vec![&a, &b], vec![&c]], policy.clone())?;
        assert!(partition.to_string().starts_with("partition `a`, `b` from `c`"), "{partition}");
        let [mut dialled, mut accepted] = across;
        accepted.set_deadline(Duration::from_millis(100));
        // What is sent may be refused at once.
        let arrived = dialled.send(b"across").and_then(|()| accepted.recv());
        assert!(arrived.is_err(), "{policy}: {arrived:?}");
        let [mut dialled, mut accepted] = within;
        dialled.send(b"within")?;
        assert_eq!(accepted.recv()?, b"within", "{policy}");
        partition.heal()?;
        let [mut dialled, mut accepted] = connected([&a, &c], port + 100)?;
        dialled.send(b"healed")?;
        assert_eq!(accepted.recv()?, b"healed", "{policy}");
    }
    Ok(())
}

/// What was held arrives when it is healed, or is lost.
#[netns_test]
fn what_a_partition_holds_arrives_or_is_lost(net: Net) -> Result {
    let hosts = net.hosts(["a", "b", "c"])?;
    let mut inboxes = [hosts[1].bind_udp(7000)?, hosts[2].bind_udp(7000)?];
    let outbox = hosts[0].bind_udp(0)?;
    let hold = || net.partition_with(Split::isolate(&hosts[0], &hosts), Policy::hold());
    let partition = hold()?;
    inboxes.iter().try_for_each(|inbox| outbox.send_to(b"late", inbox.addr()))?;
    assert!(partition.packets() >= 2);
    partition.heal()?;
    for inbox in &inboxes {
        assert_eq!(inbox.recv_from()?.0, b"late");
    }
    let partition = hold()?;
    inboxes.iter().try_for_each(|inbox| outbox.send_to(b"lost", inbox.addr()))?;
    partition.discard()?;
    for inbox in &mut inboxes {
        outbox.send_to(b"next", inbox.addr())?;
        assert_eq!(inbox.recv_from()?.0, b"next");
    }
    Ok(())
}

/// A row of the matrix: whoever is cut off from all others notices.
#[netns_test]
fn a_partition_is_a_fault_of_the_matrix() -> Result {
    let matrix = Matrix::new(|trial| {
        let mut inbox = trial.host().bind_udp(0)?;
        let outbox = trial.peer().bind_udp(0)?;
        inbox.set_deadline(Duration::from_millis(300));
        Ok(move || outbox.send_to(b"", inbox.addr()).is_ok() && inbox.recv_from().is_ok())
    });
    let isolated = Fault::new("isolated", |trial| {
        Ok(trial.net().partition(Split::isolate(trial.host(), trial.net().all_hosts()))?)
    });
    let run = matrix.against([isolated]).trials(1);
    let table = run.no_false_alarm_for(Duration::from_millis(20)).run()?;
    let row = table.row("isolated")?;
    assert_eq!((row.detection().count(), row.recovery().count()), (1, 1), "{table}");
    Ok(())
}
