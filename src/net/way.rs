//! The paths that packets take from host to host, by the kernel's routes.

use std::net::IpAddr;

use super::host::Host;
use super::link::{Link, common_links};
use crate::Error;
use crate::netlink::{Message, Request};
use crate::netlink_route::RouteMessage;

/// As many routers a packet passes at most (RFC 1700, the recommended time to live).
const MOST: usize = 64;

/// A way of packets from one host to another: the routers on it, in their order. None where both
/// are on a link.
#[derive(Clone, Debug, Default)]
pub(crate) struct Way {
    pub(crate) routers: Vec<Passage>,
}

/// A router on a way, and the indexes of the interfaces by which packets come in and leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    pub(crate) router: Host,
    /// `None` where it is no end of a link that they come in by.
    pub(crate) comes_by: Option<u32>,
    pub(crate) leaves_by: u32,
}

/// Where a host sends a packet.
struct Next {
    gateway: Option<IpAddr>,
    interface: u32,
}

/// The ways by which packets get from one host to the addresses of another one, one for each of them that
/// is reached.
///
/// Each host's routes are followed for the address, as `ip route get` shows them, through the hosts of the
/// net that forward.
pub(crate) fn ways(from: &Host, to: &Host) -> Result<Vec<Way>, Error> {
    let mut found = Vec::new();
    for address in to.unicast_addresses()? {
        found.extend(way(from, to, address)?);
    }
    Ok(found)
}

fn way(from: &Host, to: &Host, address: IpAddr) -> Result<Option<Way>, Error> {
    let mut way = Way::default();
    let (mut at, mut comes_by) = (from.clone(), None);
    for _ in 0..MOST {
        let Some(next) = at.next_hop(address)? else { return Ok(None) };
        if at != *from {
            let leaves_by = next.interface;
            way.routers.push(Passage { router: at.clone(), comes_by, leaves_by });
        }
        let Some(gateway) = next.gateway else {
            // Who is nobody on the link cannot be found there.
            let on_link = !common_links(&at, to).is_empty();
            return Ok(on_link.then_some(way));
        };
        let Some((link, neighbour)) = at.neighbour(gateway)? else { return Ok(None) };
        if neighbour == *to {
            return Ok(Some(way));
        }
        if !neighbour.is_router()? {
            return Ok(None);
        }
        comes_by = link.end(&neighbour).map(|end| end.index);
        at = neighbour;
    }
    Ok(None)
}

/// The other members of a host's links that forward, each with the link.
pub(crate) fn routers_beside(host: &Host) -> Result<Vec<(Link, Host)>, Error> {
    let mut found = Vec::new();
    for link in host.links() {
        for member in link.hosts().iter().filter(|member| *member != host) {
            if member.is_router()? {
                found.push((link.clone(), member.clone()));
            }
        }
    }
    Ok(found)
}

impl Host {
    /// All addresses that it has in the kernel and that mean something beyond a link.
    pub(crate) fn unicast_addresses(&self) -> Result<Vec<IpAddr>, Error> {
        let mut all = self.kernel_addresses()?;
        all.retain(|address| match address {
            IpAddr::V4(v4) => !v4.is_link_local(),
            IpAddr::V6(v6) => !v6.is_unicast_link_local(),
        });
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    /// Where it sends what is for an address; `None` if it has no route, or has the address itself.
    fn next_hop(&self, to: IpAddr) -> Result<Option<Next>, Error> {
        let message = RouteMessage::get(to);
        let operation = format!("get the route of `{}` to {to}", self.name());
        let answers = self.route(|route| route.query(Request::new(operation, message, 0)));
        match answers {
            Ok(answers) => Ok(answers.iter().find_map(Next::of)),
            Err(error) if is_no_route(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Who on one of its links has an address.
    fn neighbour(&self, address: IpAddr) -> Result<Option<(Link, Host)>, Error> {
        let links = self.links();
        let members =
            || links.iter().flat_map(|link| link.hosts().iter().map(move |one| (link, one)));
        let others = || members().filter(|(_, member)| *member != self);
        if let Some((link, given)) = others().find(|(_, member)| member.given().contains(&address))
        {
            return Ok(Some((link.clone(), given.clone())));
        }
        for (link, member) in others() {
            if member.kernel_addresses()?.contains(&address) {
                return Ok(Some((link.clone(), member.clone())));
            }
        }
        Ok(None)
    }
}

impl Next {
    fn of(answer: &Message) -> Option<Self> {
        let route = RouteMessage::read(answer).filter(RouteMessage::is_unicast)?;
        Some(Self { gateway: route.gateway(), interface: route.oif()? })
    }
}

/// What the kernel answers for a route that says no (ip-route(8): unreachable, prohibit, blackhole), and
/// for none.
fn is_no_route(error: &Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::ENETUNREACH | libc::EHOSTUNREACH | libc::EACCES | libc::EINVAL | libc::EAGAIN)
    )
}
