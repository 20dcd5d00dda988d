use std::fmt;
use std::net::IpAddr;

/// The subnet of a link: a network address and a prefix length, as in `10.0.0.0/24`.
///
/// From [`Link::subnets`](crate::Link::subnets).
///
/// ```no_run
/// use netns_test::{Host, Result, netns_test};
///
/// #[netns_test]
/// fn a_host_is_in_the_subnet_of_its_link(server: Host, _client: Host) -> Result {
///     let subnet = server.links()[0].subnets()[0];
///     assert_eq!(subnet.to_string(), "10.0.0.0/24");
///     assert!(subnet.contains(server.ipv4().into()));
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subnet {
    network: IpAddr,
    prefix_len: u8,
}

impl Subnet {
    /// The subnet that an address is in.
    pub(super) fn of(address: IpAddr, prefix_len: u8) -> Self {
        Self { network: masked(address, prefix_len), prefix_len }
    }

    /// Its network address, which no host has.
    pub fn network(&self) -> IpAddr {
        self.network
    }

    /// Its prefix length: how many leading bits all its addresses share.
    pub fn prefix_len(&self) -> u8 {
        self.prefix_len
    }

    /// Whether an address is in the subnet.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let lan = net.links()[0].subnets()[0];
    /// assert!(lan.contains(server.ipv4().into()) && lan.contains(client.ipv4().into()));
    /// # Ok(()) }
    /// ```
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.network.is_ipv4()
            && masked(address, self.prefix_len) == self.network
    }
}

fn masked(address: IpAddr, prefix_len: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix_len)).unwrap_or_default();
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix_len)).unwrap_or_default();
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix_len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("it is an address")
    }

    #[test]
    fn a_subnet_has_what_shares_its_prefix() {
        let subnet = Subnet::of(address("10.0.3.7"), 24);
        assert_eq!(subnet.to_string(), "10.0.3.0/24");
        assert!(subnet.contains(address("10.0.3.255")) && !subnet.contains(address("10.0.4.1")));
        assert!(!subnet.contains(address("fd00::1")));
        let subnet = Subnet::of(address("fd00:0:0:3::7"), 64);
        assert_eq!(subnet.to_string(), "fd00:0:0:3::/64");
        assert!(subnet.contains(address("fd00:0:0:3:1::")) && !subnet.contains(address("fd00::3")));
        assert!(Subnet::of(address("10.0.0.1"), 0).contains(address("192.0.2.1")));
        assert_eq!(Subnet::of(address("10.0.0.1"), 32).network(), address("10.0.0.1"));
    }
}
