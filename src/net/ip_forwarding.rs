//! A router is a host that forwards.

use std::fs;
use std::io;

use super::host::Host;
use super::interface::kernel_has_ipv6;
use crate::Error;

/// What makes a host a router, of IPv4 and of IPv6, and what would keep it from being one: the filter by
/// the way back, which a machine may have on and hand down to new namespaces.
const V4: [(&str, &str); 3] = [
    ("net/ipv4/ip_forward", "1"),
    ("net/ipv4/conf/all/rp_filter", "0"),
    ("net/ipv4/conf/default/rp_filter", "0"),
];
const V6: (&str, &str) = ("net/ipv6/conf/all/forwarding", "1");

impl Host {
    /// Makes it a router: it forwards packets for other hosts, IPv4 and IPv6, by its routes
    /// ([`add_route`](Self::add_route)).
    ///
    /// [`Net::add_topology`](crate::Net::add_topology) does it for the routers of a topology.
    ///
    /// # Errors
    ///
    /// If `/proc/sys` cannot be written, as in most containers.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net) -> Result {
    /// // A host that has become a router: one link on either side of it.
    /// let [client, box_, server] = net.hosts(["client", "box", "server"])?;
    /// let inside = net.link("inside", &[&client, &box_])?;
    /// let outside = net.link("outside", &[&box_, &server])?;
    /// box_.forward()?;
    /// client.set_default_route(inside.addrs(&box_)[0])?;
    /// server.set_default_route(outside.addrs(&box_)[0])?;
    /// # let _listener = server.listen(80)?;
    /// client.connect((server.ipv4(), 80))?;
    /// # Ok(()) }
    /// ```
    #[doc(alias("router", "ip_forward"))]
    pub fn forward(&self) -> Result<(), Error> {
        let write = || {
            V4.into_iter().chain(kernel_has_ipv6().then_some(V6)).try_for_each(|(name, value)| {
                let path = format!("/proc/sys/{name}");
                fs::write(&path, value).map_err(|error| (path, error))
            })
        };
        let operation = |path: &str| format!("make `{}` a router by {path}", self.name());
        let written =
            self.inside(write).map_err(|error| Error::os(operation("/proc/sys"), error))?;
        written.map_err(|(path, error)| refused(operation(&path), error))
    }
}

fn refused(operation: String, error: io::Error) -> Error {
    let forbidden = matches!(error.raw_os_error(), Some(libc::EROFS | libc::EACCES | libc::EPERM));
    let error = Error::os(operation, error);
    if forbidden {
        return error.with_help(
            "/proc/sys cannot be written here, as in most containers: \
             start the container with `--privileged`",
        );
    }
    error
}
