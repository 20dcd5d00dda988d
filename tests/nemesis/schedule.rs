//! What is drawn, and that it is carried out as it was.

use std::hint::spin_loop;
use std::time::{Duration, Instant};

use netns_test::nemesis::{Entry, Kind, Nemesis};
use netns_test::timeline::{Event, FaultPhase};
use netns_test::{Host, Net, Place, Policy, Result, Split, netns_test};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::cluster::{MS, quick};

fn five(net: &Net) -> Result<Vec<Host>> {
    Ok(net.hosts(["a", "b", "c", "d", "e"])?.to_vec())
}

fn plans(entries: &[Entry]) -> Vec<String> {
    let plan = |one: &Entry| format!("{:?} {:?} {}", one.begins(), one.ends(), one.fault());
    entries.iter().map(plan).collect()
}

/// Whatever is asked for, in two nets: a schedule is of the names, and of nothing that was made.
#[netns_test]
fn the_same_seed_has_the_same_schedule(net: Net) -> Result {
    let other = Net::new();
    let (hosts, others) = (five(&net)?, five(&other)?);
    let mut runner =
        TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    let cases = (any::<u64>(), 2..6_usize, 1..30_usize, 0..50_u32, 0..50_u32, 0..1000_u32);
    runner.run(&cases, |(seed, count, faults, lasting, quiet, more)| {
        let total = (lasting + quiet) * faults as u32 + more;
        let drawn = |hosts: &[Host], seed: u64| {
            let nemesis = Nemesis::of(&hosts[..count]).faults(faults).seed(seed);
            let nemesis = nemesis.lasting_at_least(MS * lasting).quiet_at_least(MS * quiet);
            nemesis.in_total(MS * total).draw().unwrap()
        };
        let schedule = drawn(&hosts, seed);
        let entries = schedule.entries();
        prop_assert_eq!(plans(&entries), plans(&drawn(&others, seed).entries()));
        prop_assert_eq!(entries.len(), faults);
        prop_assert_eq!((schedule.seed(), schedule.total()), (seed, MS * total));
        let mut free = Duration::ZERO;
        for one in &entries {
            let (begins, ends) = (one.begins().unwrap(), one.ends().unwrap());
            prop_assert!(begins >= free + MS * quiet && ends >= begins + MS * lasting);
            free = ends;
        }
        prop_assert_eq!(free, MS * total);
        // Of ten faults or more, with more than a dozen kinds, no two seeds draw the same.
        if faults >= 10 {
            prop_assert_ne!(plans(&entries), plans(&drawn(&hosts, !seed).entries()));
        }
        Ok(())
    })?;
    Ok(())
}

#[netns_test]
fn a_schedule_is_shown_and_asked_before_it_begins(net: Net, a: Host, b: Host, c: Host) -> Result {
    let kinds = [Kind::split(|hosts| Split::isolate(&hosts[0].clone(), hosts), Policy::reset())];
    let nemesis = Nemesis::of([&a, &b]).with(kinds).faults(2).in_total(2000 * MS).seed(7);
    let schedule = nemesis.draw()?;
    let [first, second] = &schedule.entries()[..] else { panic!("{schedule}") };
    // Who is not of it sees both sides.
    let told = [
        "partition `a` from `b`, bridged by `c` by reset",
        "partition `b` from `a`, bridged by `c` by reset",
    ];
    assert!(told.contains(&first.fault()) && told.contains(&second.fault()), "{schedule}");
    let groups =
        |one: &Host, other: &Host| Place::Groups(vec![vec![one.clone()], vec![other.clone()]]);
    assert!([groups(&a, &b), groups(&b, &a)].contains(first.place()), "{schedule:?}");
    assert_eq!((first.number(), second.number()), (1, 2));
    assert_eq!(
        (first.began_at(), first.ended_at(), first.late(), first.error()),
        Default::default()
    );
    let seconds = |time: Option<Duration>| format!("{:.3} s", time.unwrap().as_secs_f64());
    let line = |one: &Entry| {
        let (begins, ends) = (seconds(one.begins()), seconds(one.ends()));
        format!("\n  {}  {begins} to {ends}  {}", one.number(), one.fault())
    };
    let head = "nemesis of `a`, `b`: 2 faults in 2s, drawn from the seed 7";
    assert_eq!(schedule.to_string(), [head, &line(first), &line(second)].concat());
    assert!(net.timeline().faults().iter().next().is_none(), "nothing has begun");
    drop((schedule, c));
    assert!(net.timeline().faults().iter().next().is_none(), "nothing has begun");
    Ok(())
}

