//! One detector against every fault: how often it detects each, after how long, and which it never sees.
//!
//! Code that says "this peer is gone" is usually tested against the one outage that its author thought of.
//! The matrix runs it against every fault that the crate can make, several times each, every time in a
//! fresh network, and shows the distribution of the times. The detector is given once, as a closure: it
//! starts the code under test and returns the question "is the peer considered alive?". When the question
//! is dropped, the code under test stops.
//!
//! ```no_run
//! use std::time::Duration;
//! use netns_test::matrix::{Fault, Matrix};
//! use netns_test::{Result, netns_test};
//! # use netns_test::Host;
//! # struct Monitor;
//! # impl Monitor {
//! #     fn start(_: &Host, _: &Host) -> std::io::Result<Self> { Ok(Self) }
//! #     fn knows(&self, _: &str) -> bool { true }
//! # }
//!
//! #[netns_test(timeout = "2m")]
//! fn the_monitor_sees_every_fault() -> Result {
//!     let matrix = Matrix::new(|trial| {
//!         let monitor = Monitor::start(trial.host(), trial.peer())?;
//!         Ok(move || monitor.knows("client"))
//!     });
//!     let table = matrix
//!         .against(Fault::catalogue())
//!         .against([Fault::blip(Duration::from_millis(200))])
//!         .trials(5)
//!         .detects_within(Duration::from_secs(2))
//!         .recovers_within(Duration::from_secs(1))
//!         .no_false_alarm_for(Duration::from_millis(500))
//!         .run()?;
//!     println!("{table}");
//!     Ok(())
//! }
//! ```
//!
//! # What it is for
//!
//! A monitor that sends a heartbeat every 50 ms, and considers its peer dead when its connection *fails*,
//! passes a test that resets the connection. But it does not see packets vanish: TCP goes on
//! retransmitting for a quarter of an hour. A monitor that considers its peer dead after 500 ms without an
//! answer sees both. `cargo run --release --example matrix` shows the tables of both; this is an excerpt
//! of the first:
//!
//! ```text
//! fault                         trials  detected     min  median    p90    max  recovered ...
//! nothing                            5         -       -       -      -      -          - ... ok
//! drop                               5    0 of 5       -       -      -      -     0 of 0 ... 5 of 5 not detected within 2s
//! reset                              5    5 of 5  6.6 ms   36 ms  51 ms  51 ms     5 of 5 ... ok
//! refuse icmp-host-unreachable       5    0 of 5       -       -      -      -     0 of 0 ... 5 of 5 not detected within 2s
//! sever, both notified               5    5 of 5  3.2 ms   26 ms  39 ms  39 ms     5 of 5 ... ok
//! ```
//!
//! # A trial
//!
//! This describes a detector. In a matrix of a cluster, each question is asked on a thread of its own, in
//! the same steps.
//!
//! 1. A fresh network, by default of two hosts: `server`, on which the detector runs by convention, and
//!    `client`, its peer. The detector is started, and must consider the peer alive in time
//!    ([`Matrix::starts_within`]).
//! 2. A time of quiet: if the detector considers the peer dead now, that is a *false alarm*. Its length
//!    differs from trial to trial, so that the fault does not always hit the same part of a heartbeat's
//!    period.
//! 3. The fault. The clock starts when it is in effect
//!    ([`Block::in_effect_at`](crate::Block::in_effect_at)), and stops when the peer is considered dead:
//!    *detected*.
//! 4. The fault is lifted. The clock starts when lifting has returned, and stops when the peer is
//!    considered alive: *recovered*. A fault that was not detected has nothing to recover from.
//! 5. A time of quiet again: considering the peer dead now is also a false alarm.
//! 6. The detector is stopped, and the network is removed.
//!
//! # A cluster
//!
//! With several hosts there is more to ask than whether one is alive: who leads, whether writes are
//! accepted. [`Matrix::asking`] takes [`Questions`], each with a name, an optional limit of its own, and a
//! group of columns in the table. Rows are [partitions](Fault::partition), in the shapes of a
//! [`Split`](crate::Split) [around one host](Fault::partitions_around), and the other faults [between two
//! hosts](Fault::between) or [at one](Fault::at). These hosts are chosen when the fault begins: the
//! current leader, for instance. What a fault should do to an answer differs from question to question:
//! [`Fault::expects`] says it, in terms of [`Expect`].
//!
//! `cargo run --release --example election` shows the table of a leader election; this is an excerpt:
//!
//! ```text
//!                               who leads                             one claims to                            one in a term
//! fault                 trials  as expected   median     max   after  as expected      median     max   after  as expected    verdict
//! nothing                    5  kept 5 of 5        -       -  0.9 ms  kept 5 of 5           -       -  0.9 ms  always 5 of 5  ok
//! leader alone               5  moved 5 of 5   93 ms   99 ms  118 ms  regained 5 of 5  185 ms  256 ms  118 ms  always 5 of 5  ok
//! leader in a majority       5  kept 5 of 5        -       -   96 ms  kept 5 of 5           -       -  100 ms  always 5 of 5  ok
//! leader frozen              5  moved 5 of 5  218 ms  324 ms  2.1 ms  regained 5 of 5  316 ms  322 ms  2.1 ms  always 5 of 5  ok
//! ```
//!
//! # Each trial is a process
//!
//! Each trial runs in a process of its own, so that everything global is fresh: pools, executors, statics,
//! environment variables. The process runs the test again from the beginning of its body up to the matrix.
//! So put the matrix first in a test, or make sure that what comes before it is cheap and repeatable. Its
//! output up to there is suppressed. An earlier matrix of the same test is not run again, and gives the
//! same table. A trial returns only measurements, output and panics; each panic fails the test
//! ([`take_panics`](crate::take_panics)). [`Trial::put`] is for what the detector and the fault share. A
//! trial whose process aborts, exits or is killed has failed.
//!
//! The rows `frozen`, `killed` and `killed and restarted` act on a process of the peer, which the trial
//! names by [`Trial::set_process`]: [start](crate::Host::start) the peer's code there as a program or a
//! [function](crate::Host::start_fn).
//!
//! A [harmless](Fault::harmless) fault, and `nothing`, must not be detected: there a "dead" at any time is
//! a false alarm. One that comes and goes between two looks is missed, and looks are a millisecond apart
//! only while the machine is quiet ([`Row::longest_gap`]). A detector whose code counts or reports its
//! verdicts can pass a missed one on in its next answer; the example does that, and misses nothing. An
//! [optional](Fault::optional) fault, such as a slow or lossy wire, may be detected or not; a detector
//! that detects it must recover.
//!
//! Trials are interleaved, the first of each fault, then the second of each, so that other load on the
//! machine is spread over all rows. As many run at once as there are cores ([`Matrix::parallel`]).
//!
//! # What fails
//!
//! A broken claim fails [`Matrix::run`]; the error has the table, with the verdict in the row.
//! [`Matrix::measure`] judges nothing. In both, a trial that cannot be completed is an error of its row
//! and, once all others are done, of the whole matrix: the detector returned an error, it panicked, its
//! process ended, or it hung, which ends its process.

mod answer;
mod answers;
mod builder;
mod claims;
mod cluster_table;
mod course;
mod detector;
mod distribution;
mod expect;
mod fault;
mod guard;
mod interview;
mod line;
mod others;
mod outcome;
mod part;
mod partitions;
mod progress;
mod question;
mod questions;
mod refusal;
mod row;
#[cfg(feature = "tokio")]
mod run_async;
mod schedule;
mod stage;
mod table;
mod trial;

pub use answer::Answer;
pub use answers::Answers;
pub use builder::Matrix;
pub use detector::Detector;
pub use distribution::Distribution;
pub use expect::Expect;
pub use fault::Fault;
pub use guard::Guard;
pub use questions::Questions;
pub use row::Row;
pub use table::Table;
pub use trial::Trial;
