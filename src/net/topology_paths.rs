use std::collections::{BTreeMap, VecDeque};

use super::host::Host;
use super::topology::{Routing, Topology};
use crate::Error;

/// The ways from LAN to LAN of a topology.
pub(super) struct Paths<'a>(&'a Topology);

/// The next router on the way to a LAN, and the LAN by which it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hop<'a> {
    router: &'a Routing,
    by: &'a str,
}

impl<'a> Paths<'a> {
    pub(super) fn of(topology: &'a Topology) -> Self {
        Self(topology)
    }

    /// Gives a host its routes: to each LAN that it is not on, by the fewest routers; and if it is no
    /// router itself, its default route by the first router of its first LAN that has one.
    pub(super) fn set_routes(
        &self,
        host: &Host,
        by_name: &BTreeMap<&str, &Host>,
    ) -> Result<(), Error> {
        let own = self.lans_of(host.name());
        let hops = self.hops(&own);
        let is_router = self.0.routers.iter().any(|router| router.name == host.name());
        let default = if is_router { None } else { self.first_router(&own) };
        if let Some(hop) = default {
            for gateway in addresses(by_name[hop.router.name.as_str()], hop.by) {
                host.set_default_route(gateway)?;
            }
        }
        for (lan, hop) in hops {
            if default.is_some_and(|default| default == hop) {
                continue;
            }
            let there = self.subnets(lan, by_name);
            for gateway in addresses(by_name[hop.router.name.as_str()], hop.by) {
                for subnet in &there {
                    if subnet.network().is_ipv4() == gateway.is_ipv4() {
                        host.add_route(*subnet, gateway)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn subnets(&self, lan: &str, by_name: &BTreeMap<&str, &Host>) -> Vec<crate::Subnet> {
        let link = self.0.lans.iter().find(|one| one.name == lan).and_then(|lan| {
            let member = self.0.members(lan).next()?;
            by_name[member].links().into_iter().find(|link| link.name() == lan.name)
        });
        link.map(|link| link.subnets().to_vec()).unwrap_or_default()
    }

    fn lans_of(&self, name: &str) -> Vec<&'a str> {
        let on = self.0.lans.iter().filter(|lan| self.0.members(lan).any(|member| member == name));
        on.map(|lan| lan.name.as_str()).collect()
    }

    fn first_router(&self, own: &[&'a str]) -> Option<Hop<'a>> {
        own.iter().find_map(|by| {
            let router = self.0.routers.iter().find(|router| router.leads_on_from(by));
            router.map(|router| Hop { router, by })
        })
    }

    /// The next hop to each LAN that can be reached from these and is none of them, in the order of their
    /// distance.
    fn hops(&self, own: &[&'a str]) -> Vec<(&'a str, Hop<'a>)> {
        let mut known: Vec<&str> = own.to_vec();
        let mut found = Vec::new();
        let mut queue: VecDeque<(&'a str, Option<Hop<'a>>)> =
            own.iter().map(|lan| (*lan, None)).collect();
        while let Some((lan, first)) = queue.pop_front() {
            for router in self.0.routers.iter().filter(|one| one.leads_on_from(lan)) {
                for next in &router.lans {
                    if known.contains(&next.as_str()) {
                        continue;
                    }
                    known.push(next);
                    let hop = first.unwrap_or(Hop { router, by: lan });
                    found.push((next.as_str(), hop));
                    queue.push_back((next, Some(hop)));
                }
            }
        }
        found
    }
}

impl Routing {
    /// Whether it takes what comes from a LAN to others.
    fn leads_on_from(&self, lan: &str) -> bool {
        self.lans.iter().any(|on| on == lan) && self.outside.as_deref() != Some(lan)
    }
}

/// The addresses of a host on the link of this name.
fn addresses(host: &Host, link: &str) -> Vec<std::net::IpAddr> {
    let end = host.interfaces().into_iter().find(|interface| interface.name == link);
    end.map(|interface| interface.own()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(hops: &[(&'a str, Hop<'a>)]) -> Vec<(&'a str, &'a str, &'a str)> {
        hops.iter().map(|(lan, hop)| (*lan, hop.router.name.as_str(), hop.by)).collect()
    }

    #[test]
    fn the_way_is_by_the_fewest_routers() {
        let ring = Topology::new()
            .lan("a", ["h"])
            .lan("b", ["i"])
            .lan("c", ["j"])
            .lan("d", ["k"])
            .router("ab", ["a", "b"])
            .router("bc", ["b", "c"])
            .router("cd", ["c", "d"])
            .router("da", ["d", "a"]);
        let paths = Paths::of(&ring);
        let hops = paths.hops(&["a"]);
        assert_eq!(names(&hops), [("b", "ab", "a"), ("d", "da", "a"), ("c", "ab", "a")]);
        let hops = paths.hops(&["a", "d"]);
        assert_eq!(names(&hops), [("b", "ab", "a"), ("c", "cd", "d")]);
    }

    #[test]
    fn from_outside_there_is_no_way_in() {
        let behind = Topology::new().lan("inside", ["h"]).lan("outside", ["i"]).gateway(
            "gate",
            ["inside"],
            "outside",
        );
        let paths = Paths::of(&behind);
        assert_eq!(names(&paths.hops(&["inside"])), [("outside", "gate", "inside")]);
        assert!(paths.hops(&["outside"]).is_empty() && paths.first_router(&["outside"]).is_none());
    }

    #[test]
    fn a_lan_without_a_router_is_on_nobodys_way() {
        let apart = Topology::new()
            .lan("a", ["h"])
            .lan("b", ["i"])
            .lan("alone", ["j", "k"])
            .router("ab", ["a", "b"]);
        let paths = Paths::of(&apart);
        assert_eq!(names(&paths.hops(&["a"])), [("b", "ab", "a")]);
        assert!(paths.hops(&["alone"]).is_empty() && paths.first_router(&["alone"]).is_none());
    }
}
