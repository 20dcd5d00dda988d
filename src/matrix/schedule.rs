//! Which trial runs when, and what becomes of one that hangs.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::course::Experiment;
use super::fault::Fault;
use super::outcome::Outcome;
use super::progress::Progress;
use super::stage::Stage;
use crate::sandbox;

/// How many trials there are, and how many run at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) trials: usize,
    pub(super) parallel: usize,
}

/// How long nobody looks at the trials that run.
const LOOK: Duration = Duration::from_millis(100);

/// Runs all trials, and returns the outcomes of each fault, in the order of its trials.
///
/// They are interleaved: the first trial of each fault, then the second of each.
pub(super) fn run(
    experiment: &Arc<Experiment>,
    faults: &[Fault],
    size: Size,
    progress: &mut Progress,
) -> Vec<Vec<Outcome>> {
    let (sender, receiver) = channel();
    let mut schedule = Schedule { running: Vec::new(), sender, receiver };
    let mut outcomes: Vec<Vec<Option<Outcome>>> = vec![vec![None; size.trials]; faults.len()];
    let mut waiting = (0..size.trials)
        .flat_map(|number| (0..faults.len()).map(move |fault| Place { fault, number }));
    loop {
        while schedule.running.len() < size.parallel {
            let Some(place) = waiting.next() else { break };
            schedule.start(place, &faults[place.fault], experiment);
        }
        if schedule.running.is_empty() {
            break;
        }
        for (place, outcome) in schedule.ended() {
            progress.note(&faults[place.fault], &outcome);
            outcomes[place.fault][place.number] = Some(outcome);
        }
        progress.tell();
    }
    outcomes.into_iter().map(|trials| trials.into_iter().flatten().collect()).collect()
}

/// Which trial of which fault.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    fault: usize,
    number: usize,
}

struct Schedule {
    running: Vec<(Place, Arc<Stage>)>,
    sender: Sender<(Place, Outcome)>,
    receiver: Receiver<(Place, Outcome)>,
}

impl Schedule {
    /// Starts a trial on a thread of its own. If it hangs, nothing but the end of the process ends
    /// it.
    fn start(&mut self, place: Place, fault: &Fault, experiment: &Arc<Experiment>) {
        let stage = Arc::new(Stage::begin());
        self.running.push((place, Arc::clone(&stage)));
        let name = format!("trial {} of {}", place.number + 1, fault.name());
        // A name with a NUL is refused by std, and fault names are the user's.
        let builder = thread::Builder::new().name(name.replace('\0', " "));
        let (fault, experiment, sender) =
            (fault.clone(), Arc::clone(experiment), self.sender.clone());
        let work = move || {
            let ran =
                catch_unwind(AssertUnwindSafe(|| experiment.run(&fault, place.number, &stage)));
            let outcome = ran.unwrap_or_else(|payload| panicked(&*payload));
            // Nobody listens any more to one that was given up when all others were done.
            let _ = sender.send((place, outcome));
        };
        if let Err(error) = builder.spawn(work) {
            let _ = self.sender.send((place, not_started(&error)));
        }
    }

    /// Waits a little, and returns what has ended since, those that hang among them.
    fn ended(&mut self) -> Vec<(Place, Outcome)> {
        let mut ended = Vec::new();
        // An error is the time-out: the schedule itself holds a sender.
        if let Ok(first) = self.receiver.recv_timeout(LOOK) {
            ended.push(first);
            ended.extend(self.receiver.try_iter());
        }
        // One that was given up before, and ended after all, is not waited for any more.
        ended.retain(|(place, _)| self.running.iter().any(|(running, _)| running == place));
        self.running.retain(|(running, _)| ended.iter().all(|(place, _)| place != running));
        self.running.retain(|(place, stage)| match stage.abandon_if_overdue() {
            Some(reason) => {
                ended.push((*place, Outcome::Failed(reason)));
                false
            }
            None => true,
        });
        ended
    }
}

fn panicked(payload: &(dyn Any + Send)) -> Outcome {
    Outcome::Failed(format!("panicked: {}", sandbox::panic_message(payload)))
}

fn not_started(error: &io::Error) -> Outcome {
    Outcome::Failed(format!("cannot start its thread: {error}"))
}
