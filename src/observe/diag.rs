//! The messages of sock_diag(7), by which the kernel lists its sockets and destroys them.
//!
//! Parsed here: a socket is some twenty numbers at fixed places, and `TCP_INFO` is kept as bytes, whatever
//! its length. Libraries decode every attribute of every socket, and fail on what an older kernel leaves
//! out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::TcpState;
use crate::netlink::{Message, each};

pub(super) const NETLINK_SOCK_DIAG: i32 = libc::NETLINK_SOCK_DIAG;

// linux/sock_diag.h, linux/inet_diag.h
const TCPDIAG_GETSOCK: u16 = 18;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const SOCK_DESTROY: u16 = 21;
const INET_DIAG_INFO: u16 = 2;
const INET_DIAG_CONG: u16 = 4;
const INET_DIAG_SKV6ONLY: u16 = 11;
const INET_DIAG_REQ_PROTOCOL: u16 = 3;
/// linux/in.h: a number that does not fit where the other protocols stand.
const IPPROTO_MPTCP: u32 = 262;
/// `struct inet_diag_sockid`
const ID: usize = 48;
/// `struct inet_diag_msg`
const RESPONSE: usize = 72;

/// A set of states, as the kernel writes it.
#[derive(Clone, Copy)]
pub(super) struct States(u32);

impl States {
    pub(super) const ALL: Self = Self(0xffe);

    /// net/tcp_states.h
    pub(super) const ESTABLISHED: Self = Self(1 << 1);

    /// The states of connections, including those that begin or end, but not TIME-WAIT.
    pub(super) const CONNECTIONS: Self = Self(Self::ALL.0 & !(1 << 6 | 1 << 7 | 1 << 10));
}

/// What is reported of each socket beside its addresses, its queues and its timer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    None,
    /// `TCP_INFO`, and the congestion control.
    Info,
}

/// Lists TCP sockets of both families. The older request can do that; its successor cannot, and for
/// each list the kernel walks the whole of a table that all its namespaces share.
pub(super) fn list_tcp(states: States, detail: Detail) -> Message {
    let extensions = match detail {
        Detail::None => 0,
        Detail::Info => 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_CONG - 1),
    };
    let mut bytes = vec![libc::AF_UNSPEC as u8, 0, 0, extensions];
    bytes.extend([0; ID]);
    bytes.extend(states.0.to_ne_bytes());
    bytes.extend([0; 4]);
    Message { kind: TCPDIAG_GETSOCK, bytes }
}

/// Lists the UDP sockets of one family.
pub(super) fn list_udp(family: u8) -> Message {
    let protocol = libc::IPPROTO_UDP as u8;
    by_family(SOCK_DIAG_BY_FAMILY, [family, protocol], States::ALL, &[0; ID])
}

/// Lists the MPTCP sockets of one family. They stand beside the TCP sockets that they consist of.
pub(super) fn list_mptcp(family: u8) -> Message {
    // With no protocol where the kernel looks that does not know the attribute: it has none.
    let mut list = by_family(SOCK_DIAG_BY_FAMILY, [family, 0], States::ALL, &[0; ID]);
    list.bytes.extend(8_u16.to_ne_bytes());
    list.bytes.extend(INET_DIAG_REQ_PROTOCOL.to_ne_bytes());
    list.bytes.extend(IPPROTO_MPTCP.to_ne_bytes());
    list
}

/// Destroys the one TCP socket that an answer has named.
pub(super) fn destroy(id: &Id) -> Message {
    let protocol = libc::IPPROTO_TCP as u8;
    by_family(SOCK_DESTROY, [id.family, protocol], States::ALL, &id.bytes)
}

/// Destroys the one UDP socket that an answer has named.
pub(super) fn destroy_udp(id: &Id) -> Message {
    let protocol = libc::IPPROTO_UDP as u8;
    by_family(SOCK_DESTROY, [id.family, protocol], States::ALL, &id.bytes)
}

fn by_family(kind: u16, socket: [u8; 2], states: States, id: &[u8; ID]) -> Message {
    let mut bytes = Vec::with_capacity(8 + ID);
    bytes.extend(socket);
    bytes.extend([0, 0]);
    bytes.extend(states.0.to_ne_bytes());
    bytes.extend(id);
    Message { kind, bytes }
}

/// The socket that an answer tells of; `None` if it does not tell of one.
pub(super) fn answer(message: &Message) -> Option<Answer<'_>> {
    let (header, attributes) = message.split()?;
    Some(Answer { header, attributes })
}

/// What the kernel finds a socket by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id {
    family: u8,
    bytes: [u8; ID],
}

/// `struct inet_diag_msg`, and the attributes behind it.
pub(super) struct Answer<'a> {
    header: &'a [u8; RESPONSE],
    attributes: &'a [u8],
}

