use std::io;

use super::host::Host;
use crate::Error;

impl Host {
    /// Opens a connection of the crate [`rtnetlink`] in the host: for devices, addresses,
    /// routes and queues that this crate has no method for.
    ///
    /// The host's own tokio runtime drives the connection as long as the host exists, so the handle works in
    /// async tests, and in others inside [`spawn`](Self::spawn). While the host is
    /// [frozen](Self::freeze), requests wait. Faults find what is made here as they find what the host's
    /// programs make: a block of a host covers the devices that are stacked on its links, and whatever
    /// addresses they have.
    ///
    /// Needs the feature `rtnetlink`. The types are that crate's: use the version that is exported here. A
    /// release of this crate with a newer one of `rtnetlink` is not called a breaking change.
    ///
    /// ```no_run
    /// use netns_test::rtnetlink::LinkBridge;
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// async fn a_service_on_an_address_of_its_own(server: Host, client: Host) -> Result {
    ///     let ip = server.rtnetlink()?;
    ///     ip.link().add(LinkBridge::new("service").up().build()).execute().await?;
    ///     let device = server.run(|| nix::net::if_::if_nametoindex("service"))?;
    ///     ip.address().add(device, [10, 9, 0, 1].into(), 32).execute().await?;
    ///
    ///     client.set_default_route(server.ipv4().into())?;
    ///     let listener = server.listen_async(80).await?;
    ///     client.connect_async(([10, 9, 0, 1], 80)).await?;
    ///     listener.accept().await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the host cannot be entered, or the kernel refuses a socket.
    ///
    /// # Panics
    ///
    /// If the host's runtime cannot be started.
    #[doc(alias("ip link", "vlan", "macvlan", "vxlan", "tc", "qdisc"))]
    #[track_caller]
    pub fn rtnetlink(&self) -> Result<rtnetlink::Handle, Error> {
        let refused = |error: io::Error| {
            Error::os(format!("open an rtnetlink connection in `{}`", self.name()), error)
        };
        let _context = self.runtime().enter();
        let opened = self.inside(rtnetlink::new_connection).and_then(|opened| opened);
        let (connection, handle, _) = opened.map_err(refused)?;
        self.spawn(connection).detach();
        Ok(handle)
    }
}
