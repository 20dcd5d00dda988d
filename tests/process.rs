//! Programs of a host: started, waited for, stopped, killed, frozen, started again.
#![cfg(target_os = "linux")]

#[path = "process/async_code.rs"]
mod async_code;
#[path = "process/bad_input.rs"]
mod bad_input;
#[path = "process/beginnings.rs"]
mod beginnings;
#[path = "process/ends.rs"]
mod ends;
#[path = "process/freezing.rs"]
mod freezing;
#[path = "process/frozen_hosts.rs"]
mod frozen_hosts;
#[path = "process/functions.rs"]
mod functions;
#[path = "process/listening.rs"]
mod listening;
#[path = "process/numbers.rs"]
mod numbers;
#[path = "process/programs.rs"]
mod programs;
mod support;
#[path = "process/waiting.rs"]
mod waiting;

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use netns_test::timeline::{Event, ProcessPhase};
use netns_test::{
    Folder, Host, Net, Place, Process, Program, Result, consistently, eventually, netns_test,
};

use programs::server as serves;

/// Longer than anything here takes that does not wait for ever.
const SOON: Duration = Duration::from_secs(10);

fn sh(script: &str) -> Program {
    Program::new("sh").args(["-c", script])
}

/// What the timeline says of programs, a line each.
fn told(net: &Net) -> Vec<String> {
    let timeline = net.timeline();
    let line = |event: &Event| matches!(event, Event::Process { .. }).then(|| event.to_string());
    timeline.iter().filter_map(|entry| line(&entry.event)).collect()
}
