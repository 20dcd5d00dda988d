use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::netlink::{NLM_F_DUMP, Request};
use crate::netlink_route::AddressMessage;

use super::host::Host;
use super::interface::Interface;
use crate::Error;

/// Its addresses.
///
/// A host can lose an address that it was given: a program removes it, or moves the interface.
/// Another host may have it then. So each call asks the kernel, which takes microseconds.
impl Host {
    /// Its IPv4 address on its first link: the first one that it was given and still has.
    ///
    /// The first host that a test asks for is `10.0.0.1`, the second `10.0.0.2`, in every run.
    ///
    /// # Panics
    ///
    /// If the host has no link yet, or has lost its IPv4 addresses.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let listener = server.listen(80)?;
    /// client.connect((server.ipv4(), 80))?;
    /// # drop(listener);
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn ipv4(&self) -> Ipv4Addr {
        let held = self.addrs();
        let v4 = |address: &IpAddr| match address {
            IpAddr::V4(v4) => Some(*v4),
            IpAddr::V6(_) => None,
        };
        match held.iter().find_map(v4) {
            Some(address) => address,
            None => panic!("{}", self.lack("IPv4", IpAddr::is_ipv4)),
        }
    }

    /// Its IPv6 address: `fd00::1`, `fd00::2` and so on, in the same order as [`ipv4`](Self::ipv4).
    ///
    /// It can be used at once: there is no duplicate address detection.
    ///
    /// # Panics
    ///
    /// If the host has no link yet, has lost its IPv6 addresses (the kernel removes them when
    /// an interface is set down), or the kernel has no IPv6 ([`has_ipv6`](Self::has_ipv6)).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let listener = server.listen(80)?;
    /// client.connect((server.ipv6(), 80))?;
    /// # drop(listener);
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn ipv6(&self) -> Ipv6Addr {
        let held = self.addrs();
        let v6 = |address: &IpAddr| match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(v6) => Some(*v6),
        };
        match held.iter().find_map(v6) {
            Some(address) => address,
            None => panic!("{}", self.lack("IPv6", IpAddr::is_ipv6)),
        }
    }

    /// Whether it has an IPv6 address that other hosts can reach.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let families = if server.has_ipv6() { "both families" } else { "IPv4 alone" };
    /// println!("{families}: {:?}", server.addrs());
    /// # let _ = client;
    /// # Ok(()) }
    /// ```
    pub fn has_ipv6(&self) -> bool {
        self.addrs().iter().any(IpAddr::is_ipv6)
    }

    /// All its addresses that other hosts can reach, link by link, IPv4 before IPv6: those that it was
    /// given and still has, on whichever interface.
    ///
    /// Addresses from [`add_addr`](Self::add_addr) come after its own of the same link. Link-local
    /// addresses are left out, since they mean nothing without an interface, and so are addresses that
    /// programs in the host have added. If the kernel does not answer, this returns all addresses that
    /// the host was given.
    ///
    /// ```no_run
    /// use netns_test::{Host, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_host_gives_its_address_away(net: Net, server: Host, client: Host) -> Result {
    ///     let v4 = server.addrs()[0];
    ///     net.move_addr(v4, &server, &client)?;
    ///     assert!(!server.addrs().contains(&v4) && client.addrs().contains(&v4));
    ///     Ok(())
    /// }
    /// ```
    pub fn addrs(&self) -> Vec<IpAddr> {
        self.still_has(self.given())
    }

    /// Its first IPv4 address with a port, for a peer to dial.
    ///
    /// # Panics
    ///
    /// As [`ipv4`](Self::ipv4).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let port = 7000;
    /// let service = server.run(|| std::net::TcpListener::bind(server.addr(port)))?;
    /// client.connect(server.addr(port))?;
    /// # drop(service);
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn addr(&self, port: u16) -> SocketAddr {
        (self.ipv4(), port).into()
    }

    /// Its first IPv6 address with a port.
    ///
    /// # Panics
    ///
    /// As [`ipv6`](Self::ipv6).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let listener = server.listen(80)?;          // on both families
    /// client.connect(server.addr_v6(80))?;
    /// # drop(listener);
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn addr_v6(&self, port: u16) -> SocketAddr {
        (self.ipv6(), port).into()
    }

    /// Those that it was made with on its first link.
    pub(crate) fn addrs_of_first_link(&self) -> Vec<IpAddr> {
        self.interfaces().first().map(Interface::own).unwrap_or_default()
    }

    /// The addresses that it was given, whether it still has them or not.
    pub(crate) fn given(&self) -> Vec<IpAddr> {
        self.interfaces().iter().flat_map(Interface::reachable).collect()
    }

    /// Those of these addresses that the kernel says it has.
    pub(super) fn still_has(&self, mut given: Vec<IpAddr>) -> Vec<IpAddr> {
        if !given.is_empty()
            && let Ok(held) = self.kernel_addresses()
        {
            given.retain(|address| held.contains(address));
        }
        given
    }

    /// Why it has no address of a family.
    fn lack(&self, family: &str, is_of_family: impl Fn(&IpAddr) -> bool) -> String {
        let name = self.name();
        if self.interfaces().is_empty() {
            return format!("host `{name}` has no address: it is not linked to another host yet");
        }
        let given = self.given().into_iter().filter(is_of_family);
        let given: Vec<_> = given.map(|address| address.to_string()).collect();
        if given.is_empty() {
            return format!("host `{name}` has no {family} address: this kernel has no {family}");
        }
        let given = given.join(" and ");
        format!("host `{name}` has no {family} address any more: it was given {given}")
    }

    /// All addresses that the host has in the kernel now, those that its programs added among
    /// them; loopback ones are not.
    pub(crate) fn kernel_addresses(&self) -> Result<Vec<IpAddr>, Error> {
        let operation = format!("list the addresses of `{}`", self.name());
        let request = Request::new(operation, AddressMessage::all(None), NLM_F_DUMP);
        let answers = self.route(|route| route.query(request))?;
        let all = answers.iter().filter_map(|answer| AddressMessage::read(answer)?.local());
        Ok(all.filter(|address| !address.is_loopback()).collect())
    }
}

impl Interface {
    /// The addresses that it was made with and that other hosts can reach, IPv4 before IPv6.
    pub(super) fn own(&self) -> Vec<IpAddr> {
        let v6 = self.ipv6.then_some(IpAddr::from(self.addresses.v6));
        [self.addresses.v4.into()].into_iter().chain(v6).collect()
    }

    /// Those, and what the test has given it beside.
    pub(super) fn reachable(&self) -> Vec<IpAddr> {
        let mut all = self.own();
        all.extend(&self.more);
        all
    }
}
