//! Partitions that are healed a part at a time.

use std::cell::RefCell;
use std::collections::BTreeMap;

use std::time::Duration;

use netns_test::timeline::{Entry, Event, FaultPhase};
use netns_test::{
    Host, IcmpKind, Net, Partition, Place, Policy, Result, Rule, Split, eventually, netns_test,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::peers::{LIMIT, Peers};
use super::shapes::{as_case, groups, partitions};

/// Whether a split cuts two hosts off from each other, by their numbers.
fn cuts<'a>(split: &Split, hosts: &'a [Host]) -> impl Fn(usize, usize) -> bool + use<'a> {
    let pairs = split.pairs();
    move |from, to| {
        let both = [&hosts[from], &hosts[to]];
        pairs.iter().any(|pair| both.iter().all(|host| pair.contains(host)))
    }
}

/// Whoever is healed hears each other at once, nobody else does, and what was counted stays counted.
#[netns_test]
fn whoever_is_healed_hears_each_other_and_nobody_else_does(net: Net) -> Result {
    let hosts = net.hosts(["a", "b", "c", "d", "e"])?;
    let peers = RefCell::new(Peers::of(&hosts)?);
    peers.borrow_mut().all_hear(false)?;
    let mut runner =
        TestRunner::new(Config { cases: 20, failure_persistence: None, ..Config::default() });
    let cases = (partitions(), prop::collection::vec(any::<bool>(), 5), any::<bool>());
    runner.run(&cases, |(of, chosen, suspended)| {
        as_case((|| {
            let mut peers = peers.borrow_mut();
            let mut partition = net.partition(groups(&hosts, &of))?;
            let before = partition.split().clone();
            peers.speak(false, cuts(&before, &hosts), || partition.packets())?;
            let counted = partition.packets();
            let some = hosts.iter().zip(&chosen).filter(|(_, chosen)| **chosen);
            let some: Vec<&Host> = some.map(|(host, _)| host).collect();
            let healed = partition.heal_among(some.iter().copied());
            let left = partition.split().clone();
            let all = before.pairs().len();
            let among = |pair: &&[Host; 2]| pair.iter().all(|host| some.contains(&host));
            let count = before.pairs().iter().filter(among).count();
            // Of nobody and of all it is refused, and of anything in between it is not.
            assert_eq!(healed.is_ok(), (1..all).contains(&count), "{before}: {healed:?}");
            match healed {
                Ok(()) => assert_eq!(left.pairs().len(), all - count),
                Err(_) => assert_eq!(left, before, "nothing is changed"),
            }
            assert_eq!(partition.packets(), counted);
            peers.speak(false, cuts(&left, &hosts), || partition.packets())?;
            // It is one guard as any other.
            if suspended {
                partition.suspend(|| peers.all_hear(false))??;
                peers.speak(false, cuts(&left, &hosts), || partition.packets())?;
            }
            partition.heal()?;
            peers.all_hear(false)
        })())
    })?;
    Ok(())
}

#[netns_test]
fn in_the_timeline_the_rest_is_a_partition_of_its_own(net: Net) -> Result {
    let [a, b, c] = net.hosts(["a", "b", "c"])?;
    let mut partition = net.partition([[&a], [&b], [&c]])?;
    let begun = partition.in_effect_at();
    partition.heal_among([&a, &b])?;
    assert_eq!(partition.to_string(), "partition `a` from `c`; `b` from `c`");
    let left = vec![[a.clone(), c.clone()], [b.clone(), c.clone()]];
    assert_eq!(partition.place(), &Place::Pairs(left));
    assert!(partition.in_effect_at() > begun);
    partition.heal()?;
    let faults = net.timeline().faults();
    let told: Vec<(&str, &FaultPhase)> = faults
        .iter()
        .map(|entry| match &entry.event {
            Event::Fault { fault, phase, .. } => (fault.as_str(), phase),
            other => panic!("no fault: {other}"),
        })
        .collect();
    use FaultPhase::{Asked, InEffect, Lifted};
    let (first, rest) = ("partition `a` from `b` from `c`", "partition `a` from `c`; `b` from `c`");
    let lifted = Lifted(Some(0));
    let expected = [
        (first, &Asked),
        (first, &InEffect),
        (first, &lifted),
        (rest, &Asked),
        (rest, &InEffect),
        (rest, &lifted),
    ];
    assert_eq!(told, expected);
    Ok(())
}

/// What was dropped between hosts that reach each other again was dropped by the first one.
#[netns_test]
fn in_the_timeline_it_ends_with_all_that_it_has_counted(net: Net) -> Result {
    let [a, b, c] = net.hosts(["a", "b", "c"])?;
    let mut partition = net.partition([[&a], [&b], [&c]])?;
    a.bind_udp(0)?.send_to(b"dropped", b.addr(7000))?;
    partition.wait_for_hit(Duration::from_secs(2))?;
    let counted = partition.packets();
    partition.heal_among([&a, &b])?;
    let lifted: Vec<Option<u64>> = net.timeline().faults().iter().filter_map(of_lifted).collect();
    assert_eq!(lifted, [Some(counted)]);
    assert_eq!(partition.packets(), counted);
    Ok(partition.heal()?)
}

