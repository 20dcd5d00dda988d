//! Network address translation: what a router does to the addresses of the hosts behind it.

mod apply;
mod behind_nat;
mod conntrack;
mod table;
mod translation;

pub use behind_nat::BehindNat;
pub(crate) use table::TABLE;
pub use translation::{Forget, Nat};
