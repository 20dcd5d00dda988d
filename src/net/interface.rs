use std::net::IpAddr;
use std::sync::OnceLock;

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

use super::address::Addresses;

/// A host's end of a link.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    pub(crate) name: String,
    /// The number that the kernel knows it by; different for all interfaces of a net, so that
    /// `eth0@if4` in the words of ip-link(8) means one peer only.
    pub(crate) index: u32,
    pub(crate) addresses: Addresses,
    /// Its link: two hosts with an end of the same one reach each other directly.
    pub(crate) link: LinkId,
    /// Which of the link's ends it is, counted from 0: its place among the members and the ports.
    pub(crate) end: usize,
    /// Addresses that the test has given it beside its own.
    pub(crate) more: Vec<IpAddr>,
    /// Whether it has its IPv6 addresses: a kernel without IPv6 makes links all the same.
    pub(crate) ipv6: bool,
}

/// Tells the links of a process from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LinkId {
    pub(crate) net: u64,
    /// The number of the link in its net, from 0 in the order of creation.
    pub(crate) number: u16,
}

/// Whether this kernel has IPv6: whether it makes sockets of that family, which `ipv6.disable=1` on
/// its command line forbids. It does not change while it runs.
pub(crate) fn kernel_has_ipv6() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let made = socket(AddressFamily::Inet6, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None);
        // Any other error, too many open files for instance, says nothing about the kernel.
        made.err() != Some(Errno::EAFNOSUPPORT)
    })
}
