//! What a kernel forgets when a device goes down, or loses its carrier: IPv6 addresses, routes, next hops
//! with a number, neighbours.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Instant;

use crate::netlink::{Message, NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_REPLACE, Request};
use crate::netlink_route::{
    AddressMessage, NETLINK_ROUTE, NeighbourMessage, NexthopMessage, RouteMessage,
};

use super::device::Device;
use super::joining::await_local_in;
use super::namespace::Namespace;
use crate::Error;
use crate::family::Family;

/// What a device of a namespace has.
pub(super) struct DeviceState {
    namespace: Arc<Namespace>,
    index: u32,
    read_at: Instant,
    /// Whether it was up, and so had all routes that the kernel makes.
    up: bool,
    addresses: Vec<AddressMessage>,
    nexthops: Vec<NexthopMessage>,
    routes: Vec<RouteMessage>,
    neighbours: Vec<NeighbourMessage>,
}

impl DeviceState {
    pub(super) fn of(namespace: &Arc<Namespace>, index: u32) -> Result<Self, Error> {
        let mut state = Self {
            namespace: Arc::clone(namespace),
            index,
            read_at: Instant::now(),
            up: Device::find(namespace, index)?.is_some_and(|device| device.up),
            addresses: Vec::new(),
            nexthops: Vec::new(),
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
                NeighbourMessage::all_proxies(family),
            ] {
                self.ask(question)?.iter().for_each(|answer| self.take(answer));
            }
        }
        match self.ask(NexthopMessage::all()) {
            Ok(answers) => self.take_nexthops(&answers),
            // Kernels before 5.3 have none.
            Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn ask(&self, question: Message) -> Result<Vec<Message>, Error> {
        let operation = format!("list what an interface of {} has", self.namespace);
        let request = Request::new(operation, question, NLM_F_DUMP);
        self.namespace.netlink(NETLINK_ROUTE, |route| route.query(request))
    }

    fn take(&mut self, answer: &Message) {
        let index = self.index;
        let is_ours = |one: &AddressMessage| one.index() == index && !one.is_temporary();
        let address = AddressMessage::read(answer).filter(is_ours);
        self.addresses.extend(address.map(AddressMessage::without_state));
        // Of the routes to oneself and to all, those that the kernel makes with each address are its own
        // concern.
        let leads_there = |one: &RouteMessage| {
            let was_set = one.is_unicast() || !one.is_of_the_kernel();
            one.leaves_by().contains(&index) && was_set && !one.is_cloned()
        };
        let route = RouteMessage::read(answer).filter(leads_there);
        self.routes.extend(route.map(RouteMessage::without_state));
        let is_there = |one: &NeighbourMessage| one.index() == index && !one.is_passing();
        let neighbour = NeighbourMessage::read(answer).filter(is_there);
        self.neighbours.extend(neighbour.map(NeighbourMessage::without_state));
    }

    /// Those that leave by the device, then the groups that they are in.
    fn take_nexthops(&mut self, answers: &[Message]) {
        let all = || answers.iter().filter_map(NexthopMessage::read);
        let single: Vec<_> = all().filter(|one| one.oif() == Some(self.index)).collect();
        let is_one = |id: &u32| single.iter().any(|one| one.id() == Some(*id));
        let groups = all().filter(|one| one.members().iter().any(is_one));
        let groups = groups.collect::<Vec<_>>();
        self.nexthops =
            single.into_iter().chain(groups).map(NexthopMessage::without_state).collect();
    }

    /// Leaves out what the kernel has learned of its neighbours, and not what it was told.
    pub(super) fn forget_learned_neighbours(&mut self) {
        self.neighbours.retain(|one| one.is_extern_learn() || one.is_set());
        for told in self.neighbours.iter_mut().filter(|one| !one.is_set()) {
            *told = told.clone().forgotten();
        }
    }

    /// Leaves out all but the neighbours that it was told of, and that it did not find itself.
    pub(super) fn only_told_neighbours(&mut self) {
        self.forget_learned_neighbours();
        self.neighbours.retain(|one| !one.is_set());
        self.addresses.clear();
        self.nexthops.clear();
        self.routes.clear();
    }

    /// Gives the device the addresses that it had and has no longer. One that is down gets them when it is up
    /// again, from whoever has set it down; one that has no IPv6 now gets none of these.
    pub(super) fn put_back_addresses(&mut self) -> Result<(), Error> {
        match Device::find(&self.namespace, self.index)? {
            Some(device) if !device.up => self.forget(|_| true),
            Some(device) if !device.ipv6 => self.forget(|family| family == Family::Ipv6),
            _ => {}
        }
        let now = Self::of(&self.namespace, self.index)?;
        let has = |one: &AddressMessage| now.addresses.iter().any(|other| other.is_same(one));
        let missing = self.addresses.iter().filter(|one| !has(one));
        let aged = missing.filter_map(|one| one.clone().aged(self.age()));
        let (v6, v4): (Vec<_>, Vec<_>) = aged.partition(AddressMessage::is_ipv6);
        let awaited: Vec<_> = v6.iter().filter_map(|one| ipv6(one.local()?)).collect();
        // A new address of IPv6 comes before the others, and the first one is what is sent from.
        let in_order = v4.into_iter().chain(v6.into_iter().rev());
        // It was tried out when it was given for the first time.
        let give = |one: AddressMessage| self.request(one.nodad().add(), NLM_F_CREATE);
        self.do_all(in_order.map(give).collect())?;
        for address in awaited {
            self.namespace
                .netlink(NETLINK_ROUTE, |route| await_local_in(route, address, &self.namespace))?;
        }
        Ok(())
    }

    /// Gives the device all else that it had, when all have their addresses, and takes what the kernel has
    /// made with these and was not there before.
    pub(super) fn put_back(self) -> Result<(), Error> {
        let now = Self::of(&self.namespace, self.index)?;
        let unasked_for = now.unasked_for(&self).map(|one| self.request(one.delete(), 0));
        let nexthops = self.nexthops.iter().filter(|one| !now.nexthops.contains(one)).cloned();
        let replace = NLM_F_CREATE | NLM_F_REPLACE;
        let nexthops = nexthops.map(|one| self.request(one.add(), replace));
        // Of those to the same network the first one is taken, so they keep their order.
        let append = NLM_F_CREATE | NLM_F_APPEND;
        let routes = self.routes_that_miss_in(&now)?;
        let routes = routes.into_iter().map(|one| self.request(one.by_number().add(), append));
        let tried_out = self.tried_out_before(&now);
        let tried_out = tried_out.map(|one| self.request(one.add(), NLM_F_REPLACE));
        let known = |one: &NeighbourMessage| now.neighbours.iter().any(|other| other.is_same(one));
        let neighbours = self.neighbours.iter().filter(|one| !known(one)).cloned();
        let neighbours = neighbours.map(|one| self.request(one.add(), NLM_F_CREATE));
        let all = unasked_for.chain(nexthops).chain(routes).chain(tried_out).chain(neighbours);
        self.do_all(all.collect())
    }

    /// Leaves out what it had of some families.
    fn forget(&mut self, is_gone: impl Fn(Family) -> bool) {
        let family = |ipv6| if ipv6 { Family::Ipv6 } else { Family::Ipv4 };
        self.addresses.retain(|one| !is_gone(family(one.is_ipv6())));
        self.nexthops.retain(|one| !is_gone(family(one.is_ipv6())));
        self.routes.retain(|one| !is_gone(family(one.is_ipv6())));
        self.neighbours.retain(|one| !is_gone(family(one.is_ipv6())));
    }

    /// The addresses that the kernel would try out if they were given anew, as they were given at first. Those
    /// that were put back were not tried out again.
    fn tried_out_before(&self, now: &Self) -> impl Iterator<Item = AddressMessage> {
        let is_put_back = |one: &&AddressMessage| {
            !one.is_nodad()
                && now.addresses.iter().any(|other| other.is_same(one) && other.is_nodad())
        };
        let all = self.addresses.iter().filter(is_put_back);
        all.filter_map(|one| one.clone().aged(self.age()))
    }

    /// The routes that it had and that are not there now, those first that a gateway can be reached by. One
    /// that leaves by another device as well, which is down, is put back with that.
    fn routes_that_miss_in(&self, now: &Self) -> Result<Vec<RouteMessage>, Error> {
        let is_there = |one: &RouteMessage| now.routes.iter().any(|other| other.is_same(one));
        let missing = self.routes.iter().filter(|one| !is_there(one)).cloned();
        let (mut direct, mut others) = (Vec::new(), Vec::new());
        for route in missing.filter_map(|one| one.aged(self.age())) {
            let is_up = |index| Device::find(&self.namespace, index);
            let ways = route.leaves_by().into_iter().filter(|index| *index != self.index);
            let ways: Vec<_> = ways.map(is_up).collect::<Result<_, Error>>()?;
            if ways.iter().flatten().any(|device| !device.up) {
                continue;
            }
            if route.is_direct() { direct.push(route) } else { others.push(route) }
        }
        direct.append(&mut others);
        Ok(direct)
    }

    /// The routes that the kernel has made for addresses that were there before and had none.
    fn unasked_for(&self, before: &Self) -> impl Iterator<Item = RouteMessage> {
        let networks: Vec<_> = before.addresses.iter().map(AddressMessage::network).collect();
        let was_there = |one: &RouteMessage| before.routes.iter().any(|other| other.is_same(one));
        let made = |one: &&RouteMessage| {
            before.up
                && one.is_of_the_kernel()
                && one.is_unicast()
                && networks.contains(&one.destination())
        };
        let unasked_for = self.routes.iter().filter(made).filter(|one| !was_there(one));
        unasked_for.cloned().collect::<Vec<_>>().into_iter()
    }

    /// How long ago it was like that.
    fn age(&self) -> u32 {
        self.read_at.elapsed().as_secs().try_into().unwrap_or(u32::MAX)
    }

    fn request(&self, message: Message, flags: u16) -> Request {
        let operation = format!("restore the settings of an interface of {}", self.namespace);
        Request::new(operation, message, flags)
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
