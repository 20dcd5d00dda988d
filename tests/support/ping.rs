//! ping(8).

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use netns_test::{Block, Host, Result, eventually};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrStorage, recv, sendto,
    socket,
};

const LIMIT: Duration = Duration::from_secs(10);

/// ICMP echo, by a raw socket.
pub(crate) struct Ping {
    socket: OwnedFd,
    to: IpAddr,
    number: u8,
}

impl Ping {
    pub(crate) fn of(host: &Host, to: IpAddr) -> Result<Self> {
        let (family, protocol) = match to {
            IpAddr::V4(_) => (AddressFamily::Inet, SockProtocol::Icmp),
            IpAddr::V6(_) => (AddressFamily::Inet6, SockProtocol::IcmpV6),
        };
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = host.run(|| socket(family, SockType::Raw, flags, protocol))?;
        Ok(Self { socket, to, number: 0 })
    }

    /// Sends one, and waits for nothing.
    pub(crate) fn send(&mut self) -> Result {
        self.number += 1;
        let kind = if self.to.is_ipv6() { 128 } else { 8 };
        let mut request = [kind, 0, 0, 0, 0, 0, 0, self.number];
        // Of all words, of which two are not zero. The kernel fills it in for ICMPv6.
        let checksum = !(u16::from(kind) << 8).wrapping_add(u16::from(self.number));
        request[2..4].copy_from_slice(&checksum.to_be_bytes());
        let to = SockaddrStorage::from(SocketAddr::from((self.to, 0)));
        sendto(self.socket.as_raw_fd(), &request, &to, MsgFlags::empty())?;
        Ok(())
    }

    /// Sends one, whose answer must be the first one to come.
    pub(crate) fn is_answered(&mut self) -> Result {
        self.send()?;
        let mut answer = None;
        eventually(LIMIT, || {
            answer = self.answer();
            answer.is_some()
        })?;
        assert_eq!(answer, Some(self.number), "{}", self.to);
        Ok(())
    }

    /// Sends one, which the block counts.
    pub(crate) fn vanishes(&mut self, block: &Block) -> Result {
        let before = block.packets();
        self.send()?;
        eventually(LIMIT, || block.packets() > before)?;
        assert_eq!(self.answer(), None, "{} under {block}", self.to);
        Ok(())
    }

    /// The number of the next echo reply that has arrived.
    fn answer(&self) -> Option<u8> {
        let mut buffer = [0; 256];
        loop {
            let length = recv(self.socket.as_raw_fd(), &mut buffer, MsgFlags::empty()).ok()?;
            // A raw socket shows the header of IPv4 (20 bytes) and not that of IPv6.
            let (message, reply) = match self.to {
                IpAddr::V4(_) => (&buffer[20..length], 0),
                IpAddr::V6(_) => (&buffer[..length], 129),
            };
            if message[0] == reply {
                return Some(message[7]);
            }
        }
    }
}
