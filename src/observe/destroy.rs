use super::diag::{self, NETLINK_SOCK_DIAG};
use super::listing::all;
use super::socket::{Netid, Socket};
use crate::netlink::Request;
use crate::{Error, Feature, Host, TcpState};

/// How many go out in one send.
const BATCH: usize = 100;

/// Destroys TCP sockets of a host (`SOCK_DESTROY`, `ss -K`). Sockets that are already gone are not an
/// error.
///
/// If the kernel refuses several, it reports at most one, and none if others were gone. The next listing
/// shows what is left.
///
/// # Errors
///
/// `EOPNOTSUPP` from a kernel without `CONFIG_INET_DIAG_DESTROY`.
pub(crate) fn destroy(host: &Host, sockets: &[Socket]) -> Result<(), Error> {
    for some in sockets.chunks(BATCH) {
        let requests = some.iter().map(|socket| request(host, socket)).collect();
        // Each of them is tried, whatever became of the others.
        let done = host.netlink(NETLINK_SOCK_DIAG, |netlink| netlink.execute(requests));
        match done {
            Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => {
                return Err(error.for_lack_of(Feature::SockDestroy).with_help(
                    "this kernel was built without CONFIG_INET_DIAG_DESTROY: use `Policy::drop()`",
                ));
            }
            Err(error) if error.raw_os_error() != Some(libc::ENOENT) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Destroys all TCP and UDP sockets of a host, listeners included. Returns what is left: UDP sockets keep
/// the port that they are bound to.
///
/// # Errors
///
/// As [`destroy`].
pub(crate) fn destroy_all(host: &Host) -> Result<Vec<Socket>, Error> {
    let is_over =
        |socket: &Socket| matches!(socket.state, TcpState::TimeWait | TcpState::Unconnected);
    let (udp, tcp): (Vec<_>, Vec<_>) =
        all(host)?.into_iter().partition(|socket| socket.netid == Netid::Udp);
    let subflows = tcp.iter().flat_map(|socket| &socket.subflows);
    let tcp = tcp.iter().filter(|socket| socket.netid == Netid::Tcp).chain(subflows);
    let tcp: Vec<_> = tcp.filter(|socket| !is_over(socket)).chain(&udp).cloned().collect();
    destroy(host, &tcp)?;
    let mut left = all(host)?;
    left.retain(|socket| socket.netid == Netid::Udp || !is_over(socket));
    Ok(left)
}

fn request(host: &Host, socket: &Socket) -> Request {
    let (local, peer, host) = (socket.local, socket.peer, host.name());
    let (protocol, message) = match socket.netid {
        Netid::Udp => ("UDP", diag::destroy_udp(&socket.id)),
        Netid::Tcp | Netid::Mptcp => ("TCP", diag::destroy(&socket.id)),
    };
    let operation = format!("destroy the {protocol} socket {local} of `{host}` with {peer}");
    Request::new(operation, message, 0)
}
