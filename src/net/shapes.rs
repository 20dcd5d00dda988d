//! Topologies that tests often ask for, as fixtures.

use super::fixture::{FromNet, Plan};
use super::host::Host;
use super::net::Net;
use super::topology::Topology;
use crate::Error;

/// A client and a server with a router between them. The hosts are `client`, `router` and `server`, the
/// links `west` and `east`.
///
/// ```no_run
/// use netns_test::{Result, Routed, netns_test};
///
/// #[netns_test]
/// fn a_request_is_forwarded(net: Routed) -> Result {
///     let listener = net.server.listen(7000)?;
///     net.client.connect(listener.addr())?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Routed {
    /// On `west`.
    pub client: Host,
    /// On both.
    pub router: Host,
    /// On `east`.
    pub server: Host,
}

impl FromNet for Routed {
    fn plan(plan: &mut Plan, _name: &str) {
        let routed = Topology::new()
            .lan("west", ["client"])
            .lan("east", ["server"])
            .router("router", ["west", "east"]);
        plan.add_topology(routed);
    }

    fn from_net(net: &Net, _name: &str) -> Result<Self, Error> {
        Ok(Self {
            client: net.host("client")?,
            router: net.host("router")?,
            server: net.host("server")?,
        })
    }
}

/// Two sites, each with two hosts and a router, and a link between the routers. On the link `west` are
/// `west-1`, `west-2` and `west-router`; on `east` are `east-1`, `east-2` and `east-router`; `transit` joins
/// the routers.
///
/// A block between the routers separates the sites, and leaves each of them intact.
///
/// ```no_run
/// use netns_test::{Result, TwoSites, netns_test};
///
/// #[netns_test]
/// fn a_site_goes_on_alone(net: TwoSites) -> Result {
///     let [one, other] = &net.west;
///     let _cut = net.routers[0].block(&net.routers[1])?;
///     one.connect(other.listen(7000)?.addr())?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TwoSites {
    /// `west-1` and `west-2`.
    pub west: [Host; 2],
    /// `east-1` and `east-2`.
    pub east: [Host; 2],
    /// `west-router` and `east-router`.
    pub routers: [Host; 2],
}

impl FromNet for TwoSites {
    fn plan(plan: &mut Plan, _name: &str) {
        let sites = Topology::new()
            .lan("west", ["west-1", "west-2"])
            .lan("east", ["east-1", "east-2"])
            .lan("transit", [""; 0])
            .router("west-router", ["west", "transit"])
            .router("east-router", ["east", "transit"]);
        plan.add_topology(sites);
    }

    fn from_net(net: &Net, _name: &str) -> Result<Self, Error> {
        let pair = |[one, other]: [&str; 2]| Ok::<_, Error>([net.host(one)?, net.host(other)?]);
        Ok(Self {
            west: pair(["west-1", "west-2"])?,
            east: pair(["east-1", "east-2"])?,
            routers: pair(["west-router", "east-router"])?,
        })
    }
}
