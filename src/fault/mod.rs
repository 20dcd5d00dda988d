//! What goes wrong: blocks between hosts, and the rules that make them.

mod block;
mod firewall;
mod iptables;
mod line;
mod nftables;
mod policy;
mod reject;

pub use block::Block;
pub use firewall::{Backend, Rule};
pub use policy::Policy;
pub use reject::RejectWith;
