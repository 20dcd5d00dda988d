use super::{RTNH_F_ONLINK, number, u32_in, value};
use crate::family::Family;
use crate::netlink::{Attributes, Message};

// linux/rtnetlink.h
const RTM_NEWNEXTHOP: u16 = 104;
const RTM_GETNEXTHOP: u16 = 106;
// linux/nexthop.h
const NHA_ID: u16 = 1;
const NHA_GROUP: u16 = 2;
const NHA_OIF: u16 = 5;
/// What the kernel tells of a group, and takes from nobody (`NHA_OP_FLAGS`, and the statistics).
const STATE: [u16; 4] = [14, 15, 16, 17];
/// `struct nexthop_grp`, which begins with the number of a member.
const MEMBER: usize = 8;
/// `struct nhmsg`
const HEADER: usize = 8;
/// Where in it the scope is, and the flags.
const SCOPE: usize = 1;
const FLAGS: usize = 4;

/// A next hop that routes name by its number, or a group of such (ip-nexthop(8)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NexthopMessage {
    header: [u8; HEADER],
    attributes: Attributes,
}

impl NexthopMessage {
    /// `ip nexthop replace`, or `add`, as the request's flags say.
    pub(crate) fn add(self) -> Message {
        Message::new(RTM_NEWNEXTHOP, &self.header, &self.attributes)
    }

    /// The question for all.
    pub(crate) fn all() -> Message {
        Message::new(RTM_GETNEXTHOP, &[0; HEADER], &Attributes::new())
    }

    /// What an answer says, if it is about a next hop.
    pub(crate) fn read(answer: &Message) -> Option<Self> {
        if answer.kind != RTM_NEWNEXTHOP {
            return None;
        }
        let (header, attributes) = answer.split()?;
        Some(Self { header: *header, attributes: Attributes::read(attributes) })
    }

    pub(crate) fn is_ipv6(&self) -> bool {
        self.header[0] == number(Family::Ipv6)
    }

    pub(crate) fn id(&self) -> Option<u32> {
        u32_in(value(&self.attributes, NHA_ID)?)
    }

    /// The index of the link that it leaves by.
    pub(crate) fn oif(&self) -> Option<u32> {
        u32_in(value(&self.attributes, NHA_OIF)?)
    }

    /// The numbers of its members, if it is a group.
    pub(crate) fn members(&self) -> Vec<u32> {
        let members = value(&self.attributes, NHA_GROUP).unwrap_or_default();
        members.chunks_exact(MEMBER).filter_map(|member| u32_in(&member[..4])).collect()
    }

    /// Without what the kernel says of its state: what was set is left.
    pub(crate) fn without_state(mut self) -> Self {
        self.header[SCOPE] = 0;
        let flags = u32_in(&self.header[FLAGS..]).unwrap_or_default() & RTNH_F_ONLINK;
        self.header[FLAGS..].copy_from_slice(&flags.to_ne_bytes());
        self.attributes = self.attributes.without(&STATE);
        self
    }
}
