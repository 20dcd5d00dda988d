//! Network address translation: what a router does to the addresses of those behind it.

mod apply;
mod behind_nat;
mod conntrack;
mod nat;
mod table;

pub use behind_nat::BehindNat;
pub use nat::{Forget, Nat};
