//! What the kernel alone charges for two linked hosts.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, setns};

use super::bare::{
    ACK, Bare, CREATE, IFA_ADDRESS, IFA_LOCAL, IFF_UP, IFLA_IFNAME, IFLA_INFO_DATA, IFLA_INFO_KIND,
    IFLA_LINKINFO, IFLA_NET_NS_FD, RTM_GETLINK, RTM_NEWADDR, RTM_NEWLINK, VETH_INFO_PEER,
    attribute, current, link,
};

const INDEXES: [u32; 2] = [100, 200];
const ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 99, 0, 1), Ipv4Addr::new(10, 99, 0, 2)];

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
