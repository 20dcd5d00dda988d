//! The faults.
//!
//! A fault in effect is a [`standing::Standing`], whatever its kind: it has the place, the entries in the
//! record, the register of what is in effect, and everything that a guard offers. A kind is a
//! [`part::Part`], which puts itself in and out of effect and counts, and a thin public type. The first
//! kind is the [`block::Block`] between two hosts, with the rules that make it.

mod backend;
mod between;
mod block;
mod block_part;
mod close_timeout;
mod counter;
mod cut;
mod dice;
mod effect;
mod explain;
mod firewall_probe;
mod firewall_table;
mod foreseen;
mod freeze;
mod freeze_part;
mod guard;
mod icmp_kind;
mod impaired;
mod impairment;
#[cfg(feature = "iptables")]
mod iptables;
mod kept;
mod lateness;
mod line;
#[cfg(test)]
pub(crate) mod lo_down;
mod notation;
mod observed;
mod pairs;
mod part;
mod partition;
mod parts;
mod pause;
mod policy;
mod ports;
mod power;
mod power_part;
mod protocol;
mod ready;
mod recipe;
mod register;
mod reject;
mod relay;
mod rule;
mod scope;
mod seed;
mod sever;
mod split;
mod standing;
mod swap;
mod translation;
mod warning;
mod wire;
mod wire_part;

pub use backend::Backend;
pub use block::Block;
pub(crate) use close_timeout::probe_close_timeout;
pub use counter::Counter;
pub use cut::Cut;
pub(crate) use dice::Dice;
pub use effect::Notified;
pub use explain::{ExplainedRule, Explanation};
pub(crate) use foreseen::{foresee_block, foresee_impair, foresee_partition, foresee_path};
pub use freeze::Freeze;
pub use icmp_kind::IcmpKind;
pub use impaired::Impaired;
pub use impairment::{Distribution, Impairment, Loss, Rate};
pub use kept::Kept;
pub(crate) use lateness::Lateness;
pub use observed::Observed;
pub(crate) use pairs::Known;
pub(crate) use part::Part;
pub use partition::Partition;
pub use policy::Policy;
pub use ports::Ports;
pub use power::PowerOff;
pub(crate) use register::{InEffect, in_effect};
pub use reject::RejectWith;
pub use relay::WireCounts;
pub use rule::Rule;
pub(crate) use seed::{drawn as drawn_seed, of_test as seed_of_test, of_words};
pub use split::Split;
pub(crate) use standing::Standing;
