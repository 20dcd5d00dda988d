use std::cell::RefCell;
use std::time::Duration;

use netns_test::{
    Host, IcmpKind, Net, Partition, Policy, Result, Split, TwoSites, UdpEndpoint, eventually,
    netns_test,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::peers::{LIMIT, Peers};
use super::support::families::families;

/// Groups by number; what no host is in is none.
pub(crate) fn groups<'a>(hosts: &'a [Host], of: &[usize]) -> Vec<Vec<&'a Host>> {
    let group = |number| hosts.iter().zip(of).filter(move |(_, of)| **of == number);
    let groups = (0..3).map(|number| group(number).map(|(host, _)| host).collect());
    groups.filter(|group: &Vec<_>| !group.is_empty()).collect()
}

/// To which of the groups each of five hosts belongs; there are at least two.
pub(crate) fn partitions() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..3_usize, 5)
        .prop_filter("one group is none", |of| of.iter().any(|one| *one != of[0]))
}

pub(crate) fn as_case(result: Result) -> std::result::Result<(), TestCaseError> {
    result.map_err(|error| TestCaseError::fail(format!("{error:?}")))
}

/// Two partitions at once, which are healed in either order.
fn overlap(
    peers: &mut Peers,
    of: [&[usize]; 2],
    [one, other]: [Partition; 2],
    first: bool,
) -> Result {
    let cut = |from: usize, to: usize| of.map(|of| of[from] != of[to]);
    peers.speak(false, |a, b| cut(a, b).contains(&true), || one.packets() + other.packets())?;
    let (healed, left, by) = if first { (one, other, 1) } else { (other, one, 0) };
    healed.heal()?;
    peers.speak(false, |a, b| cut(a, b)[by], || left.packets())?;
    left.heal()?;
    peers.all_hear(false)
}

#[netns_test]
fn reachability_is_the_partition_and_afterwards_what_it_was(net: Net) -> Result {
    let hosts = net.hosts(["a", "b", "c", "d", "e"])?;
    let peers = RefCell::new(Peers::of(&hosts)?);
    peers.borrow_mut().all_hear(false)?;
    let mut runner =
        TestRunner::new(Config { cases: 30, failure_persistence: None, ..Config::default() });
    let cases = (partitions(), partitions(), any::<bool>());
    runner.run(&cases, |(one, other, first)| {
        as_case((|| {
            let both =
                [net.partition(groups(&hosts, &one))?, net.partition(groups(&hosts, &other))?];
            overlap(&mut peers.borrow_mut(), [&one, &other], both, first)
        })())
    })?;
    Ok(())
}

