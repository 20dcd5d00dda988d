//! A process for each trial.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use netns_test::matrix::{Fault, Matrix, Trial};
use netns_test::{Failure, Policy, Result, eventually, netns_test};

use super::world::World;
use super::{LIMIT, errors, ms, quick};

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
