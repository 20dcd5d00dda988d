//! Packet sockets that hand on whole frames: what is to be cut and summed up later stays so
//! (packet(7), `PACKET_VNET_HDR`).

use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use super::packet::{filter, open_for_sending, open_unbound, set};

/// `struct virtio_net_hdr` (linux/virtio_net.h), without its optional last word.
pub(crate) const HEADER: usize = 10;
/// The longest frame: 64 KiB of IP with its Ethernet header and two tags.
const LONGEST: usize = (64 << 10) + 22;
/// How many frames are taken with one system call.
const BATCH: usize = 16;
/// How much may wait in a socket, if the system permits it: `net.core.rmem_max` otherwise.
const ROOM: i32 = 64 << 20;

// linux/if_packet.h, asm-generic/socket.h; these are not in libc.
const PACKET_IGNORE_OUTGOING: i32 = 23;
const TP_STATUS_VLAN_VALID: u32 = 1 << 4;
const TP_STATUS_VLAN_TPID_VALID: u32 = 1 << 6;
const SO_RCVMARK: i32 = 75;
/// `prctl(2)`
const PR_SET_TIMERSLACK: i32 = 29;

/// Opens a socket in the namespace of this thread for what a device hands over, as far as a program
/// takes it.
pub(crate) fn open_tap(device: u32, program: &[libc::sock_filter]) -> io::Result<OwnedFd> {
    let socket = open_unbound()?;
    let fd = socket.as_fd();
    set(fd, libc::SOL_PACKET, libc::PACKET_VNET_HDR, &1_i32)?;
    set(fd, libc::SOL_PACKET, libc::PACKET_AUXDATA, &1_i32)?;
    set(fd, libc::SOL_PACKET, PACKET_IGNORE_OUTGOING, &1_i32)?;
    set(fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &1_i32)?;
    // Beyond net.core.rmem_max, which only the system's own root may.
    set(fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &ROOM)
        .or_else(|_| set(fd, libc::SOL_SOCKET, libc::SO_RCVBUF, &ROOM))?;
    filter(fd, program)?;
    bind_to(fd, device)?;
    Ok(socket)
}

/// Has a socket tell the mark of what it hands over (Linux 5.19), and says whether it does.
pub(crate) fn tell_marks(socket: BorrowedFd<'_>) -> bool {
    set(socket, libc::SOL_SOCKET, SO_RCVMARK, &1_i32).is_ok()
}

/// Opens a socket that gives frames to devices, past their queues and past all that records.
pub(crate) fn open_injector() -> io::Result<OwnedFd> {
    let socket = open_for_sending()?;
    set(socket.as_fd(), libc::SOL_PACKET, libc::PACKET_VNET_HDR, &1_i32)?;
    Ok(socket)
}

/// Receives all frames from now on that this device gets.
fn bind_to(socket: BorrowedFd<'_>, device: u32) -> io::Result<()> {
    let address = address(device, libc::ETH_P_ALL as u16);
    let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the pointer is to a local that outlives the call, with its length.
    let bound = unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) };
    if bound < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn address(device: u32, protocol: u16) -> libc::sockaddr_ll {
    // SAFETY: `sockaddr_ll` consists of integers, for which all-zero bytes are a value.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = protocol.to_be();
    address.sll_ifindex = device as i32;
    address
}

/// Gives a device a frame of this ethertype, with what the kernel said about it when it took it.
pub(crate) fn inject(
    socket: BorrowedFd<'_>,
    (device, ethertype): (u32, u16),
    header: &[u8; HEADER],
    frame: &[u8],
) -> io::Result<()> {
    let mut to = address(device, ethertype);
    let mut vectors = [
        libc::iovec { iov_base: header.as_ptr().cast_mut().cast(), iov_len: HEADER },
        libc::iovec { iov_base: frame.as_ptr().cast_mut().cast(), iov_len: frame.len() },
    ];
    // SAFETY: `msghdr` consists of integers and pointers, for which all-zero bytes are a value.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_name = (&raw mut to).cast();
    message.msg_namelen = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    message.msg_iov = vectors.as_mut_ptr();
    message.msg_iovlen = vectors.len() as _;
    // SAFETY: all pointers in the message are to what is borrowed or to locals, with their lengths,
    // and the kernel only reads what they point to.
    let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, 0) };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// What the kernel says about a frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    /// When it was handed over, by the wall clock, since 1970.
    pub(crate) time: Duration,
    /// Its mark, if the socket tells it.
    pub(crate) mark: Option<u32>,
    /// The VLAN tag that was taken out of it: ethertype and value.
    pub(crate) tag: Option<(u16, u16)>,
    pub(crate) header: [u8; HEADER],
}

