use std::net::IpAddr;

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Ipv4,
    Ipv6,
}

impl Family {
    /// Both, in the order in which they are named everywhere.
    pub(crate) const BOTH: [Self; 2] = [Self::Ipv4, Self::Ipv6];

    /// The family of an address.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Ipv4,
            IpAddr::V6(_) => Self::Ipv6,
        }
    }

    /// What holds of this family, of two things that are one for each.
    pub(crate) fn of_two<T>(self, ipv4: T, ipv6: T) -> T {
        match self {
            Self::Ipv4 => ipv4,
            Self::Ipv6 => ipv6,
        }
    }

    /// The type of the Ethernet frames that its packets are in (linux/if_ether.h, `ETH_P_…`).
    pub(crate) fn ethertype(self) -> u16 {
        self.of_two(libc::ETH_P_IP, libc::ETH_P_IPV6) as u16
    }
}
