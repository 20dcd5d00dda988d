use std::net::{Ipv4Addr, Ipv6Addr};

/// Prefix lengths of every link.
pub(super) const PREFIX_V4: u8 = 24;
pub(super) const PREFIX_V6: u8 = 64;

/// The most hosts that a link's IPv4 subnet has room for.
pub(super) const MOST_HOSTS: usize = 254;
/// The most links of a net: the second and third number of an IPv4 address tell them apart.
pub(super) const MOST_LINKS: usize = 1 << 16;

/// The addresses of one end of a link: the same in every run, and readable in a capture.
///
/// The third number is the link's (with the second one, from the 257th link on), the last one the
/// end's, both in the order of creation: `10.0.0.1`, `fd00::1`, `fe80::1` and `02:00:00:00:00:01`
/// are the first host on the first link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Addresses {
    pub(crate) v4: Ipv4Addr,
    pub(crate) v6: Ipv6Addr,
    pub(crate) link_local: Ipv6Addr,
    pub(crate) mac: [u8; 6],
}

impl Addresses {
    /// The addresses of end `end` (from 1) of link `link` (from 0).
    pub(super) fn of(link: u16, end: u8) -> Self {
        let [high, low] = link.to_be_bytes();
        Self {
            v4: Ipv4Addr::new(10, high, low, end),
            v6: Ipv6Addr::new(0xfd00, 0, 0, link, 0, 0, 0, u16::from(end)),
            link_local: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, link, u16::from(end)),
            mac: [2, 0, 0, high, low, end],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_tell_link_and_host() {
        let first = Addresses::of(0, 1);
        assert_eq!(first.v4.to_string(), "10.0.0.1");
        assert_eq!(first.v6.to_string(), "fd00::1");
        assert_eq!(first.link_local.to_string(), "fe80::1");
        let other = Addresses::of(3, 254);
        assert_eq!(other.v4.to_string(), "10.0.3.254");
        assert_eq!(other.v6.to_string(), "fd00:0:0:3::fe");
        assert_eq!(other.mac, [2, 0, 0, 0, 3, 254]);
        let late = Addresses::of(258, 1);
        assert_eq!(late.v4.to_string(), "10.1.2.1");
        assert_eq!(late.v6.to_string(), "fd00:0:0:102::1");
        assert_eq!(late.mac, [2, 0, 0, 1, 2, 1]);
    }
}