/// Each shape of five: how it reads, and who is cut off from whom.
fn shapes(hosts: &[Host; 5]) -> [(Split, &'static str, &'static [&'static str]); 7] {
    [
        (
            Split::halves(hosts),
            "`a`, `b` from `c`, `d`, `e`",
            &["ac", "ad", "ae", "bc", "bd", "be"],
        ),
        (
            Split::majority(hosts),
            "`a`, `b`, `c` from `d`, `e`",
            &["ad", "ae", "bd", "be", "cd", "ce"],
        ),
        (
            Split::isolate(&hosts[1], hosts),
            "`b` from `a`, `c`, `d`, `e`",
            &["ba", "bc", "bd", "be"],
        ),
        (
            Split::bridge(&hosts[2], hosts),
            "`a`, `b` from `d`, `e`, bridged by `c`",
            &["ad", "ae", "bd", "be"],
        ),
        (Split::ring(hosts), "the ring `a`, `b`, `c`, `d`, `e`", &["ac", "ad", "bd", "be", "ce"]),
        (
            Split::of([&hosts[..1], &hosts[1..2], &hosts[2..]]),
            "`a` from `b` from `c`, `d`, `e`",
            &["ab", "ac", "ad", "ae", "bc", "bd", "be"],
        ),
        (
            Split::halves(&hosts[..2])
                .bridged_by(&hosts[2])
                .bridged_by(&hosts[3])
                .bridged_by(&hosts[4]),
            "`a` from `b`, bridged by `c`, `d`, `e`",
            &["ab"],
        ),
    ]
}

#[netns_test]
fn a_shape_cuts_off_whom_it_says(net: Net) -> Result {
    let hosts = net.hosts(["a", "b", "c", "d", "e"])?;
    let mut peers = Peers::of(&hosts)?;
    for (split, told, expected) in shapes(&hosts) {
        assert_eq!(split.to_string(), told);
        let pairs: Vec<String> = split
            .pairs()
            .iter()
            .map(|[one, other]| format!("{}{}", one.name(), other.name()))
            .collect();
        assert_eq!(pairs, expected);
        let is_cut = |from: usize, to: usize| {
            let either = [(from, to), (to, from)];
            split.pairs().iter().any(|[one, other]| {
                either.iter().any(|(x, y)| (one, other) == (&hosts[*x], &hosts[*y]))
            })
        };
        let partition = net.partition(split.clone())?;
        for ipv6 in families() {
            peers.speak(ipv6, is_cut, || partition.packets())?;
        }
        partition.heal()?;
        for ipv6 in families() {
            peers.all_hear(ipv6)?;
        }
    }
    Ok(())
}

/// In a ring of any size each sees a majority, itself among them, and somebody is missing.
#[netns_test]
fn in_a_ring_each_sees_another_majority(net: Net) -> Result {
    let names: Vec<String> = (0..11).map(|number| format!("h{number}")).collect();
    let hosts = net.add_hosts(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    for size in 4..=11 {
        let hosts = &hosts[..size];
        let pairs = Split::ring(hosts).pairs();
        let seen = |host: &Host| -> Vec<&Host> {
            let cut = |other: &Host| {
                pairs
                    .iter()
                    .any(|pair| pair.contains(host) && pair.contains(other) && host != other)
            };
            hosts.iter().filter(|other| !cut(other)).collect()
        };
        let all: Vec<_> = hosts.iter().map(seen).collect();
        assert!(all.iter().all(|seen| seen.len() > size / 2 && seen.len() < size), "{size}");
        assert!((0..size).all(|at| !all[..at].contains(&all[at])), "{size}: two see the same");
    }
    Ok(())
}

#[netns_test]
fn one_way_the_others_are_heard(net: Net) -> Result {
    let hosts = net.hosts(["a", "b", "c"])?;
    let mut peers = Peers::of(&hosts)?;
    peers.all_hear(false)?;
    let partition = net.partition(Split::one_way(&hosts[..1], &hosts[1..]))?;
    assert_eq!(partition.to_string(), "partition `a` from `b`, `c` by drop (to peer)");
    peers.speak(
        false,
        |from, to| (from, to) == (0, 1) || (from, to) == (0, 2),
        || partition.packets(),
    )?;
    partition.heal()?;
    peers.all_hear(false)
}

#[netns_test]
fn the_same_seed_has_the_same_groups(net: Net) -> Result {
    let hosts = net.hosts(["a", "b", "c", "d", "e"])?;
    let many: Vec<Split> = (0..200).map(|seed| Split::random_from(&hosts, seed)).collect();
    assert!((0..200).all(|seed| Split::random_from(&hosts, seed) == many[seed as usize]));
    assert_eq!(Split::random(&hosts, 3)?, Split::random(&hosts, 3)?);
    assert!(
        (0..50).any(|number| Split::random(&hosts, number).ok() != Split::random(&hosts, 50).ok())
    );
    // Every pair is parted by some and left together by others, and each split is a good one.
    for (at, one) in hosts.iter().enumerate() {
        for other in &hosts[..at] {
            let parts = |split: &&Split| {
                split.pairs().iter().any(|pair| pair.contains(one) && pair.contains(other))
            };
            let parting = many.iter().filter(parts).count();
            assert!((50..190).contains(&parting), "{parting} of 200");
        }
    }
    many.into_iter().take(5).try_for_each(|split| Ok(net.partition(split)?.heal()?))
}

/// Between sites, what the routers forward for others and what goes on within a site stays.
#[netns_test]
fn beyond_routers_it_is_the_same(net: Net, sites: TwoSites) -> Result {
    let hosts: Vec<Host> = sites.west.iter().chain(&sites.east).cloned().collect();
    let mut peers = Peers::of(&hosts)?;
    peers.all_hear(false)?;
    let cut = |from: usize, to: usize| (from < 2) != (to < 2);
    let partition = net.partition([&sites.west, &sites.east])?;
    peers.speak(false, cut, || partition.packets())?;
    let block = sites.west[0].block(&sites.east[0])?;
    partition.heal()?;
    peers.speak(
        false,
        |from, to| from + to == 2 && from != to && from % 2 == 0,
        || block.packets(),
    )?;
    block.unblock()?;
    peers.all_hear(false)?;
    // One host against its own site and the other one.
    let partition = net.partition(Split::isolate(&hosts[0], &hosts))?;
    peers.speak(false, |from, to| from == 0 || to == 0, || partition.packets())?;
    partition.heal()?;
    peers.all_hear(false)
}

/// Hosts that are joined by veth pairs have no switch, and rules in a namespace each.
#[netns_test]
fn on_veth_pairs_it_is_the_same(net: Net) -> Result {
    let [a, b] = net.hosts(["a", "b"])?;
    let [c] = net.hosts(["c"])?;
    let links = [net.links().remove(0), net.link("bc", &[&b, &c])?, net.link("ca", &[&c, &a])?];
    let partition = net.partition([vec![&a], vec![&b, &c]])?;
    for (link, cut) in links.iter().zip([true, false, true]) {
        for (from, to) in
            [(0, 1), (1, 0)].map(|(from, to)| (&link.hosts()[from], &link.hosts()[to]))
        {
            let before = partition.packets();
            let inbox = to.bind_udp(7000)?;
            from.bind_udp(0)?.send_to(b"hello", (link.addrs(to)[0], 7000))?;
            match cut {
                true => drop(eventually(LIMIT, || partition.packets() > before)?),
                false => assert_eq!(inbox.recv_from()?.0, b"hello"),
            }
        }
    }
    partition.heal()?;
    for link in links {
        let [from, to] = [0, 1].map(|at| link.hosts()[at].clone());
        let inbox = to.bind_udp(7000)?;
        from.bind_udp(0)?.send_to(b"hello", (link.addrs(&to)[0], 7000))?;
        assert_eq!(inbox.recv_from()?.0, b"hello");
    }
    Ok(())
}

/// With blocks of single pairs, before and after it.
#[netns_test]
fn it_stands_beside_blocks(net: Net) -> Result {
    let hosts = net.hosts(["a", "b", "c", "d"])?;
    let mut peers = Peers::of(&hosts)?;
    peers.all_hear(false)?;
    let pair = |from: usize, to: usize| from.min(to) == 0 && from.max(to) == 1;
    let halves = |from: usize, to: usize| (from < 2) != (to < 2);
    let within = hosts[0].block(&hosts[1])?;
    let partition = net.partition(Split::halves(&hosts))?;
    let across = hosts[0].block(&hosts[2])?;
    let dropped = || within.packets() + partition.packets() + across.packets();
    peers.speak(false, |a, b| pair(a, b) || halves(a, b), dropped)?;
    partition.heal()?;
    let across_pair = |from: usize, to: usize| from.min(to) == 0 && from.max(to) == 2;
    let dropped = || within.packets() + across.packets();
    peers.speak(false, |a, b| pair(a, b) || across_pair(a, b), dropped)?;
    across.unblock()?;
    peers.speak(false, pair, || within.packets())?;
    within.unblock()?;
    peers.all_hear(false)
}

/// Many pairs at once, which are more than one message to the kernel holds.
#[netns_test]
fn thirty_hosts_are_parted_in_halves(net: Net) -> Result {
    let names: Vec<String> = (0..30).map(|number| format!("h{number}")).collect();
    let hosts = net.add_hosts(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut peers = Peers::of(&hosts)?;
    peers.all_hear(false)?;
    let cut = |from: usize, to: usize| (from < 15) != (to < 15);
    let mut partition = net.partition(Split::halves(&hosts))?;
    peers.speak(false, cut, || partition.packets())?;
    partition.suspend(|| peers.all_hear(false))??;
    peers.speak(false, cut, || partition.packets())?;
    partition.heal()?;
    peers.all_hear(false)?;
    let refusing = Policy::refuse(IcmpKind::AdminProhibited);
    net.partition_with(Split::halves(&hosts), refusing)?.heal()?;
    peers.all_hear(false)
}

/// So many pairs that what the kernel says of them is more than an ordinary socket holds.
#[netns_test]
fn sixty_hosts_are_parted_in_halves(net: Net) -> Result {
    let names: Vec<String> = (0..60).map(|number| format!("h{number}")).collect();
    let hosts = net.add_hosts(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let (mut at, from) = (hosts[59].bind_udp(7000)?, [&hosts[0], &hosts[58]]);
    let from = from.map(|host| host.bind_udp(0)).into_iter().collect::<Result<Vec<_>, _>>()?;
    let hears = |at: &UdpEndpoint, from: &UdpEndpoint| -> Result {
        from.send_to(b"hello", at.addr())?;
        assert_eq!(at.recv_from()?.0, b"hello");
        Ok(())
    };
    let mut partition = net.partition(Split::halves(&hosts))?;
    hears(&at, &from[1])?;
    from[0].send_to(b"lost", at.addr())?;
    eventually(LIMIT, || partition.packets() == 1)?;
    partition.suspend(|| hears(&at, &from[0]))??;
    from[0].send_to(b"lost", at.addr())?;
    eventually(LIMIT, || partition.packets() == 2)?;
    partition.heal()?;
    hears(&at, &from[0])?;
    at.set_deadline(Duration::ZERO);
    assert!(at.recv_from().is_err(), "what was lost is not there");
    Ok(())
}
