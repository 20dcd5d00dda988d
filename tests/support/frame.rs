//! Frames as a test wants them, with whatever addresses.
#![expect(unsafe_code, reason = "nix makes no address of a packet socket")]

use std::ffi::CString;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsRawFd, OwnedFd};

use netns_test::{Host, Result};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, socket};

pub(crate) type Mac = [u8; 6];

pub(crate) const EVERYBODY: Mac = [0xff; 6];
pub(crate) const ARP: u16 = 0x0806;
pub(crate) const IPV4: u16 = 0x0800;
pub(crate) const IPV6: u16 = 0x86dd;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const ICMPV6: u8 = 58;

/// linux/if_packet.h
const PACKET_QDISC_BYPASS: i32 = 20;

/// Sends a whole Ethernet frame by this interface, in the namespace of this thread (packet(7)).
pub(crate) fn send(interface: &str, frame: &[u8]) -> io::Result<()> {
    let socket = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None)?;
    send_by(&socket, interface, frame)
}

/// The same so that no packet socket of the namespace sees it leave (`PACKET_QDISC_BYPASS`).
pub(crate) fn send_unseen(interface: &str, frame: &[u8]) -> io::Result<()> {
    let socket = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None)?;
    let bypass = 1_i32;
    // SAFETY: the pointer and the length are of the same value, which lives until the call returns.
    let set = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            PACKET_QDISC_BYPASS,
            (&raw const bypass).cast(),
            size_of::<i32>() as libc::socklen_t,
        )
    };
    if set < 0 {
        return Err(io::Error::last_os_error());
    }
    send_by(&socket, interface, frame)
}

fn send_by(socket: &OwnedFd, interface: &str, frame: &[u8]) -> io::Result<()> {
    let to = address(interface, 0)?;
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

/// Who sends many frames: to close its socket takes the kernel ten milliseconds and more.
pub(crate) struct Sender {
    host: Host,
    socket: OwnedFd,
}

impl Sender {
    pub(crate) fn of(host: &Host) -> Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC;
        let socket = host.run(|| socket(AddressFamily::Packet, SockType::Raw, flags, None))?;
        Ok(Self { host: host.clone(), socket })
    }

    pub(crate) fn send(&self, interface: &str, frame: &[u8]) -> io::Result<()> {
        self.host.run(|| send_by(&self.socket, interface, frame))
    }
}

fn address(interface: &str, ethertype: u16) -> io::Result<libc::sockaddr_ll> {
    let name = CString::new(interface)?;
    // SAFETY: the kernel reads a name that ends with a zero.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    if index == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: `sockaddr_ll` consists of integers, for which all-zero bytes are a value.
    let mut to: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    to.sll_family = libc::AF_PACKET as u16;
    to.sll_protocol = ethertype.to_be();
    to.sll_ifindex = index as i32;
    Ok(to)
}

/// What gets into a host: the frames of one ethertype, where a protocol of the host would get them.
pub(crate) struct Tap(OwnedFd);

impl Tap {
    pub(crate) fn of(host: &Host, interface: &str, ethertype: u16) -> Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let tap = host.run(|| -> io::Result<OwnedFd> {
            let tap = socket(AddressFamily::Packet, SockType::Raw, flags, None)?;
            let at = address(interface, ethertype)?;
            let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
            // SAFETY: the pointer is to a local that outlives the call, with its length.
            match unsafe { libc::bind(tap.as_raw_fd(), (&raw const at).cast(), length) } {
                0 => Ok(tap),
                _ => Err(io::Error::last_os_error()),
            }
        })?;
        Ok(Self(tap))
    }

    /// The frames that have got in since the last look.
    pub(crate) fn frames(&self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        let mut buffer = [0; 2048];
        while let Ok(length) = recv(self.0.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
            all.push(buffer[..length].to_vec());
        }
        all
    }
}

pub(crate) fn ethernet(to: Mac, from: Mac, ethertype: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = [&to[..], &from, &ethertype.to_be_bytes(), payload].concat();
    frame.resize(frame.len().max(60), 0);
    frame
}

/// The same with a tag of this VLAN (IEEE 802.1Q).
pub(crate) fn tagged(vlan: u16, frame: &[u8]) -> Vec<u8> {
    [&frame[..12], &[0x81, 0x00], &vlan.to_be_bytes(), &frame[12..]].concat()
}

/// An ARP packet: 1 asks, 2 answers (RFC 826).
pub(crate) fn arp(operation: u8, from: (Mac, Ipv4Addr), to: (Mac, Ipv4Addr)) -> Vec<u8> {
    let head = [0, 1, 8, 0, 6, 4, 0, operation];
    [&head[..], &from.0, &from.1.octets(), &to.0, &to.1.octets()].concat()
}

/// An IPv4 packet with its checksum, at which a bridge may look (br_netfilter).
pub(crate) fn ipv4(protocol: u8, from: Ipv4Addr, to: Ipv4Addr, payload: &[u8]) -> Vec<u8> {
    let length = (20 + payload.len()) as u16;
    let mut header = vec![0x45, 0];
    header.extend(length.to_be_bytes());
    header.extend([0, 0, 0, 0, 64, protocol, 0, 0]);
    header.extend([from.octets(), to.octets()].concat());
    let checksum = !sum(&header);
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
    [&header[..], payload].concat()
}

pub(crate) fn ipv6(next: u8, from: Ipv6Addr, to: Ipv6Addr, payload: &[u8]) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0];
    header.extend((payload.len() as u16).to_be_bytes());
    // Messages of neighbour discovery must have come over no router (RFC 4861).
    header.extend([next, 255]);
    header.extend([from.octets(), to.octets()].concat());
    [&header[..], payload].concat()
}

pub(crate) fn udp(from: u16, to: u16, payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len()) as u16;
    // A checksum of zero is none (RFC 768).
    let words = [from, to, length, 0].map(u16::to_be_bytes).concat();
    [&words[..], payload].concat()
}

/// A segment of TCP with its checksum, over IPv4. With options, so that a frame of it is not filled
/// up: the kernel would take what it is filled with for a part of the segment.
pub(crate) fn syn(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16)) -> Vec<u8> {
    let mut segment = [from.1, to.1].map(u16::to_be_bytes).concat();
    segment.extend([0, 0, 0, 7, 0, 0, 0, 0, 7 << 4, 0x02, 0xff, 0xff, 0, 0, 0, 0]);
    segment.extend([2, 4, 5, 0xb4, 1, 1, 1, 0]);
    let pseudo = [&from.0.octets()[..], &to.0.octets(), &[0, TCP, 0, 28], &segment].concat();
    let checksum = !sum(&pseudo);
    segment[16..18].copy_from_slice(&checksum.to_be_bytes());
    segment
}

/// A message of ICMPv6 with its checksum.
pub(crate) fn icmpv6(from: Ipv6Addr, to: Ipv6Addr, message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u32).to_be_bytes();
    let pseudo = [&from.octets()[..], &to.octets(), &length, &[0, 0, 0, ICMPV6], message].concat();
    let mut message = message.to_vec();
    message[2..4].copy_from_slice(&(!sum(&pseudo)).to_be_bytes());
    ipv6(ICMPV6, from, to, &message)
}

/// The sum of all words in ones' complement (RFC 1071).
fn sum(bytes: &[u8]) -> u16 {
    let word =
        |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or_default());
    let mut sum: u32 = bytes.chunks(2).map(word).sum();
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    sum as u16
}
