//! Network address translation: what a router does to the addresses of those behind it.

mod apply;
mod conntrack;
mod nat;
mod table;

pub use nat::{Forget, Nat};
