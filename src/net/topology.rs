use std::collections::{BTreeMap, BTreeSet};

use super::fixture::Plan;
use super::host::Host;
use super::mtu::check_mtu;
use super::name::{check_host, check_interface};
use super::net::Net;
use super::topology_paths::Paths;
use crate::Error;

/// The plan of a network with several links and routers between them.
///
/// It reads like a drawing: each LAN with its hosts, each router with the LANs that it joins. Hosts,
/// routers and links are made in that order, with the same addresses in every run: the first LAN is
/// `10.0.0.0/24` and `fd00::/64`, the second one `10.0.1.0/24`. A host that is named in several LANs is on
/// all of them. Routers forward both families. Every host has routes to all LANs, by the fewest routers,
/// and a default route via the first router of its first LAN, which sends packets for unknown addresses
/// into nowhere.
///
/// ```no_run
/// use netns_test::{Net, Result, Topology, netns_test};
///
/// #[netns_test]
/// fn a_request_crosses_two_routers(net: Net) -> Result {
///     let sites = Topology::new()
///         .lan("paris", ["client"])
///         .lan("transit", [""; 0])
///         .lan("tokyo", ["server", "database"])
///         .router("west", ["paris", "transit"])
///         .router("east", ["transit", "tokyo"]);
///     net.add_topology(&sites)?;
///     let [client, server] = [net.host("client")?, net.host("server")?];
///     let listener = server.listen(7000)?;
///     client.connect(listener.addr())?;
///     println!("{net}");
///     Ok(())
/// }
/// ```
///
/// You can block any two hosts from each other, or a host from its router, which is not the same
/// ([`Host::block`]).
///
/// [`TwoSites`](crate::TwoSites) and [`Routed`](crate::Routed) are ready-made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "it is made by Net::add_topology"]
pub struct Topology {
    pub(super) lans: Vec<Lan>,
    pub(super) routers: Vec<Routing>,
    /// Of LANs, by their names.
    pub(super) mtus: Vec<(String, u32)>,
}

/// A link with those who are on it, routers left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lan {
    pub(super) name: String,
    pub(super) hosts: Vec<String>,
}

/// A router with the LANs that it joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Routing {
    pub(super) name: String,
    pub(super) lans: Vec<String>,
    /// The LAN that has no way to the others by it.
    pub(super) outside: Option<String>,
}

impl Topology {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a LAN with its hosts. Its interfaces have the LAN's name.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net) -> Result {
    /// let racks = Topology::new()
    ///     .lan("rack1", ["a", "b"])
    ///     .lan("rack2", ["c"])
    ///     .router("spine", ["rack1", "rack2"]);
    /// net.add_topology(&racks)?;
    /// # let _listener = net.host("c")?.listen(80)?;
    /// net.host("a")?.connect(net.host("c")?.addr(80))?;
    /// # Ok(()) }
    /// ```
    pub fn lan<S: AsRef<str>>(mut self, name: &str, hosts: impl IntoIterator<Item = S>) -> Self {
        let hosts = hosts.into_iter().map(|host| host.as_ref().to_owned()).collect();
        self.lans.push(Lan { name: name.to_owned(), hosts });
        self
    }

    /// Adds a router that joins LANs. They may be added before or after it.
    pub fn router<S: AsRef<str>>(mut self, name: &str, lans: impl IntoIterator<Item = S>) -> Self {
        let lans = lans.into_iter().map(|lan| lan.as_ref().to_owned()).collect();
        self.routers.push(Routing { name: name.to_owned(), lans, outside: None });
        self
    }

    /// Adds a router between inside LANs and an outside LAN, whose hosts get no routes to the inside: the
    /// place of a NAT router ([`Host::set_nat`] turns NAT on).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net) -> Result {
    /// // A home: the Internet has no route into it.
    /// let home = Topology::new()
    ///     .lan("home", ["laptop"])
    ///     .lan("internet", ["server"])
    ///     .gateway("router", ["home"], "internet");
    /// net.add_topology(&home)?;
    /// # Ok(()) }
    /// ```
    pub fn gateway<S: AsRef<str>>(
        self,
        name: &str,
        inside: impl IntoIterator<Item = S>,
        outside: &str,
    ) -> Self {
        let mut topology = self.router(name, inside);
        if let Some(routing) = topology.routers.last_mut() {
            routing.lans.push(outside.to_owned());
            routing.outside = Some(outside.to_owned());
        }
        topology
    }

    /// Sets the MTU of a LAN ([`Link::set_mtu`](crate::Link::set_mtu)).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net) -> Result {
    /// // A tunnel in the middle, whose packets are shorter than those of the hosts.
    /// let tunnel = Topology::new()
    ///     .lan("here", ["client"])
    ///     .lan("tunnel", [""; 0])
    ///     .lan("there", ["server"])
    ///     .router("west", ["here", "tunnel"])
    ///     .router("east", ["tunnel", "there"])
    ///     .mtu("tunnel", 1400);
    /// net.add_topology(&tunnel)?;
    /// # Ok(()) }
    /// ```
    pub fn mtu(mut self, lan: &str, mtu: u32) -> Self {
        self.mtus.push((lan.to_owned(), mtu));
        self
    }

