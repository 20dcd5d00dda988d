//! What a kernel forgets when a device goes down: IPv6 addresses, routes, neighbours.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use crate::netlink::{Message, NLM_F_DUMP, Request};
use crate::netlink_route::{AddressMessage, NETLINK_ROUTE, NeighbourMessage, RouteMessage};

use super::device::Device;
use super::joining::await_local_in;
use super::namespace::Namespace;
use super::plug::add;
use crate::Error;
use crate::family::Family;

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
        for family in Family::BOTH {
            for question in [
                AddressMessage::all(Some(family)),
                RouteMessage::all(family),
                NeighbourMessage::all(family),
            ] {
                let operation = format!("list what an interface of {} has", self.namespace);
                let request = Request::new(operation, question, NLM_F_DUMP);
                let answers =
                    self.namespace.netlink(NETLINK_ROUTE, |route| route.query(request))?;
                answers.iter().for_each(|answer| self.take(answer));
            }
        }
        Ok(())
    }

    fn take(&mut self, answer: &Message) {
        let index = self.index;
        let address = AddressMessage::read(answer).filter(|one| one.index() == index);
        self.addresses.extend(address.map(AddressMessage::without_state));
        let leads_there =
            |one: &RouteMessage| one.oif() == Some(index) && one.is_unicast() && !one.is_cloned();
        let route = RouteMessage::read(answer).filter(leads_there);
        self.routes.extend(route.map(RouteMessage::without_state));
        let is_there = |one: &NeighbourMessage| one.index() == index && !one.is_passing();
        let neighbour = NeighbourMessage::read(answer).filter(is_there);
        self.neighbours.extend(neighbour.map(NeighbourMessage::without_state));
    }

    /// Leaves out what the kernel has learned of its neighbours, and not what it was told.
    pub(super) fn forget_learned_neighbours(&mut self) {
        self.neighbours.retain(|one| one.is_extern_learn() || one.is_permanent());
        for told in self.neighbours.iter_mut().filter(|one| !one.is_permanent()) {
            *told = told.clone().forgotten();
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
        for address in self.addresses.into_iter().filter(|one| !now.addresses.contains(one)) {
            given.extend(address.local().and_then(ipv6));
            // It was tried out when it was given for the first time.
            requests.push(add(&operation, address.nodad().add()));
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
            .partition(|route| route.gateway().is_some());
        let routes = direct.into_iter().chain(by_gateway);
        let mut requests: Vec<_> = routes.map(|route| add(&operation, route.add())).collect();
        let known = |one: &NeighbourMessage| {
            now.neighbours.iter().any(|other| other.address() == one.address())
        };
        let neighbours = self.neighbours.into_iter().filter(|one| !known(one));
        requests.extend(neighbours.map(|one| add(&operation, one.add())));
        now.do_all(requests)
    }

    fn do_all(&self, requests: Vec<Request>) -> Result<(), Error> {
        if requests.is_empty() {
            return Ok(());
        }
        self.namespace.netlink(NETLINK_ROUTE, |route| route.execute(requests))
    }
}

fn ipv6(address: IpAddr) -> Option<Ipv6Addr> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(address),
    }
}
