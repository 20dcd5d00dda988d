//! Packet sockets (packet(7)): frames as they are on the wire.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use super::descriptor::own;

/// Opens a socket for frames of one ethertype, on all interfaces of the calling thread's
/// namespace. It does not block.
pub(crate) fn open(ethertype: u16) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: socket takes integers and touches no memory of ours.
    own(unsafe { libc::socket(libc::AF_PACKET, kind, i32::from(ethertype.to_be())) })
}

/// Sends a whole frame, its Ethernet header included, by the interface of this index.
pub(crate) fn send(socket: BorrowedFd<'_>, interface: u32, frame: &[u8]) -> io::Result<()> {
    // SAFETY: `sockaddr_ll` consists of integers, for which all-zero bytes are a value.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_ifindex = interface as i32;
    // SAFETY: both pointers are to memory that is borrowed for the call, with its length.
    let sent = unsafe {
        libc::sendto(
            socket.as_raw_fd(),
            frame.as_ptr().cast(),
            frame.len(),
            0,
            (&raw const address).cast(),
            size_of::<libc::sockaddr_ll>() as libc::socklen_t,
        )
    };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
