//! What happened: the sockets of a host, as the kernel lists them.

mod sockets;

pub(crate) use sockets::{TcpSocket, destroy, tcp_sockets_with};
