use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use tokio::net::UdpSocket;

use super::bound::Bound;
use super::datagram::{buffer, note_received, received};
use super::deadline::{DEFAULT_DEADLINE, Deadline};
use super::operation::Operation;
use super::tape::Tape;
use crate::Host;
use crate::record::Verb;

impl Host {
    /// The same as [`bind_udp`](Self::bind_udp), for async tests.
    ///
    /// The port belongs to the host, and the runtime on which you await this drives it.
    ///
    /// # Errors
    ///
    /// As [`bind_udp`](Self::bind_udp).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// async fn a_datagram_arrives(server: Host, client: Host) -> Result {
    ///     let service = server.bind_udp_async(7000).await?;
    ///     let asking = client.bind_udp_async(0).await?;
    ///     asking.send_to(b"ping", service.addr()).await?;
    ///     assert_eq!(service.recv_from().await?, (b"ping".to_vec(), asking.addr()));
    ///     Ok(())
    /// }
    /// ```
    pub async fn bind_udp_async(&self, port: u16) -> io::Result<AsyncUdpEndpoint> {
        let (socket, bound, tape) = self.bind_udp(port)?.into_parts();
        let socket = UdpSocket::from_std(socket)?;
        Ok(AsyncUdpEndpoint { socket, bound, within: DEFAULT_DEADLINE, tape })
    }
}

/// An open UDP port of a host, for async tests; [`Host::bind_udp_async`] makes it.
///
/// It does what [`UdpEndpoint`](crate::UdpEndpoint) does, without blocking the runtime.
///
/// ```no_run
/// # use netns_test::*;
/// # async fn t(server: Host, client: Host) -> Result {
/// let inbox = server.bind_udp_async(7000).await?;
/// let outbox = client.bind_udp_async(0).await?;
/// outbox.send_to(b"alive", inbox.addr()).await?;
/// assert_eq!(inbox.recv_from().await?.0, b"alive");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct AsyncUdpEndpoint {
    socket: UdpSocket,
    bound: Bound,
    within: Duration,
    tape: Tape,
}

impl AsyncUdpEndpoint {
    /// Returns the address for peers to send to: the host's IPv4 address on its first link, and the port.
    ///
    /// For a host without a link it is `127.0.0.1`.
    pub fn addr(&self) -> SocketAddr {
        self.bound.addr()
    }

    /// Returns the same for IPv6.
    ///
    /// # Panics
    ///
    /// If the host has no IPv6 address ([`Host::has_ipv6`]).
    #[track_caller]
    pub fn addr_v6(&self) -> SocketAddr {
        self.bound.addr_v6()
    }

    /// Sends one datagram, to an address such as `(server.ipv4(), 7000)`.
    ///
    /// # Errors
    ///
    /// As [`UdpEndpoint::send_to`](crate::UdpEndpoint::send_to).
    pub async fn send_to(&self, bytes: &[u8], to: impl Into<SocketAddr>) -> io::Result<()> {
        let to = to.into();
        let deadline = Deadline::new(Operation::SendTo(to), self.within);
        let send = self.socket.send_to(bytes, self.bound.outgoing(to));
        let result = deadline.bound(send).await;
        let ends = [Some(self.addr()), Some(to)];
        self.tape.note(Verb::Send, ends, result, |sent| *sent).map(drop)
    }

    /// Waits for the next datagram, and returns it with its sender's address.
    ///
    /// Dropping the future loses no datagrams.
    ///
    /// # Errors
    ///
    /// As [`UdpEndpoint::recv_from`](crate::UdpEndpoint::recv_from).
    pub async fn recv_from(&self) -> io::Result<(Vec<u8>, SocketAddr)> {
        let deadline = Deadline::new(Operation::RecvOn(self.addr()), self.within);
        let mut bytes = buffer();
        let result = deadline.bound(self.socket.recv_from(&mut bytes)).await;
        let result = result.map(|result| received(bytes, result));
        note_received(&self.tape, self.addr(), result)
    }

    /// Sets how long each operation may take, instead of [`DEFAULT_DEADLINE`].
    pub fn set_deadline(&mut self, within: Duration) {
        self.within = within;
    }
}

impl AsFd for AsyncUdpEndpoint {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
