//! Network namespaces as descriptors (namespaces(7)).

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use super::descriptor::own;

/// linux/sockios.h; in none of the libraries.
const SIOCGSKNS: libc::Ioctl = 0x894c;

/// What tells a namespace from all others that are there at the same time: the device and the inode
/// number of its file (namespaces(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// The identity of the namespace that a descriptor is open on.
    pub(crate) fn of(namespace: BorrowedFd<'_>) -> io::Result<Self> {
        let status = nix::sys::stat::fstat(namespace)?;
        Ok(Self { device: status.st_dev, inode: status.st_ino })
    }
}

/// Opens the network namespace of the calling thread.
///
/// It is asked of a socket that this thread makes for it (`SIOCGSKNS`, since Linux 4.9), so neither
/// a number nor a path takes part: `/proc` may be another PID namespace's, masked, or not there.
/// Without `CAP_NET_ADMIN` in the namespace the kernel does not tell, and `/proc/thread-self` is
/// the way: the kernel itself fills in whose it is.
pub(crate) fn of_this_thread() -> io::Result<OwnedFd> {
    of_new_socket().or_else(|_| Ok(File::open("/proc/thread-self/ns/net")?.into()))
}

fn of_new_socket() -> io::Result<OwnedFd> {
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC;
    // SAFETY: socket takes integers and touches no memory of ours.
    let socket = own(unsafe { libc::socket(libc::AF_UNIX, kind, 0) })?;
    // SAFETY: this request has no argument, and returns a new descriptor, which ends at an exec.
    own(unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), SIOCGSKNS) })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn both_ways_lead_to_the_same_namespace() {
        let by_proc = File::open("/proc/thread-self/ns/net").unwrap();
        let identity = Identity::of(by_proc.as_fd()).unwrap();
        assert_eq!(Identity::of(of_this_thread().unwrap().as_fd()).unwrap(), identity);
        // Without CAP_NET_ADMIN there is one way only.
        if let Ok(namespace) = of_new_socket() {
            assert_eq!(Identity::of(namespace.as_fd()).unwrap(), identity);
        }
    }
}
