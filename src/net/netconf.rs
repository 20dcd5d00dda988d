//! Whether a host forwards, as `ip netconf` says it.

use rtnetlink::packet_core::NLM_F_DUMP;

use super::host::Host;
use crate::Error;
use crate::netlink::{NETLINK_ROUTE, Request, each, raw_message};

// linux/rtnetlink.h, linux/netconf.h
const RTM_NEWNETCONF: u16 = 80;
const RTM_GETNETCONF: u16 = 82;
const NETCONFA_IFINDEX: u16 = 1;
const NETCONFA_FORWARDING: u16 = 2;
/// What interfaces get that come later.
const DEFAULT: i32 = -2;
/// `struct netconfmsg`, to a multiple of four bytes.
const HEADER: usize = 4;

struct Message {
    kind: u16,
    bytes: Vec<u8>,
}

raw_message!(Message);

impl Host {
    /// Whether it forwards what comes in by any of its interfaces and is for others.
    pub(crate) fn is_router(&self) -> Result<bool, Error> {
        // Of no family: of all.
        let message = Message { kind: RTM_GETNETCONF, bytes: vec![0; HEADER] };
        let operation = format!("read whether `{}` forwards", self.name());
        let request = Request::new(operation, message, NLM_F_DUMP);
        let answers = self.netlink(NETLINK_ROUTE, |route| route.query(request))?;
        Ok(answers.iter().any(Message::forwards))
    }
}

impl Message {
    fn forwards(&self) -> bool {
        self.kind == RTM_NEWNETCONF
            && self.value(NETCONFA_IFINDEX).is_some_and(|index| index != DEFAULT)
            && self.value(NETCONFA_FORWARDING).is_some_and(|forwarding| forwarding != 0)
    }

    fn value(&self, wanted: u16) -> Option<i32> {
        let (_, value) = each(self.bytes.get(HEADER..)?).find(|(kind, _)| *kind == wanted)?;
        Some(i32::from_ne_bytes(*value.first_chunk()?))
    }
}
