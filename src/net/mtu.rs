//! The longest packet that a link carries.

use super::link::Link;
use super::namespace::Namespace;
use crate::Error;
use crate::netlink::Request;
use crate::netlink_route::{LinkMessage, NETLINK_ROUTE};
use crate::record::{Event, note};

/// What Ethernet carries, and what a link has from the start.
pub(super) const MOST: u32 = 1500;
/// What IPv6 asks of every link (RFC 8200, section 5): the kernel takes it off a device that has less.
const LEAST: u32 = 1280;

/// Why a link cannot have an MTU.
pub(super) fn check_mtu(mtu: u32) -> Result<(), String> {
    match mtu {
        LEAST..=MOST => Ok(()),
        _ => Err(format!("the MTU of a link is from {LEAST} to {MOST} bytes, not {mtu}")),
    }
}

impl Link {
    /// Sets the MTU of all ends of the link, as `ip link set mtu` does: for a tunnel, or a PPPoE
    /// line. It is 1,500 bytes from the start.
    ///
    /// Hosts on the link send no longer packets. If a packet from beyond a router does not fit, the router
    /// drops it and says so by ICMP, and TCP goes on in shorter segments (RFC 1191, RFC 8201;
    /// [`TcpInfo::pmtu`](crate::TcpInfo::pmtu)). If that ICMP message does not arrive, the path is a *black
    /// hole*: connections open, small packets pass, and large ones vanish silently. A firewall that drops
    /// ICMP makes one, and so does a [`Policy::icmp`](crate::Policy::icmp) between a host and its router:
    ///
    /// ```no_run
    /// use netns_test::{Net, Policy, Result, TwoSites, netns_test};
    ///
    /// #[netns_test]
    /// fn an_upload_into_a_black_hole_hangs(net: Net, sites: TwoSites) -> Result {
    ///     let (client, server) = (&sites.west[0], &sites.east[0]);
    ///     let transit = net.links().into_iter().find(|link| link.name() == "transit");
    ///     transit.expect("it is in the drawing").set_mtu(1400)?;
    ///     let _silent = client.block_with(&sites.routers[0], Policy::drop().icmp())?;
    ///     let listener = server.listen(7000)?;
    ///     let mut conn = client.connect(listener.addr())?;
    ///     conn.send(&[0; 10_000])?;
    ///     assert!(listener.accept()?.recv().is_err());
    ///     Ok(())
    /// }
    /// ```
    ///
    /// A host remembers the MTU of a path for ten minutes, even if the link's MTU is raised again
    /// (`mtu_expires` in the kernel's documentation). [`Topology::mtu`](crate::Topology::mtu) sets the MTU
    /// of a link from the start.
    ///
    /// # Errors
    ///
    /// If it is less than 1,280 bytes, which IPv6 needs, or more than 1,500; if an interface of the link
    /// no longer exists, or the kernel refuses.
    #[doc(alias("pmtu", "black hole", "fragmentation"))]
    pub fn set_mtu(&self, mtu: u32) -> Result<(), Error> {
        let operation = format!("set the MTU of link `{}`", self.name());
        check_mtu(mtu).map_err(|cause| Error::new(&*operation, cause))?;
        for host in self.hosts() {
            if let Some((switch, port)) = self.port(host) {
                set(switch.namespace(), port.index, mtu, &operation)?;
            }
            if let Some(end) = self.end(host) {
                set(host.namespace(), end.index, mtu, &operation)?;
            }
        }
        self.keep_mtu(mtu);
        let change = format!("link `{}`: MTU {mtu}", self.name());
        note(self.hosts()[0].net(), Event::Change { host: None, change });
        Ok(())
    }
}

fn set(namespace: &Namespace, index: u32, mtu: u32, operation: &str) -> Result<(), Error> {
    let operation = format!("{operation} in {namespace}");
    let request = Request::new(operation, LinkMessage::at(index).mtu(mtu).set(), 0);
    namespace.netlink(NETLINK_ROUTE, |route| route.execute(vec![request]))
}
