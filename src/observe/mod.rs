//! What happened: the sockets of a host, as the kernel lists them.

pub(crate) mod clock;
mod sockets;
mod timeline;

pub(crate) use sockets::{TcpSocket, destroy, tcp_sockets_with};
pub use timeline::Timeline;
