//! What goes wrong: faults that stand, with one contract, and their first kind: blocks between
//! hosts, and the rules that make them.

mod block;
mod block_part;
mod counter;
mod explain;
mod firewall;
mod firewall_probe;
mod firewall_table;
mod iptables;
mod kept;
mod line;
#[cfg(test)]
pub(crate) mod lo_down;
mod notation;
mod observed;
mod part;
mod parts;
mod pause;
mod policy;
mod ports;
mod recipe;
mod register;
mod reject;
mod scope;
mod sever;
mod standing;
mod swap;
mod wire;

pub use block::Block;
pub use counter::Counter;
pub use explain::{ExplainedRule, Explanation};
pub use firewall::{Backend, Rule};
pub use kept::Kept;
pub use observed::Observed;
pub(crate) use part::Part;
pub use policy::{Policy, Told};
pub use ports::Ports;
pub(crate) use register::{InEffect, in_effect};
pub use reject::RejectWith;
pub(crate) use standing::Standing;
