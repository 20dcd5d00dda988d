use std::net::IpAddr;

use super::object::{Object, number_of};
use crate::family::Family;
use crate::netlink::Message;

/// `struct ndmsg`
const HEADER: usize = 12;
/// Where in it the index is, the state, and the flags.
const INDEX: usize = 4;
const STATE: usize = 8;
const FLAGS: usize = 10;

/// An entry of a host's table of neighbours, or of a bridge's table of addresses (bridge(8), `fdb`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NeighbourMessage(Object<HEADER>);

impl NeighbourMessage {
    /// The neighbour of this address, on the link of this index.
    pub(crate) fn of(index: u32, address: IpAddr) -> Self {
        let mut entry = Self::on(number_of(Family::of(address)), index);
        entry.0.set_address(libc::NDA_DST, address);
        entry
    }

    /// Who is behind this port of a bridge.
    pub(crate) fn behind(port: u32, mac: [u8; 6]) -> Self {
        let mut entry = Self::on(libc::AF_BRIDGE, port);
        entry.0.set(libc::NDA_LLADDR, &mac);
        entry.flagged(libc::NTF_MASTER).state(libc::NUD_NOARP)
    }

    /// Its Ethernet address is this one, once and for all.
    pub(crate) fn permanent(mut self, mac: [u8; 6]) -> Self {
        self.0.set(libc::NDA_LLADDR, &mac);
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
        self.0.message(libc::RTM_NEWNEIGH)
    }

    /// The question for all of a family.
    pub(crate) fn all(family: Family) -> Message {
        Self::on(number_of(family), 0).question()
    }

    /// The question for all of a family that the host answers for (ip-neighbour(8), `proxy`).
    pub(crate) fn all_proxies(family: Family) -> Message {
        Self::on(number_of(family), 0).flagged(libc::NTF_PROXY).question()
    }

    /// The question for all that a bridge knows.
    pub(crate) fn all_of_bridges() -> Message {
        Self::on(libc::AF_BRIDGE, 0).question()
    }

    /// What an answer says, if it is about a neighbour.
    pub(crate) fn read(answer: &Message) -> Option<Self> {
        Object::read(libc::RTM_NEWNEIGH, answer).map(Self)
    }

    pub(crate) fn index(&self) -> u32 {
        self.0.at(INDEX)
    }

    pub(crate) fn is_ipv6(&self) -> bool {
        self.0.is_ipv6()
    }

    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.0.address(libc::NDA_DST)
    }

    /// Its Ethernet address.
    pub(crate) fn mac(&self) -> Option<&[u8]> {
        self.0.value(libc::NDA_LLADDR)
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
        self.0.header[FLAGS] & libc::NTF_PROXY != 0
    }

    /// Whether both are about the same neighbour.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let of = |one: &Self| (one.index(), one.address(), one.is_proxy());
        of(self) == of(other)
    }

    /// Whether somebody else than the kernel has told of it.
    pub(crate) fn is_extern_learn(&self) -> bool {
        self.0.header[FLAGS] & libc::NTF_EXT_LEARNED != 0
    }

    /// As it was when somebody had told of it, and nobody had asked.
    pub(crate) fn forgotten(mut self) -> Self {
        self.0.remove(&[libc::NDA_LLADDR]);
        self.state(libc::NUD_FAILED)
    }

    /// Without what the kernel says of its state: what was set is left.
    pub(crate) fn without_state(mut self) -> Self {
        self.0.remove(&[libc::NDA_CACHEINFO, libc::NDA_PROBES]);
        self
    }

    /// One of the link of this index, of which nothing else is said.
    fn on(family: i32, index: u32) -> Self {
        let mut object = Object::of(family);
        object.set_at(INDEX, index);
        Self(object)
    }

    /// The question for all that are like this one.
    fn question(self) -> Message {
        self.0.message(libc::RTM_GETNEIGH)
    }

    /// Its state (ip-neighbour(8), `nud`).
    fn nud(&self) -> u16 {
        u16::from_ne_bytes([self.0.header[STATE], self.0.header[STATE + 1]])
    }

    fn state(mut self, state: u16) -> Self {
        self.0.header[STATE..FLAGS].copy_from_slice(&state.to_ne_bytes());
        self
    }

    fn flagged(mut self, flag: u8) -> Self {
        self.0.header[FLAGS] |= flag;
        self
    }
}
