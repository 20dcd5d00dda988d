use std::net::IpAddr;

use super::{address_in, number, u32_in, value, with_address};
use crate::family::Family;
use crate::netlink::{Attributes, Message};

/// `struct ndmsg`
const HEADER: usize = 12;
/// Where in it the index is, the state, and the flags.
const INDEX: usize = 4;
const STATE: usize = 8;
const FLAGS: usize = 10;

/// An entry of a host's table of neighbours, or of a bridge's table of addresses (bridge(8), `fdb`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NeighbourMessage {
    header: [u8; HEADER],
    attributes: Attributes,
}

impl NeighbourMessage {
    /// The neighbour of this address, on the link of this index.
    pub(crate) fn of(index: u32, address: IpAddr) -> Self {
        let attributes = with_address(Attributes::new(), libc::NDA_DST, address);
        Self::with(number(Family::of(address)), index, attributes)
    }

    /// Who is behind this port of a bridge.
    pub(crate) fn behind(port: u32, mac: [u8; 6]) -> Self {
        let attributes = Attributes::new().bytes(libc::NDA_LLADDR, &mac);
        let entry = Self::with(libc::AF_BRIDGE as u8, port, attributes);
        entry.flagged(libc::NTF_MASTER).state(libc::NUD_NOARP)
    }

    /// Its Ethernet address is this one, once and for all.
    pub(crate) fn permanent(mut self, mac: [u8; 6]) -> Self {
        self.attributes = self.attributes.bytes(libc::NDA_LLADDR, &mac);
        self.state(libc::NUD_PERMANENT)
    }

    /// Somebody else than the kernel has told of it (`extern_learn`), and not where it is.
    pub(crate) fn extern_learn(self) -> Self {
        self.flagged(libc::NTF_EXT_LEARNED).state(libc::NUD_FAILED)
    }

    /// It is asked for at once, as the first packet would.
    pub(crate) fn asked_for(self) -> Self {
        self.flagged(libc::NTF_USE)
    }

    pub(crate) fn add(self) -> Message {
        Message::new(libc::RTM_NEWNEIGH, &self.header, &self.attributes)
    }

    /// The question for all of a family.
    pub(crate) fn all(family: Family) -> Message {
        Self::question(number(family))
    }

    /// The question for all of a family that the host answers for (ip-neighbour(8), `proxy`).
    pub(crate) fn all_proxies(family: Family) -> Message {
        let question = Self::with(number(family), 0, Attributes::new()).flagged(libc::NTF_PROXY);
        Message::new(libc::RTM_GETNEIGH, &question.header, &question.attributes)
    }

    /// The question for all that a bridge knows.
    pub(crate) fn all_of_bridges() -> Message {
        Self::question(libc::AF_BRIDGE as u8)
    }

    /// What an answer says, if it is about a neighbour.
    pub(crate) fn read(answer: &Message) -> Option<Self> {
        if answer.kind != libc::RTM_NEWNEIGH {
            return None;
        }
        let (header, attributes) = answer.split()?;
        Some(Self { header: *header, attributes: Attributes::read(attributes) })
    }

    pub(crate) fn index(&self) -> u32 {
        u32_in(&self.header[INDEX..STATE]).unwrap_or_default()
    }

    pub(crate) fn is_ipv6(&self) -> bool {
        self.header[0] == number(Family::Ipv6)
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        address_in(value(&self.attributes, libc::NDA_DST)?)
    }

    /// Its Ethernet address.
    pub(crate) fn mac(&self) -> Option<&[u8]> {
        value(&self.attributes, libc::NDA_LLADDR)
    }

    /// Whether its Ethernet address was given once and for all.
    pub(crate) fn is_permanent(&self) -> bool {
        self.nud() == libc::NUD_PERMANENT
    }

    /// Whether it is about to be found out, or is many: the kernel makes such entries by itself.
    pub(crate) fn is_passing(&self) -> bool {
        let is_many = || self.mac().and_then(|mac| mac.first()).is_none_or(|first| first & 1 != 0);
        match self.nud() {
            libc::NUD_NONE => !self.is_proxy(),
            libc::NUD_INCOMPLETE => true,
            libc::NUD_NOARP => is_many(),
            _ => false,
        }
    }

    /// Whether it was given once and for all, or for as long as the link is up.
    pub(crate) fn is_set(&self) -> bool {
        self.is_proxy() || matches!(self.nud(), libc::NUD_PERMANENT | libc::NUD_NOARP)
    }

    /// Whether the host answers for it.
    pub(crate) fn is_proxy(&self) -> bool {
        self.header[FLAGS] & libc::NTF_PROXY != 0
    }

    /// Whether both are about the same neighbour.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let of = |one: &Self| (one.index(), one.address(), one.is_proxy());
        of(self) == of(other)
    }

    /// Whether somebody else than the kernel has told of it.
    pub(crate) fn is_extern_learn(&self) -> bool {
        self.header[FLAGS] & libc::NTF_EXT_LEARNED != 0
    }

    /// As it was when somebody had told of it, and nobody had asked.
    pub(crate) fn forgotten(mut self) -> Self {
        self.attributes = self.attributes.without(&[libc::NDA_LLADDR]);
        self.state(libc::NUD_FAILED)
    }

    /// Without what the kernel says of its state: what was set is left.
    pub(crate) fn without_state(mut self) -> Self {
        self.attributes = self.attributes.without(&[libc::NDA_CACHEINFO, libc::NDA_PROBES]);
        self
    }

    fn with(family: u8, index: u32, attributes: Attributes) -> Self {
        let mut header = [0; HEADER];
        header[0] = family;
        header[INDEX..STATE].copy_from_slice(&index.to_ne_bytes());
        Self { header, attributes }
    }

    fn question(family: u8) -> Message {
        let none = Self::with(family, 0, Attributes::new());
        Message::new(libc::RTM_GETNEIGH, &none.header, &none.attributes)
    }

    /// Its state (ip-neighbour(8), `nud`).
    fn nud(&self) -> u16 {
        u16::from_ne_bytes([self.header[STATE], self.header[STATE + 1]])
    }

    fn state(mut self, state: u16) -> Self {
        self.header[STATE..FLAGS].copy_from_slice(&state.to_ne_bytes());
        self
    }

    fn flagged(mut self, flag: u8) -> Self {
        self.header[FLAGS] |= flag;
        self
    }
}
