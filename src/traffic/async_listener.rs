use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use tokio::net::TcpListener;

use super::async_connection::AsyncConnection;
use super::bound::Bound;
use super::deadline::{DEFAULT_DEADLINE, Deadline};
use super::operation::Operation;
use super::tape::Tape;
use crate::Host;

impl Host {
    /// The same as [`listen`](Self::listen), for async tests.
    ///
    /// The listener belongs to the host, and the runtime on which you await this drives it.
    ///
    /// # Errors
    ///
    /// As [`listen`](Self::listen).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// async fn two_hosts_talk(server: Host, client: Host) -> Result {
    ///     let listener = server.listen_async(7000).await?;
    ///     let mut dialled = client.connect_async(listener.addr()).await?;
    ///     let mut accepted = listener.accept().await?;
    ///     dialled.send(b"hello").await?;
    ///     assert_eq!(accepted.recv().await?, b"hello");
    ///     Ok(())
    /// }
    /// ```
    pub async fn listen_async(&self, port: u16) -> io::Result<AsyncListener> {
        let (socket, bound, tape) = self.listen(port)?.into_parts();
        let socket = TcpListener::from_std(socket)?;
        Ok(AsyncListener { socket, bound, within: DEFAULT_DEADLINE, tape })
    }
}

/// A TCP listener inside a host, for async tests; [`Host::listen_async`] makes it.
///
/// ```no_run
/// # use netns_test::*;
/// # async fn t(server: Host, client: Host) -> Result {
/// let listener = server.listen_async(0).await?;
/// let dialled = client.connect_async(listener.addr()).await?;
/// let accepted = listener.accept().await?;
/// assert_eq!(dialled.local_addr(), accepted.peer_addr());
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct AsyncListener {
    socket: TcpListener,
    bound: Bound,
    within: Duration,
    tape: Tape,
}

impl AsyncListener {
    /// Returns the address for peers to dial: the host's IPv4 address on its first link, and the port.
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

    /// Waits for the next connection.
    ///
    /// Dropping the future loses no connections.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](io::ErrorKind::TimedOut) without an OS error when the deadline passes
    /// ([`DEFAULT_DEADLINE`]); else those of the kernel.
    pub async fn accept(&self) -> io::Result<AsyncConnection> {
        let deadline = Deadline::new(Operation::Accept(self.addr()), self.within);
        let accepted = deadline.bound(self.socket.accept()).await;
        let (socket, peer) = self.bound.note_accept(&self.tape, accepted)?;
        AsyncConnection::new(socket, peer, self.tape.accepted())
    }

    /// Sets how long each [`accept`](Self::accept) may take, instead of [`DEFAULT_DEADLINE`].
    ///
    /// The connections that it accepts do not inherit it.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let mut listener = server.listen_async(80).await?;
    /// listener.set_deadline(Duration::from_millis(300));
    /// assert!(listener.accept().await.is_err(), "nobody comes");
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn set_deadline(&mut self, within: Duration) {
        self.within = within;
    }
}

impl AsFd for AsyncListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
