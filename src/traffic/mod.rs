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

#[cfg(feature = "tokio")]
mod async_listener;

mod dialling;

mod dial;

#[cfg(feature = "tokio")]
mod async_dial;

mod connection;

#[cfg(feature = "tokio")]
mod async_connection;

mod datagram;

mod udp_endpoint;

#[cfg(feature = "tokio")]
mod async_udp_endpoint;

mod udp_connection;

#[cfg(feature = "tokio")]
mod async_udp_connection;

#[cfg(feature = "tokio")]
pub use async_connection::AsyncConnection;
#[cfg(feature = "tokio")]
pub use async_dial::AsyncDial;
#[cfg(feature = "tokio")]
pub use async_listener::AsyncListener;
#[cfg(feature = "tokio")]
pub use async_udp_connection::AsyncUdpConnection;
#[cfg(feature = "tokio")]
pub use async_udp_endpoint::AsyncUdpEndpoint;
pub use connection::Connection;
pub use deadline::DEFAULT_DEADLINE;
pub use dial::Dial;
pub(crate) use limit::{Limited, earlier, limit};
pub use listener::Listener;
pub use tcp_info::TcpInfo;
pub(crate) use tcp_words::line as tcp_line;
pub use udp_connection::UdpConnection;
pub use udp_endpoint::UdpEndpoint;
pub(crate) use until::until;
#[cfg(feature = "tokio")]
pub(crate) use until::until_async;
