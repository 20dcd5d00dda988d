//! The matrix: what it measures, what it counts, and what it does with a detector that fails.
//!
//! Real monitors are tried first, those of the example; then detectors that do exactly as told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{available_parallelism, park, park_timeout};
use std::time::{Duration, Instant};

use netns_test::matrix::{Detector, Fault, Matrix, Table, Trial};
use netns_test::{Failure, Policy, Result, eventually, netns_test, take_panics};

#[path = "../examples/matrix/agent.rs"]
mod agent;
#[path = "matrix/async_code.rs"]
mod async_code;
#[path = "../examples/matrix/detector.rs"]
mod detector;
#[allow(dead_code, reason = "the example uses all of it")]
#[path = "../examples/matrix/monitor.rs"]
mod monitor;
mod support;

use support::runner::{fixture as runner_of, run};

use monitor::{PERIOD, Strategy};

/// How long a peer may be silent for the monitors of this file: a machine that is busy enough lets
/// nobody run for a second.
const SILENCE: Duration = Duration::from_secs(2);
/// Long enough for anything that happens, on a busy machine as well.
const LIMIT: Duration = Duration::from_secs(6);
/// What does not happen in this time does not happen: it is 60 heartbeats, and longer than the
/// silence that is noticed.
const PATIENCE: Duration = Duration::from_secs(3);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

// --- real monitors, real faults ---

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

// --- detectors that do as told ---

/// Whether the peer is reachable in the one trial that runs: faults change it, detectors read it.
#[derive(Clone)]
struct World(Arc<AtomicBool>);

impl World {
    fn new() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    fn reachable(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    fn outage(&self, name: &str) -> Fault {
        let world = self.0.clone();
        Fault::new(name, move |_| {
            world.store(false, Ordering::SeqCst);
            let world = world.clone();
            Ok(move || {
                world.store(true, Ordering::SeqCst);
                Ok(())
            })
        })
    }

    /// A detector that knows at once.
    fn knowing(&self) -> Matrix {
        let world = self.clone();
        let matrix = Matrix::new(move |_| {
            let world = world.clone();
            Ok(move || world.reachable())
        });
        quick(matrix)
    }
}

/// One trial at a time, and little to wait for.
fn quick(matrix: Matrix) -> Matrix {
    matrix.parallel(1).trials(2).no_false_alarm_for(ms(20)).detects_within(ms(100))
}

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

// --- trials that cannot be carried out ---

/// The errors of the row, from the text that has the whole table.
fn errors(failed: std::result::Result<Table, netns_test::Error>) -> Vec<String> {
    let told = failed.expect_err("trials have failed").to_string();
    let of_row = told.lines().filter(|line| line.contains(", trial "));
    of_row.map(str::to_owned).collect()
}

#[netns_test]
fn a_detector_that_fails_is_an_error_of_its_row() -> Result {
    let [first, last] = ["first", "last"].map(|name| Fault::nothing().named(name));
    let matrix = Matrix::new(|trial| {
        trial.peer().listen(7000)?;
        match (trial.fault(), trial.number()) {
            ("first", 1) => Err(Failure::new("no database")),
            ("last", 1) => panic!("no cache"),
            _ => Ok(|| true),
        }
    });
    // The other trials were carried out, or there would be more errors.
    let errors = errors(quick(matrix).against([first, last]).measure());
    assert!(errors[0].starts_with("`first`, trial 1: no database, at tests/matrix.rs:"));
    assert_eq!(errors[1..], ["`last`, trial 1: panicked: no cache"]);
    // A panic anywhere fails the test; this one is its subject.
    assert_eq!(take_panics().len(), 1);
    Ok(())
}

#[netns_test(timeout = "5m")]
fn a_detector_that_hangs_is_given_up() -> Result {
    let matrix = Matrix::new(move |trial| {
        let hangs = trial.number() == 1;
        let mut asked = 0;
        Ok(move || {
            asked += 1;
            if hangs && asked > 1 {
                loop {
                    park();
                }
            }
            true
        })
    });
    let begun = Instant::now();
    let errors = errors(quick(matrix).against([Fault::nothing()]).run());
    let [error] = &errors[..] else { panic!("one hangs: {errors:?}") };
    assert!(error.contains("trial 1: hung for ") && error.contains("before the fault"), "{error}");
    // It is not waited for until the test's own time-out.
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    Ok(())
}

#[netns_test]
fn a_peer_that_is_never_alive_fails_the_trial() -> Result {
    let matrix = quick(Matrix::new(|_| Ok(|| false))).starts_within(ms(50)).trials(1);
    let errors = errors(matrix.against([Fault::nothing()]).run());
    assert_eq!(errors, ["`nothing`, trial 1: the peer was not considered alive within 50ms"]);
    Ok(())
}

/// Complains when it is stopped.
struct Complaining;

impl Detector for Complaining {
    fn considers_alive(&mut self) -> bool {
        true
    }

