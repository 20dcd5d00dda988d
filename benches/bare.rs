//! Bare netlink, every byte laid out by hand: what the kernel alone charges for a network.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket,
};

// linux/rtnetlink.h, linux/netlink.h, linux/if_link.h, linux/veth.h
pub(crate) const RTM_NEWLINK: u16 = 16;
pub(crate) const RTM_GETLINK: u16 = 18;
pub(crate) const RTM_NEWADDR: u16 = 20;
const REQUEST: u16 = 0x1;
pub(crate) const ACK: u16 = 0x4;
pub(crate) const CREATE: u16 = 0x600;
pub(crate) const IFLA_IFNAME: u16 = 3;
pub(crate) const IFLA_LINKINFO: u16 = 18;
pub(crate) const IFLA_NET_NS_FD: u16 = 28;
pub(crate) const IFLA_INFO_KIND: u16 = 1;
pub(crate) const IFLA_INFO_DATA: u16 = 2;
pub(crate) const VETH_INFO_PEER: u16 = 1;
pub(crate) const IFA_ADDRESS: u16 = 1;
pub(crate) const IFA_LOCAL: u16 = 2;
pub(crate) const IFF_UP: u32 = 1;
const NLMSG_ERROR: u16 = 2;

/// A network namespace, and a netlink socket in it.
pub(crate) struct Bare {
    pub(crate) namespace: OwnedFd,
    netlink: OwnedFd,
}

/// The namespace of this thread.
pub(crate) fn current() -> io::Result<OwnedFd> {
    Ok(File::open("/proc/thread-self/ns/net")?.into())
}

impl Bare {
    pub(crate) fn make() -> io::Result<Self> {
        unshare(CloneFlags::CLONE_NEWNET)?;
        let route = SockProtocol::NetlinkRoute;
        let netlink = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, route)?;
        Ok(Self { namespace: current()?, netlink })
    }

    /// Sends a request, and waits for its answer.
    pub(crate) fn ask(&self, kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
        self.send(&message(kind, flags, body))
    }

    /// Sends requests at once, and waits for one answer: one that is refused, or else the last one's.
    pub(crate) fn send(&self, messages: &[u8]) -> io::Result<()> {
        send(self.netlink.as_raw_fd(), messages, MsgFlags::empty())?;
        let mut answer = [0; 8192];
        recv(self.netlink.as_raw_fd(), &mut answer, MsgFlags::empty())?;
        let code = i32::from_ne_bytes([answer[16], answer[17], answer[18], answer[19]]);
        match u16::from_ne_bytes([answer[4], answer[5]]) {
            NLMSG_ERROR if code != 0 => Err(io::Error::from_raw_os_error(-code)),
            _ => Ok(()),
        }
    }
}

/// An `nlmsghdr` with what follows it. One without `ACK` is answered only if it is refused.
pub(crate) fn message(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(16 + body.len());
    message.extend((16 + body.len() as u32).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend((REQUEST | flags).to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    message
}

/// An `ifinfomsg`.
pub(crate) fn link(index: u32, flags: u32) -> Vec<u8> {
    let words = [0, index, flags, flags];
    words.into_iter().flat_map(u32::to_ne_bytes).collect()
}

/// Adds an attribute: an `rtattr` with its value.
pub(crate) fn attribute(to: &mut Vec<u8>, kind: u16, value: &[u8]) {
    to.extend((4 + value.len() as u16).to_ne_bytes());
    to.extend(kind.to_ne_bytes());
    to.extend(value);
    to.resize(to.len().next_multiple_of(4), 0);
}
