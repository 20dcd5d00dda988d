//! Rules in the kernel's nftables, over netlink.

mod evidence;
mod expression;
mod message;
mod script;
mod shared;
mod table;
mod wire;

pub(super) use table::Table;
pub(super) use wire::WireBlock;

const NETLINK_NETFILTER: isize = libc::NETLINK_NETFILTER as isize;

/// Why rules are no longer there when they are looked for.
pub(super) const FLUSHED: &str =
    "it was gone before: something flushed the ruleset, and the block ended then";

/// Whether something that a request names does not exist: an object, or a kind of expression.
pub(super) fn lacks(error: &crate::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::EOPNOTSUPP))
}
