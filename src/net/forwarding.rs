//! Which Ethernet address is behind which port of a bridge (bridge(8), `fdb`).

use crate::netlink::{NLM_F_CREATE, NLM_F_DUMP, NLM_F_REPLACE, Request};
use crate::netlink_route::{NETLINK_ROUTE, NeighbourMessage};

use super::namespace::Namespace;
use crate::Error;

/// The request that tells a bridge from the start who is behind a port, so that it never brings to
/// all what is for one. If the host's address moves, the bridge follows it.
pub(super) fn known(host: &str, port: u32, address: [u8; 6]) -> Request {
    let operation = format!("add the fdb entry of `{host}`");
    let message = NeighbourMessage::behind(port, address).add();
    Request::new(operation, message, NLM_F_CREATE | NLM_F_REPLACE)
}

/// The addresses that the bridge of a namespace knows, each with the port that it is behind.
pub(crate) fn behind_ports(namespace: &Namespace) -> Result<Vec<(u32, Vec<u8>)>, Error> {
    let message = NeighbourMessage::all_of_bridges();
    let request = Request::new(format!("list the fdb of {namespace}"), message, NLM_F_DUMP);
    let answers = namespace.netlink(NETLINK_ROUTE, |route| route.query(request))?;
    let entries = answers.iter().filter_map(NeighbourMessage::read);
    // The ports' own addresses are nobody's.
    let learned = entries.filter(|entry| !entry.is_permanent());
    Ok(learned.filter_map(|entry| Some((entry.index(), entry.mac()?.to_vec()))).collect())
}
