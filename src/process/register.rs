//! What a host knows of the programs that were started in it.

use std::sync::{Arc, Mutex, Weak};

use super::life::{Life, told};
use super::run::{Run, last_lines};
use crate::Host;
use crate::mutex::lock;

/// The programs of a host, in the order in which they were started.
#[derive(Default)]
pub(super) struct Register(Mutex<Vec<Entry>>);

/// A program, until the network is gone: what it has printed is told longer than anybody holds it.
#[derive(Clone)]
struct Entry {
    words: String,
    life: Arc<Life>,
    run: Weak<Run>,
}

/// A program as it is at this moment, for those who report.
pub(crate) struct Seen {
    /// The program with its arguments.
    pub(crate) words: String,
    /// Whether it runs, or how it has ended.
    pub(crate) state: String,
    /// The last lines that it has printed.
    pub(crate) output: String,
    /// All that is kept of its output, and how many bytes were given up before.
    pub(crate) whole: (String, u64),
}

/// How many lines of a program's output a report shows.
const LINES: usize = 20;

/// What runs in a host, in the order in which it was started.
pub(crate) fn runs(host: &Host) -> Vec<Arc<Run>> {
    let entries = host.attached::<Register>().entries();
    let runs = entries.iter().filter_map(|entry| entry.run.upgrade());
    runs.filter(|run| !run.is_over()).collect()
}

/// The programs of a host as they are now.
pub(crate) fn seen(host: &Host) -> Vec<Seen> {
    host.attached::<Register>().entries().into_iter().map(Entry::see).collect()
}

impl Register {
    /// Enters a run of a program.
    pub(super) fn enter(run: &Arc<Run>) {
        let (words, life, weak) = (run.words().to_owned(), run.life_shared(), Arc::downgrade(run));
        let register: Arc<Self> = run.host().attached();
        let mut entries = lock(&register.0);
        entries.push(Entry { words, life, run: weak });
    }

    fn entries(&self) -> Vec<Entry> {
        lock(&self.0).clone()
    }
}

impl Entry {
    fn see(self) -> Seen {
        let state = self.life.state();
        let text = state.output.text();
        let runs_on = state.leaves && !state.over;
        let told = match state.status {
            None => "runs".to_owned(),
            Some(status) if runs_on => {
                format!("ended with {}, but what it started is still running", told(status))
            }
            Some(status) => format!("ended with {}", told(status)),
        };
        let output = last_lines(&text, LINES);
        Seen { words: self.words, state: told, output, whole: (text, state.output.given_up()) }
    }
}
