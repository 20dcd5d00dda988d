//! Network devices by their numbers (netdevice(7)).

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// The name that a device of the socket's network namespace has now; `None` if there is none of this
/// number (`SIOCGIFNAME`).
pub(crate) fn name_of(socket: BorrowedFd<'_>, index: u32) -> io::Result<Option<String>> {
    // SAFETY: `ifreq` consists of integers and a union of such; all-zero bytes are a value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_ifru.ifru_ifindex = index as libc::c_int;
    // SAFETY: SIOCGIFNAME reads and writes one `ifreq`, a local that outlives the call.
    let asked = unsafe {
        libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFNAME as libc::Ioctl, &raw mut request)
    };
    if asked < 0 {
        let error = io::Error::last_os_error();
        return if error.raw_os_error() == Some(libc::ENODEV) { Ok(None) } else { Err(error) };
    }
    // SAFETY: the kernel has written a name with its terminator, in an array that outlives this.
    let name = unsafe { CStr::from_ptr(request.ifr_name.as_ptr()) };
    Ok(Some(name.to_string_lossy().into_owned()))
}
