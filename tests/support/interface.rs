//! An interface that a user's own program makes.
#![expect(unsafe_code, reason = "an interface is made by an ioctl, so that no program is needed")]

use std::ffi::CString;
use std::io;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;

/// Of linux/sockios.h, which libc does not have.
const SIOCBRADDBR: libc::Ioctl = 0x89a0;

/// `ip link add NAME type bridge`, in the namespace of this thread.
pub(crate) fn add_bridge(name: &str) -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let name = CString::new(name)?;
    // SAFETY: the kernel reads a name of at most 16 bytes with its terminator.
    match unsafe { libc::ioctl(socket.as_raw_fd(), SIOCBRADDBR, name.as_ptr()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
