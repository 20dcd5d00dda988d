use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::link::{LinkAttribute, LinkFlags};
use rtnetlink::{LinkMessageBuilder, LinkUnspec};

use super::joining::NETLINK_ROUTE;
use super::namespace::Namespace;
use crate::Error;
use crate::netlink::Request;

/// A network device, as the kernel has it now: its host may have renamed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) name: String,
    /// Whether it is up, and its other end is.
    pub(crate) passes: bool,
}

impl Device {
    /// The device of this index in a namespace; `None` if it is there no longer.
    pub(crate) fn find(namespace: &Namespace, index: u32) -> Result<Option<Self>, Error> {
        let message = LinkMessageBuilder::<LinkUnspec>::new().index(index).build();
        let operation = format!("get link {index} of {namespace}");
        let request = Request::new(operation, RouteNetlinkMessage::GetLink(message), 0);
        let answers = match namespace.netlink(NETLINK_ROUTE, |route| route.query(request)) {
            Ok(answers) => answers,
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) => return Ok(None),
            Err(error) => return Err(error),
        };
        let found = answers.into_iter().find_map(|answer| match answer {
            RouteNetlinkMessage::NewLink(link) => Some(link),
            _ => None,
        });
        Ok(found.map(|link| {
            let name = link.attributes.iter().find_map(|attribute| match attribute {
                LinkAttribute::IfName(name) => Some(name.clone()),
                _ => None,
            });
            let passes = link.header.flags.contains(LinkFlags::Up | LinkFlags::LowerUp);
            Self { name: name.unwrap_or_default(), passes }
        }))
    }

    /// The index of the device of this name.
    pub(super) fn index_of(namespace: &Namespace, name: &str) -> Result<u32, Error> {
        let message = LinkMessageBuilder::<LinkUnspec>::new().name(name.to_owned()).build();
        let operation = format!("get link `{name}` of {namespace}");
        let request = Request::new(&operation, RouteNetlinkMessage::GetLink(message), 0);
        let answers = namespace.netlink(NETLINK_ROUTE, |route| route.query(request))?;
        let index = answers.iter().find_map(|answer| match answer {
            RouteNetlinkMessage::NewLink(link) => Some(link.header.index),
            _ => None,
        });
        index.ok_or_else(|| Error::new(operation, "the kernel says nothing of it"))
    }
}
