//! Packet sockets (packet(7)): frames as they are on the wire.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::time::Duration;

use super::descriptor::own;

/// "Local Experimental EtherType 1" (IEEE Std 802): the frames of probes, which no IP stack sees.
pub(crate) const EXPERIMENT: u16 = 0x88b5;

/// Opens a socket for frames of one ethertype, on all interfaces of the calling thread's
/// namespace. It does not block.
pub(crate) fn open(ethertype: u16) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: socket takes integers and touches no memory of ours.
    own(unsafe { libc::socket(libc::AF_PACKET, kind, i32::from(ethertype.to_be())) })
}

/// Opens a socket that only sends, past the queues of the devices. It does not block.
pub(crate) fn open_for_sending() -> io::Result<OwnedFd> {
    let socket = open(0)?;
    set(socket.as_fd(), libc::SOL_PACKET, libc::PACKET_QDISC_BYPASS, &1_i32)?;
    Ok(socket)
}

/// Has what the socket sends from now on bear a mark (socket(7), `SO_MARK`).
pub(crate) fn mark(socket: BorrowedFd<'_>, mark: u32) -> io::Result<()> {
    set(socket, libc::SOL_SOCKET, libc::SO_MARK, &mark)
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

/// What the kernel says about a frame that it recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recorded {
    /// By the wall clock, since 1970.
    pub(crate) time: Duration,
    /// How long the frame is, of which only the beginning was recorded.
    pub(crate) length: u32,
    pub(crate) interface: u32,
    /// How much payload each packet has that the frame is to be cut into (GSO); zero if it is not.
    pub(crate) segment: u16,
}

/// `struct virtio_net_hdr` (linux/virtio_net.h): what the kernel says before a frame about how it is
/// to be cut.
pub(super) const CUT: usize = 10;

/// The size of the pieces that it tells of.
pub(super) fn segment(cut: &[u8; CUT]) -> u16 {
    let whole = cut[1] == 0;
    if whole { 0 } else { u16::from_ne_bytes([cut[4], cut[5]]) }
}

/// Has a socket that is not bound yet tell how frames are to be cut ([`Recorded::segment`]), and says
/// whether it does.
///
/// Before Linux 6.2 it would lose the frames of UDP that are to be cut, for which there was no word.
pub(crate) fn tell_segments(socket: BorrowedFd<'_>) -> bool {
    can_tell_segments() && set(socket, libc::SOL_PACKET, libc::PACKET_VNET_HDR, &1_i32).is_ok()
}

fn can_tell_segments() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    *CAN.get_or_init(|| {
        let Ok(release) = std::fs::read_to_string("/proc/sys/kernel/osrelease") else {
            return false;
        };
        let mut numbers = release.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
        (numbers.next(), numbers.next()) >= (Some(6), Some(2))
    })
}

/// Opens a socket that receives nothing until it is bound. It does not block.
pub(crate) fn open_unbound() -> io::Result<OwnedFd> {
    open(0)
}

/// Receives the frames of one ethertype from now on, on all interfaces.
pub(crate) fn bind(socket: BorrowedFd<'_>, ethertype: u16) -> io::Result<()> {
    // SAFETY: `sockaddr_ll` consists of integers, for which all-zero bytes are a value.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = ethertype.to_be();
    let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the pointer is to a local that outlives the call, with its length.
    let bound = unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) };
    if bound < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Lets a classic BPF program decide what is received, and how much of it.
pub(crate) fn filter(socket: BorrowedFd<'_>, program: &[libc::sock_filter]) -> io::Result<()> {
    let program =
        libc::sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
    set(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
}

/// Prepares a socket for [`receive`]: times of the kernel, true lengths, and as much room for
/// frames that wait as the system permits.
pub(crate) fn queue(socket: BorrowedFd<'_>, room: i32) -> io::Result<()> {
    set(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &1_i32)?;
    set(socket, libc::SOL_PACKET, libc::PACKET_AUXDATA, &1_i32)?;
    // Beyond net.core.rmem_max, which only the system's own root may.
    set(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &room)
        .or_else(|_| set(socket, libc::SOL_SOCKET, libc::SO_RCVBUF, &room))
}

/// How many frames the socket could not take since this was asked for the last time.
pub(crate) fn lost(socket: BorrowedFd<'_>) -> io::Result<u32> {
    let mut statistics = libc::tpacket_stats { tp_packets: 0, tp_drops: 0 };
    let mut length = size_of::<libc::tpacket_stats>() as libc::socklen_t;
    // SAFETY: both pointers are to locals that outlive the call, the length is of the first one.
    let asked = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_STATISTICS,
            (&raw mut statistics).cast(),
            &raw mut length,
        )
    };
    if asked < 0 { Err(io::Error::last_os_error()) } else { Ok(statistics.tp_drops) }
}

