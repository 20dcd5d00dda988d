//! A nemesis: one fault after another, on a cluster, for as long as the test wants.
//!
//! Clusters fail again and again, differently each time, and break where nobody looked: the leader loses
//! power while a majority cannot see the node with its last write. A nemesis draws such a story from a
//! seed, completely, before anything begins: which faults, on which hosts, how long each lasts and how
//! long it is quiet in between. The test states what must hold throughout, and what must become true in
//! the quiet afterwards.
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
//! # Guarantees
//!
//! - **Drawn in advance.** [`Nemesis::draw`] gives the [`Schedule`], which can be printed and inspected
//!   before it begins. An impossible fault is an error then, before anything has begun.
//! - **Repeatable.** The same nemesis draws the same schedule from the same seed, which is that of the
//!   test. The report of a failed test has the seed, the schedule and the command that draws it again;
//!   `NETNS_TEST_SEED` sets the seed.
//! - **One at a time.** A fault begins when the previous one has been lifted and the quiet after it is
//!   over. Times count from when the kernel has the fault in effect, and from when it is lifted. A delay
//!   makes the following faults wait; it never shortens a fault or a quiet. [`Entry::late`] and the report
//!   show it. For overlapping faults, begin two nemeses. If they have the same hosts and the same kinds,
//!   they draw the same schedule: give one of them a [seed](Nemesis::seed) of its own.
//! - **Everything is healed** at the end: when [`Running::wait`], [`Running::heal`] or a claim has
//!   returned, when the [`Running`] is dropped, and when the test panics. That includes a fault that is
//!   just being made. Killed processes run again.
//! - **In the timeline** each fault is shown like any other.
//!
//! # Beside the test
//!
//! A nemesis runs on a thread of its own. Meanwhile the test claims by [`Running::consistently`], which
//! ends with the nemesis, or does its work until the nemesis is [over](Running::is_over):
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
//! For a single fault that begins when a condition is met, or ends by itself, see [`Planned`].

mod awaited;
mod carrier;
mod course;
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