    /// All who are in it: hosts in the order in which they are named, then the routers.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let hosts = self.lans.iter().flat_map(|lan| &lan.hosts);
        let all = hosts.chain(self.routers.iter().map(|router| &router.name));
        all.map(String::as_str).filter(|name| seen.insert(*name)).collect()
    }

    /// Who is on a LAN: its hosts, then its routers.
    pub(super) fn members<'a>(&'a self, lan: &'a Lan) -> impl Iterator<Item = &'a str> {
        let joins = |router: &&Routing| router.lans.contains(&lan.name);
        let routers = self.routers.iter().filter(joins).map(|router| router.name.as_str());
        lan.hosts.iter().map(String::as_str).chain(routers)
    }

    fn check(&self) -> Result<(), String> {
        let mut lans = BTreeSet::new();
        for lan in &self.lans {
            check_interface(&lan.name).map_err(|error| error.to_string())?;
            if !lans.insert(lan.name.as_str()) {
                return Err(format!("there are two LANs `{}`", lan.name));
            }
            unique(&lan.hosts, || format!("LAN `{}`", lan.name))?;
            if self.members(lan).count() < 2 {
                return Err(format!("LAN `{}` has fewer than two members", lan.name));
            }
        }
        for (lan, mtu) in &self.mtus {
            check_mtu(*mtu)?;
            if !lans.contains(lan.as_str()) {
                return Err(format!("an MTU is set for LAN `{lan}`, which does not exist"));
            }
        }
        let mut routers = BTreeSet::new();
        for Routing { name, lans: joined, .. } in &self.routers {
            if self.lans.iter().any(|lan| lan.hosts.contains(name)) || !routers.insert(name) {
                return Err(format!("`{name}` is named twice: as a router and otherwise"));
            }
            if joined.len() < 2 {
                return Err(format!("router `{name}` joins fewer than two LANs"));
            }
            unique(joined, || format!("router `{name}`"))?;
            if let Some(lan) = joined.iter().find(|lan| !lans.contains(lan.as_str())) {
                return Err(format!("router `{name}` joins LAN `{lan}`, which does not exist"));
            }
        }
        self.names()
            .into_iter()
            .try_for_each(|name| check_host(name).map_err(|error| error.to_string()))
    }
}

fn unique(names: &[String], of: impl Fn() -> String) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => Err(format!("`{twice}` is named twice in {}", of())),
        None => Ok(()),
    }
}

impl Net {
    /// Makes the hosts, routers, links and routes of a topology, in addition to what already exists.
    ///
    /// # Errors
    ///
    /// Before anything is made: if a name is invalid, duplicate or taken, a LAN has fewer than two members
    /// or more than 254, a router joins fewer than two LANs or an unknown one, or an MTU is not possible.
    /// Also if there are routers and `/proc/sys` is read-only, or if the kernel refuses.
    pub fn add_topology(&self, topology: &Topology) -> Result<(), Error> {
        topology.check().map_err(|cause| Error::new("add a topology", cause))?;
        for lan in &topology.lans {
            super::net::check_room(topology.members(lan).count())
                .map_err(|cause| Error::new(format!("add LAN `{}`", lan.name), cause))?;
        }
        let hosts = self.add_apart(&topology.names())?;
        let by_name: BTreeMap<&str, &Host> = hosts.iter().map(|host| (host.name(), host)).collect();
        for routing in &topology.routers {
            by_name[routing.name.as_str()].forward()?;
        }
        for lan in &topology.lans {
            let members: Vec<&Host> = topology.members(lan).map(|name| by_name[name]).collect();
            let link = self.link(&lan.name, &members)?;
            for (_, mtu) in topology.mtus.iter().filter(|(name, _)| *name == lan.name) {
                link.set_mtu(*mtu)?;
            }
        }
        let paths = Paths::of(topology);
        for host in &hosts {
            paths.set_routes(host, &by_name)?;
        }
        Ok(())
    }
}

impl Plan {
    /// Adds the hosts of a topology to the plan. They get their own links.
    ///
    /// Their names come from the topology, whatever the parameter is called, so a test can have only one
    /// fixture of such a kind.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// struct Office { laptop: Host, server: Host }
    ///
    /// impl FromNet for Office {
    ///     fn plan(plan: &mut Plan, _: &str) {
    ///         let lans = Topology::new().lan("desks", ["laptop"]).lan("racks", ["server"]);
    ///         plan.add_topology(lans.router("core", ["desks", "racks"]));
    ///     }
    ///
    ///     fn from_net(net: &Net, _: &str) -> std::result::Result<Self, Error> {
    ///         Ok(Self { laptop: net.host("laptop")?, server: net.host("server")? })
    ///     }
    /// }
    /// ```
    pub fn add_topology(&mut self, topology: Topology) {
        self.topologies.push(topology);
    }
}
