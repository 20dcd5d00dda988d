//! The kernel takes namespaces away later, one batch after the other, and keeps its lock on the network
//! for most of that: whoever measures waits until it is done.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sched::{CloneFlags, setns};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};

use super::bare::{
    ACK, Bare, CREATE, IFLA_IFNAME, IFLA_INFO_DATA, IFLA_INFO_KIND, IFLA_LINKINFO, IFLA_NET_NS_FD,
    RTM_NEWLINK, VETH_INFO_PEER, attribute, current, link,
};

const RTMGRP_LINK: u32 = 1;
const RTM_DELLINK: u16 = 17;
const INDEX: u32 = 4000;

/// Waits until all namespaces are gone that nobody holds.
///
/// One more is given up, and what it is joined to us by is gone with it: the kernel takes them away
/// in the order in which they were given up.
pub(crate) fn wait_until_gone() -> io::Result<()> {
    let home = current()?;
    let route = SockProtocol::NetlinkRoute;
    let announcements =
        socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, route)?;
    bind(announcements.as_raw_fd(), &NetlinkAddr::new(0, RTMGRP_LINK))?;
    let last = Bare::make()?;
    let joined = last.ask(RTM_NEWLINK, ACK | CREATE, &joined_to(&home));
    setns(&home, CloneFlags::CLONE_NEWNET)?;
    joined?;
    drop(last);
    loop {
        let mut announced = [0; 8192];
        recv(announcements.as_raw_fd(), &mut announced, MsgFlags::empty())?;
        let kind = u16::from_ne_bytes([announced[4], announced[5]]);
        let index = u32::from_ne_bytes([20, 21, 22, 23].map(|at| announced[at]));
        if (kind, index) == (RTM_DELLINK, INDEX) {
            return Ok(());
        }
    }
}

/// A veth pair whose other end is with us.
fn joined_to(home: &OwnedFd) -> Vec<u8> {
    let mut peer = link(INDEX, 0);
    attribute(&mut peer, IFLA_IFNAME, b"sentinel\0");
    attribute(&mut peer, IFLA_NET_NS_FD, &home.as_raw_fd().to_ne_bytes());
    let (mut data, mut info) = (Vec::new(), Vec::new());
    attribute(&mut data, VETH_INFO_PEER, &peer);
    attribute(&mut info, IFLA_INFO_KIND, b"veth");
    attribute(&mut info, IFLA_INFO_DATA, &data);
    let mut message = link(INDEX, 0);
    attribute(&mut message, IFLA_LINKINFO, &info);
    message
}
