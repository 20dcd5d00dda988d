//! What goes wrong: blocks between hosts, and the rules that make them.

mod block;
mod counter;
mod explain;
mod firewall;
mod firewall_probe;
mod iptables;
mod line;
mod live;
mod nftables;
mod notation;
mod observed;
mod part;
mod pause;
mod policy;
mod probe;
mod recipe;
mod reject;
mod scope;
mod sever;
mod swap;

pub use block::Block;
pub use counter::Counter;
pub use explain::{ExplainedRule, Explanation};
pub use firewall::{Backend, Rule};
pub(crate) use live::{InEffect, in_effect};
pub use observed::Observed;
pub use policy::{Policy, Told};
pub use reject::RejectWith;
