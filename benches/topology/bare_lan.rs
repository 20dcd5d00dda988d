//! The same LAN by bare netlink requests: a namespace with a bridge, and one for each host, with all
//! addresses, neighbours and routes that the crate's hosts have.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Instant;

use nix::sched::{CloneFlags, setns};

use super::bare::{
    ACK, Bare, CREATE, IFA_ADDRESS, IFA_LOCAL, IFF_UP, IFLA_IFNAME, IFLA_INFO_DATA, IFLA_INFO_KIND,
    IFLA_LINKINFO, IFLA_NET_NS_FD, RTM_GETLINK, RTM_NEWADDR, RTM_NEWLINK, VETH_INFO_PEER,
    attribute, current, link, message,
};
use super::conversation::{Hosts, Spoken, all_speak};
use super::gone::wait_until_gone;

// linux/rtnetlink.h, linux/if_link.h, linux/neighbour.h
const RTM_NEWROUTE: u16 = 24;
const RTM_NEWNEIGH: u16 = 28;
const IFLA_ADDRESS: u16 = 1;
const IFLA_MASTER: u16 = 10;
const IFLA_AF_SPEC: u16 = 26;
const IFLA_NUM_TX_QUEUES: u16 = 31;
const IFLA_NUM_RX_QUEUES: u16 = 32;
const IFLA_BR_MCAST_SNOOPING: u16 = 23;
const IFLA_INET6_ADDR_GEN_MODE: u16 = 8;
const ADDR_GEN_MODE_NONE: u8 = 1;
const IFA_F_NODAD: u8 = 2;
const NDA_DST: u16 = 1;
const NDA_LLADDR: u16 = 2;
const NUD_FAILED: u16 = 0x20;
const NUD_NOARP: u16 = 0x40;
const NUD_PERMANENT: u16 = 0x80;
const NTF_MASTER: u8 = 4;
const NTF_EXT_LEARNED: u8 = 0x10;
const AF_INET: u8 = libc::AF_INET as u8;
const AF_INET6: u8 = libc::AF_INET6 as u8;
const AF_BRIDGE: u8 = libc::AF_BRIDGE as u8;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTNH_F_ONLINK: u32 = 4;

const LOOPBACK: u32 = 1;
const BRIDGE: u32 = 10;
/// Of the first port; the hosts' ends have those from 1,000 on.
const PORTS: u32 = 11;
const ENDS: u32 = 1000;
/// On larger LANs hosts do not know each other in advance.
const MOST_KNOWN: u8 = 64;
/// The gateways, which are nobody.
const GATEWAYS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 0, 254)),
    IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 255)),
];

/// From nothing to the moment at which each host has spoken to its neighbour.
pub(crate) fn measure(hosts: usize) -> io::Result<Spoken> {
    wait_until_gone()?;
    let home = current()?;
    let begun = Instant::now();
    let lan = BareLan::make(hosts as u8)?;
    let spoken = all_speak(begun, &lan, hosts);
    setns(&home, CloneFlags::CLONE_NEWNET)?;
    spoken
}

struct BareLan {
    hosts: Vec<Bare>,
    /// Keeps the bridge.
    _switch: Bare,
}

impl BareLan {
    fn make(count: u8) -> io::Result<Self> {
        let hosts: Vec<Bare> = (0..count).map(|_| Bare::make()).collect::<io::Result<_>>()?;
        let switch = Bare::make()?;
        let mut batch = Batch::new();
        batch.add(RTM_NEWLINK, CREATE, &bridge());
        batch.add(RTM_NEWLINK, 0, &without_generated_addresses(BRIDGE));
        batch.add(RTM_NEWLINK, 0, &link(BRIDGE, IFF_UP));
        for (number, host) in hosts.iter().enumerate() {
            batch.add(RTM_NEWLINK, CREATE, &port(number as u8, host));
            batch.add(RTM_NEWNEIGH, CREATE, &behind_port(number as u8));
        }
        switch.send(&batch.acknowledged())?;
        let ipv6 = UdpSocket::bind("[::1]:0").is_ok() || UdpSocket::bind("[::]:0").is_ok();
        for (number, host) in hosts.iter().enumerate() {
            host.send(&configured(number as u8, count, ipv6).acknowledged())?;
        }
        for (number, host) in hosts.iter().enumerate() {
            host.ask(RTM_GETLINK, 0, &link(ENDS + number as u32, 0))?;
            switch.ask(RTM_GETLINK, 0, &link(PORTS + number as u32, 0))?;
        }
        Ok(Self { hosts, _switch: switch })
    }

