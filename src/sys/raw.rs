//! Raw sockets (raw(7)): packets with the IP header that the sender wrote.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use super::descriptor::own;

/// Opens a socket for packets of one protocol above IP, in the calling thread's namespace. What it
/// sends begins with the IP header. It does not block.
pub(crate) fn open(ipv6: bool, protocol: u8) -> io::Result<OwnedFd> {
    let family = if ipv6 { libc::AF_INET6 } else { libc::AF_INET };
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: socket takes integers and touches no memory of ours.
    let socket = own(unsafe { libc::socket(family, kind, i32::from(protocol)) })?;
    include_header(socket.as_fd(), ipv6)?;
    Ok(socket)
}

fn include_header(socket: BorrowedFd<'_>, ipv6: bool) -> io::Result<()> {
    let (level, option) = match ipv6 {
        false => (libc::IPPROTO_IP, libc::IP_HDRINCL),
        true => (libc::IPPROTO_IPV6, libc::IPV6_HDRINCL),
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
