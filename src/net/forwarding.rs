//! Which Ethernet address is behind which port of a bridge (bridge(8), `fdb`).

use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_DUMP, NLM_F_REPLACE};
use rtnetlink::packet_route::neighbour::{
    NeighbourAttribute, NeighbourFlags, NeighbourMessage, NeighbourState,
};
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};

use super::namespace::Namespace;
use crate::Error;
use crate::netlink::Request;
use crate::netlink::{NETLINK_ROUTE, RouteRequest};

/// The request that tells a bridge from the start who is behind a port, so that it never brings to
/// all what is for one. If the host's address moves, the bridge follows it.
pub(super) fn known(host: &str, port: u32, address: [u8; 6]) -> RouteRequest {
    let mut message = NeighbourMessage::default();
    message.header.family = AddressFamily::Bridge;
    message.header.ifindex = port;
    message.header.state = NeighbourState::Noarp;
    message.header.flags = NeighbourFlags::Controller;
    message.attributes = vec![NeighbourAttribute::LinkLayerAddress(address.to_vec())];
    let operation = format!("add the fdb entry of `{host}`");
    Request::new(
        operation,
        RouteNetlinkMessage::NewNeighbour(message),
        NLM_F_CREATE | NLM_F_REPLACE,
    )
}

/// The addresses that the bridge of a namespace knows, each with the port that it is behind.
pub(crate) fn behind_ports(namespace: &Namespace) -> Result<Vec<(u32, Vec<u8>)>, Error> {
    let mut message = NeighbourMessage::default();
    message.header.family = AddressFamily::Bridge;
    let message = RouteNetlinkMessage::GetNeighbour(message);
    let request = Request::new(format!("list the fdb of {namespace}"), message, NLM_F_DUMP);
    let answers = namespace.netlink(NETLINK_ROUTE, |route| route.query(request))?;
    let entry = |answer| {
        let RouteNetlinkMessage::NewNeighbour(entry) = answer else { return None };
        let address = entry.attributes.into_iter().find_map(|attribute| match attribute {
            NeighbourAttribute::LinkLayerAddress(address) => Some(address),
            _ => None,
        })?;
        // The ports' own addresses are nobody's.
        let learned = entry.header.state != NeighbourState::Permanent;
        learned.then_some((entry.header.ifindex, address))
    };
    Ok(answers.into_iter().filter_map(entry).collect())
}
