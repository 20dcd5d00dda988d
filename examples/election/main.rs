//! A cluster of five that elects a leader, and its tests on a network that really fails.
//!
//! - `node.rs`, `message.rs` and `record.rs` are the code under test: the election of Raft, over UDP. They
//!   know nothing of this crate.
//! - `cluster.rs` runs a node in each host, as a process, and observes all of them.
//! - `tests.rs` partitions the cluster in every shape, and `nemesis.rs` runs a nemesis against it. They
//!   check that there are never two leaders in one term. They catch a cluster that counts its majority
//!   wrong: `cargo test --example election`.
//! - This file asks the cluster three questions under each partition and prints the table:
//!   `cargo run --release --example election`, with `-- --json` for one line per row.

mod cluster;
mod message;
#[cfg(test)]
mod nemesis;
mod node;
mod record;
#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::time::Duration;

use netns_test::matrix::{Expect, Fault, Matrix, Questions, Trial};
use netns_test::{Host, Result, program};

use cluster::Cluster;

const NODES: [&str; 5] = ["a", "b", "c", "d", "e"];
/// Enough for several elections, some of them without a winner.
const ELECTED: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let json = std::env::args().any(|word| word == "--json");
    program(move || -> Result {
        let table = matrix(rows()).run()?;
        match json {
            true => print!("{}", table.to_json()),
            false => println!("{table}"),
        }
        Ok(())
    })
}

fn rows() -> Vec<Fault> {
    let of_leader = [Fault::frozen(), Fault::killed(), Fault::cut()].map(of_leader);
    [Fault::nothing()].into_iter().chain(partitions()).chain(of_leader).collect()
}

fn matrix(rows: impl IntoIterator<Item = Fault>) -> Matrix {
    let questions = Questions::of(|trial| {
        let cluster = Cluster::start(&trial.net().all_hosts(), node::majority_of(NODES.len()))?;
        cluster.processes().iter().for_each(|node| trial.set_process(node));
        Ok(cluster)
    });
    let questions = questions
        .ask("who leads", |cluster| cluster.leader().map(|host| host.name().to_owned()))
        .ask("one claims to", |cluster| cluster.claimants().len() == 1)
        .always("one in a term", |cluster| cluster.terms_of_two().is_ok_and(|two| two.is_empty()));
    Matrix::asking(questions)
        .host_names(NODES)
        .against(rows)
        .detects_within(ELECTED)
        .recovers_within(ELECTED)
        // Longer than a follower waits for its leader.
        .no_false_alarm_for(Duration::from_millis(250))
        .parallel(4)
}

/// The host that leads before the fault.
fn leader(trial: &Trial) -> Result<Host> {
    Ok(trial.net().host(&trial.answer("who leads")?)?)
}

/// What each partition does to the answers. In a bridge and a ring, nodes that do not hear the leader
/// challenge it: the outcome is chance.
fn partitions() -> impl Iterator<Item = Fault> {
    Fault::partitions_around("leader", leader).into_iter().map(|row| match row.name() {
        // It claims to lead until it has missed a majority for long enough.
        "leader alone" | "leader in a minority" | "leader is not heard" => moved(row),
        "leader in a majority" => {
            row.expects("who leads", Expect::Kept).expects("one claims to", Expect::Kept)
        }
        _ => row,
    })
}

fn of_leader(fault: Fault) -> Fault {
    let name = format!("leader {}", fault.name());
    moved(fault.named(name).at(leader))
}

fn moved(fault: Fault) -> Fault {
    fault.expects("who leads", Expect::Moved).expects("one claims to", Expect::Regained)
}
