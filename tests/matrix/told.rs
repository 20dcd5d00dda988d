//! What is measured and counted, of detectors that do as told.

use std::time::Instant;

use netns_test::matrix::{Fault, Matrix};
use netns_test::{Result, netns_test};

use super::world::World;
use super::{LIMIT, ms, quick};

#[netns_test]
fn times_begin_with_the_fault_and_with_its_end() -> Result {
    let world = World::new();
    let fault = world.outage("outage");
    // It notices 60 ms late that the peer is gone, and 30 ms late that it is back.
    let late = Matrix::new(move |_| {
        let world = world.clone();
        let (mut alive, mut changed) = (true, None);
        Ok(move || {
            if world.reachable() == alive {
                changed = None;
                return alive;
            }
            let since = *changed.get_or_insert_with(Instant::now);
            if since.elapsed() >= if alive { ms(60) } else { ms(30) } {
                (alive, changed) = (!alive, None);
            }
            alive
        })
    });
    let table = quick(late).against([fault]).detects_within(LIMIT).recovers_within(LIMIT).run()?;
    let row = table.row("outage")?;
    // It starts to count at the first look after the event: never before it.
    assert!(row.detection().min() >= Some(ms(60)), "{row:?}");
    assert!(row.recovery().min() >= Some(ms(30)), "{row:?}");
    assert_eq!((row.detection().count(), row.recovery().count()), (2, 2));
    Ok(())
}

#[netns_test]
fn an_alarm_before_the_fault_is_false() -> Result {
    let world = World::new();
    let fault = world.outage("outage");
    let nervous = quick(Matrix::new(move |_| {
        let (world, mut asked) = (world.clone(), 0);
        Ok(move || {
            asked += 1;
            // The first question finds the peer alive, the second is one before the fault.
            world.reachable() && asked != 2
        })
    }));
    let table = nervous.against([fault]).measure()?;
    let row = &table.rows()[0];
    assert_eq!(row.false_alarms(), 2);
    assert_eq!(row.detection().count(), 2, "the fault itself was measured nevertheless");
    assert_eq!(row.broken(), ["2 of 2 with a false alarm"]);
    Ok(())
}

/// A detector that considers the peer dead once more when it is back: at the question of this
/// number, from the first one after the fault on. It notices the fault itself only if it is to.
fn flapping(world: &World, at: usize, notices: bool) -> Matrix {
    let world = world.clone();
    quick(Matrix::new(move |_| {
        let (world, mut was_gone, mut asked) = (world.clone(), false, 0);
        Ok(move || {
            let reachable = world.reachable();
            was_gone |= !reachable;
            asked += usize::from(was_gone && reachable);
            (reachable || !notices) && !(reachable && asked == at)
        })
    }))
}

#[netns_test]
fn an_alarm_after_the_recovery_is_false() -> Result {
    let world = World::new();
    let outage = world.outage("outage");
    // The first question after it is the one that finds the peer alive again.
    let table = flapping(&world, 2, true).against([outage]).measure()?;
    let row = &table.rows()[0];
    assert_eq!((row.recovery().count(), row.false_alarms()), (2, 2));
    Ok(())
}

#[netns_test]
fn a_harmless_fault_must_not_be_detected() -> Result {
    let world = World::new();
    let faults = || [world.outage("seen").harmless(), Fault::nothing()];
    let table = world.knowing().against(faults()).measure()?;
    assert_eq!(table.row("seen")?.broken(), ["2 of 2 with a false alarm"]);
    assert!(table.row("nothing")?.is_ok());
    // What a short fault sets off may come when it is over.
    let late = flapping(&world, 1, false).against([world.outage("short").harmless_for(ms(1))]);
    assert_eq!(late.measure()?.row("short")?.false_alarms(), 2);
    Ok(())
}

#[netns_test]
fn what_does_not_recover_breaks_its_own_claim() -> Result {
    let world = World::new();
    let fault = world.outage("outage");
    let gone_for_good = quick(Matrix::new(move |_| {
        let (world, mut alive) = (world.clone(), true);
        Ok(move || {
            alive &= world.reachable();
            alive
        })
    }));
    let table = gone_for_good.against([fault]).recovers_within(ms(50)).measure()?;
    assert_eq!(table.rows()[0].broken(), ["2 of 2 not recovered within 50ms"]);
    Ok(())
}

#[netns_test]
fn a_fault_that_does_not_apply_is_no_failure() -> Result {
    // Of the whole catalogue it is this one, and a detector without TCP.
    let mut faults = Fault::catalogue();
    faults.retain(|fault| fault.name() == "drop (existing flows)");
    assert_eq!(faults.len(), 1);
    let table = quick(Matrix::new(|_| Ok(|| true))).against(faults).run()?;
    let row = &table.rows()[0];
    assert_eq!((row.not_applicable(), row.measured()), (2, 0));
    assert!(table.to_string().contains("not applicable"), "{table}");
    Ok(())
}

#[netns_test]
fn a_line_of_json_has_every_time() -> Result {
    let world = World::new();
    let table = world.knowing().against([world.outage("a \"quoted\" one")]).trials(3).run()?;
    let json = table.to_json();
    let begin = r#"{"fault":"a \"quoted\" one","harmless":false,"trials":3,"measured":3,"#;
    assert!(json.starts_with(begin), "{json}");
    assert!(json.ends_with("\"errors\":[],\"broken\":[]}\n"), "{json}");
    for time in table.rows()[0].detection().times() {
        assert!(json.contains(&time.as_micros().to_string()), "{time:?} in {json}");
    }
    Ok(())
}