    fn stop(&mut self) -> Result {
        Err(Failure::new("it does not want to"))
    }
}

#[netns_test]
fn a_detector_is_stopped_and_a_fault_is_lifted_and_both_may_fail() -> Result {
    let matrix = Matrix::new(|_| Ok(Complaining));
    let stuck = Fault::new("stuck", |_| Ok(|| Err(Failure::new("it is stuck")))).harmless();
    let impossible = Fault::policy(Policy::drop().udp().new_connections()).harmless();
    let faults = [Fault::nothing(), stuck, impossible];
    let errors = errors(quick(matrix).trials(1).against(faults).run());
    assert_eq!(errors.len(), 3);
    for (error, part) in errors.iter().zip(["does not want to", "is stuck", "only TCP says"]) {
        assert!(error.contains(part), "{error}");
    }
    Ok(())
}

// --- networks and order ---

#[netns_test]
fn each_trial_has_its_own_hosts() -> Result {
    let matrix = Matrix::new(|trial: &Trial| {
        // The same address and port each time: in one network they would meet.
        let listener = trial.net().host("c")?.listen(7000)?;
        trial.host().connect(listener.addr())?;
        assert_eq!((trial.host().name(), trial.peer().name()), ("b", "c"));
        Ok(move || listener.addr().port() == 7000)
    });
    let matrix = quick(matrix).host_names(["a", "b", "c"]).between("b", "c").trials(6).parallel(3);
    let table = matrix.against([Fault::nothing()]).run()?;
    assert_eq!(table.rows()[0].measured(), 6);
    Ok(())
}

#[netns_test]
fn a_setting_that_cannot_be_made_is_said_in_the_row() -> Result {
    let matrix = || quick(Matrix::new(|_| Ok(|| true))).trials(1).against([Fault::nothing()]);
    let alone = errors(matrix().host_names(["a"]).run());
    assert!(alone[0].contains("it needs two hosts or more"), "{alone:?}");
    let unknown = errors(matrix().between("server", "clint").run());
    assert!(unknown[0].contains("cannot find host `clint`"), "{unknown:?}");
    Ok(())
}

/// The words behind `told:` in what a fixture printed, in their order.
fn told(fixture: &str) -> Vec<String> {
    let run = run(runner_of(fixture).arg("--show-output"));
    assert_eq!(run.status, 0, "{run:?}");
    let lines = run.stdout.lines().filter_map(|line| line.strip_prefix("told: "));
    lines.map(str::to_owned).collect()
}

#[netns_test]
#[ignore = "FIXTURE: a matrix that tells its order"]
fn tells_its_order() -> Result {
    println!("told: before");
    let fault = |name: &'static str| {
        let begin = move |_: &Trial| {
            println!("told: {name}");
            Ok(|| Ok(()))
        };
        Fault::new(name, begin).harmless()
    };
    let matrix = quick(Matrix::new(|_| Ok(|| true))).detects_within(ms(5)).parallel(1);
    let table = matrix.against(["b", "a", "c"].map(fault)).run()?;
    let rows: Vec<_> = table.rows().iter().map(|row| row.fault()).collect();
    assert_eq!(rows, ["b", "a", "c"]);
    Ok(())
}

/// What the body prints before its matrix is printed once.
#[test]
fn trials_are_interleaved_and_rows_are_not() {
    assert_eq!(told("tells_its_order"), ["before", "b", "a", "c", "b", "a", "c"]);
}

#[netns_test]
#[ignore = "FIXTURE: a matrix that tells what runs"]
fn tells_what_runs() -> Result {
    let matrix = Matrix::new(|trial| {
        println!("told: +{}", trial.number());
        // As long as it takes, on a busy machine, until as many run as may.
        park_timeout(Duration::from_secs(2));
        println!("told: -{}", trial.number());
        Ok(|| true)
    });
    quick(matrix).trials(6).parallel(3).detects_within(ms(5)).against([Fault::nothing()]).run()?;
    Ok(())
}

#[test]
fn as_many_trials_run_at_once_as_asked_for() {
    let (mut running, mut most) = (0_i32, 0);
    for word in told("tells_what_runs") {
        running += if word.starts_with('+') { 1 } else { -1 };
        most = running.max(most);
    }
    assert_eq!((running, most), (0, 3));
}

// --- a process for each ---

/// How often it was started in this process.
static STARTED: AtomicUsize = AtomicUsize::new(0);

#[netns_test]
fn what_is_global_is_new_in_each_trial() -> Result {
    let matrix = Matrix::new(|_| match STARTED.fetch_add(1, Ordering::SeqCst) {
        0 => Ok(|| true),
        times => Err(Failure::new(format!("it was started {times} times before"))),
    });
    quick(matrix).trials(3).against([Fault::nothing()]).run()?;
    assert_eq!(STARTED.load(Ordering::SeqCst), 0);
    Ok(())
}