/// Takes the next frame that waits: what is known of it, and how many bytes are in `buffer`. `cut`
/// says whether the socket tells how it is to be cut ([`tell_segments`]).
pub(crate) fn receive(
    socket: BorrowedFd<'_>,
    buffer: &mut [u8],
    cut: bool,
) -> io::Result<Option<(Recorded, usize)>> {
    // SAFETY: `sockaddr_ll` consists of integers, for which all-zero bytes are a value.
    let mut from: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    // Of 64-bit words, because control messages are aligned.
    let mut control = [0_u64; 16];
    let mut head = [0_u8; CUT];
    let begin = if cut { CUT } else { 0 };
    let mut vectors = [
        libc::iovec { iov_base: head.as_mut_ptr().cast(), iov_len: begin },
        libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() },
    ];
    // SAFETY: `msghdr` consists of integers and pointers, for which all-zero bytes are a value.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_name = (&raw mut from).cast();
    message.msg_namelen = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    message.msg_iov = vectors.as_mut_ptr();
    message.msg_iovlen = vectors.len() as _;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of_val(&control) as _;
    // SAFETY: all pointers in the message are to locals and to `buffer`, with their lengths, and
    // those of `head` at most what it has.
    let received = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, 0) };
    if received < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::WouldBlock { Ok(None) } else { Err(error) };
    }
    let received = (received as usize).saturating_sub(begin);
    let mut recorded = Recorded {
        time: Duration::ZERO,
        length: received as u32,
        interface: from.sll_ifindex as u32,
        segment: segment(&head),
    };
    read_control(&message, &mut recorded);
    Ok(Some((recorded, received)))
}

fn read_control(message: &libc::msghdr, recorded: &mut Recorded) {
    // SAFETY: the kernel has filled in the message, whose control buffer lives in the caller.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(message) };
    while !next.is_null() {
        // SAFETY: not null, so it is the header of a control message within the buffer.
        let header = unsafe { *next };
        // SAFETY: as above.
        let data = unsafe { libc::CMSG_DATA(next) };
        match (header.cmsg_level, header.cmsg_type) {
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                // SAFETY: the data of this kind of message is one `timespec`.
                let time = unsafe { data.cast::<libc::timespec>().read_unaligned() };
                recorded.time = Duration::new(time.tv_sec as u64, time.tv_nsec as u32);
            }
            (libc::SOL_PACKET, libc::PACKET_AUXDATA) => {
                // SAFETY: the data of this kind of message is one `tpacket_auxdata`.
                let about = unsafe { data.cast::<libc::tpacket_auxdata>().read_unaligned() };
                recorded.length = about.tp_len;
            }
            _ => {}
        }
        // SAFETY: the header is one of this message.
        next = unsafe { libc::CMSG_NXTHDR(message, next) };
    }
}

/// The packet sockets that this process has open, whoever opened them.
pub(crate) fn all_open() -> Vec<RawFd> {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else { return Vec::new() };
    let numbers = open.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // The folder itself is open as long as it is read.
    numbers.filter(|fd| domain(*fd) == Some(libc::AF_PACKET)).collect()
}

/// The domain of a socket; `None` if it is none, or not open.
fn domain(fd: RawFd) -> Option<i32> {
    let mut domain = 0_i32;
    let mut length = size_of::<i32>() as libc::socklen_t;
    // SAFETY: both pointers are to locals that outlive the call, the length is of the first one. A
    // number that is not an open socket is an error.
    let asked = unsafe {
        libc::getsockopt(
            fd,
            libc::SOL_SOCKET,
            libc::SO_DOMAIN,
            (&raw mut domain).cast(),
            &raw mut length,
        )
    };
    (asked == 0).then_some(domain)
}

/// Sets an option of a socket to a value that the kernel reads during the call.
pub(super) fn set<T>(socket: BorrowedFd<'_>, level: i32, name: i32, value: &T) -> io::Result<()> {
    let length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the pointer and the length are of the same value, which is borrowed for the call.
    let done = unsafe {
        libc::setsockopt(socket.as_raw_fd(), level, name, (&raw const *value).cast(), length)
    };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
