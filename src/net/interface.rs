use std::sync::{Arc, OnceLock};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

use super::address::Addresses;
use super::link::Switch;

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

/// Whether this kernel has IPv6: whether it makes sockets of that family, which `ipv6.disable=1` on
/// its command line forbids. It does not change while it runs.
pub(super) fn kernel_has_ipv6() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        socket(AddressFamily::Inet6, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None).is_ok()
    })
}
