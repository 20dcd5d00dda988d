use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// More than any kernel's `struct tcp_info`: 6.18 has 280 bytes.
pub(crate) const SIZE: usize = 512;

/// Reads `TCP_INFO` of a socket (tcp(7)), as the kernel lays it out (`linux/tcp.h`). What an older
/// kernel does not fill stays zero.
pub(crate) fn read(socket: BorrowedFd<'_>) -> io::Result<[u8; SIZE]> {
    let mut info = [0; SIZE];
    let mut length = SIZE as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes, which is the size of `info`, and any bytes
    // are a value of it; both pointers are to locals that outlive the call.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result == 0 { Ok(info) } else { Err(io::Error::last_os_error()) }
}