fn of_lifted(entry: &Entry) -> Option<Option<u64>> {
    match &entry.event {
        Event::Fault { phase: FaultPhase::Lifted(counted), .. } => Some(*counted),
        _ => None,
    }
}

/// By any policy, also where each pair has rules of its own.
#[netns_test]
fn a_part_is_healed_whatever_the_policy(net: Net) -> Result {
    let hosts = net.hosts(["a", "b", "c"])?;
    let policies = [
        Policy::drop().udp(),
        Policy::refuse(IcmpKind::AdminProhibited),
        Policy::hold(),
        Policy::firewall([Rule::input().drop()]),
    ];
    for (port, policy) in (7000..).zip(policies) {
        let (told, holds) = (policy.to_string(), policy == Policy::hold());
        let mut partition = net.partition_with([[&hosts[0]], [&hosts[1]], [&hosts[2]]], policy)?;
        let inbox = hosts[1].bind_udp(port)?;
        let outbox = hosts[0].bind_udp(0)?;
        // What is held arrives when its pair is healed; by the others it would be lost.
        if holds {
            outbox.send_to(b"among", inbox.addr())?;
            partition.wait_for_hit(LIMIT)?;
        }
        partition.heal_among(&hosts[..2])?;
        if !holds {
            outbox.send_to(b"among", inbox.addr())?;
        }
        assert_eq!(inbox.recv_from()?.0, b"among", "{told}");
        let before = partition.packets();
        let _ = hosts[2].bind_udp(0)?.send_to(b"beyond", inbox.addr());
        eventually(LIMIT, || partition.packets() > before)?;
        partition.heal()?;
    }
    Ok(())
}

/// What each host was to receive, as the partition has counted it.
fn counted(partition: &Partition) -> Result<BTreeMap<String, u64>> {
    let mut counted = BTreeMap::new();
    for counter in partition.counters()? {
        *counted.entry(counter.host).or_default() += counter.packets;
    }
    Ok(counted)
}

/// More blocks than share an nftables table.
const MANY: usize = 201;

/// What is left of it is put in effect again after newer blocks. These are more than share a table, so it
/// comes into another one, in new chains. Their order is another one: the first pair is healed, which
/// had put `b` before `c`.
#[netns_test]
fn each_host_keeps_its_own_counts_when_the_rest_is_resumed_after_a_newer_block(net: Net) -> Result {
    let [a, b, c] = net.hosts(["a", "b", "c"])?;
    let mut partition = net.partition([[&a], [&b], [&c]])?;
    // Each host is sent another number of packets by one that it stays cut off from.
    for (from, to, packets) in [(&c, &a, 1), (&c, &b, 2), (&b, &c, 4)] {
        let outbox = from.bind_udp(0)?;
        (0..packets).try_for_each(|_| outbox.send_to(b"lost", to.addr(7000)).map(drop))?;
    }
    let expected: BTreeMap<String, u64> =
        [("a", 1), ("b", 2), ("c", 4)].map(|(host, packets)| (host.to_owned(), packets)).into();
    eventually(LIMIT, || counted(&partition).unwrap() == expected)?;
    partition.heal_among([&a, &b])?;
    assert_eq!(counted(&partition)?, expected);
    let newer = (0..MANY).map(|_| b.block(&c)).collect::<std::result::Result<Vec<_>, _>>()?;
    // Twice, for what came from the first of them comes from the second as well.
    for _ in 0..2 {
        partition.suspend(|| ())?;
        assert_eq!(counted(&partition)?, expected);
    }
    drop(newer);
    assert_eq!(counted(&partition)?, expected);
    partition.heal()?;
    Ok(())
}

#[netns_test]
fn what_cannot_be_healed_in_part_is_told(net: Net) -> Result {
    let hosts = net.hosts(["a", "b", "c", "d"])?;
    let mut partition = net.partition(Split::halves(&hosts))?;
    let nobody = partition.heal_among(&hosts[..2]).expect_err("they were not cut off");
    assert_eq!(
        nobody.to_string(),
        "cannot heal partition `a`, `b` from `c`, `d` among `a`, `b`: no two of them are cut off from \
         each other"
    );
    let all = partition.heal_among(&hosts).expect_err("it would be all of it");
    assert!(all.to_string().contains("nobody else is cut off\nhelp: heal all of it"), "{all}");
    let mut peers = Peers::of(&hosts)?;
    peers.speak(false, |from, to| (from < 2) != (to < 2), || partition.packets())?;
    partition.heal()?;
    Ok(())
}
