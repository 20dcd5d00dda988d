use std::net::{IpAddr, SocketAddr};

use netlink_packet_sock_diag::inet::{
    ExtensionFlags, InetRequest, InetResponseHeader, SocketId, StateFlags,
};
use netlink_packet_sock_diag::{SockDiagDestroy, SockDiagMessage};
use rtnetlink::packet_core::NLM_F_DUMP;

use crate::netlink::Request;
use crate::{Error, Host};

const NETLINK_SOCK_DIAG: isize = libc::NETLINK_SOCK_DIAG as isize;

/// net/tcp_states.h
const TCP_SYN_SENT: u8 = 2;

/// A TCP socket that has a peer.
pub(crate) struct TcpSocket {
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
    /// Whether it has dialled and not been answered (SYN-SENT).
    pub(crate) dials: bool,
    family: u8,
    id: SocketId,
}

/// The TCP sockets of a host whose peer is one of `addresses`: connections, and those that begin
/// or end. Not those that only wait for late segments (TIME-WAIT).
pub(crate) fn tcp_sockets_with(host: &Host, addresses: &[IpAddr]) -> Result<Vec<TcpSocket>, Error> {
    let mut found = Vec::new();
    for family in [libc::AF_INET, libc::AF_INET6] {
        let operation = format!("list the TCP sockets of `{}`", host.name());
        let request = Request::new(operation, list(family as u8), NLM_F_DUMP);
        for answer in host.netlink(NETLINK_SOCK_DIAG, |netlink| netlink.query(request))? {
            let SockDiagMessage::InetResponse(response) = answer else { continue };
            let socket = TcpSocket::of(response.header);
            if addresses.contains(&socket.peer.ip()) {
                found.push(socket);
            }
        }
    }
    Ok(found)
}

fn list(family: u8) -> SockDiagMessage {
    let wanted = StateFlags::all() - StateFlags::LISTEN - StateFlags::CLOSE - StateFlags::TIME_WAIT;
    SockDiagMessage::InetRequest(InetRequest {
        family,
        protocol: libc::IPPROTO_TCP as u8,
        extensions: ExtensionFlags::empty(),
        states: wanted,
        socket_id: empty_id(family),
    })
}

fn empty_id(family: u8) -> SocketId {
    if i32::from(family) == libc::AF_INET { SocketId::new_v4() } else { SocketId::new_v6() }
}

impl TcpSocket {
    fn of(header: InetResponseHeader) -> Self {
        let id = header.socket_id;
        // A socket of both families names IPv4 addresses as mapped ones.
        let local = SocketAddr::new(id.source_address.to_canonical(), id.source_port);
        let peer = SocketAddr::new(id.destination_address.to_canonical(), id.destination_port);
        Self { local, peer, dials: header.state == TCP_SYN_SENT, family: header.family, id }
    }
}

/// Destroys sockets of a host (`SOCK_DESTROY`, `ss -K`). Those that are gone already are no error.
///
/// # Errors
///
/// `EOPNOTSUPP` from a kernel without `CONFIG_INET_DIAG_DESTROY`.
pub(crate) fn destroy(host: &Host, sockets: &[TcpSocket]) -> Result<(), Error> {
    for socket in sockets {
        let operation = format!(
            "destroy the TCP socket {} of `{}` with {}",
            socket.local,
            host.name(),
            socket.peer
        );
        let message = SockDiagMessage::InetRequest(InetRequest {
            family: socket.family,
            protocol: libc::IPPROTO_TCP as u8,
            extensions: ExtensionFlags::empty(),
            states: StateFlags::all(),
            socket_id: socket.id.clone(),
        });
        let request = Request::new(operation, SockDiagDestroy::new(message), 0);
        let done = host.netlink(NETLINK_SOCK_DIAG, |netlink| netlink.execute(vec![request]));
        match done {
            Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => {
                return Err(error.with_help(
                    "this kernel was built without CONFIG_INET_DIAG_DESTROY: use `Policy::drop()`",
                ));
            }
            Err(error) if error.raw_os_error() != Some(libc::ENOENT) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
