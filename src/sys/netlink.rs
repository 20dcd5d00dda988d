//! Netlink sockets (netlink(7)).

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use super::descriptor::own;
use super::packet::set;

/// The room for messages, in bytes. An ordinary user gets twice `net.core.wmem_max` at most, and
/// `net.core.rmem_max` (socket(7)): by default these are 425,984 bytes.
const ROOM: i32 = 8 * 1024 * 1024;

/// Opens a socket to one of netlink's families, in the calling thread's namespace, that talks to the
/// kernel alone. The kernel gives it its address.
pub(crate) fn open(protocol: i32) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
    // SAFETY: socket takes integers and touches no memory of ours.
    let socket = own(unsafe { libc::socket(libc::AF_NETLINK, kind, protocol) })?;
    // SAFETY: `sockaddr_nl` consists of integers, for which all-zero bytes are a value.
    let mut address: libc::sockaddr_nl = unsafe { std::mem::zeroed() };
    address.nl_family = libc::AF_NETLINK as libc::sa_family_t;
    let length = size_of::<libc::sockaddr_nl>() as libc::socklen_t;
    for call in [libc::bind, libc::connect] {
        // SAFETY: both calls read one address of this length, a local that outlives them.
        if unsafe { call(socket.as_raw_fd(), (&raw const address).cast(), length) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    // As much room as there may be: a transaction is one message, however large.
    for [by_force, at_most] in
        [[libc::SO_SNDBUFFORCE, libc::SO_SNDBUF], [libc::SO_RCVBUFFORCE, libc::SO_RCVBUF]]
    {
        set(socket.as_fd(), libc::SOL_SOCKET, by_force, &ROOM)
            .or_else(|_| set(socket.as_fd(), libc::SOL_SOCKET, at_most, &ROOM))?;
    }
    // Words for failures, and no copy of the request in each answer. Older kernels have neither and lose
    // only the words.
    for option in [libc::NETLINK_EXT_ACK, libc::NETLINK_CAP_ACK] {
        let _ = set(socket.as_fd(), libc::SOL_NETLINK, option, &1_i32);
    }
    Ok(socket)
}

/// Listens to the announcements of a group.
pub(crate) fn join(socket: BorrowedFd<'_>, group: u32) -> io::Result<()> {
    set(socket, libc::SOL_NETLINK, libc::NETLINK_ADD_MEMBERSHIP, &group)
}

/// The next datagram, of at most `most` bytes. Does not wait.
pub(crate) fn receive(socket: BorrowedFd<'_>, most: usize) -> io::Result<Vec<u8>> {
    let mut datagram: Vec<u8> = Vec::with_capacity(most);
    let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
    // SAFETY: the pointer is to memory of at least `most` bytes, which outlives the call.
    let length =
        unsafe { libc::recv(socket.as_raw_fd(), datagram.as_mut_ptr().cast(), most, flags) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    if length > most {
        let cause = format!("an answer of the kernel has {length} bytes, more than {most}");
        return Err(io::Error::other(cause));
    }
    // SAFETY: the kernel has written that many bytes, which are no more than there is room for.
    unsafe { datagram.set_len(length) };
    Ok(datagram)
}
