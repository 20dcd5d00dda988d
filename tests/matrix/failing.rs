//! Trials that cannot be carried out.

use std::thread::park;
use std::time::{Duration, Instant};

use netns_test::matrix::{Detector, Fault, Matrix};
use netns_test::{Failure, Policy, Result, netns_test, take_panics};

use super::world::World;
use super::{errors, ms, quick};

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
    assert!(errors[0].starts_with("`first`, trial 1: no database, at tests/matrix/failing.rs:"));
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
    // It is not waited for until the test's own timeout.
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
    for (error, part) in errors.iter().zip(["does not want to", "is stuck", "only TCP marks"]) {
        assert!(error.contains(part), "{error}");
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
