//! Asking the kernel of a host for its sockets.

use std::net::IpAddr;

use crate::netlink::{Message, NLM_F_DUMP, Request};

use super::diag::{self, Detail, NETLINK_SOCK_DIAG, States};
use super::socket::{Netid, Socket};
use crate::{Error, Host, TcpState};

const FAMILIES: [u8; 2] = [libc::AF_INET as u8, libc::AF_INET6 as u8];

/// All sockets, in the order in which they are shown.
pub(super) fn all(host: &Host) -> Result<Vec<Socket>, Error> {
    let tcp = list(host, Netid::Tcp, diag::list_tcp(States::ALL, Detail::Info))?;
    let mut all = joined(tcp, mptcp(host)?);
    for family in FAMILIES {
        all.extend(list(host, Netid::Udp, diag::list_udp(family))?);
    }
    // The kernel's own order is that of a hash with a secret of the day.
    let listens = |socket: &Socket| socket.state == TcpState::Listen;
    all.sort_by_key(|socket| {
        let udp = socket.netid == Netid::Udp;
        (udp, !listens(socket), socket.local, socket.peer, socket.state)
    });
    Ok(all)
}

/// The established connections of TCP and MPTCP.
pub(super) fn established(host: &Host) -> Result<Vec<Socket>, Error> {
    let tcp = list(host, Netid::Tcp, diag::list_tcp(States::ESTABLISHED, Detail::None))?;
    let mut all = joined(tcp, mptcp(host)?);
    all.retain(|socket| socket.state == TcpState::Established);
    Ok(all)
}

/// The TCP sockets of a host whose peer is one of `addresses`: connections, and those that begin or end,
/// but not TIME-WAIT.
pub(crate) fn tcp_sockets_with(host: &Host, addresses: &[IpAddr]) -> Result<Vec<Socket>, Error> {
    let mut all = list(host, Netid::Tcp, diag::list_tcp(States::CONNECTIONS, Detail::None))?;
    all.retain(|socket| addresses.contains(&socket.peer.ip()));
    Ok(all)
}

/// The MPTCP connections of a host whose peer is one of `addresses` and whose programs have not been told
/// that they are over, each with its subflows.
pub(crate) fn mptcp_sockets_with(host: &Host, addresses: &[IpAddr]) -> Result<Vec<Socket>, Error> {
    let mut all = mptcp(host)?;
    all.retain(|socket| {
        let over = matches!(socket.state, TcpState::Unconnected | TcpState::Listen);
        !over && addresses.contains(&socket.peer.ip())
    });
    if all.is_empty() {
        return Ok(all);
    }
    let tcp = list(host, Netid::Tcp, diag::list_tcp(States::CONNECTIONS, Detail::None))?;
    let mut all = joined(tcp, all);
    all.retain(|socket| socket.netid == Netid::Mptcp);
    Ok(all)
}

/// The sockets of both. TCP sockets that belong to an MPTCP socket are listed under it.
fn joined(tcp: Vec<Socket>, mut mptcp: Vec<Socket>) -> Vec<Socket> {
    let mut all = Vec::new();
    for socket in tcp {
        match mptcp.iter_mut().find(|whole| whole.consists_of(&socket)) {
            Some(whole) => whole.subflows.push(socket),
            None => all.push(socket),
        }
    }
    mptcp.iter_mut().for_each(|whole| whole.subflows.sort_by_key(|part| (part.local, part.peer)));
    all.extend(mptcp);
    all
}

/// The MPTCP sockets; none if the kernel does not know them.
fn mptcp(host: &Host) -> Result<Vec<Socket>, Error> {
    let mut all = Vec::new();
    for family in FAMILIES {
        match list(host, Netid::Mptcp, diag::list_mptcp(family)) {
            Ok(some) => all.extend(some),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

fn list(host: &Host, netid: Netid, message: Message) -> Result<Vec<Socket>, Error> {
    let operation = format!("list the {netid} sockets of `{}`", host.name());
    let request = Request::new(operation, message, NLM_F_DUMP);
    let answers = host.netlink(NETLINK_SOCK_DIAG, |netlink| netlink.query(request))?;
    let read = |answer: &Message| Socket::read(netid, &diag::answer(answer)?);
    Ok(answers.iter().filter_map(read).collect())
}
