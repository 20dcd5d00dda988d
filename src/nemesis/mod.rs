//! A nemesis: one fault after the other, over a cluster, for as long as the test wants.
//!
//! Clusters fail again and again, in another way each time, and break at what nobody thought of: the
//! leader loses its power while a majority cannot see the node that has its last write. A nemesis draws
//! such a story from a seed, whole and before anything begins: which kinds of faults, on whom, how long
//! each lasts and how long it is quiet between. The test states what must hold all the while, and what
//! must come to hold in the quiet after it.
//!
//! ```no_run
//! use std::time::Duration;
//! use netns_test::nemesis::{Kind, Nemesis};
//! use netns_test::{Host, Policy, Result, eventually, netns_test};
//! # struct Cluster;
//! # impl Cluster {
//! #     fn start(_: [&Host; 5]) -> std::io::Result<Self> { Ok(Self) }
//! #     fn leaders_of_one_term(&self) -> usize { 1 }
//! #     fn has_leader(&self) -> bool { true }
//! # }
//!
//! #[netns_test(timeout = "2m")]
//! fn no_term_has_two_leaders(a: Host, b: Host, c: Host, d: Host, e: Host) -> Result {
//!     let nodes = [&a, &b, &c, &d, &e];
//!     let cluster = Cluster::start(nodes)?;
//!     let nemesis = Nemesis::of(nodes)
//!         .with([Kind::partition(Policy::drop()), Kind::cut(), Kind::freeze(), Kind::power_off()])
//!         .lasting_at_least(Duration::from_millis(500))
//!         .quiet_at_least(Duration::from_millis(300))
//!         .in_total(Duration::from_secs(60))
//!         .begin()?;
//!     nemesis.consistently(|| cluster.leaders_of_one_term() <= 1)?;
//!     eventually(Duration::from_secs(5), || cluster.has_leader())?;
//!     Ok(())
//! }
//! ```
//!
//! # What holds
//!
//! - **Drawn whole.** [`Nemesis::draw`] gives the [`Schedule`], which can be printed and looked at
//!   before it is begun. What cannot be is an error then, and nothing has begun.
//! - **The same again.** The same nemesis has the same schedule from the same seed: that of the test, which
//!   the report has when it fails, with the schedule and the command that draws it again;
//!   `NETNS_TEST_SEED` gives it.
//! - **One at a time.** A fault begins when the one before has been lifted and it has been quiet for as
//!   long as it must. The times are counted from when a fault is in effect and from when it is lifted, as
//!   the kernel has it. What is late has the following ones wait; it never shortens a fault or a quiet.
//!   [`Entry::late`] tells it, and so does the report. For faults on top of each other begin two of them.
//! - **All is healed** at its end: when [`Running::wait`], [`Running::heal`] or a claim has returned,
//!   when the [`Running`] is dropped, and when the test panics, also what was just being made. Killed
//!   processes run again.
//! - **In the timeline** each fault stands as any other.
//!
//! # Beside the test
//!
//! It is carried out on a thread of its own. Beside it the test claims by
//! [`Running::consistently`], which ends with it, or does its work while it is not
//! [over](Running::is_over):
//!
//! ```no_run
//! # use netns_test::{Host, Result, nemesis::Nemesis, netns_test};
//! # fn write(_: u64) -> std::io::Result<()> { Ok(()) }
//! # #[netns_test]
//! # fn t(a: Host, b: Host, c: Host) -> Result {
//! let nemesis = Nemesis::of([&a, &b, &c]).begin()?;
//! let mut acknowledged = Vec::new();
//! for number in 0.. {
//!     if nemesis.is_over() {
//!         break;
//!     }
//!     if write(number).is_ok() {
//!         acknowledged.push(number);
//!     }
//! }
//! nemesis.wait()?;
//! # Ok(())
//! # }
//! ```
//!
//! A single fault that begins when a condition is met, or ends by itself, is a [`Planned`] one.

mod carrier;
mod course;
mod dice;
mod drawn;
mod entry;
mod field;
mod kind;
mod machine;
#[expect(clippy::module_inception, reason = "the noun of the file is that of the module")]
mod nemesis;
mod network;
mod plan;
mod planned;
mod running;
mod schedule;
mod timing;
mod told;

pub use entry::Entry;
pub use kind::Kind;
pub use nemesis::Nemesis;
pub use planned::Planned;
pub use running::Running;
pub use schedule::Schedule;
pub(crate) use told::told;
