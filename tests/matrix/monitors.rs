//! Real monitors, those of the example, and real faults.

use std::thread::available_parallelism;
use std::time::Duration;

use netns_test::matrix::{Fault, Matrix};
use netns_test::{Policy, Result, netns_test};

use super::monitor::{PERIOD, Strategy};
use super::{LIMIT, detector, ms};

/// How long a peer may be silent for the monitors of this file: a machine that is busy enough lets
/// nobody run for a second.
const SILENCE: Duration = Duration::from_secs(2);
/// What does not happen in this time does not happen: it is 60 heartbeats, and longer than the
/// silence that is noticed.
const PATIENCE: Duration = Duration::from_secs(3);

fn monitors(strategy: Strategy) -> Matrix {
    Matrix::new(move |trial| detector::start(trial, strategy))
        // They wait nearly all the time; to make their networks and blocks takes a processor.
        .parallel(available_parallelism().map_or(1, |count| (4 * count.get()).min(9)))
        // A fifth of the silence that is noticed: TCP's own waits come on top of it.
        .repeat_if_stalled_for(SILENCE / 5)
}

#[netns_test(timeout = "5m")]
fn a_monitor_of_silence_sees_drop_and_reset() -> Result {
    let table = monitors(Strategy::Silence(SILENCE))
        .against([Fault::nothing(), Fault::policy(Policy::drop()), Fault::policy(Policy::reset())])
        .trials(3)
        .detects_within(LIMIT)
        .recovers_within(LIMIT)
        .run()?;
    println!("{table}");
    // The last answer came at most a period before the block: what is left of the silence has to
    // pass. The longest of three, because a busy machine may be late in saying that the block is in
    // effect.
    let drop = table.row("drop")?.detection();
    assert!(drop.max() >= Some(SILENCE - PERIOD - ms(50)), "{drop:?}");
    // Somebody sends within a period, and is told at once: no silence is waited for. Of three, the
    // quickest says so on a busy machine as well.
    let reset = table.row("reset")?.detection();
    assert!(reset.min() < Some(SILENCE - PERIOD - ms(50)), "{reset:?}");
    assert_eq!((drop.count(), reset.count()), (3, 3));
    Ok(())
}

#[netns_test(timeout = "5m")]
fn a_monitor_of_errors_passes_reset_and_never_sees_drop() -> Result {
    let failed = monitors(Strategy::ErrorsOnly)
        .against([Fault::policy(Policy::reset()), Fault::policy(Policy::drop())])
        .trials(2)
        .detects_within(PATIENCE)
        .recovers_within(LIMIT)
        .run();
    let told = failed.expect_err("it never sees `drop`").to_string();
    assert!(told.contains("1 of 2 rows are not as claimed: `drop`\n"), "{told}");
    let verdict = |fault: &str| {
        let row = told.lines().skip(1).find(|line| line.starts_with(fault)).unwrap_or_default();
        row.rsplit("  ").next().unwrap_or_default().to_owned()
    };
    assert_eq!(verdict("reset"), "ok", "{told}");
    assert_eq!(verdict("drop"), "2 of 2 not detected within 3s", "{told}");
    Ok(())
}

#[netns_test(timeout = "5m")]
fn a_short_outage_is_a_false_alarm_of_an_impatient_monitor() -> Result {
    // Much more patient than the outage is long: TCP repeats what was lost after 200 ms, and if that
    // is lost, too, after another 400 ms.
    let patient = monitors(Strategy::Silence(SILENCE));
    let table = patient.against([Fault::blip(ms(200))]).trials(2).detects_within(PATIENCE).run()?;
    assert_eq!(table.rows()[0].false_alarms(), 0);
    let impatient = monitors(Strategy::Silence(PERIOD));
    // Twenty heartbeats.
    let impatient = impatient.against([Fault::blip(ms(1000))]);
    let table = impatient.trials(2).detects_within(PATIENCE).measure()?;
    assert_eq!(table.rows()[0].broken(), ["2 of 2 with a false alarm"]);
    Ok(())
}
