//! An interface that a user's own program makes.
#![expect(unsafe_code, reason = "an interface is made by an ioctl, so that no program is needed")]

use std::ffi::CString;
use std::io;
use std::net::{Ipv4Addr, UdpSocket};
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

/// `ip address delete`: takes the IPv4 address of an interface away, in the namespace of this
/// thread (netdevice(7): an address of zeros).
pub(crate) fn take_ipv4(name: &str) -> io::Result<()> {
    // SAFETY: `ifreq` consists of integers, for which all-zero bytes are a value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    let address = libc::sockaddr { sa_family: libc::AF_INET as u16, sa_data: [0; 14] };
    request.ifr_ifru.ifru_addr = address;
    ask(name, libc::SIOCSIFADDR, request)
}

/// `ip address add`: gives an interface one more IPv4 address, in the namespace of this thread, under a
/// name of its own (netdevice(7), `NAME:1`).
pub(crate) fn add_ipv4(name: &str, address: Ipv4Addr) -> io::Result<()> {
    // SAFETY: as above.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    let mut sa_data = [0; 14];
    for (place, byte) in sa_data[2..].iter_mut().zip(address.octets()) {
        *place = byte as libc::c_char;
    }
    request.ifr_ifru.ifru_addr = libc::sockaddr { sa_family: libc::AF_INET as u16, sa_data };
    ask(&format!("{name}:1"), libc::SIOCSIFADDR, request)
}

/// `ip link set NAME down`, in the namespace of this thread. The kernel takes the interface's IPv6
/// addresses away with that.
pub(crate) fn set_down(name: &str) -> io::Result<()> {
    // SAFETY: as above. No flags is not up.
    let request: libc::ifreq = unsafe { std::mem::zeroed() };
    ask(name, libc::SIOCSIFFLAGS, request)
}

fn ask(name: &str, what: libc::c_ulong, mut request: libc::ifreq) -> io::Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    for (place, byte) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *place = byte as libc::c_char;
    }
    // SAFETY: the kernel reads a request that is borrowed for the call.
    match unsafe { libc::ioctl(socket.as_raw_fd(), what as libc::Ioctl, &raw const request) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
