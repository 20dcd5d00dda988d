use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use tokio::net::{ToSocketAddrs, UdpSocket};

use super::address::local;
use super::datagram::{buffer, connected};
use super::deadline::{DEFAULT_DEADLINE, Deadline};
use super::lookup::lookup_async;
use super::operation::Operation;
use super::tape::Tape;
use crate::Host;
use crate::record::{Protocol, Verb};

impl Host {
    /// The same as [`connect_udp`](Self::connect_udp), for async tests.
    ///
    /// # Errors
    ///
    /// As [`connect_udp`](Self::connect_udp); and [`TimedOut`](io::ErrorKind::TimedOut) without an OS error
    /// if the look-up of a name takes longer than [`DEFAULT_DEADLINE`].
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
    ///     let conn = client.connect_udp_async(("server", 7000)).await?;
    ///     conn.send(b"ping").await?;
    ///     assert_eq!(service.recv_from().await?, (b"ping".to_vec(), conn.local_addr()));
    ///     Ok(())
    /// }
    /// ```
    pub async fn connect_udp_async(
        &self,
        addr: impl ToSocketAddrs,
    ) -> io::Result<AsyncUdpConnection> {
        let deadline = Deadline::new(Operation::Lookup, DEFAULT_DEADLINE);
        let found = deadline.bound(lookup_async(self, addr)).await?;
        let (socket, peer) = connected(self, found)?;
        let tape = Tape::new(self, Protocol::Udp);
        AsyncUdpConnection::new(UdpSocket::from_std(socket)?, peer, tape)
    }
}

/// A UDP socket that talks to one peer, for async tests; [`Host::connect_udp_async`] makes it.
///
/// It does what [`UdpConnection`](crate::UdpConnection) does, without blocking the runtime.
///
/// ```no_run
/// # use netns_test::*;
/// # async fn t(server: Host, client: Host) -> Result {
/// let inbox = server.bind_udp_async(53).await?;
/// let conn = client.connect_udp_async(inbox.addr()).await?;
/// conn.send(b"query").await?;
/// let (query, from) = inbox.recv_from().await?;
/// inbox.send_to(&query, from).await?;
/// assert_eq!(conn.recv().await?, b"query");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct AsyncUdpConnection {
    socket: UdpSocket,
    local: SocketAddr,
    peer: SocketAddr,
    within: Duration,
    tape: Tape,
}

impl AsyncUdpConnection {
    fn new(socket: UdpSocket, peer: SocketAddr, tape: Tape) -> io::Result<Self> {
        Ok(Self { local: local(&socket)?, socket, peer, within: DEFAULT_DEADLINE, tape })
    }

    /// Sends one datagram.
    ///
    /// # Errors
    ///
    /// As [`UdpConnection::send`](crate::UdpConnection::send).
    pub async fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let deadline = Deadline::new(Operation::SendTo(self.peer), self.within);
        let result = deadline.bound(self.socket.send(bytes)).await;
        self.tape.note(Verb::Send, self.ends(), result, |sent| *sent).map(drop)
    }

    /// Waits for the peer's next datagram.
    ///
    /// Dropping the future loses no datagrams.
    ///
    /// # Errors
    ///
    /// As [`UdpConnection::recv`](crate::UdpConnection::recv).
    pub async fn recv(&self) -> io::Result<Vec<u8>> {
        let deadline = Deadline::new(Operation::RecvFrom(self.peer), self.within);
        let mut bytes = buffer();
        let result = deadline.bound(self.socket.recv(&mut bytes)).await;
        let length = self.tape.note(Verb::Recv, self.ends(), result, |length| *length)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    /// Returns the address of this end.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Returns the address of the peer.
    pub fn peer_addr(&self) -> SocketAddr {
        self.peer
    }

    /// Sets how long each operation may take, instead of [`DEFAULT_DEADLINE`].
    pub fn set_deadline(&mut self, within: Duration) {
        self.within = within;
    }

    fn ends(&self) -> [Option<SocketAddr>; 2] {
        [Some(self.local), Some(self.peer)]
    }
}

impl AsFd for AsyncUdpConnection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
