//! What the kernel alone charges for two linked hosts: bare netlink, every byte laid out by hand.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket,
};

const INDEXES: [u32; 2] = [100, 200];
const ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 99, 0, 1), Ipv4Addr::new(10, 99, 0, 2)];

// linux/rtnetlink.h, linux/netlink.h, linux/if_link.h, linux/veth.h
const RTM_NEWLINK: u16 = 16;
const RTM_GETLINK: u16 = 18;
const RTM_NEWADDR: u16 = 20;
const REQUEST: u16 = 0x1;
const ACK: u16 = 0x4;
const CREATE: u16 = 0x600;
const IFLA_IFNAME: u16 = 3;
const IFLA_LINKINFO: u16 = 18;
const IFLA_NET_NS_FD: u16 = 28;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFF_UP: u32 = 1;

/// Two namespaces, a veth pair, addresses, up, and the first TCP round trip.
pub(crate) fn two_hosts_echo() -> io::Result<Duration> {
    let home = current()?;
    let begun = Instant::now();
    let hosts = [Bare::make()?, Bare::make()?];
    setns(&hosts[0].namespace, CloneFlags::CLONE_NEWNET)?;
    hosts[0].ask(RTM_NEWLINK, ACK | CREATE, &pair(&hosts[1]))?;
    for ((host, index), address) in hosts.iter().zip(INDEXES).zip(ADDRESSES) {
        host.ask(RTM_NEWADDR, ACK | CREATE, &with_address(index, address))?;
    }
    for host in &hosts {
        host.ask(RTM_NEWLINK, ACK, &link(1, IFF_UP))?;
    }
    for (host, index) in hosts.iter().zip(INDEXES) {
        host.ask(RTM_NEWLINK, ACK, &link(index, IFF_UP))?;
    }
    for (host, index) in hosts.iter().zip(INDEXES) {
        host.ask(RTM_GETLINK, 0, &link(index, 0))?;
    }
    let listener = TcpListener::bind((ADDRESSES[0], 1234))?;
    setns(&hosts[1].namespace, CloneFlags::CLONE_NEWNET)?;
    let mut dialled = TcpStream::connect((ADDRESSES[0], 1234))?;
    let mut accepted = listener.accept()?.0;
    let mut bytes = [0; 3];
    dialled.write_all(b"hey")?;
    accepted.read_exact(&mut bytes)?;
    accepted.write_all(&bytes)?;
    dialled.read_exact(&mut bytes)?;
    let time = begun.elapsed();
    setns(&home, CloneFlags::CLONE_NEWNET)?;
    Ok(time)
}

struct Bare {
    namespace: OwnedFd,
    netlink: OwnedFd,
}

fn current() -> io::Result<OwnedFd> {
    Ok(File::open("/proc/thread-self/ns/net")?.into())
}

impl Bare {
    fn make() -> io::Result<Self> {
        unshare(CloneFlags::CLONE_NEWNET)?;
        let route = SockProtocol::NetlinkRoute;
        let netlink = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, route)?;
        Ok(Self { namespace: current()?, netlink })
    }

    fn ask(&self, kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
        let mut message = Vec::with_capacity(16 + body.len());
        message.extend((16 + body.len() as u32).to_ne_bytes());
        message.extend(kind.to_ne_bytes());
        message.extend((REQUEST | flags).to_ne_bytes());
        message.extend([0; 8]);
        message.extend(body);
        send(self.netlink.as_raw_fd(), &message, MsgFlags::empty())?;
        let mut answer = [0; 8192];
        recv(self.netlink.as_raw_fd(), &mut answer, MsgFlags::empty())?;
        let code = i32::from_ne_bytes([answer[16], answer[17], answer[18], answer[19]]);
        match u16::from_ne_bytes([answer[4], answer[5]]) {
            2 if code != 0 => Err(io::Error::from_raw_os_error(-code)),
            _ => Ok(()),
        }
    }
}

/// An `ifinfomsg`.
fn link(index: u32, flags: u32) -> Vec<u8> {
    let words = [0, index, flags, flags];
    words.into_iter().flat_map(u32::to_ne_bytes).collect()
}

fn pair(there: &Bare) -> Vec<u8> {
    let namespace = there.namespace.as_raw_fd().to_ne_bytes();
    let mut peer = link(INDEXES[1], 0);
    attribute(&mut peer, IFLA_IFNAME, b"eth0\0");
    attribute(&mut peer, IFLA_NET_NS_FD, &namespace);
    let (mut data, mut info) = (Vec::new(), Vec::new());
    attribute(&mut data, VETH_INFO_PEER, &peer);
    attribute(&mut info, IFLA_INFO_KIND, b"veth");
    attribute(&mut info, IFLA_INFO_DATA, &data);
    let mut message = link(INDEXES[0], 0);
    attribute(&mut message, IFLA_IFNAME, b"eth0\0");
    attribute(&mut message, IFLA_LINKINFO, &info);
    message
}

/// An `ifaddrmsg` with its address.
fn with_address(index: u32, address: Ipv4Addr) -> Vec<u8> {
    let mut message = vec![2, 24, 0, 0];
    message.extend(index.to_ne_bytes());
    attribute(&mut message, IFA_LOCAL, &address.octets());
    attribute(&mut message, IFA_ADDRESS, &address.octets());
    message
}

fn attribute(to: &mut Vec<u8>, kind: u16, value: &[u8]) {
    to.extend((4 + value.len() as u16).to_ne_bytes());
    to.extend(kind.to_ne_bytes());
    to.extend(value);
    to.resize(to.len().next_multiple_of(4), 0);
}
