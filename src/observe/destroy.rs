use super::diag::{Diag, NETLINK_SOCK_DIAG};
use super::socket::Socket;
use crate::netlink::Request;
use crate::{Error, Feature, Host};

/// As many as go out in one send.
const BATCH: usize = 100;

/// Destroys TCP sockets of a host (`SOCK_DESTROY`, `ss -K`). Those that are gone already are no
/// error.
///
/// Of several that the kernel refuses it reports one at most, and none if others were gone: what is
/// still there says the next listing.
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

fn request(host: &Host, socket: &Socket) -> Request<Diag> {
    let (local, peer, host) = (socket.local, socket.peer, host.name());
    let operation = format!("destroy the TCP socket {local} of `{host}` with {peer}");
    Request::new(operation, Diag::destroy(&socket.id), 0)
}
