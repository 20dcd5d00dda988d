use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::link::{
    InfoBridge, InfoBridgePort, InfoData, InfoKind, InfoPortData, InfoPortKind, InfoVeth,
    LinkAttribute, LinkInfo,
};
use rtnetlink::{LinkBridge, LinkMessageBuilder, LinkUnspec, LinkVeth};

use super::device::Device;
use super::joining::{await_index, with_one_queue, without_generated_addresses};
use super::namespace::Namespace;
use crate::Error;
use crate::netlink::NETLINK_ROUTE;
use crate::netlink::Request;

/// Adds a port to a bridge that only what is addressed to nobody else gets in by: neither does the
/// bridge learn from it, nor flood anything to it. Both ends are in the bridge's namespace, and
/// have no addresses. Returns the port's index.
pub(crate) fn add_answering_port(
    namespace: &Namespace,
    bridge: u32,
    [port, end]: [&str; 2],
) -> Result<u32, Error> {
    let operation = "add the answering port of a bridge";
    let other = LinkMessageBuilder::<LinkUnspec>::new().name(end.to_owned());
    let other = with_one_queue(other).build();
    let veth = LinkMessageBuilder::<LinkVeth>::new_with_info_kind(InfoKind::Veth)
        .name(port.to_owned())
        .controller(bridge);
    let veth = with_one_queue(veth).set_info_data(InfoData::Veth(InfoVeth::Peer(other))).build();
    let create =
        Request::new(operation, RouteNetlinkMessage::NewLink(veth), NLM_F_CREATE | NLM_F_EXCL);
    namespace.netlink(NETLINK_ROUTE, |route| route.execute(vec![create]))?;
    let (port, end) = (index_of(namespace, port)?, index_of(namespace, end)?);
    let aside = vec![
        InfoBridgePort::Learning(false),
        InfoBridgePort::UnicastFlood(false),
        InfoBridgePort::MulticastFlood(false),
        InfoBridgePort::BroadcastFlood(false),
    ];
    let aside = LinkMessageBuilder::<LinkUnspec>::new()
        .index(port)
        .append_extra_attribute(LinkAttribute::LinkInfo(vec![
            LinkInfo::PortKind(InfoPortKind::Bridge),
            LinkInfo::PortData(InfoPortData::BridgePort(aside)),
        ]))
        .build();
    // RTM_SETLINK would leave the settings of a port out, and say that all is well.
    let mut requests = vec![Request::new(operation, RouteNetlinkMessage::NewLink(aside), 0)];
    for index in [port, end] {
        let up = LinkMessageBuilder::<LinkUnspec>::new().index(index).up().build();
        requests.push(Request::new(operation, RouteNetlinkMessage::SetLink(up), 0));
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
    let message = LinkMessageBuilder::<LinkBridge>::new_with_info_kind(InfoKind::Bridge)
        .name(bridge.to_owned())
        .set_info_data(InfoData::Bridge(vec![InfoBridge::MulticastSnooping(false)]))
        .build();
    let create =
        Request::new(operation, RouteNetlinkMessage::NewLink(message), NLM_F_CREATE | NLM_F_EXCL);
    namespace.netlink(NETLINK_ROUTE, |route| route.execute(vec![create]))?;
    let [bridge, end] = [index_of(namespace, bridge)?, index_of(namespace, end)?];
    let set = |message| Request::new(operation, RouteNetlinkMessage::SetLink(message), 0);
    let mut requests = Vec::new();
    // A port that passes frames when it comes to a bridge that is up does so at once.
    requests.push(set(LinkMessageBuilder::<LinkUnspec>::new().index(bridge).up().build()));
    let port = LinkMessageBuilder::<LinkUnspec>::new().index(end).controller(bridge);
    requests.push(set(port.build()));
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
    let message = LinkMessageBuilder::<LinkUnspec>::new().index(index).build();
    let request = Request::new(
        format!("delete link {index} of {namespace}"),
        RouteNetlinkMessage::DelLink(message),
        0,
    );
    namespace.netlink(NETLINK_ROUTE, |route| route.execute(vec![request]))
}
