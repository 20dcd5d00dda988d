use super::object::Object;
use super::{RTNH_F_ONLINK, u32_in};
use crate::netlink::Message;

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
pub(crate) struct NexthopMessage(Object<HEADER>);

impl NexthopMessage {
    /// `ip nexthop replace`, or `add`, as the request's flags say.
    pub(crate) fn add(self) -> Message {
        self.0.message(RTM_NEWNEXTHOP)
    }

    /// The question for all.
    pub(crate) fn all() -> Message {
        Object::<HEADER>::of(libc::AF_UNSPEC).message(RTM_GETNEXTHOP)
    }

    /// What an answer says, if it is about a next hop.
    pub(crate) fn read(answer: &Message) -> Option<Self> {
        Object::read(RTM_NEWNEXTHOP, answer).map(Self)
    }

    pub(crate) fn is_ipv6(&self) -> bool {
        self.0.is_ipv6()
    }

    pub(crate) fn id(&self) -> Option<u32> {
        self.0.number(NHA_ID)
    }

    /// The index of the link that it leaves by.
    pub(crate) fn oif(&self) -> Option<u32> {
        self.0.number(NHA_OIF)
    }

    /// The numbers of its members, if it is a group.
    pub(crate) fn members(&self) -> Vec<u32> {
        let members = self.0.value(NHA_GROUP).unwrap_or_default();
        members.chunks_exact(MEMBER).filter_map(|member| u32_in(&member[..4])).collect()
    }

    /// Without what the kernel says of its state: what was set is left.
    pub(crate) fn without_state(mut self) -> Self {
        self.0.header[SCOPE] = 0;
        self.0.set_at(FLAGS, self.0.at(FLAGS) & RTNH_F_ONLINK);
        self.0.remove(&STATE);
        self
    }
}
