use std::sync::Arc;

use super::address::Addresses;
use super::joining::Switch;

/// A host's end of a link.
#[derive(Clone)]
pub(crate) struct Interface {
    pub(crate) name: String,
    /// The number that the kernel knows it by; different for all interfaces of a net, so that
    /// `eth0@if4` in the words of ip-link(8) means one peer only.
    pub(crate) index: u32,
    pub(crate) addresses: Addresses,
    /// The number of its link: two hosts with an end of the same one reach each other directly.
    pub(crate) link: u8,
    /// Whether it has its IPv6 addresses: a kernel without IPv6 makes links all the same.
    pub(crate) ipv6: bool,
    /// The bridge that it leads to, which lives as long as one of its hosts does.
    pub(super) switch: Option<Arc<Switch>>,
}
