//! Which trial runs when.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::course::Experiment;
use super::fault::Fault;
use super::outcome::Outcome;
use super::part::{self, Key, Outcomes};
use super::progress::Progress;

/// How many trials there are, and how many run at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) trials: usize,
    pub(super) parallel: usize,
}

/// How often the progress of the matrix is reported.
const LOOK: Duration = Duration::from_millis(100);

/// Runs all trials, each in a process of its own, and returns the outcomes of each fault, in the order
/// of its trials.
///
/// They are interleaved: the first trial of each fault, then the second of each.
pub(super) fn run(
    key: &Key,
    experiment: &Arc<Experiment>,
    faults: &[Fault],
    size: Size,
    progress: &mut Progress,
) -> Outcomes {
    let (sender, receiver) = channel();
    let mut schedule = Schedule { running: 0, sender, receiver };
    let mut outcomes: Vec<Vec<Option<Outcome>>> = vec![vec![None; size.trials]; faults.len()];
    let mut waiting = (0..size.trials)
        .flat_map(|number| (0..faults.len()).map(move |fault| Place { fault, number }));
    loop {
        while schedule.running < size.parallel {
            let Some(place) = waiting.next() else { break };
            schedule.start(key, place, &faults[place.fault], experiment);
        }
        if schedule.running == 0 {
            break;
        }
        // An error is the timeout: the schedule itself holds a sender.
        if let Ok((place, outcome)) = schedule.receiver.recv_timeout(LOOK) {
            schedule.running -= 1;
            progress.note(&faults[place.fault], &outcome);
            outcomes[place.fault][place.number] = Some(outcome);
        }
        progress.tell();
    }
    outcomes.into_iter().map(|trials| trials.into_iter().flatten().collect()).collect()
}

/// Which trial of which fault.
#[derive(Clone, Copy)]
struct Place {
    fault: usize,
    number: usize,
}

struct Schedule {
    running: usize,
    sender: Sender<(Place, Outcome)>,
    receiver: Receiver<(Place, Outcome)>,
}

impl Schedule {
    /// Starts a trial, and a thread that waits for it.
    fn start(&mut self, key: &Key, place: Place, fault: &Fault, experiment: &Arc<Experiment>) {
        self.running += 1;
        let (key, name) = (key.clone(), fault.name().to_owned());
        let (experiment, sender) = (Arc::clone(experiment), self.sender.clone());
        let work = move || {
            let attempt = || part::run(&key, (place.fault, &name), place.number);
            // The schedule listens as long as a trial runs.
            let _ = sender.send((place, experiment.repeat(attempt)));
        };
        let thread = thread::Builder::new().name("netns-test trial".to_owned());
        if let Err(error) = thread.spawn(work) {
            let _ = self.sender.send((place, not_started(&error)));
        }
    }
}

fn not_started(error: &io::Error) -> Outcome {
    Outcome::Failed(format!("cannot start its thread: {error}"))
}
