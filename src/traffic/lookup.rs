//! Names are looked up where they are used: inside the host, with whatever it can reach from there.

#[cfg(feature = "tokio")]
use std::future::{Future, poll_fn};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
#[cfg(feature = "tokio")]
use std::pin::pin;

#[cfg(feature = "tokio")]
use tokio::net::lookup_host;

use crate::Host;

pub(super) fn lookup(host: &Host, addr: impl ToSocketAddrs) -> io::Result<Vec<SocketAddr>> {
    let found: Vec<_> = host.run(|| addr.to_socket_addrs())?.collect();
    some(found)
}

/// The same without blocking: a name is handed to a thread of the host's own runtime, which
/// `Host::run` enters, while this future waits for it on the caller's.
#[cfg(feature = "tokio")]
pub(super) async fn lookup_async(
    host: &Host,
    addr: impl tokio::net::ToSocketAddrs,
) -> io::Result<Vec<SocketAddr>> {
    let mut found = pin!(lookup_host(addr));
    let found = poll_fn(|context| host.run(|| found.as_mut().poll(context))).await?;
    some(found.collect())
}

fn some(found: Vec<SocketAddr>) -> io::Result<Vec<SocketAddr>> {
    match found.is_empty() {
        false => Ok(found),
        true => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no address to connect to"))
        }
    }
}