/// All kinds come before one comes again.
#[netns_test]
fn each_kind_comes_as_often_as_the_others(a: Host, b: Host) -> Result {
    let kinds = ["x", "y", "z"].map(|name| Kind::new(name, |_| Ok(|| Ok(()))));
    for seed in 0..20 {
        let nemesis = Nemesis::of([&a, &b]).with(kinds.clone()).faults(8).seed(seed);
        let entries = nemesis.draw()?.entries();
        let names: Vec<&str> = entries.iter().map(|one| &one.fault()[..1]).collect();
        for round in names.chunks(3) {
            let mut once = round.to_vec();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), round.len(), "{names:?}");
        }
    }
    Ok(())
}

/// Two nemeses of a test do not do the same at the same time, and each is drawn again alike.
#[netns_test]
fn two_nemeses_of_a_test_differ(a: Host, b: Host) -> Result {
    let one = Nemesis::of([&a, &b]).with([Kind::cut()]).faults(9);
    let other = Nemesis::of([&a, &b]).with([Kind::freeze()]).faults(9);
    let times = |nemesis: &Nemesis| -> Result<Vec<Option<Duration>>> {
        Ok(nemesis.draw()?.entries().iter().map(Entry::begins).collect())
    };
    assert_eq!(times(&one)?, times(&one)?);
    assert_ne!(times(&one)?, times(&other)?);
    Ok(())
}

/// A machine that takes its time: a fault is made by 30 ms of work, or lifted by as much, and there is no
/// time to spare. What the record has says the same as the entries.
#[netns_test]
fn no_fault_and_no_quiet_is_shorter_than_it_must_be(a: Host, b: Host) -> Result {
    let work = || {
        let begun = Instant::now();
        while begun.elapsed() < WORK {
            spin_loop();
        }
    };
    let slow_to_make = Kind::between("slow to make", move |host: &Host, peer| {
        work();
        Ok(host.block(peer)?)
    });
    let slow_to_lift = Kind::between("slow to lift", move |_, _| {
        Ok(move || {
            work();
            Ok(())
        })
    });
    each_is_long_enough(&a, &b, slow_to_make, WORK)?;
    each_is_long_enough(&a, &b, slow_to_lift, Duration::ZERO)
}

const WORK: Duration = Duration::from_millis(30);

/// Runs six of a kind, of which the first one is so late at least.
fn each_is_long_enough(a: &Host, b: &Host, kind: Kind, late: Duration) -> Result {
    let (lasting, quiet) = (20 * MS, 10 * MS);
    let nemesis = Nemesis::of([a, b]).with([kind]).faults(6).in_total(6 * (lasting + quiet));
    let nemesis = nemesis.lasting_at_least(lasting).quiet_at_least(quiet);
    let begun = Instant::now();
    let entries = nemesis.draw()?.run()?;
    let mut free = begun;
    for (at, one) in (0..).zip(&entries) {
        let (from, to) = (one.began_at().unwrap(), one.ended_at().unwrap());
        assert!(from >= free + quiet && to >= from + lasting, "{entries:?}");
        // Each is late by what those before it have taken.
        assert!(one.late().unwrap() >= late + WORK * at, "{entries:?}");
        free = to;
    }
    Ok(())
}

/// The same, as the timeline has it.
#[netns_test]
fn the_timeline_has_a_fault_when_its_entry_has_it(net: Net, a: Host, b: Host) -> Result {
    let kinds = [Kind::block(Policy::drop()), Kind::new("own", |_| Ok(|| Ok(())))];
    let nemesis = Nemesis::of([&a, &b]).with(kinds).faults(4);
    let begun = Instant::now();
    let entries = quick(nemesis).draw()?.run()?;
    let after = |at: Option<Instant>| at.unwrap() - begun;
    let faults = net.timeline().faults();
    assert_eq!(faults.len(), 3 * entries.len(), "each is asked for, in effect, lifted");
    let phases: Vec<(Duration, &FaultPhase)> = faults
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Fault { phase, .. } => Some((entry.at, phase)),
            _ => None,
        })
        .collect();
    // The two clocks began at different times: the first fault says how far they are apart.
    let apart = phases[1].0.checked_sub(after(entries[0].began_at())).unwrap();
    for (one, noted) in entries.iter().zip(phases.chunks(3)) {
        let [(_, FaultPhase::Asked), (from, FaultPhase::InEffect), (to, FaultPhase::Lifted(_))] =
            noted
        else {
            panic!("{noted:?}")
        };
        assert_eq!(*from - apart, after(one.began_at()), "{entries:?}");
        // It is noted by who lifts it, before that returns.
        let lifted = after(one.ended_at()) + apart;
        assert!(to <= &lifted && *to >= *from + 10 * MS, "{entries:?}");
    }
    Ok(())
}
