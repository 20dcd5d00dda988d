//! Whether a host forwards, as `ip netconf` says it.

use crate::netlink::{Attributes, Message, NLM_F_DUMP, Request, each};
use crate::netlink_route::NETLINK_ROUTE;

use super::host::Host;
use crate::Error;

// linux/rtnetlink.h, linux/netconf.h
const RTM_NEWNETCONF: u16 = 80;
const RTM_GETNETCONF: u16 = 82;
const NETCONFA_IFINDEX: u16 = 1;
const NETCONFA_FORWARDING: u16 = 2;
/// What interfaces get that come later.
const DEFAULT: i32 = -2;
/// `struct netconfmsg`, to a multiple of four bytes.
const HEADER: usize = 4;

impl Host {
    /// Whether it forwards what comes in by any of its interfaces and is for others.
    pub(crate) fn is_router(&self) -> Result<bool, Error> {
        // Of no family: of all.
        let message = Message::new(RTM_GETNETCONF, &[0; HEADER], &Attributes::new());
        let operation = format!("read whether `{}` forwards", self.name());
        let request = Request::new(operation, message, NLM_F_DUMP);
        let answers = self.netlink(NETLINK_ROUTE, |route| route.query(request))?;
        Ok(answers.iter().any(forwards))
    }
}

fn forwards(answer: &Message) -> bool {
    answer.kind == RTM_NEWNETCONF
        && value(answer, NETCONFA_IFINDEX).is_some_and(|index| index != DEFAULT)
        && value(answer, NETCONFA_FORWARDING).is_some_and(|forwarding| forwarding != 0)
}

fn value(answer: &Message, wanted: u16) -> Option<i32> {
    let (_, value) = each(answer.attributes(HEADER)).find(|(kind, _)| *kind == wanted)?;
    Some(i32::from_ne_bytes(*value.first_chunk()?))
}
