//! Claims about time: what is met and what is missed, what a probe may do, and what is said of it.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may")]

mod all_the_time;
mod asynchronous;
mod fixtures;
mod hanging;
mod many;
mod met;
mod missed;
mod pace;
mod panics;
mod since;
mod slow;
mod standstill;
#[path = "../support/mod.rs"]
mod support;
mod waiting;

use std::cell::Cell;
use std::future::pending;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{
    Claim, Error, Host, Net, Result, consistently, consistently_async, eventually,
    eventually_async, netns_test, since, within, within_async,
};
use support::runner::{Run, Source, fixture, run};

const SOURCE: Source =
    Source { path: "tests/claims/fixtures.rs", text: include_str!("fixtures.rs") };

/// How much later than its time something may be on a machine that is busy with other tests.
const LATE: Duration = Duration::from_secs(2);

/// A probe that was asked in time may answer so long after the upper bound, as documented.
const ALLOWANCE: Duration = Duration::from_millis(20);

fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// A probe that holds from a point in time on.
fn from(time: Duration) -> impl FnMut() -> bool {
    let begun = Instant::now();
    move || begun.elapsed() >= time
}

/// What is said of a claim that is not met, without what the network was doing.
#[track_caller]
fn missed<T: std::fmt::Debug>(claim: Result<T, Error>) -> String {
    let text = claim.expect_err("it is not met").to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

/// What the text says between two pieces of it.
#[track_caller]
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let found = text.split_once(before).and_then(|(_, rest)| rest.split_once(after));
    found.unwrap_or_else(|| panic!("no `{before}` and `{after}` in `{text}`")).0
}
