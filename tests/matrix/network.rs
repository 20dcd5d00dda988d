//! The networks of trials, and the order in which these are run.

use std::thread::park_timeout;
use std::time::Duration;

use netns_test::matrix::{Fault, Matrix, Trial};
use netns_test::{Result, netns_test};

use super::support::runner::{fixture as runner_of, run};
use super::{errors, ms, quick};

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
    assert_eq!(told("network::tells_its_order"), ["before", "b", "a", "c", "b", "a", "c"]);
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
    for word in told("network::tells_what_runs") {
        running += if word.starts_with('+') { 1 } else { -1 };
        most = running.max(most);
    }
    assert_eq!((running, most), (0, 3));
}
