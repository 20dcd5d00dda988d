//! Three monitors against every fault that this crate can make.
//!
//! One considers its peer dead when its connection fails. One does so too, but uses TCP keepalive. One
//! also considers it dead after 500 ms of silence. All pass a test that resets the
//! connection. Only the last one notices a peer whose process is frozen: the kernel still answers for it.
//!
//! - `monitor.rs` and `agent.rs` are the code under test. They know nothing of this crate.
//! - `detector.rs` starts them, and asks the monitor.
//! - This file runs them through the matrix and prints a table for each:
//!   `cargo run --release --example matrix`, with `-- --json` for one line per row.
//! - Its tests check what the tables show: `cargo test --example matrix`.

mod agent;
mod detector;
mod monitor;

use std::process::ExitCode;
use std::time::Duration;

use netns_test::matrix::{Fault, Matrix};
use netns_test::{Result, program};

use monitor::Strategy;

/// Ten heartbeats.
const SILENCE: Strategy = Strategy::Silence(Duration::from_millis(500));
/// An outage that should evict nobody. TCP repeats a lost heartbeat after 200 ms, and then
/// only after another 400 ms: an outage of more than 200 ms may cause 600 ms of silence.
const BLIP: Duration = Duration::from_millis(100);
/// Longer than keepalive takes, whose times are in seconds.
const DETECTS: Duration = Duration::from_secs(4);
/// A monitor mostly waits, so eight of them do not distort each other's times.
const PARALLEL: usize = 8;

fn main() -> ExitCode {
    let json = std::env::args().any(|word| word == "--json");
    program(move || -> Result {
        for (name, strategy) in [
            ("it considers its peer dead when the connection fails", Strategy::ErrorsOnly),
            (
                "it considers its peer dead when TCP keepalive fails the connection",
                Strategy::Keepalive,
            ),
            ("it considers its peer dead after 500 ms of silence, too", SILENCE),
        ] {
            let table = matrix(strategy).measure()?;
            if json {
                print!("{}", table.to_json());
            } else {
                println!("{name}\n\n{table}\n");
            }
        }
        Ok(())
    })
}

fn matrix(strategy: Strategy) -> Matrix {
    Matrix::new(move |trial| detector::start(trial, strategy))
        .against(Fault::catalogue())
        .against([Fault::blip(BLIP)])
        .detects_within(DETECTS)
        .recovers_within(Duration::from_secs(2))
        .no_false_alarm_for(Duration::from_millis(500))
        .parallel(PARALLEL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use netns_test::{Policy, netns_test};

    /// On a very busy machine nobody may run for a second. The tables are for a quiet one.
    const PATIENT: Strategy = Strategy::Silence(Duration::from_secs(3));

    /// Wide limits, for the same reason; and more trials that wait at once.
    fn patient(strategy: Strategy) -> Matrix {
        let limit = Duration::from_secs(6);
        let matrix = matrix(strategy).trials(2).parallel(2 * PARALLEL);
        let matrix = matrix.detects_within(limit).recovers_within(limit);
        matrix.repeat_if_stalled_for(Duration::from_secs(1))
    }

    #[netns_test(timeout = "5m")]
    fn a_monitor_of_silence_sees_every_fault() -> Result {
        let table = patient(PATIENT).run()?;
        println!("{table}");
        Ok(())
    }

    /// The kernel answers for a frozen process. Only a monitor that asks the process itself is not fooled.
    #[netns_test(timeout = "5m")]
    fn keepalive_does_not_see_a_frozen_process_and_a_heartbeat_does() -> Result {
        let faults = || [Fault::frozen(), Fault::killed(), Fault::policy(Policy::drop())];
        let detected = |strategy| -> Result<Vec<usize>> {
            let matrix = Matrix::new(move |trial| detector::start(trial, strategy));
            let limit = Duration::from_secs(6);
            let matrix = matrix.against(faults()).trials(2).parallel(2 * PARALLEL);
            let matrix = matrix.detects_within(limit).recovers_within(limit);
            let table = matrix.repeat_if_stalled_for(Duration::from_secs(1)).measure()?;
            println!("{table}");
            Ok(table.rows().iter().map(|row| row.detection().count()).collect())
        };
        assert_eq!(detected(Strategy::Keepalive)?, [0, 2, 2]);
        assert_eq!(detected(PATIENT)?, [2, 2, 2]);
        Ok(())
    }

    #[netns_test(timeout = "5m")]
    fn a_monitor_of_errors_sees_only_what_the_kernel_tells_it() -> Result {
        let table = patient(Strategy::ErrorsOnly).measure()?;
        println!("{table}");
        let seen = table.rows().iter().filter(|row| row.detection().count() == row.measured());
        let seen: Vec<&str> = seen.map(|row| row.fault()).collect();
        let told = ["reset", "sever, both notified", "sever, host notified"];
        // The kernel of a process that has ended closes its connections, and refuses others.
        let ended = ["killed", "killed and restarted"];
        assert_eq!(seen, [&told[..], &ended[..]].concat());
        let half_seen = table.rows().iter().filter(|row| !row.broken().is_empty());
        assert!(half_seen.clone().all(|row| row.detection().count() == 0), "{half_seen:?}");
        Ok(())
    }
}
