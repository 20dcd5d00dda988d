use crate::netlink::{NLM_F_CREATE, NLM_F_EXCL, Request};
use crate::netlink_route::{LinkMessage, NETLINK_ROUTE};

use super::device::Device;
use super::joining::{await_index, without_generated_addresses};
use super::namespace::Namespace;
use crate::Error;

/// Adds a port to a bridge that only what is addressed to nobody else gets in by: neither does the
/// bridge learn from it, nor flood anything to it. Both ends are in the bridge's namespace, and
/// have no addresses. Returns the port's index.
pub(crate) fn add_answering_port(
    namespace: &Namespace,
    bridge: u32,
    [port, end]: [&str; 2],
) -> Result<u32, Error> {
    let operation = "add the answering port of a bridge";
    let veth = LinkMessage::named(port).master(bridge).veth(LinkMessage::named(end));
    let create = Request::new(operation, veth.create(), NLM_F_CREATE | NLM_F_EXCL);
    namespace.netlink(NETLINK_ROUTE, |route| route.execute(vec![create]))?;
    let (port, end) = (index_of(namespace, port)?, index_of(namespace, end)?);
    let mut requests = vec![Request::new(operation, LinkMessage::at(port).apart().create(), 0)];
    for index in [port, end] {
        requests.push(Request::new(operation, LinkMessage::at(index).up(true).set(), 0));
    }
    namespace.netlink(NETLINK_ROUTE, |route| {
        without_generated_addresses(route, operation, port)?;
        without_generated_addresses(route, operation, end)?;
        route.execute(requests)
    })?;
    for index in [port, end] {
        namespace.netlink(NETLINK_ROUTE, |route| {
            await_index(route, index, "the answering port of a bridge", namespace)
        })?;
    }
    Ok(port)
}

/// Makes a device the only port of a bridge of its own, which brings what comes in there to nobody.
/// Returns the bridge's index.
pub(crate) fn add_answering_bridge(
    namespace: &Namespace,
    [bridge, end]: [&str; 2],
) -> Result<u32, Error> {
    let operation = "add an answering bridge";
    let message = LinkMessage::named(bridge).bridge().create();
    let create = Request::new(operation, message, NLM_F_CREATE | NLM_F_EXCL);
    namespace.netlink(NETLINK_ROUTE, |route| route.execute(vec![create]))?;
    let [bridge, end] = [index_of(namespace, bridge)?, index_of(namespace, end)?];
    let set = |link: LinkMessage| Request::new(operation, link.set(), 0);
    // A port that passes frames when it comes to a bridge that is up does so at once.
    let requests =
        vec![set(LinkMessage::at(bridge).up(true)), set(LinkMessage::at(end).master(bridge))];
    let joined = namespace.netlink(NETLINK_ROUTE, |route| {
        without_generated_addresses(route, operation, bridge)?;
        route.execute(requests)
    });
    if joined.is_err() {
        // The first error is the one to be told.
        let _ = delete_device(namespace, bridge);
    }
    joined.map(|()| bridge)
}

fn index_of(namespace: &Namespace, name: &str) -> Result<u32, Error> {
    let device = Device::named(namespace, name)?;
    let lost = || Error::new(format!("find `{name}` in {namespace}"), "it is not there");
    device.map(|device| device.index).ok_or_else(lost)
}

/// Deletes a device, and its other end with it.
pub(crate) fn delete_device(namespace: &Namespace, index: u32) -> Result<(), Error> {
    let operation = format!("delete link {index} of {namespace}");
    let request = Request::new(operation, LinkMessage::at(index).delete(), 0);
    namespace.netlink(NETLINK_ROUTE, |route| route.execute(vec![request]))
}
