use std::os::fd::{AsRawFd, BorrowedFd};

use crate::netlink::{Attributes, Message, each};

// linux/if_link.h, linux/veth.h
const VETH_INFO_PEER: u16 = 1;
const IFLA_BR_MCAST_SNOOPING: u16 = 23;
const IFLA_BRPORT_LEARNING: u16 = 8;
const IFLA_BRPORT_UNICAST_FLOOD: u16 = 9;
const IFLA_BRPORT_MCAST_FLOOD: u16 = 27;
const IFLA_BRPORT_BCAST_FLOOD: u16 = 30;
const IFLA_INET6_ADDR_GEN_MODE: u16 = 8;
const IN6_ADDR_GEN_MODE_NONE: u8 = 1;
/// What its settings of IPv4 are (linux/ip.h), of which each is an attribute.
const IFLA_INET_CONF: u16 = 1;
const IPV4_DEVCONF_PROMOTE_SECONDARIES: u16 = 20;
/// What a link's settings of IPv6 are (linux/ipv6.h, `DEVCONF_…`), of four bytes each.
const IFLA_INET6_CONF: u16 = 2;
const DEVCONF_DISABLE_IPV6: usize = 26;
const RTEXT_FILTER_SKIP_STATS: u32 = 8;
/// linux/if.h
const IF_OPER_UP: u8 = 6;
const UP: u32 = libc::IFF_UP as u32;
/// `struct ifinfomsg`
const HEADER: usize = 16;

/// A link (ip-link(8)): what it is to be like, or what the kernel says of it. What is not said stays as it
/// is.
#[derive(Clone, Debug)]
pub(crate) struct LinkMessage {
    index: u32,
    flags: u32,
    /// Which of the flags are meant.
    change: u32,
    attributes: Attributes,
}

impl LinkMessage {
    /// The link of this index; one that is to be made gets it.
    pub(crate) fn at(index: u32) -> Self {
        Self { index, flags: 0, change: 0, attributes: Attributes::new() }
    }

    /// The link of this name, whatever its index.
    pub(crate) fn named(name: &str) -> Self {
        Self::at(0).name(name)
    }

    pub(crate) fn name(self, name: &str) -> Self {
        self.with(|all| all.text(libc::IFLA_IFNAME, name))
    }

    /// Its Ethernet address.
    pub(crate) fn address(self, mac: [u8; 6]) -> Self {
        self.with(|all| all.bytes(libc::IFLA_ADDRESS, &mac))
    }

    pub(crate) fn mtu(self, mtu: u32) -> Self {
        self.with(|all| all.bytes(libc::IFLA_MTU, &mtu.to_ne_bytes()))
    }

    pub(crate) fn up(self, up: bool) -> Self {
        Self { flags: if up { UP } else { 0 }, change: UP, ..self }
    }

    /// Makes it a port of a bridge.
    pub(crate) fn master(self, bridge: u32) -> Self {
        self.with(|all| all.bytes(libc::IFLA_MASTER, &bridge.to_ne_bytes()))
    }

    /// Puts it into another network namespace.
    pub(crate) fn netns(self, namespace: BorrowedFd<'_>) -> Self {
        let namespace = namespace.as_raw_fd().to_ne_bytes();
        self.with(|all| all.bytes(libc::IFLA_NET_NS_FD, &namespace))
    }

    /// An end of a veth pair, and the other end (veth(4)).
    ///
    /// A veth device has a queue for each processor, of which it uses one unless somebody sets more. To have
    /// the kernel put the others aside takes it two grace periods of RCU: each end gets one.
    pub(crate) fn veth(self, peer: Self) -> Self {
        let peer = peer.with_one_queue();
        let inner = [&peer.header()[..], peer.attributes.as_bytes()].concat();
        let data = Attributes::new().bytes(VETH_INFO_PEER, &inner);
        self.with_one_queue().of_kind("veth", &data)
    }

    /// A bridge that forwards everything at once: no spanning tree, no snooping of multicast, which would
    /// hold back IPv6's neighbour discovery until it has learned who listens.
    pub(crate) fn bridge(self) -> Self {
        self.of_kind("bridge", &Attributes::new().bytes(IFLA_BR_MCAST_SNOOPING, &[0]))
    }

    /// As a port of a bridge: nothing is learned from it, and what is for nobody in particular does not go
    /// there.
    ///
    /// To be sent as [`create`](Self::create): `RTM_SETLINK` would leave this out, and say that all is well.
    pub(crate) fn apart(self) -> Self {
        let data = [
            IFLA_BRPORT_LEARNING,
            IFLA_BRPORT_UNICAST_FLOOD,
            IFLA_BRPORT_MCAST_FLOOD,
            IFLA_BRPORT_BCAST_FLOOD,
        ];
        let data = data.iter().fold(Attributes::new(), |all, kind| all.bytes(*kind, &[0]));
        let info = Attributes::new().text(libc::IFLA_INFO_SLAVE_KIND, "bridge");
        let info = info.nest(libc::IFLA_INFO_SLAVE_DATA, &data);
        self.with(|all| all.nest(libc::IFLA_LINKINFO, &info))
    }

