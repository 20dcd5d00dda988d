//! Asking the kernel of a host for its sockets.

use std::net::IpAddr;

use rtnetlink::packet_core::NLM_F_DUMP;

use super::diag::{Detail, Diag, NETLINK_SOCK_DIAG, States};
use super::socket::{Netid, Socket};
use crate::netlink::Request;
use crate::{Error, Host, TcpState};

/// All sockets, in the order in which they are shown.
pub(super) fn all(host: &Host) -> Result<Vec<Socket>, Error> {
    let mut all = list(host, Netid::Tcp, Diag::list_tcp(States::ALL, Detail::Info))?;
    for family in [libc::AF_INET, libc::AF_INET6] {
        all.extend(list(host, Netid::Udp, Diag::list_udp(family as u8))?);
    }
    // The kernel's own order is that of a hash with a secret of the day.
    let listens = |socket: &Socket| socket.state == TcpState::Listen;
    all.sort_by_key(|socket| {
        (socket.netid, !listens(socket), socket.local, socket.peer, socket.state)
    });
    Ok(all)
}

/// The established TCP connections.
pub(super) fn established(host: &Host) -> Result<Vec<Socket>, Error> {
    list(host, Netid::Tcp, Diag::list_tcp(States::ESTABLISHED, Detail::None))
}

/// The TCP sockets of a host whose peer is one of `addresses`: connections, and those that begin
/// or end. Not those that only wait for late segments (TIME-WAIT).
pub(crate) fn tcp_sockets_with(host: &Host, addresses: &[IpAddr]) -> Result<Vec<Socket>, Error> {
    let mut all = list(host, Netid::Tcp, Diag::list_tcp(States::CONNECTIONS, Detail::None))?;
    all.retain(|socket| addresses.contains(&socket.peer.ip()));
    Ok(all)
}

fn list(host: &Host, netid: Netid, message: Diag) -> Result<Vec<Socket>, Error> {
    let operation = format!("list the {netid} sockets of `{}`", host.name());
    let request = Request::new(operation, message, NLM_F_DUMP);
    let answers = host.netlink(NETLINK_SOCK_DIAG, |netlink| netlink.query(request))?;
    let read = |answer: &Diag| Socket::read(netid, &answer.answer()?);
    Ok(answers.iter().filter_map(read).collect())
}