    fn enter(&self, host: usize) -> io::Result<()> {
        Ok(setns(&self.hosts[host].namespace, CloneFlags::CLONE_NEWNET)?)
    }
}

impl Hosts for BareLan {
    fn address(&self, host: usize) -> Ipv4Addr {
        v4(host as u8)
    }

    fn listen(&self, host: usize, at: SocketAddr) -> io::Result<TcpListener> {
        self.enter(host)?;
        TcpListener::bind(at)
    }

    fn dial(&self, host: usize, to: SocketAddr) -> io::Result<TcpStream> {
        self.enter(host)?;
        TcpStream::connect(to)
    }
}

/// Requests that are sent at once, and of which only the last one is acknowledged.
struct Batch {
    bytes: Vec<u8>,
    last: usize,
}

impl Batch {
    fn new() -> Self {
        Self { bytes: Vec::new(), last: 0 }
    }

    fn add(&mut self, kind: u16, flags: u16, body: &[u8]) {
        self.last = self.bytes.len();
        self.bytes.extend(message(kind, flags, body));
    }

    fn acknowledged(mut self) -> Vec<u8> {
        // The low byte of `nlmsg_flags`, on a machine of either order.
        let at = self.last + 6;
        let flags = u16::from_ne_bytes([self.bytes[at], self.bytes[at + 1]]) | ACK;
        self.bytes[at..at + 2].copy_from_slice(&flags.to_ne_bytes());
        self.bytes
    }
}

fn v4(host: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, host + 1)
}

fn v6(host: u8) -> [Ipv6Addr; 2] {
    [0xfd00, 0xfe80].map(|net| Ipv6Addr::new(net, 0, 0, 0, 0, 0, 0, u16::from(host) + 1))
}

fn mac(last: u8) -> [u8; 6] {
    [2, 0, 0, 0, 0, last]
}

fn nested(parts: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, value) in parts {
        attribute(&mut bytes, *kind, value);
    }
    bytes
}

fn with(mut message: Vec<u8>, parts: &[(u16, &[u8])]) -> Vec<u8> {
    message.extend(nested(parts));
    message
}

fn bridge() -> Vec<u8> {
    let data = nested(&[(IFLA_BR_MCAST_SNOOPING, &[0])]);
    let info = nested(&[(IFLA_INFO_KIND, b"bridge"), (IFLA_INFO_DATA, &data)]);
    let address = mac(255);
    with(
        link(BRIDGE, 0),
        &[(IFLA_IFNAME, b"br0\0"), (IFLA_ADDRESS, &address), (IFLA_LINKINFO, &info)],
    )
}

/// A veth pair: a port of the bridge, and a host's end.
fn port(number: u8, host: &Bare) -> Vec<u8> {
    let one = 1u32.to_ne_bytes();
    let namespace = host.namespace.as_raw_fd().to_ne_bytes();
    let peer = with(
        link(ENDS + u32::from(number), 0),
        &[
            (IFLA_IFNAME, b"eth0\0"),
            (IFLA_ADDRESS, &mac(number + 1)),
            (IFLA_NUM_TX_QUEUES, &one),
            (IFLA_NUM_RX_QUEUES, &one),
            (IFLA_NET_NS_FD, &namespace),
        ],
    );
    let data = nested(&[(VETH_INFO_PEER, &peer)]);
    let info = nested(&[(IFLA_INFO_KIND, b"veth"), (IFLA_INFO_DATA, &data)]);
    let name = format!("port{number}\0");
    with(
        link(PORTS + u32::from(number), IFF_UP),
        &[
            (IFLA_IFNAME, name.as_bytes()),
            (IFLA_MASTER, &BRIDGE.to_ne_bytes()),
            (IFLA_NUM_TX_QUEUES, &one),
            (IFLA_NUM_RX_QUEUES, &one),
            (IFLA_LINKINFO, &info),
        ],
    )
}

