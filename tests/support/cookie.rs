//! Which network namespace a thread is in.
#![expect(unsafe_code, reason = "nix does not know SO_NETNS_COOKIE")]

use std::io;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;

/// What tells the namespace of this thread from all others (socket(7)), without any file.
pub(crate) fn cookie() -> io::Result<u64> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let mut cookie = 0_u64;
    let mut length = size_of::<u64>() as libc::socklen_t;
    // SAFETY: the kernel writes eight bytes, into a local that outlives the call.
    let got = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_NETNS_COOKIE,
            (&raw mut cookie).cast(),
            &raw mut length,
        )
    };
    if got == 0 { Ok(cookie) } else { Err(io::Error::last_os_error()) }
}
