//! One detector against every fault: how often it detects each, after how long, and what it never
//! sees.
//!
//! Code that says "this peer is gone" is tested against the outage that its author thought of. The
//! matrix runs it against all that the crate can make, each several times and in a network of its
//! own, and shows the distribution of the times. The detector is given once, as a closure: it
//! starts the code under test and returns the question "is the peer considered alive?". When that
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
//! A monitor that sends a heartbeat every 50 ms, and takes its peer for dead when its connection
//! *fails*, passes a test that resets the connection. It never sees packets vanish: TCP goes on
//! repeating for a quarter of an hour. One that takes its peer for dead after 500 ms without an
//! answer sees both. `cargo run --release --example matrix` shows their tables; this is an
//! excerpt of the first:
//!
//! ```text
//! fault                         trials  detected     min  median    p90    max  recovered ...
//! nothing                            5         -       -       -      -      -          - ... ok
//! drop                               5    0 of 5       -       -      -      -     0 of 0 ... 5 of 5 not detected within 2s
//! reset                              5    5 of 5  6.6 ms   36 ms  51 ms  51 ms     5 of 5 ... ok
//! refuse icmp-host-unreachable       5    0 of 5       -       -      -      -     0 of 0 ... 5 of 5 not detected within 2s
//! sever, both told                   5    5 of 5  3.2 ms   26 ms  39 ms  39 ms     5 of 5 ... ok
//! ```
//!
//! # A trial
//!
//! As it is of a detector; of a cluster, each question is asked on a thread of its own in the same steps.
//!
//! 1. A fresh network, by default of two hosts: `server`, on which the detector runs by
//!    convention, and `client`, its peer. The detector is started, and must consider the peer alive
//!    in time ([`Matrix::starts_within`]).
//! 2. A time of quiet: if it considers the peer dead now, that is a *false alarm*. How long it is
//!    differs from trial to trial, so that the fault does not always come in the same part of a
//!    heartbeat's period.
//! 3. The fault. The clock starts when it is in effect
//!    ([`Block::in_effect_at`](crate::Block::in_effect_at)), and stops when the peer is considered
//!    dead: *detected*.
//! 4. The fault is lifted. The clock starts when that has returned, and stops when the peer is
//!    considered alive: *recovered*. A fault that was not detected has nothing to recover from.
//! 5. A time of quiet again: to consider it dead once more is a false alarm, too.
//! 6. The detector is stopped, and the network is gone.
//!
//! # A cluster
//!
//! Of several hosts there is more to ask than whether one is alive: who leads, whether writes are taken.
//! [`Matrix::asking`] takes [`Questions`], each with a name, a limit of its own where it needs one, and a group
//! of columns in the table. Rows are [partitions](Fault::partition), in the shapes of a
//! [`Split`](crate::Split) [around one host](Fault::partitions_around), and the other faults
//! [between two hosts](Fault::between) or [at one](Fault::at) that are chosen when the fault begins: the one
//! that leads then. What a fault is to do to an answer differs from question to question:
//! [`Fault::expects`] says it, in the words of [`Expect`].
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
//! Each trial runs in a process of its own, so that what is global there is new: pools, executors,
//! statics, environment variables. The test is run again for each, from the beginning of its body up
//! to the matrix: so the matrix stands first in a test, or what stands before it is cheap and the same
//! each time. What that prints is kept back; a matrix that has been run before is not run again, and
//! gives the same table. Nothing comes back from a trial but what is measured, what it prints, and its
//! panics, each of which fails the test ([`take_panics`](crate::take_panics)). [`Trial::put`] is for
//! what the detector and the fault share. A trial whose process aborts, exits or is killed is one that
//! has failed.
//!
//! The rows `frozen`, `killed` and `killed and restarted` are about a process of the peer, which the
//! trial names by [`Trial::set_process`]: the peer's code is [started](crate::Host::start) there as a
//! program or a [function](crate::Host::start_fn).
//!
//! A [harmless](Fault::harmless) fault, and `nothing`, must not be detected: there a "dead" at any
//! time is a false alarm. One that comes and goes between two looks is not seen, and these are a
//! millisecond apart only while the machine is quiet ([`Row::longest_gap`]). A detector whose code
//! counts or reports what it considers dead can say so in its next answer, and misses nothing; the
//! example does. An [optional](Fault::optional) one, such as a wire that is slow or lossy, may be
//! detected or not; what has detected it must recover.
//!
//! Trials are interleaved, first the first of each fault, then the second of each, so that what
//! else happens on the machine is spread over all rows. As many run at once as there are cores
//! ([`Matrix::parallel`]).
//!
//! # What fails
//!
//! A broken claim fails [`Matrix::run`], with the table in its text, and the verdict in the row.
//! [`Matrix::measure`] judges nothing. In both, a trial that cannot be carried out is an error of
//! its row, and of the whole when all the others are done: the detector returned an error, it
//! panicked, its process ended, or it hung, which ends its process.

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