fn behind_port(number: u8) -> Vec<u8> {
    let entry = neighbour(AF_BRIDGE, PORTS + u32::from(number), NUD_NOARP, NTF_MASTER);
    with(entry, &[(NDA_LLADDR, &mac(number + 1))])
}

/// What a host is told: its addresses, that it is up, who else is there, and where all else goes.
fn configured(number: u8, count: u8, ipv6: bool) -> Batch {
    let end = ENDS + u32::from(number);
    let mut batch = Batch::new();
    if ipv6 {
        batch.add(RTM_NEWLINK, 0, &without_generated_addresses(end));
    }
    batch.add(RTM_NEWLINK, 0, &link(LOOPBACK, IFF_UP));
    batch.add(RTM_NEWLINK, 0, &link(end, IFF_UP));
    let of = |host: u8| {
        let v6 = v6(host).map(IpAddr::from).into_iter().filter(move |_| ipv6);
        std::iter::once(IpAddr::from(v4(host))).chain(v6)
    };
    for address in of(number) {
        batch.add(RTM_NEWADDR, CREATE, &with_address(end, address));
    }
    let known = if count <= MOST_KNOWN { count } else { 0 };
    for address in (0..known).filter(|other| *other != number).flat_map(of) {
        let (family, bytes) = octets(address);
        let entry = neighbour(family, end, NUD_FAILED, NTF_EXT_LEARNED);
        batch.add(RTM_NEWNEIGH, CREATE, &with(entry, &[(NDA_DST, &bytes)]));
    }
    for gateway in GATEWAYS.into_iter().filter(|gateway| ipv6 || gateway.is_ipv4()) {
        let (family, bytes) = octets(gateway);
        let entry = neighbour(family, end, NUD_PERMANENT, 0);
        let entry = with(entry, &[(NDA_DST, &bytes), (NDA_LLADDR, &mac(255))]);
        batch.add(RTM_NEWNEIGH, CREATE, &entry);
        batch.add(RTM_NEWROUTE, CREATE, &default_route(family, &bytes, end));
    }
    batch
}

fn octets(address: IpAddr) -> (u8, Vec<u8>) {
    match address {
        IpAddr::V4(v4) => (AF_INET, v4.octets().to_vec()),
        IpAddr::V6(v6) => (AF_INET6, v6.octets().to_vec()),
    }
}

fn without_generated_addresses(index: u32) -> Vec<u8> {
    let mode = nested(&[(IFLA_INET6_ADDR_GEN_MODE, &[ADDR_GEN_MODE_NONE])]);
    let families = nested(&[(u16::from(AF_INET6), &mode)]);
    with(link(index, 0), &[(IFLA_AF_SPEC, &families)])
}

/// An `ifaddrmsg` with its address.
fn with_address(index: u32, address: IpAddr) -> Vec<u8> {
    let (family, bytes) = octets(address);
    let (prefix, flags) = if family == AF_INET { (24, 0) } else { (64, IFA_F_NODAD) };
    let mut message = vec![family, prefix, flags, 0];
    message.extend(index.to_ne_bytes());
    with(message, &[(IFA_LOCAL, &bytes), (IFA_ADDRESS, &bytes)])
}

/// An `ndmsg`.
fn neighbour(family: u8, index: u32, state: u16, flags: u8) -> Vec<u8> {
    let mut message = vec![family, 0, 0, 0];
    message.extend(index.to_ne_bytes());
    message.extend(state.to_ne_bytes());
    message.extend([flags, 0]);
    message
}

/// An `rtmsg` with its gateway: in the main table, static, unicast, and on the link though in no subnet.
fn default_route(family: u8, gateway: &[u8], index: u32) -> Vec<u8> {
    let mut message = vec![family, 0, 0, 0, 254, 4, 0, 1];
    message.extend(RTNH_F_ONLINK.to_ne_bytes());
    with(message, &[(RTA_GATEWAY, gateway), (RTA_OIF, &index.to_ne_bytes())])
}
