//! What the test does: listens, connects, sends and receives, inside its hosts.
//!
//! Each verb exists twice, blocking and async, and is tried the same way in both: a socket that
//! never blocks, an attempt, a wait for readiness that a [`Deadline`](deadline::Deadline) bounds.

mod operation;

mod tape;

mod limit;

mod deadline;

mod address;

mod lookup;

mod bound;

mod tcp_info;

mod tcp_words;

mod until;

mod state_change;

mod stream;

mod listener;

mod async_listener;

mod dialling;

mod dial;

mod async_dial;

mod connection;

mod async_connection;

mod datagram;

mod udp_endpoint;

mod async_udp_endpoint;

mod udp_connection;

mod async_udp_connection;

pub use async_connection::AsyncConnection;
pub use async_dial::AsyncDial;
pub use async_listener::AsyncListener;
pub use async_udp_connection::AsyncUdpConnection;
pub use async_udp_endpoint::AsyncUdpEndpoint;
pub use connection::Connection;
pub use deadline::DEFAULT_TIMEOUT;
pub use dial::Dial;
pub(crate) use limit::{Limited, earlier, limit};
pub use listener::Listener;
pub use tcp_info::TcpInfo;
pub(crate) use tcp_words::line as tcp_line;
pub use udp_connection::UdpConnection;
pub use udp_endpoint::UdpEndpoint;
pub(crate) use until::{until, until_async};
