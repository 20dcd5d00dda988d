//! What a kernel forgets when a device goes down: IPv6 addresses, routes, neighbours.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use rtnetlink::packet_core::NLM_F_DUMP;
use rtnetlink::packet_route::address::{AddressAttribute, AddressHeaderFlags, AddressMessage};
use rtnetlink::packet_route::neighbour::{
    NeighbourAttribute, NeighbourFlags, NeighbourMessage, NeighbourState,
};
use rtnetlink::packet_route::route::{RouteAttribute, RouteFlags, RouteMessage, RouteType};
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};

use super::device::Device;
use super::joining::await_local_in;
use super::namespace::Namespace;
use super::plug::add;
use crate::Error;
use crate::netlink::{NETLINK_ROUTE, Request};

/// What a device of a namespace has.
pub(super) struct DeviceState {
    namespace: Arc<Namespace>,
    index: u32,
    addresses: Vec<AddressMessage>,
    routes: Vec<RouteMessage>,
    neighbours: Vec<NeighbourMessage>,
}

impl DeviceState {
    pub(super) fn of(namespace: &Arc<Namespace>, index: u32) -> Result<Self, Error> {
        let mut state = Self {
            namespace: Arc::clone(namespace),
            index,
            addresses: Vec::new(),
            routes: Vec::new(),
            neighbours: Vec::new(),
        };
        state.read()?;
        Ok(state)
    }

    fn read(&mut self) -> Result<(), Error> {
        for family in [AddressFamily::Inet, AddressFamily::Inet6] {
            let mut addresses = AddressMessage::default();
            addresses.header.family = family;
            let mut routes = RouteMessage::default();
            routes.header.address_family = family;
            let mut neighbours = NeighbourMessage::default();
            neighbours.header.family = family;
            for question in [
                RouteNetlinkMessage::GetAddress(addresses),
                RouteNetlinkMessage::GetRoute(routes),
                RouteNetlinkMessage::GetNeighbour(neighbours),
            ] {
                let operation = format!("list what an interface of {} has", self.namespace);
                let request = Request::new(operation, question, NLM_F_DUMP);
                let answers =
                    self.namespace.netlink(NETLINK_ROUTE, |route| route.query(request))?;
                answers.into_iter().for_each(|answer| self.take(answer));
            }
        }
        Ok(())
    }

    fn take(&mut self, answer: RouteNetlinkMessage) {
        match answer {
            RouteNetlinkMessage::NewAddress(address) if address.header.index == self.index => {
                self.addresses.push(plain_address(address));
            }
            RouteNetlinkMessage::NewRoute(route)
                if route.attributes.contains(&RouteAttribute::Oif(self.index))
                    && route.header.kind == RouteType::Unicast
                    && !route.header.flags.contains(RouteFlags::Cloned) =>
            {
                self.routes.push(plain_route(route));
            }
            RouteNetlinkMessage::NewNeighbour(neighbour)
                if neighbour.header.ifindex == self.index
                    && !matches!(
                        neighbour.header.state,
                        NeighbourState::Noarp | NeighbourState::None | NeighbourState::Incomplete
                    ) =>
            {
                self.neighbours.push(plain_neighbour(neighbour));
            }
            _ => {}
        }
    }

    /// Leaves out what the kernel has learned of its neighbours, and not what it was told.
    pub(super) fn forget_learned_neighbours(&mut self) {
        self.neighbours.retain(|one| {
            let told = one.header.flags.contains(NeighbourFlags::ExtLearned);
            told || one.header.state == NeighbourState::Permanent
        });
        for told in &mut self.neighbours {
            if told.header.state != NeighbourState::Permanent {
                told.header.state = NeighbourState::Failed;
                told.attributes
                    .retain(|one| !matches!(one, NeighbourAttribute::LinkLayerAddress(_)));
            }
        }
    }

    /// Gives the device what it had and has no longer. One that is down has it when it is up again, from
    /// whoever has set it down.
    pub(super) fn put_back(self) -> Result<(), Error> {
        if Device::find(&self.namespace, self.index)?.is_some_and(|device| !device.up) {
            return Ok(());
        }
        let now = Self::of(&self.namespace, self.index)?;
        let (mut requests, mut given) = (Vec::new(), Vec::new());
        let operation = format!("restore the settings of an interface of {}", self.namespace);
        for mut address in self.addresses.into_iter().filter(|one| !now.addresses.contains(one)) {
            given.extend(address.attributes.iter().find_map(ipv6));
            // It was tried out when it was given for the first time.
            address.header.flags |= AddressHeaderFlags::Nodad;
            requests.push(add(&operation, RouteNetlinkMessage::NewAddress(address)));
        }
        now.do_all(requests)?;
        for address in given {
            now.namespace
                .netlink(NETLINK_ROUTE, |route| await_local_in(route, address, &now.namespace))?;
        }
        // The kernel has made some routes again with the addresses.
        let now = Self::of(&self.namespace, self.index)?;
        let (by_gateway, direct): (Vec<_>, Vec<_>) = self
            .routes
            .into_iter()
            .filter(|one| !now.routes.contains(one))
            .partition(|route| route.attributes.iter().any(is_gateway));
        let routes = direct.into_iter().chain(by_gateway);
        let mut requests: Vec<_> =
            routes.map(|route| add(&operation, RouteNetlinkMessage::NewRoute(route))).collect();
        let known = |one: &NeighbourMessage| {
            now.neighbours.iter().any(|other| destination(other) == destination(one))
        };
        let neighbours = self.neighbours.into_iter().filter(|one| !known(one));
        requests
            .extend(neighbours.map(|one| add(&operation, RouteNetlinkMessage::NewNeighbour(one))));
        now.do_all(requests)
    }

    fn do_all(&self, requests: Vec<Request<RouteNetlinkMessage>>) -> Result<(), Error> {
        if requests.is_empty() {
            return Ok(());
        }
        self.namespace.netlink(NETLINK_ROUTE, |route| route.execute(requests))
    }
}

fn ipv6(attribute: &AddressAttribute) -> Option<Ipv6Addr> {
    match attribute {
        AddressAttribute::Address(IpAddr::V6(address)) => Some(*address),
        _ => None,
    }
}

fn is_gateway(attribute: &RouteAttribute) -> bool {
    matches!(attribute, RouteAttribute::Gateway(_) | RouteAttribute::Via(_))
}

fn destination(neighbour: &NeighbourMessage) -> Option<&NeighbourAttribute> {
    let is_destination =
        |one: &&NeighbourAttribute| matches!(one, NeighbourAttribute::Destination(_));
    neighbour.attributes.iter().find(is_destination)
}

/// Without what changes by itself.
fn plain_address(mut address: AddressMessage) -> AddressMessage {
    address.header.flags = AddressHeaderFlags::empty();
    address.attributes.retain(|attribute| {
        !matches!(attribute, AddressAttribute::CacheInfo(_) | AddressAttribute::Flags(_))
    });
    address
}

fn plain_route(mut route: RouteMessage) -> RouteMessage {
    route.header.flags &= RouteFlags::Onlink;
    route.attributes.retain(|attribute| !matches!(attribute, RouteAttribute::CacheInfo(_)));
    route
}

fn plain_neighbour(mut neighbour: NeighbourMessage) -> NeighbourMessage {
    neighbour.attributes.retain(|attribute| {
        !matches!(attribute, NeighbourAttribute::CacheInfo(_) | NeighbourAttribute::Probes(_))
    });
    neighbour
}
