use std::os::fd::AsFd;

use super::namespace::Namespace;
use crate::Error;
use crate::netlink::NETLINK_ROUTE;
use crate::netlink::{Request, raw_message};
use crate::sys::interface;

/// A network device, as the kernel has it now: its host may have renamed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) index: u32,
    pub(crate) name: String,
    /// Whether it is up, and its other end is.
    pub(crate) passes: bool,
}

impl Device {
    /// The device of this index in a namespace; `None` if it is there no longer.
    pub(crate) fn find(namespace: &Namespace, index: u32) -> Result<Option<Self>, Error> {
        Self::ask(namespace, format!("get link {index} of {namespace}"), Message::of(index, &[]))
    }

    /// What the device of this index is called now; `None` if it is there no longer. Asked for with
    /// every look at a block's counters, so by the quickest way.
    pub(crate) fn name_of(namespace: &Namespace, index: u32) -> Result<Option<String>, Error> {
        namespace.netlink(NETLINK_ROUTE, |route| {
            interface::name_of(route.as_fd(), index)
                .map_err(|error| Error::os(format!("get the name of link {index}"), error))
        })
    }

    /// The device of this name.
    pub(super) fn named(namespace: &Namespace, name: &str) -> Result<Option<Self>, Error> {
        let message = Message::of(0, &attribute(IFLA_IFNAME, &[name.as_bytes(), &[0]].concat()));
        Self::ask(namespace, format!("get link `{name}` of {namespace}"), message)
    }

    fn ask(
        namespace: &Namespace,
        operation: String,
        message: Message,
    ) -> Result<Option<Self>, Error> {
        let request = Request::new(operation, message, 0);
        match namespace.netlink(NETLINK_ROUTE, |route| route.query(request)) {
            Ok(answers) => Ok(answers.iter().find_map(Message::device)),
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

// linux/rtnetlink.h, linux/if_link.h
const RTM_NEWLINK: u16 = 16;
const RTM_GETLINK: u16 = 18;
const IFLA_IFNAME: u16 = 3;
const IFLA_EXT_MASK: u16 = 29;
const RTEXT_FILTER_SKIP_STATS: u32 = 8;
/// `struct ifinfomsg`
const HEADER: usize = 16;

/// A question for a link, or the answer, of which only the beginning is read. The library decodes
/// all of it, which takes longer than the kernel does.
struct Message {
    kind: u16,
    bytes: Vec<u8>,
}

impl Message {
    fn of(index: u32, attributes: &[u8]) -> Self {
        let mut bytes = vec![0; HEADER];
        bytes[4..8].copy_from_slice(&index.to_ne_bytes());
        bytes.extend(attribute(IFLA_EXT_MASK, &RTEXT_FILTER_SKIP_STATS.to_ne_bytes()));
        bytes.extend(attributes);
        Self { kind: RTM_GETLINK, bytes }
    }

    fn device(&self) -> Option<Device> {
        if self.kind != RTM_NEWLINK {
            return None;
        }
        let number = |at| Some(u32::from_ne_bytes(*self.bytes.get(at..)?.first_chunk()?));
        let flags = number(8)?;
        let wanted = (libc::IFF_UP | libc::IFF_LOWER_UP) as u32;
        let mut attributes = self.bytes.get(HEADER..)?;
        let mut name = String::new();
        while let (Some(length), Some(kind)) = (half(attributes, 0), half(attributes, 2)) {
            let length = usize::from(length);
            if kind == IFLA_IFNAME {
                let text = attributes.get(4..length)?.strip_suffix(b"\0")?;
                name = String::from_utf8_lossy(text).into_owned();
            }
            attributes = attributes.get(length.max(4).next_multiple_of(4)..)?;
        }
        Some(Device { index: number(4)?, name, passes: flags & wanted == wanted })
    }
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = (4 + value.len() as u16).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

raw_message!(Message);