    /// The kernel makes no link-local address of its own.
    pub(crate) fn addrgenmode_none(self) -> Self {
        let none = Attributes::new().bytes(IFLA_INET6_ADDR_GEN_MODE, &[IN6_ADDR_GEN_MODE_NONE]);
        let of_ipv6 = Attributes::new().nest(libc::AF_INET6 as u16, &none);
        self.with(|all| all.nest(libc::IFLA_AF_SPEC, &of_ipv6))
    }

    /// If its first IPv4 address is removed, the next one takes its place, and does not go with it (ip(7),
    /// `promote_secondaries`).
    pub(crate) fn promote_secondaries(self) -> Self {
        let one = 1_u32.to_ne_bytes();
        let settings = Attributes::new().bytes(IPV4_DEVCONF_PROMOTE_SECONDARIES, &one);
        let settings = Attributes::new().nest(IFLA_INET_CONF, &settings);
        let of_ipv4 = Attributes::new().nest(libc::AF_INET as u16, &settings);
        self.with(|all| all.nest(libc::IFLA_AF_SPEC, &of_ipv4))
    }

    /// Its Ethernet address, in an answer.
    pub(crate) fn mac(&self) -> Option<[u8; 6]> {
        self.attributes.get(libc::IFLA_ADDRESS)?.try_into().ok()
    }

    pub(crate) fn create(self) -> Message {
        self.message(libc::RTM_NEWLINK)
    }

    pub(crate) fn set(self) -> Message {
        self.message(libc::RTM_SETLINK)
    }

    pub(crate) fn delete(self) -> Message {
        self.message(libc::RTM_DELLINK)
    }

    /// The question for it, without its statistics.
    pub(crate) fn get(self) -> Message {
        let few = RTEXT_FILTER_SKIP_STATS.to_ne_bytes();
        self.with(|all| all.bytes(libc::IFLA_EXT_MASK, &few)).message(libc::RTM_GETLINK)
    }

    /// What an answer says, if it is about a link.
    pub(crate) fn read(answer: &Message) -> Option<Self> {
        if answer.kind != libc::RTM_NEWLINK {
            return None;
        }
        let (header, attributes) = answer.split::<HEADER>()?;
        let number = |at: usize| super::u32_in(&header[at..at + 4]);
        Some(Self {
            index: number(4)?,
            flags: number(8)?,
            change: number(12)?,
            attributes: Attributes::read(attributes),
        })
    }

    pub(crate) fn index(&self) -> u32 {
        self.index
    }

    /// The index of its other end, in the namespace where that is.
    #[cfg(test)]
    pub(crate) fn other_end(&self) -> Option<u32> {
        super::u32_in(self.attributes.get(libc::IFLA_LINK)?)
    }

    /// Its flags (netdevice(7), `IFF_…`).
    pub(crate) fn flags(&self) -> i32 {
        self.flags as i32
    }

    /// Whether frames pass: its operational state is up
    /// (linux/Documentation/networking/operstates.rst).
    pub(crate) fn operates(&self) -> bool {
        self.attributes.get(libc::IFLA_OPERSTATE) == Some(&[IF_OPER_UP])
    }

    /// Whether it has IPv6: neither is that switched off (`disable_ipv6`), nor is its MTU too low.
    pub(crate) fn has_ipv6(&self) -> bool {
        let inner = |all, wanted| each(all).find(|(kind, _)| *kind == wanted).map(|(_, all)| all);
        let all = self.attributes.get(libc::IFLA_AF_SPEC);
        let settings = all
            .and_then(|all| inner(all, libc::AF_INET6 as u16))
            .and_then(|of_ipv6| inner(of_ipv6, IFLA_INET6_CONF));
        let at = DEVCONF_DISABLE_IPV6 * size_of::<u32>();
        let disabled = settings.and_then(|all| super::u32_in(all.get(at..at + size_of::<u32>())?));
        disabled == Some(0)
    }

    /// What it is called; empty if that is not said.
    pub(crate) fn ifname(&self) -> String {
        let text = self.attributes.get(libc::IFLA_IFNAME);
        let text = text.and_then(|text| text.strip_suffix(b"\0")).unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }

    fn with(mut self, add: impl FnOnce(Attributes) -> Attributes) -> Self {
        self.attributes = add(self.attributes);
        self
    }

    fn with_one_queue(self) -> Self {
        let one = 1_u32.to_ne_bytes();
        let both = [libc::IFLA_NUM_TX_QUEUES, libc::IFLA_NUM_RX_QUEUES];
        self.with(|all| both.iter().fold(all, |all, kind| all.bytes(*kind, &one)))
    }

    fn of_kind(self, kind: &str, data: &Attributes) -> Self {
        let info = Attributes::new().text(libc::IFLA_INFO_KIND, kind);
        let info = info.nest(libc::IFLA_INFO_DATA, data);
        self.with(|all| all.nest(libc::IFLA_LINKINFO, &info))
    }

    fn header(&self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        for (at, number) in [(4, self.index), (8, self.flags), (12, self.change)] {
            header[at..at + 4].copy_from_slice(&number.to_ne_bytes());
        }
        header
    }

    fn message(self, kind: u16) -> Message {
        Message::new(kind, &self.header(), &self.attributes)
    }
}
