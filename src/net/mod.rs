//! What is built: hosts, and the links between them.

mod address;
mod fixture;
mod host;
mod interface;
mod joining;
mod name;
mod namespace;
mod neighbour;
mod process;
mod runtime;
mod timers;
mod topology;
mod witness;

pub use fixture::{Fixtures, FromNet, Parameter, Plan};
pub use host::Host;
pub use runtime::{Task, block_on};
pub use timers::{TimerValues, Timers};
pub use topology::Net;
