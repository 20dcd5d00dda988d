//! A frame as a test wants it, with whatever address.
#![expect(unsafe_code, reason = "nix makes no address of a packet socket")]

use std::ffi::CString;
use std::io;
use std::os::fd::AsRawFd;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

/// Sends a whole Ethernet frame by this interface, in the namespace of this thread (packet(7)).
pub(crate) fn send(interface: &str, frame: &[u8]) -> io::Result<()> {
    let socket = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None)?;
    let name = CString::new(interface)?;
    // SAFETY: the kernel reads a name that ends with a zero.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    // SAFETY: `sockaddr_ll` consists of integers, for which all-zero bytes are a value.
    let mut to: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    to.sll_family = libc::AF_PACKET as u16;
    to.sll_ifindex = index as i32;
    // SAFETY: both pointers are to memory that is borrowed for the call, with its length.
    let sent = unsafe {
        libc::sendto(
            socket.as_raw_fd(),
            frame.as_ptr().cast(),
            frame.len(),
            0,
            (&raw const to).cast(),
            size_of::<libc::sockaddr_ll>() as libc::socklen_t,
        )
    };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
