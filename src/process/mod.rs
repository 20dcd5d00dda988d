//! The processes of hosts: programs that are started, watched, stopped, killed and restarted.
//!
//! A [`program::Program`] says what to run. A [`run::Run`] is one run of it in its own PID namespace.
//! A [`process::Process`] is the handle that the test holds: it stays the same when the program is
//! restarted.

mod argument;
#[cfg(feature = "tokio")]
mod aside;
mod commands;
mod folder;
mod function;
mod life;
mod listening;
mod output;
mod patience;
mod printed;
#[expect(clippy::module_inception, reason = "one noun for each file, and the noun is this one")]
mod process;
#[cfg(feature = "tokio")]
mod process_async;
mod program;
mod register;
mod run;
#[cfg(feature = "tokio")]
mod start_async;
mod tasks;
mod user;
mod watch;
mod witness;

pub use argument::Argument;
#[cfg(feature = "tokio")]
pub(crate) use aside::aside;
pub use folder::Folder;
pub use process::Process;
pub use program::Program;
pub(crate) use register::{Seen, runs, seen};
pub(crate) use run::Run;
pub(crate) use witness::living_commands;
