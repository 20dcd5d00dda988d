//! The thread that carries a schedule out.

use std::fmt::Display;
use std::panic::Location;
use std::sync::Arc;
use std::thread::{self, park};
use std::time::{Duration, Instant};

use super::course::{Course, Phase, Slot, Stop};
use super::drawn::Drawn;
use crate::liveness::Slow;
use crate::record::{Event, FaultPhase, Place, next_number, note_at};
use crate::sandbox::{caught, go_home, is_held};
use crate::{Error, Result};

/// When a fault begins that waits for something.
pub(super) struct When {
    pub(super) limit: Duration,
    pub(super) condition: Box<dyn FnMut() -> bool + Send>,
    /// The line of the test.
    pub(super) at: &'static Location<'static>,
}

/// A fault in the record that its guard does not stand in: one of the test's own, a killed process.
struct Own {
    net: u64,
    number: u64,
    fault: String,
    place: Place,
}

/// Starts the thread.
///
/// # Errors
///
/// If it does not start.
pub(super) fn start(
    course: &Arc<Course>,
    faults: Vec<Drawn>,
    when: Option<When>,
) -> Result<(), Error> {
    let shared = Arc::clone(course);
    let work = move || {
        go_home();
        let over = Over(&shared);
        carry_out(&shared, faults, when);
        drop(over);
    };
    let thread = thread::Builder::new().name("netns-test nemesis".to_owned()).spawn(work);
    thread.map(drop).map_err(|error| Error::os("start the thread of a nemesis", error))
}

/// Ends the course with the thread, whatever ends that.
struct Over<'a>(&'a Course);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail(Error::new("go on with a nemesis", "its thread panicked"));
        }
        self.0.end();
    }
}

fn carry_out(course: &Course, faults: Vec<Drawn>, mut when: Option<When>) {
    let begun = course.begin();
    let mut free = begun;
    for (at, fault) in faults.into_iter().enumerate() {
        let told = fault.told.clone();
        let step = match await_begin(course, at, free, when.take(), &told) {
            Ok(true) => one(course, at, fault),
            Ok(false) => return,
            Err(error) => Err((Phase::Refused(error.to_string()), error)),
        };
        match step {
            Ok(Some(ended)) => free = ended,
            Ok(None) => return,
            Err((phase, error)) => {
                course.set(at, phase);
                return course.fail(error);
            }
        }
    }
}

/// Waits until a fault is to begin; says no if the schedule is ended before.
fn await_begin(
    course: &Course,
    at: usize,
    free: Instant,
    when: Option<When>,
    told: &str,
) -> Result<bool, Error> {
    if let Some(when) = when {
        return await_condition(course, when, told);
    }
    let planned = course.slots()[at].begins.unwrap_or_default();
    // The first quiet is that of the plan; each other one is at least as long as it must be.
    let quiet = if at == 0 { Duration::ZERO } else { course.quiet };
    let begins = (course.begin() + planned).max(free + quiet);
    let stopped = course.wait(Some(begins), |state| state.stop.is_some());
    wait_if_held();
    Ok(!stopped)
}

/// Waits until a condition is met; says no if nobody wants the fault any more.
fn await_condition(course: &Course, when: When, told: &str) -> Result<bool, Error> {
    let When { limit, mut condition, at } = when;
    let operation = format!("begin {told}");
    let slow = Slow::of_environment().map_err(|cause| Error::new(&*operation, cause))?;
    let end = Instant::now().checked_add(slow.stretch(limit));
    for tries in 1_u64.. {
        // Looked at before the condition is: it is asked once more when the time is over.
        let over = end.is_some_and(|end| Instant::now() >= end);
        match caught(&mut condition) {
            Ok(true) => return Ok(true),
            Ok(false) if over => {
                let note = slow.note(limit);
                let cause = format!(
                    "its condition ({at}) was not met within {limit:?}{note}, asked {tries} times"
                );
                return Err(Error::timed_out(operation, cause));
            }
            Ok(false) => {}
            Err(message) => {
                let cause = format!("its condition ({at}) panicked: {message}");
                return Err(Error::new(operation, cause));
            }
        }
        if course.wait(Some(Instant::now() + PAUSE), |state| state.stop.is_some()) {
            break;
        }
    }
    Ok(false)
}

/// How long after an answer a condition is asked again.
const PAUSE: Duration = Duration::from_millis(1);

/// Has one fault be in effect for its time, and returns when it ended; `None` if the schedule ends
/// with it.
fn one(course: &Course, at: usize, fault: Drawn) -> Result<Option<Instant>, (Phase, Error)> {
    let Drawn { told, place, begin } = fault;
    let named = |verb: &str| format!("{verb} fault {} of {}, {told}", at + 1, course.slots().len());
    let net = place.hosts().first().map(|host| host.net()).unwrap_or_default();
    let asked = Instant::now();
    let made = flat(caught(begin));
    let in_effect =
        made.map_err(|cause| (Phase::Refused(cause.clone()), Error::new(named("begin"), cause)))?;
    let since = in_effect.since.unwrap_or_else(Instant::now);
    let own = in_effect.since.is_none().then(|| {
        let place = place.map(|host| host.name().to_owned());
        Own { net, number: next_number(), fault: told.clone(), place }
    });
    if let Some(own) = &own {
        note_at(asked, own.net, own.event(FaultPhase::Asked));
        note_at(since, own.net, own.event(FaultPhase::InEffect));
    }
    course.set(at, Phase::InEffect(since));
    let slot: &Slot = &course.slots()[at];
    course.wait(slot.end(course.begin(), since), |state| state.stop.is_some());
    wait_if_held();
    let stop = course.state().stop;
    let (lifted, phase) = match stop {
        Some(Stop::Drop) => (caught(|| drop(in_effect)).map_err(panicked), FaultPhase::Kept),
        Some(Stop::Heal) | None => (flat(caught(in_effect.lift)), FaultPhase::Lifted(None)),
    };
    let ended = Instant::now();
    if let Some(own) = own {
        let lost = |cause: &String| FaultPhase::Lost(cause.clone());
        note_at(ended, own.net, own.event(lifted.as_ref().err().map_or(phase, lost)));
    }
    if let Err(cause) = lifted {
        return Err((Phase::Unhealed(since, cause.clone()), Error::new(named("heal"), cause)));
    }
    if stop != Some(Stop::Drop) {
        course.set(at, Phase::Over(since, ended));
    }
    Ok(stop.is_none().then_some(ended))
}

/// What a closure has returned, or why it has not, in words.
fn flat<T>(done: Result<Result<T>, String>) -> Result<T, String> {
    done.map_err(panicked)?.map_err(|failure| failure.to_string())
}

fn panicked(message: impl Display) -> String {
    format!("it panicked: {message}")
}

/// Where the network of a failed test is kept, nothing of it changes any more.
fn wait_if_held() {
    while is_held() {
        park();
    }
}

impl Own {
    fn event(&self, phase: FaultPhase) -> Event {
        let (fault, place) = (self.fault.clone(), self.place.clone());
        Event::Fault { number: self.number, fault, place, phase }
    }
}
