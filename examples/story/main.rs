//! The story, live: what firewall rules really did to connections, and what people believed.
//!
//! `cargo run --release --example story` stages four combinations of rules, with two hosts for each backend
//! that this machine has. For each it prints what was done, what each side observed, and whether it was
//! as described. It ends with status 1 if one was not. `-- --json` prints one line for each instead.

mod fact;
mod stage;

use std::process::ExitCode;
use std::thread;

use fact::{Outcome, Staged};
use netns_test::{Backend, Error, Net, Result, program};
use stage::{CONCLUSIONS, Conclusion, Stage};

fn main() -> ExitCode {
    let json = std::env::args().any(|word| word == "--json");
    program(move || -> Result<ExitCode> {
        let mut all_hold = true;
        for (number, conclusion) in (1..).zip(&CONCLUSIONS) {
            if !json {
                println!("{number}. {}", conclusion.claim);
                for line in conclusion.done {
                    println!("     {line}");
                }
            }
            let outcomes = with_each_backend(conclusion);
            all_hold &= outcomes.iter().all(|(_, staged)| staged.holds() != Some(false));
            match json {
                true => outcomes.iter().for_each(|(backend, staged)| {
                    println!("{}", staged.json(number, *backend));
                }),
                false => println!("{}", fact::table(&outcomes)),
            }
        }
        Ok(if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// Stages a conclusion with all backends side by side, each with its own two hosts.
fn with_each_backend(conclusion: &Conclusion) -> Vec<(Backend, Staged)> {
    thread::scope(|scope| {
        let begin = |&backend| (backend, scope.spawn(move || stage(conclusion, backend)));
        let threads: Vec<_> = Backend::ALL.iter().map(begin).collect();
        let joined = threads.into_iter().map(|(backend, thread)| {
            let staged = thread.join().unwrap_or_else(|_| Staged::Failed("it panicked".to_owned()));
            (backend, staged)
        });
        joined.collect()
    })
}

fn stage(conclusion: &Conclusion, backend: Backend) -> Staged {
    let staged = || -> Result<Outcome> {
        let [server, client] = Net::new().hosts(["server", "client"])?;
        (conclusion.stage)(&Stage::new(server, client, backend)?)
    };
    match staged() {
        Ok(outcome) => Staged::Seen(outcome),
        Err(failure) => match failure.downcast_ref::<Error>() {
            Some(error) if error.is_unsupported() => Staged::NotRun,
            _ => Staged::Failed(format!("{failure:?}")),
        },
    }
}