/// A matrix that came before is not run again for the trials of a later one, and says the same.
#[netns_test]
fn a_test_may_have_several_matrices() -> Result {
    let mut tables = Vec::new();
    for name in ["first", "second"] {
        let fault = Fault::nothing().named(name);
        let matrix = quick(Matrix::new(move |trial| {
            assert_eq!(trial.fault(), name);
            Ok(|| true)
        }));
        tables.push(matrix.trials(1).detects_within(ms(5)).against([fault]).run()?.to_json());
    }
    assert!(tables[0].contains("first") && tables[1].contains("second"));
    Ok(())
}

#[netns_test]
fn a_trial_whose_process_ends_has_failed() -> Result {
    let matrix = Matrix::new(|trial| match trial.fault() {
        "aborts" => std::process::abort(),
        "exits" => std::process::exit(3),
        _ => Ok(|| true),
    });
    let faults = ["aborts", "exits", "lives"].map(|name| Fault::nothing().named(name));
    let errors = errors(quick(matrix).trials(1).against(faults).measure());
    let because = "trial 1: its process ended with";
    assert_eq!(
        errors,
        [
            format!("`aborts`, {because} signal: 6 (SIGABRT) and without a result"),
            format!("`exits`, {because} exit status: 3 and without a result"),
        ]
    );
    Ok(())
}

/// What the detector starts, the fault may act on.
#[netns_test]
fn the_detector_and_the_fault_share_what_is_put_into_the_trial() -> Result {
    let matrix = Matrix::new(|trial| {
        let world = World::new();
        trial.put(World(Arc::clone(&world.0)));
        Ok(move || world.0.load(Ordering::SeqCst))
    });
    let fault = Fault::new("the world ends", |trial| {
        let world = trial.get::<World>().expect("it was put there");
        world.0.store(false, Ordering::SeqCst);
        Ok(move || {
            world.0.store(true, Ordering::SeqCst);
            Ok(())
        })
    });
    let table =
        quick(matrix).against([fault]).detects_within(LIMIT).recovers_within(LIMIT).run()?;
    assert_eq!(table.rows()[0].detection().count(), 2);
    Ok(())
}

/// A process that answers pings, and a detector that asks for them.
fn pings(trial: &Trial) -> Result<impl FnMut() -> bool + use<>> {
    let answers = |port: u16| -> std::io::Result<()> {
        let socket = std::net::UdpSocket::bind(("0.0.0.0", port))?;
        let mut bytes = [0; 8];
        loop {
            let (length, from) = socket.recv_from(&mut bytes)?;
            socket.send_to(&bytes[..length], from)?;
        }
    };
    let process = trial.peer().start_fn(answers, 7000)?;
    trial.set_process(&process);
    let mut socket = trial.host().connect_udp(trial.peer().addr(7000))?;
    socket.set_deadline(ms(300));
    let mut number = 0_u64;
    Ok(move || {
        number += 1;
        let _ = socket.send(&number.to_ne_bytes());
        // Those to earlier questions come first, when it has been thawed.
        std::iter::from_fn(|| socket.recv().ok()).any(|answer| answer == number.to_ne_bytes())
    })
}

#[netns_test(timeout = "5m")]
fn a_process_of_the_peer_is_frozen_killed_and_started_again() -> Result {
    let faults = [Fault::frozen(), Fault::killed(), Fault::killed_and_restarted()];
    let matrix = quick(Matrix::new(pings)).detects_within(LIMIT).recovers_within(LIMIT);
    let table = matrix.against(faults.clone()).run()?;
    for row in ["frozen", "killed"] {
        let row = table.row(row)?;
        assert_eq!((row.detection().count(), row.recovery().count()), (2, 2), "{table}");
        assert!(!row.is_optional() && !row.is_harmless());
    }
    let row = table.row("killed and restarted")?;
    assert!(row.is_optional() && row.is_ok());
    let nothing = quick(Matrix::new(|_| Ok(|| true))).against(faults).run()?;
    assert!(nothing.rows().iter().all(|row| row.not_applicable() == 2), "{nothing}");
    Ok(())
}

#[netns_test]
fn trials_leave_no_descriptor_behind() -> Result {
    let open = || std::fs::read_dir("/proc/self/fd").map(Iterator::count);
    let faults = || [Fault::policy(Policy::drop()), Fault::nothing()];
    let world = World::new();
    let matrix = || world.knowing().against(faults()).detects_within(ms(5)).trials(1);
    matrix().measure()?;
    let before = open()?;
    matrix().trials(5).measure()?;
    // The last trial's thread may still be on its way out.
    eventually(LIMIT, || open().map(|now| now <= before).unwrap_or(false))?;
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

#[netns_test]
fn a_machine_that_always_stands_still_fails_the_trial() -> Result {
    let world = World::new();
    // No machine lets nothing pass between two looks.
    let matrix = world.knowing().repeat_if_stalled_for(Duration::ZERO).trials(1);
    let errors = errors(matrix.against([Fault::nothing()]).measure());
    assert!(errors[0].contains("in each of 10 attempts the machine stood still"), "{errors:?}");
    Ok(())
}