impl<'a> Answer<'a> {
    pub(super) fn id(&self) -> Id {
        Id { family: self.header[0], bytes: self.chunk(4) }
    }

    pub(super) fn state(&self) -> Option<TcpState> {
        TcpState::from_number(self.header[1])
    }

    /// The number of the timer, how often it has expired, and in how many milliseconds it will.
    pub(super) fn timer(&self) -> (u8, u8, u32) {
        (self.header[2], self.header[3], self.u32(52))
    }

    pub(super) fn local(&self) -> SocketAddr {
        SocketAddr::new(self.ip(8), u16::from_be_bytes(self.chunk(4)))
    }

    pub(super) fn peer(&self) -> SocketAddr {
        SocketAddr::new(self.ip(24), u16::from_be_bytes(self.chunk(6)))
    }

    /// How many bytes wait to be read, and how many to be sent or acknowledged. Of a listener: how
    /// many connections wait to be accepted, and how many may.
    pub(super) fn queues(&self) -> [u32; 2] {
        [self.u32(56), self.u32(60)]
    }

    pub(super) fn uid(&self) -> u32 {
        self.u32(64)
    }

    pub(super) fn inode(&self) -> u32 {
        self.u32(68)
    }

    pub(super) fn info(&self) -> Option<&'a [u8]> {
        self.attribute(INET_DIAG_INFO)
    }

    pub(super) fn congestion(&self) -> Option<String> {
        let name = self.attribute(INET_DIAG_CONG)?;
        let name = name.split(|byte| *byte == 0).next()?;
        Some(String::from_utf8_lossy(name).into_owned())
    }

    /// Whether it takes IPv4 as well, under the one address that is none.
    pub(super) fn of_both_families(&self) -> bool {
        self.attribute(INET_DIAG_SKV6ONLY) == Some(&[0])
    }

    /// A socket of both families names IPv4 addresses as mapped ones.
    fn ip(&self, at: usize) -> IpAddr {
        if i32::from(self.header[0]) == libc::AF_INET {
            return Ipv4Addr::from(self.chunk::<4>(at)).into();
        }
        IpAddr::from(Ipv6Addr::from(self.chunk::<16>(at))).to_canonical()
    }

    fn attribute(&self, wanted: u16) -> Option<&'a [u8]> {
        each(self.attributes).find(|(kind, _)| *kind == wanted).map(|(_, value)| value)
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_ne_bytes(self.chunk(at))
    }

    fn chunk<const N: usize>(&self, at: usize) -> [u8; N] {
        let chunk = self.header.get(at..).and_then(|rest| rest.first_chunk());
        *chunk.expect("a place within the header")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer of a kernel that knows fewer attributes, and the shorter `tcp_info` of 3.10.
    fn bytes() -> Vec<u8> {
        let mut bytes = vec![libc::AF_INET6 as u8, 1, 1, 3];
        bytes.extend(7000_u16.to_be_bytes());
        bytes.extend(40_000_u16.to_be_bytes());
        bytes.extend(Ipv4Addr::new(10, 0, 0, 1).to_ipv6_mapped().octets());
        bytes.extend("fd00::2".parse::<Ipv6Addr>().expect("an address").octets());
        bytes.extend([0; 12]);
        for number in [204_u32, 5, 6, 1000, 77] {
            bytes.extend(number.to_ne_bytes());
        }
        bytes.extend(108_u16.to_ne_bytes());
        bytes.extend(INET_DIAG_INFO.to_ne_bytes());
        bytes.extend([1; 104]);
        bytes.extend([10_u16.to_ne_bytes(), INET_DIAG_CONG.to_ne_bytes()].concat());
        bytes.extend(b"cubic\0\0\0");
        bytes
    }

    #[test]
    fn a_socket_is_read_from_its_bytes() {
        let diag = Message { kind: TCPDIAG_GETSOCK, bytes: bytes() };
        let answer = answer(&diag).expect("it is long enough");
        assert_eq!(answer.local(), "10.0.0.1:7000".parse().expect("an address"));
        assert_eq!(answer.peer(), "[fd00::2]:40000".parse().expect("an address"));
        assert_eq!((answer.timer(), answer.queues()), ((1, 3, 204), [5, 6]));
        assert_eq!((answer.uid(), answer.inode()), (1000, 77));
        assert_eq!(answer.info().map(<[u8]>::len), Some(104));
        assert_eq!(answer.congestion().as_deref(), Some("cubic"));
        assert!(!answer.of_both_families());
    }

    #[test]
    fn what_is_cut_off_anywhere_is_read_without_a_panic() {
        let whole = bytes();
        for length in 0..whole.len() {
            let diag = Message { kind: TCPDIAG_GETSOCK, bytes: whole[..length].to_vec() };
            let Some(answer) = answer(&diag) else { continue };
            assert!(answer.info().is_none_or(|info| info.len() == 104));
            let _ = answer.congestion();
        }
    }
}
