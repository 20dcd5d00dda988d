//! A trial in a process of its own: how it is found there, and how its outcome comes back.
//!
//! The process runs the same test again, up to the same matrix. Earlier matrices are not run again: the
//! process is given their outcomes.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::{self, park};
use std::time::Duration;

use super::course::Experiment;
use super::fault::Fault;
use super::outcome::Outcome;
use super::stage::Stage;
use crate::mutex::lock;
use crate::sandbox::{self, Answer, Rerun};
use crate::{Argument, Error};

/// Which matrix of a test it is: the line that runs it, and how often that had been run before.
pub(super) type Key = String;

/// The outcomes of a matrix: of each fault, in the order of its trials.
pub(super) type Outcomes = Vec<Vec<Outcome>>;

/// How often each line has run a matrix, and what the outcomes were, in the order of their ends.
static MATRICES: Mutex<Matrices> =
    Mutex::new(Matrices { begun: BTreeMap::new(), ended: Vec::new() });

struct Matrices {
    begun: BTreeMap<String, usize>,
    ended: Vec<(Key, Outcomes)>,
}

/// How often a running trial is checked.
const LOOK: Duration = Duration::from_millis(100);

/// Begins a matrix that is run at this line.
pub(super) fn begin(at: &Location<'_>) -> Key {
    let mut matrices = lock(&MATRICES);
    let times = matrices.begun.entry(at.to_string()).or_default();
    *times += 1;
    format!("{at}, {times}")
}

/// Notes the outcomes of a matrix, for trials of later ones.
pub(super) fn end(key: &Key, outcomes: &Outcomes) {
    let mut matrices = lock(&MATRICES);
    matrices.ended.push((key.clone(), outcomes.clone()));
}

/// A requested trial: its matrix, its fault and its number, and the outcomes of earlier matrices.
struct Asked {
    key: Key,
    fault: (usize, String),
    number: usize,
    ended: Vec<(Key, Outcomes)>,
}

impl Argument for Asked {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.key.encode(bytes);
        self.fault.encode(bytes);
        self.number.encode(bytes);
        self.ended.encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let (key, fault) = Argument::decode(bytes)?;
        let (number, ended) = Argument::decode(bytes)?;
        Some(Self { key, fault, number, ended })
    }
}

/// Runs a trial in a process of its own, and waits for it.
pub(super) fn run(key: &Key, fault: (usize, &str), number: usize) -> Outcome {
    let ended = lock(&MATRICES).ended.clone();
    let asked = Asked { key: key.clone(), fault: (fault.0, fault.1.to_owned()), number, ended };
    let mut bytes = Vec::new();
    asked.encode(&mut bytes);
    let started = match Rerun::start(&bytes) {
        Ok(started) => started,
        Err(error) => return Outcome::Failed(format!("cannot start its process: {error}")),
    };
    let name = format!("trial {} of {}", number + 1, fault.1);
    match started.wait(&name) {
        Ok(bytes) => Outcome::decode(&mut &*bytes)
            .unwrap_or_else(|| Outcome::Failed("its process has answered nonsense".to_owned())),
        Err(why) => Outcome::Failed(why),
    }
}

/// What a matrix does in the process of a trial: if the trial is its own, runs it and ends the process;
/// otherwise it has the outcomes that the process was given. `None` if the whole matrix is to be run.
pub(super) fn answer(
    key: &Key,
    faults: &[Fault],
    experiment: &Arc<Experiment>,
) -> Option<Result<Outcomes, Error>> {
    let process = sandbox::asked()?;
    let refused =
        |cause: &str| Some(Err(Error::new("run a matrix in the process of a trial", cause)));
    let Some(asked) = Asked::decode(&mut &*process.part) else {
        return refused("the request cannot be read");
    };
    if let Some((_, outcomes)) = asked.ended.into_iter().find(|(ended, _)| ended == key) {
        return Some(Ok(outcomes));
    }
    let (at, name) = asked.fault;
    let answer = if asked.key == *key { process.begin() } else { None };
    // One that runs beside the matrix that is asked for, which ends the process.
    let Some(answer) = answer else { wait_for_the_end() };
    match faults.get(at).filter(|fault| fault.name() == name) {
        Some(fault) => run_here(answer, experiment, fault, asked.number),
        None => give(answer, &Outcome::Failed(format!("there is no `{name}` in its own process"))),
    }
}

/// Runs a trial on a thread of its own, and ends the process when it has ended or hangs.
fn run_here(answer: Answer, experiment: &Arc<Experiment>, fault: &Fault, number: usize) -> ! {
    let stage = Arc::new(Stage::begin());
    let (sender, ended) = channel();
    let work = {
        let (experiment, fault, stage) =
            (Arc::clone(experiment), fault.clone(), Arc::clone(&stage));
        move || {
            let run = || experiment.run(&fault, number, &stage);
            let outcome = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
                Outcome::Failed(format!("panicked: {}", sandbox::panic_message(&*payload)))
            });
            // Nobody listens any more to one that was given up.
            let _ = sender.send(outcome);
        }
    };
    let name = format!("trial {} of {}", number + 1, fault.name());
    // A name with a NUL is refused by std, and fault names are the user's.
    let thread = thread::Builder::new().name(name.replace('\0', " "));
    if let Err(error) = thread.spawn(work) {
        give(answer, &Outcome::Failed(format!("cannot start its thread: {error}")))
    }
    loop {
        if let Ok(outcome) = ended.recv_timeout(LOOK) {
            give(answer, &outcome)
        }
        if let Some(reason) = stage.abandon_if_overdue() {
            give(answer, &Outcome::Failed(reason))
        }
    }
}

fn give(answer: Answer, outcome: &Outcome) -> ! {
    let mut bytes = Vec::new();
    outcome.encode(&mut bytes);
    answer.give(&bytes)
}

fn wait_for_the_end() -> ! {
    loop {
        park();
    }
}
