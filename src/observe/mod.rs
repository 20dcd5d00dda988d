//! What happened: a host's sockets, as the kernel lists them; its packets, as the kernel records them; the
//! timeline.

mod changes;
mod destroy;
mod diag;
mod endpoint;
mod listing;
mod packets;
mod socket;
mod socket_change;
mod socket_peers;
mod socket_timer;
mod sockets;
mod timeline;

pub(crate) use destroy::{destroy, destroy_all};
pub use endpoint::Endpoint;
pub(crate) use listing::{mptcp_sockets_with, tcp_sockets_with};
pub use packets::{Capture, Packet, TcpFlags};
pub use socket::{Netid, Socket};
pub use socket_timer::SocketTimer;
pub use sockets::Sockets;
pub use timeline::Timeline;
