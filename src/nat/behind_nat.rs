use super::translation::Nat;
use crate::{Error, FromNet, Host, Link, Net, Plan, Topology};

/// A client behind a NAT router, and a server outside. The hosts are `client`, `router` and `server`, the
/// links `inside` and `outside`.
///
/// The router [masquerades](Nat::masquerade): the server cannot reach the client except by answering it.
///
/// ```no_run
/// use netns_test::{BehindNat, Result, netns_test};
///
/// #[netns_test]
/// fn a_client_without_an_address_of_its_own(net: BehindNat) -> Result {
///     let listener = net.server.listen(7000)?;
///     net.client.connect(listener.addr())?;
///     let accepted = listener.accept()?;
///     assert!(net.router.addrs().contains(&accepted.peer_addr().ip()));
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BehindNat {
    /// On `inside`.
    pub client: Host,
    /// On both.
    pub router: Host,
    /// On `outside`.
    pub server: Host,
    /// The link on the router's outside.
    pub outside: Link,
}

impl FromNet for BehindNat {
    fn plan(plan: &mut Plan, _name: &str) {
        let behind = Topology::new().lan("inside", ["client"]).lan("outside", ["server"]).gateway(
            "router",
            ["inside"],
            "outside",
        );
        plan.add_topology(behind);
    }

    fn from_net(net: &Net, _name: &str) -> Result<Self, Error> {
        let server = net.host("server")?;
        let is_outside = |link: &Link| link.name() == "outside";
        let outside = server.links().into_iter().find(is_outside).ok_or_else(|| {
            Error::new("make the fixture `BehindNat`", "the server is on no link `outside`")
        })?;
        let router = net.host("router")?;
        router.set_nat(&outside, Nat::masquerade())?;
        Ok(Self { client: net.host("client")?, router, server, outside })
    }
}
