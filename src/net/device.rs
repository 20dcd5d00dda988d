use std::os::fd::AsFd;

use super::namespace::Namespace;
use crate::Error;
use crate::netlink::{Message, Netlink, Request};
use crate::netlink_route::{LinkMessage, NETLINK_ROUTE};
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
    pub(super) ipv6: bool,
    /// Its Ethernet address.
    pub(super) mac: Option<[u8; 6]>,
}

impl Device {
    /// The device of this index in a namespace; `None` if it is there no longer.
    pub(crate) fn find(namespace: &Namespace, index: u32) -> Result<Option<Self>, Error> {
        Self::ask(
            namespace,
            format!("get link {index} of {namespace}"),
            LinkMessage::at(index).get(),
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
        let request = Request::new(format!("get link {what}"), LinkMessage::at(index).get(), 0);
        let answers = route.query(request)?;
        Ok(answers.iter().filter_map(LinkMessage::read).any(|link| link.operates()))
    }

    /// The device of this name.
    pub(super) fn named(namespace: &Namespace, name: &str) -> Result<Option<Self>, Error> {
        let operation = format!("get link `{name}` of {namespace}");
        Self::ask(namespace, operation, LinkMessage::named(name).get())
    }

    fn ask(
        namespace: &Namespace,
        operation: String,
        message: Message,
    ) -> Result<Option<Self>, Error> {
        let request = Request::new(operation, message, 0);
        match namespace.netlink(NETLINK_ROUTE, |route| route.query(request)) {
            Ok(answers) => Ok(answers.iter().find_map(Self::of)),
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn of(answer: &Message) -> Option<Self> {
        let link = LinkMessage::read(answer)?;
        let is = |flags| link.flags() & flags == flags;
        Some(Self {
            index: link.index(),
            name: link.ifname(),
            up: is(libc::IFF_UP),
            passes: is(libc::IFF_UP | libc::IFF_LOWER_UP),
            ipv6: link.has_ipv6(),
            mac: link.mac(),
        })
    }
}
