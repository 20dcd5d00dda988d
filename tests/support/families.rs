//! The families of IP, and the names, that there are: a kernel may be without IPv6, where a test of
//! both is one of IPv4, and a system without a file of names.

use std::net::SocketAddr;

use netns_test::Listener;
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

/// Whether the kernel has IPv6.
pub(crate) fn has_ipv6() -> bool {
    let made = socket(AddressFamily::Inet6, SockType::Datagram, SockFlag::empty(), None);
    !matches!(made, Err(Errno::EAFNOSUPPORT))
}

/// Whether the kernel has IPv6, without which the test that asks cannot be run: that is told.
pub(crate) fn can_run_with_ipv6() -> bool {
    let has = has_ipv6();
    if !has {
        eprintln!("NOT RUN: this kernel has no IPv6");
    }
    has
}

/// For each family whether it is IPv6.
pub(crate) fn families() -> impl Iterator<Item = bool> + Clone {
    [false, true].into_iter().filter(|ipv6| !ipv6 || has_ipv6())
}

/// The address of a listener in each family.
pub(crate) fn addresses(listener: &Listener) -> Vec<SocketAddr> {
    families().map(|ipv6| if ipv6 { listener.addr_v6() } else { listener.addr() }).collect()
}

/// Whether the system has a file of names, in whose place hosts have theirs.
pub(crate) fn has_file_of_names() -> bool {
    std::path::Path::new("/etc/hosts").exists()
}
