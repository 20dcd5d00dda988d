use std::os::fd::AsFd;

use super::namespace::Namespace;
use crate::Error;
use crate::netlink::{Attributes, NETLINK_ROUTE, Netlink, Request, each, raw_message};
use crate::sys::interface;

/// A network device, as the kernel has it now: its host may have renamed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) index: u32,
    pub(crate) name: String,
    /// Whether it was set up.
    pub(crate) up: bool,
    /// Whether it is up, and its other end is.
    pub(crate) passes: bool,
}

impl Device {
    /// The device of this index in a namespace; `None` if it is there no longer.
    pub(crate) fn find(namespace: &Namespace, index: u32) -> Result<Option<Self>, Error> {
        Self::ask(
            namespace,
            format!("get link {index} of {namespace}"),
            Message::of(index, Attributes::new()),
        )
    }

    /// What the device of this index is called now; `None` if it is there no longer. Asked for with
    /// every look at a block's counters, so by the quickest way.
    pub(crate) fn name_of(namespace: &Namespace, index: u32) -> Result<Option<String>, Error> {
        namespace.netlink(NETLINK_ROUTE, |route| {
            interface::name_of(route.as_fd(), index)
                .map_err(|error| Error::os(format!("get the name of link {index}"), error))
        })
    }

    /// Whether the kernel lets frames pass the device of this index: its operational state is up
    /// (linux/Documentation/networking/operstates.rst).
    pub(super) fn operates(route: &mut Netlink, index: u32, what: &str) -> Result<bool, Error> {
        let request =
            Request::new(format!("get link {what}"), Message::of(index, Attributes::new()), 0);
        let answers = route.query(request)?;
        Ok(answers.iter().filter_map(Message::attributes).any(|mut all| {
            all.any(|(kind, value)| (kind, value) == (IFLA_OPERSTATE, &[IF_OPER_UP]))
        }))
    }

    /// The device of this name.
    pub(super) fn named(namespace: &Namespace, name: &str) -> Result<Option<Self>, Error> {
        let message = Message::of(0, Attributes::new().text(IFLA_IFNAME, name));
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
const IFLA_OPERSTATE: u16 = 16;
const IFLA_EXT_MASK: u16 = 29;
const RTEXT_FILTER_SKIP_STATS: u32 = 8;
/// linux/if.h
const IF_OPER_UP: u8 = 6;
/// `struct ifinfomsg`
const HEADER: usize = 16;

/// A question for a link, or the answer, of which only the beginning is read. The library decodes
/// all of it, which takes longer than the kernel does.
struct Message {
    kind: u16,
    bytes: Vec<u8>,
}

impl Message {
    fn of(index: u32, attributes: Attributes) -> Self {
        let mut bytes = vec![0; HEADER];
        bytes[4..8].copy_from_slice(&index.to_ne_bytes());
        let attributes = attributes.bytes(IFLA_EXT_MASK, &RTEXT_FILTER_SKIP_STATS.to_ne_bytes());
        bytes.extend(attributes.as_bytes());
        Self { kind: RTM_GETLINK, bytes }
    }

    /// What it says of a link, if it is about one.
    fn attributes(&self) -> Option<impl Iterator<Item = (u16, &[u8])>> {
        (self.kind == RTM_NEWLINK).then(|| each(self.bytes.get(HEADER..).unwrap_or_default()))
    }

    fn device(&self) -> Option<Device> {
        let mut attributes = self.attributes()?;
        let number = |at| Some(u32::from_ne_bytes(*self.bytes.get(at..)?.first_chunk()?));
        let flags = number(8)?;
        let wanted = (libc::IFF_UP | libc::IFF_LOWER_UP) as u32;
        let name = attributes.find(|(kind, _)| *kind == IFLA_IFNAME);
        let text = name.and_then(|(_, text)| text.strip_suffix(b"\0")).unwrap_or_default();
        let name = String::from_utf8_lossy(text).into_owned();
        let up = flags & libc::IFF_UP as u32 != 0;
        Some(Device { index: number(4)?, name, up, passes: flags & wanted == wanted })
    }
}

raw_message!(Message);
