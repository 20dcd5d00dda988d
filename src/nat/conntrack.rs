//! The table of connections of a host (nf_conntrack, linux/netfilter/nfnetlink_conntrack.h).

use std::fs;
use std::time::Duration;

use crate::netlink::{Attributes, Message, Request};
use crate::nftables::NETLINK_NETFILTER;
use crate::{Error, Host};

const NFNL_SUBSYS_CTNETLINK: u16 = 1;
const IPCTNL_MSG_CT_DELETE: u16 = 2;

/// Forgets all connections, as `conntrack -F` does.
pub(super) fn flush(host: &Host) -> Result<(), Error> {
    // `struct nfgenmsg` of no family, and no attribute: all of them.
    let kind = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
    let message = Message::new(kind, &[0; 4], &Attributes::new());
    let request = Request::new(format!("flush conntrack of `{}`", host.name()), message, 0);
    host.netlink(NETLINK_NETFILTER, |netlink| netlink.execute(vec![request]))
}

/// What is in the middle of a connection makes none: a router that has been switched on since does not
/// know whose it is.
pub(super) fn never_pick_up(host: &Host) -> Result<(), Error> {
    set(host, &[("tcp_loose", "0".to_owned())])
}

pub(super) fn set_udp_timeout(host: &Host, timeout: Duration) -> Result<(), Error> {
    let seconds = seconds(host, timeout)?;
    set(host, &[("udp_timeout", seconds.clone()), ("udp_timeout_stream", seconds)])
}

pub(super) fn set_tcp_timeout(host: &Host, timeout: Duration) -> Result<(), Error> {
    let seconds = seconds(host, timeout)?;
    set(host, &[("tcp_timeout_established", seconds)])
}

fn seconds(host: &Host, timeout: Duration) -> Result<String, Error> {
    let whole = timeout.subsec_nanos() == 0 && timeout.as_secs() > 0;
    match u32::try_from(timeout.as_secs()) {
        Ok(seconds) if whole && i32::try_from(seconds).is_ok() => Ok(seconds.to_string()),
        _ => {
            let operation =
                format!("set a timeout of conntrack of `{}` to {timeout:?}", host.name());
            Err(Error::new(operation, "the kernel counts it in whole seconds, from one on"))
        }
    }
}

fn set(host: &Host, values: &[(&str, String)]) -> Result<(), Error> {
    for (name, value) in values {
        let path = format!("/proc/sys/net/netfilter/nf_conntrack_{name}");
        let operation = || format!("set nf_conntrack_{name} of `{}` to {value}", host.name());
        let written = host.inside(|| fs::write(&path, value)).and_then(|written| written);
        written.map_err(|error| {
            let forbidden =
                matches!(error.raw_os_error(), Some(libc::EROFS | libc::EACCES | libc::EPERM));
            let error = Error::os(operation(), error);
            match forbidden {
                true => error.with_help(
                    "/proc/sys cannot be written here, as in most containers: \
                     start the container with `--privileged`",
                ),
                false => error,
            }
        })?;
    }
    Ok(())
}
