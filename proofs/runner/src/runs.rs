use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::busy::Busy;
use crate::options::Options;
use crate::proof::{Proof, ProofTest};
use crate::side::Side;

/// What all runs of one side have shown.
#[derive(Debug)]
pub(crate) struct SideResult<'a> {
    pub(crate) proof: &'a Proof,
    pub(crate) test: &'a ProofTest,
    pub(crate) side: &'a Side,
    /// How long each run took that showed what was expected.
    pub(crate) times: Vec<Duration>,
    /// Whether a run was begun.
    pub(crate) was_run: bool,
    /// What kept it from being run, or what a run has shown instead; with its output.
    pub(crate) problems: Vec<String>,
    /// What is as it should not be, and decides nothing.
    pub(crate) warning: Option<String>,
}

/// Builds all sides, then runs each as often as is asked for.
pub(crate) fn run<'a>(proofs: &'a [Proof], options: &Options) -> Vec<SideResult<'a>> {
    let mut results = Vec::new();
    let mut due = Vec::new();
    for (proof, test) in
        proofs.iter().flat_map(|proof| proof.tests.iter().map(move |test| (proof, test)))
    {
        let any = options.any_server;
        let server = proof.server.as_ref().map_or(Ok(None), |server| server.check(any));
        for side in &test.sides {
            let (times, problems) = (vec![], vec![]);
            let mut result =
                SideResult { proof, test, side, times, was_run: false, problems, warning: None };
            let executable = server.clone().and_then(|warning| {
                result.warning = warning;
                eprintln!("building {}, {}", proof.name, side.name);
                side.build()
            });
            match executable {
                Ok(executable) => {
                    result.was_run = true;
                    let runs =
                        (0..options.repeat.get()).map(|_| (results.len(), executable.clone()));
                    due.extend(runs);
                }
                Err(problem) => result.problems.push(format!("was not run: {problem}")),
            }
            results.push(result);
        }
    }
    let _busy = options.busy.then(Busy::start);
    let (results, next) =
        (results.into_iter().map(Mutex::new).collect::<Vec<_>>(), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..options.jobs.get() {
            scope.spawn(|| {
                while let Some((at, executable)) = due.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(&results[*at], executable);
                }
            });
        }
    });
    results.into_iter().map(|result| result.into_inner().expect("no run panics")).collect()
}

fn one(result: &Mutex<SideResult<'_>>, executable: &std::path::Path) {
    let (proof, test, side) = {
        let result = result.lock().expect("no run panics");
        (result.proof, result.test, result.side)
    };
    let begun = Instant::now();
    let output = side.run(executable);
    let took = begun.elapsed();
    let shown = output.and_then(|output| {
        side.expected.check(&test.claim, &output).map_err(|problem| {
            let said = [output.stdout, output.stderr].concat();
            format!("{problem}\n{}", String::from_utf8_lossy(&said))
        })
    });
    let word = shown.as_ref().map_or("NOT AS EXPECTED", |()| side.expected.word());
    eprintln!("{} {}: {word} after {:.1} s", proof.name, side.test, took.as_secs_f64());
    let mut result = result.lock().expect("no run panics");
    match shown {
        Ok(()) => result.times.push(took),
        Err(problem) => result.problems.push(problem),
    }
}