/// Room for some frames.
pub(crate) struct Batch {
    frames: Vec<u8>,
    headers: [[u8; HEADER]; BATCH],
    /// Of 64-bit words, because control messages are aligned.
    control: [[u64; 16]; BATCH],
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self {
            frames: vec![0; BATCH * LONGEST],
            headers: [[0; HEADER]; BATCH],
            control: [[0; 16]; BATCH],
        }
    }

    /// Takes the frames that wait, as many as there is room for, and says how many that were.
    pub(crate) fn take(
        &mut self,
        socket: BorrowedFd<'_>,
        mut visit: impl FnMut(Said, &[u8]),
    ) -> io::Result<usize> {
        let frames = self.frames.as_mut_ptr();
        let mut vectors: [[libc::iovec; 2]; BATCH] = std::array::from_fn(|at| {
            let head = self.headers[at].as_mut_ptr().cast();
            // Within the buffer, which has room for as many.
            let frame = frames.wrapping_add(at * LONGEST).cast();
            [
                libc::iovec { iov_base: head, iov_len: HEADER },
                libc::iovec { iov_base: frame, iov_len: LONGEST },
            ]
        });
        let mut messages: [libc::mmsghdr; BATCH] = std::array::from_fn(|at| {
            // SAFETY: `mmsghdr` consists of integers and pointers, for which all-zero bytes are a
            // value.
            let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
            message.msg_hdr.msg_iov = vectors[at].as_mut_ptr();
            message.msg_hdr.msg_iovlen = 2;
            message.msg_hdr.msg_control = self.control[at].as_mut_ptr().cast();
            message.msg_hdr.msg_controllen = size_of::<[u64; 16]>() as _;
            message
        });
        // SAFETY: all pointers in the messages are to memory of ours that outlives the call, with
        // its lengths, and no two of them to the same.
        let taken = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                messages.as_mut_ptr(),
                BATCH as u32,
                libc::MSG_DONTWAIT as _,
                std::ptr::null_mut(),
            )
        };
        if taken < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::WouldBlock { Ok(0) } else { Err(error) };
        }
        for (at, message) in messages.iter().enumerate().take(taken as usize) {
            let length = (message.msg_len as usize).saturating_sub(HEADER).min(LONGEST);
            let said = said(&message.msg_hdr, self.headers[at]);
            visit(said, &self.frames[at * LONGEST..][..length]);
        }
        Ok(taken as usize)
    }
}

fn said(message: &libc::msghdr, header: [u8; HEADER]) -> Said {
    let mut said = Said { time: Duration::ZERO, mark: None, tag: None, header };
    // SAFETY: the kernel has filled in the message, whose control buffer lives in the caller.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(message) };
    while !next.is_null() {
        // SAFETY: not null, so it is the header of a control message within the buffer.
        let head = unsafe { *next };
        // SAFETY: as above.
        let data = unsafe { libc::CMSG_DATA(next) };
        match (head.cmsg_level, head.cmsg_type) {
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                // SAFETY: the data of this kind of message is one `timespec`.
                let time = unsafe { data.cast::<libc::timespec>().read_unaligned() };
                said.time = Duration::new(time.tv_sec as u64, time.tv_nsec as u32);
            }
            (libc::SOL_SOCKET, libc::SO_MARK) => {
                // SAFETY: the data of this kind of message is one number of 32 bits.
                said.mark = Some(unsafe { data.cast::<u32>().read_unaligned() });
            }
            (libc::SOL_PACKET, libc::PACKET_AUXDATA) => {
                // SAFETY: the data of this kind of message is one `tpacket_auxdata`.
                let about = unsafe { data.cast::<libc::tpacket_auxdata>().read_unaligned() };
                if about.tp_status & TP_STATUS_VLAN_VALID != 0 {
                    let known = about.tp_status & TP_STATUS_VLAN_TPID_VALID != 0;
                    let kind = if known { about.tp_vlan_tpid } else { libc::ETH_P_8021Q as u16 };
                    said.tag = Some((kind, about.tp_vlan_tci));
                }
            }
            _ => {}
        }
        // SAFETY: the header is one of this message.
        next = unsafe { libc::CMSG_NXTHDR(message, next) };
    }
    said
}

/// Has this thread's timers end when they are to: by default the kernel may add 50 µs.
pub(crate) fn without_timer_slack() {
    // SAFETY: this operation takes one number and changes nothing but this thread's timers.
    unsafe { libc::prctl(PR_SET_TIMERSLACK, 1_u64, 0_u64, 0_u64, 0_u64) };
}
