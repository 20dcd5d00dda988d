use rtnetlink::packet_route::RouteNetlinkMessage;

use super::Request;

/// The protocol number of rtnetlink(7).
pub(crate) const NETLINK_ROUTE: isize = libc::NETLINK_ROUTE as isize;

/// A request about links, addresses, routes and neighbours.
pub(crate) type RouteRequest = Request<RouteNetlinkMessage>;
