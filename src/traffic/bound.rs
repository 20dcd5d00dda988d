use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::sockopt::{Ipv6V6Only, ReuseAddr};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrStorage, bind, setsockopt, socket,
};

use super::address::{canonical, local, mapped};
use super::tape::Tape;
use crate::Host;
use crate::record::Verb;

/// Where a socket is found that is bound to all addresses of its host.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    v4: SocketAddr,
    v6: Option<SocketAddr>,
    /// Whether it is an IPv6 socket, which speaks IPv4 as well (ipv6(7)).
    both: bool,
}

impl Bound {
    /// Makes a socket inside `host` and binds it, to both families where there is IPv6.
    pub(super) fn make(host: &Host, kind: SockType, port: u16) -> io::Result<(OwnedFd, Self)> {
        let (socket, both) = match make(host, AddressFamily::Inet6, kind) {
            Ok(socket) => (socket, true),
            Err(error) if error.raw_os_error() == Some(libc::EAFNOSUPPORT) => {
                (make(host, AddressFamily::Inet, kind)?, false)
            }
            Err(error) => return Err(error),
        };
        if both {
            setsockopt(&socket, Ipv6V6Only, &false)?;
        }
        if kind == SockType::Stream {
            // As std does: connections of before must not keep the port.
            setsockopt(&socket, ReuseAddr, &true)?;
        }
        let all: IpAddr =
            if both { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
        bind(socket.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(all, port)))?;
        let port = local(&socket)?.port();
        Ok((socket, Self::at(host, port, both)))
    }

    fn at(host: &Host, port: u16, both: bool) -> Self {
        let addrs = host.addrs();
        let v4 = addrs.iter().find(|addr| addr.is_ipv4());
        let v6 = addrs.iter().find(|addr| addr.is_ipv6());
        // A host without a link can still talk to itself.
        let own = (both && addrs.is_empty()).then_some(Ipv6Addr::LOCALHOST.into());
        Self {
            v4: (v4.copied().unwrap_or(Ipv4Addr::LOCALHOST.into()), port).into(),
            v6: v6.copied().or(own).map(|addr| (addr, port).into()),
            both,
        }
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.v4
    }

    #[track_caller]
    pub(super) fn addr_v6(&self) -> SocketAddr {
        match self.v6 {
            Some(address) => address,
            None => panic!("the host of {} has no IPv6 address", self.v4),
        }
    }

    /// Notes that a connection was accepted, or why not, and passes the result on.
    pub(super) fn note_accept<T>(
        &self,
        tape: &Tape,
        accepted: io::Result<(T, SocketAddr)>,
    ) -> io::Result<(T, SocketAddr)> {
        let peer = accepted.as_ref().ok().map(|(_, peer)| canonical(*peer));
        tape.note(Verb::Accept, [Some(self.v4), peer], accepted, |_| 0)
    }

    /// The address as the socket's own family writes it.
    pub(super) fn outgoing(&self, to: SocketAddr) -> SocketAddr {
        if self.both { mapped(to) } else { to }
    }
}

/// Notes that a port was opened, or why it was not, and passes the result on.
pub(super) fn note<T>(
    tape: &Tape,
    port: u16,
    made: io::Result<(T, Bound)>,
) -> io::Result<(T, Bound)> {
    let wanted = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port);
    let local = made.as_ref().map_or(wanted, |(_, bound)| bound.v4);
    tape.note(Verb::Listen, [Some(local), None], made, |_| 0)
}

/// Makes a socket inside `host`, where it stays, that never blocks.
pub(super) fn make(host: &Host, family: AddressFamily, kind: SockType) -> io::Result<OwnedFd> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    Ok(host.run(|| socket(family, kind, flags, None))?)
}

/// The family of a socket that is to reach `peer`.
pub(super) fn family(peer: SocketAddr) -> AddressFamily {
    match peer {
        SocketAddr::V4(_) => AddressFamily::Inet,
        SocketAddr::V6(_) => AddressFamily::Inet6,
    }
}
