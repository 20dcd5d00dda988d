//! The processes of hosts: programs that are started, watched, stopped, killed and started again.
//!
//! A [`program::Program`] says what is to run, a [`run::Run`] is one run of it in a PID namespace of
//! its own, and a [`process::Process`] is what the test holds: the program under its name, whatever
//! run of it is the present one.

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
