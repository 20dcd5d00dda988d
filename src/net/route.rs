//! The routes of a host, as `ip route` has them.

use std::net::IpAddr;

use crate::netlink::{NLM_F_CREATE, NLM_F_REPLACE, Request};
use crate::netlink_route::RouteMessage;

use super::host::Host;
use super::interface::Interface;
use super::neighbour;
use super::subnet::Subnet;
use crate::Error;

impl Host {
    /// Routes a subnet via a gateway, as `ip route replace SUBNET via GATEWAY` does.
    ///
    /// # Errors
    ///
    /// If none of its links has the gateway in its subnet, subnet and gateway are of different families,
    /// or the kernel refuses.
    ///
    /// ```no_run
    /// use netns_test::{Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_router_of_ones_own(net: Net) -> Result {
    ///     let [client, router, server] =
    ///         ["client", "router", "server"].map(|name| net.hosts([name]).map(|[host]| host));
    ///     let (client, router, server) = (client?, router?, server?);
    ///     let west = net.link("west", &[&client, &router])?;
    ///     let east = net.link("east", &[&router, &server])?;
    ///     router.forward()?;
    ///     client.add_route(east.subnets()[0], west.addrs(&router)[0])?;
    ///     server.add_route(west.subnets()[0], east.addrs(&router)[0])?;
    ///     let listener = server.listen(7000)?;
    ///     client.connect(listener.addr())?;
    ///     Ok(())
    /// }
    /// ```
    pub fn add_route(&self, to: Subnet, via: IpAddr) -> Result<(), Error> {
        let operation = || format!("add a route to {to} via {via} to `{}`", self.name());
        if to.network().is_ipv4() != via.is_ipv4() {
            return Err(Error::new(
                operation(),
                "destination and gateway are of different families",
            ));
        }
        let interface = self.towards(via, operation)?;
        let message = RouteMessage::via(via, interface.index).to(to.network(), to.prefix_len());
        self.replace_route(operation(), message, (&interface, via))
    }

    /// Sets the default route, as `ip route replace default via GATEWAY` does. It replaces the default
    /// route into nowhere.
    ///
    /// # Errors
    ///
    /// If none of its links has the gateway in its subnet, or the kernel refuses.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Routed) -> Result {
    /// // What has no other way goes by this router, and no longer into nowhere.
    /// let inside = &net.client.links()[0];
    /// net.client.set_default_route(inside.addrs(&net.router)[0])?;
    /// # Ok(()) }
    /// ```
    pub fn set_default_route(&self, via: IpAddr) -> Result<(), Error> {
        let operation = || format!("set the default route of `{}` via {via}", self.name());
        let interface = self.towards(via, operation)?;
        let message = RouteMessage::via(via, interface.index);
        self.replace_route(operation(), message, (&interface, via))
    }

    /// The end of the link in whose subnet a gateway is.
    fn towards(&self, via: IpAddr, operation: impl Fn() -> String) -> Result<Interface, Error> {
        let links = self.links();
        let link = links.iter().find(|link| link.subnets().iter().any(|one| one.contains(via)));
        link.and_then(|link| link.end(self)).ok_or_else(|| {
            Error::new(operation(), "no link of the host has the gateway in its subnet")
        })
    }

    fn replace_route(
        &self,
        operation: String,
        route: RouteMessage,
        (interface, via): (&Interface, IpAddr),
    ) -> Result<(), Error> {
        let flags = NLM_F_CREATE | NLM_F_REPLACE;
        let mut requests = vec![Request::new(operation, route.add(), flags)];
        if via.is_ipv6() {
            requests.push(neighbour::ask(self, interface, via));
        }
        self.route(|route| route.execute(requests))
    }
}
