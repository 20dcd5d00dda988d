//! Raw sockets (raw(7)): packets with the IP header that the sender wrote.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use super::descriptor::own;
use crate::family::Family;

/// Opens a socket for packets of one protocol above IP, in the calling thread's namespace. What it
/// sends begins with the IP header. It does not block.
pub(crate) fn open(family: Family, protocol: u8) -> io::Result<OwnedFd> {
    let domain = family.of_two(libc::AF_INET, libc::AF_INET6);
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: socket takes integers and touches no memory of ours.
    let socket = own(unsafe { libc::socket(domain, kind, i32::from(protocol)) })?;
    include_header(socket.as_fd(), family)?;
    Ok(socket)
}

fn include_header(socket: BorrowedFd<'_>, family: Family) -> io::Result<()> {
    let (level, option) = match family {
        Family::Ipv4 => (libc::IPPROTO_IP, libc::IP_HDRINCL),
        Family::Ipv6 => (libc::IPPROTO_IPV6, libc::IPV6_HDRINCL),
    };
    let on: libc::c_int = 1;
    // SAFETY: the pointer is to an integer that outlives the call, with its length.
    let set = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const on).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if set < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
