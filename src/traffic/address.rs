//! Addresses as users know them. A socket of both families writes IPv4 as `::ffff:10.0.0.1`.

use std::io;
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};

use nix::sys::socket::{SockaddrStorage, getsockname};

/// An address without the clothes of the other family.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    let SocketAddr::V6(v6) = address else {
        return address;
    };
    match v6.ip().to_ipv4_mapped() {
        Some(v4) => (v4, v6.port()).into(),
        None => address,
    }
}

/// The same in the other direction, for a socket of both families.
pub(super) fn mapped(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) => (v4.ip().to_ipv6_mapped(), v4.port()).into(),
        SocketAddr::V6(_) => address,
    }
}

/// The socket's own address.
pub(super) fn local(socket: &impl AsFd) -> io::Result<SocketAddr> {
    let address: SockaddrStorage = getsockname(socket.as_fd().as_raw_fd())?;
    let v4 = address.as_sockaddr_in().map(|v4| SocketAddrV4::from(*v4).into());
    let v6 = address.as_sockaddr_in6().map(|v6| SocketAddrV6::from(*v6).into());
    let address = v4.or(v6).ok_or_else(|| io::Error::from_raw_os_error(libc::EAFNOSUPPORT))?;
    Ok(canonical(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ipv4_changes_its_clothes() {
        let v4: SocketAddr = ([10, 0, 0, 1], 80).into();
        assert_eq!(mapped(v4).to_string(), "[::ffff:10.0.0.1]:80");
        assert_eq!(canonical(mapped(v4)), v4);
        let v6 = SocketAddrV6::new([0xfe80, 0, 0, 0, 0, 0, 0, 1].into(), 80, 0, 3).into();
        assert_eq!(mapped(v6), v6);
        assert_eq!(canonical(v6), v6);
    }
}
