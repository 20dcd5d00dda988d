use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::{TcpStream, ToSocketAddrs};

use super::async_dial::AsyncDial;
use super::deadline::{DEFAULT_DEADLINE, Deadline, Passed};
use super::lookup::lookup_async;
use super::operation::Operation;
use super::state_change::StateChange;
use super::stream::Stream;
use super::tape::Tape;
use super::tcp_info::TcpInfo;
use crate::Host;
use crate::TcpState;
use crate::record::Verb;

impl Host {
    /// The same as [`connect`](Self::connect), for async tests.
    ///
    /// The connection belongs to the host, and the runtime on which you await this drives it. A name is
    /// looked up inside the host, on a separate thread, within the deadline.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// ```no_run
    /// use std::io::ErrorKind;
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// async fn a_closed_port_refuses(server: Host, client: Host) -> Result {
    ///     let listener = server.listen_async(7000).await?;
    ///     client.connect_async(("server", 7000)).await?;
    ///     drop(listener);
    ///     let error = client.connect_async(("server", 7000)).await.expect_err("nobody listens");
    ///     assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    ///     Ok(())
    /// }
    /// ```
    pub async fn connect_async(&self, addr: impl ToSocketAddrs) -> io::Result<AsyncConnection> {
        self.connect_within_async(addr, DEFAULT_DEADLINE).await
    }

    /// The same as [`connect_within`](Self::connect_within), for async tests.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let _block = client.block(&server)?;
    /// let dial = client.connect_within_async(server.addr(80), Duration::from_millis(500)).await;
    /// assert_eq!(dial.expect_err("nobody answers").kind(), std::io::ErrorKind::TimedOut);
    /// # Ok(()) }
    /// ```
    pub async fn connect_within_async(
        &self,
        addr: impl ToSocketAddrs,
        within: Duration,
    ) -> io::Result<AsyncConnection> {
        let deadline = Deadline::new(Operation::Lookup, within);
        let mut last = None;
        for peer in deadline.bound(lookup_async(self, addr)).await? {
            let deadline = deadline.with(Operation::Connect(peer));
            let decided = match AsyncDial::start(self, peer) {
                Ok(mut dial) => dial.wait_until(deadline).await,
                Err(error) => Err(error),
            };
            match decided {
                Err(error) if !Passed::is(&error) => last = Some(error),
                decided => return decided,
            }
        }
        Err(last.unwrap_or_else(|| io::ErrorKind::InvalidInput.into()))
    }
}

/// An established TCP connection, seen from one of its ends, for async tests.
///
/// [`Host::connect_async`], [`AsyncDial::wait`] and
/// [`AsyncListener::accept`](crate::AsyncListener::accept) return one. Dropping it closes it.
/// Nagle's algorithm is off (`TCP_NODELAY`). It does what [`Connection`](crate::Connection)
/// does, without blocking the runtime. For `AsyncRead` and `AsyncWrite`, or to send in one task and
/// receive in another, see [`into_tokio`](Self::into_tokio).
///
/// ```no_run
/// # use netns_test::*;
/// # async fn t(server: Host, client: Host) -> Result {
/// let listener = server.listen_async(7000).await?;
/// let mut dialled = client.connect_async(listener.addr()).await?;
/// let mut accepted = listener.accept().await?;
/// dialled.send(b"ping").await?;
/// assert_eq!(accepted.recv().await?, b"ping");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct AsyncConnection(Stream<TcpStream>);

impl AsyncConnection {
    pub(super) fn new(socket: TcpStream, peer: SocketAddr, tape: Tape) -> io::Result<Self> {
        Ok(Self(Stream::new(socket, peer, tape)?))
    }

    /// Sends all bytes: puts them into the socket, and waits for room if it is full.
    ///
    /// Success does not mean that the peer has them; see
    /// [`Connection::send`](crate::Connection::send). If the future is dropped, some of the bytes
    /// may have been sent.
    ///
    /// # Errors
    ///
    /// As [`Connection::send`](crate::Connection::send).
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut sent = 0;
        let deadline = self.0.sending();
        let send = || self.0.send(bytes, &mut sent);
        let result = deadline.bound(self.0.socket().async_io(Interest::WRITABLE, send)).await;
        let result = result.map_err(|error| Passed::with_progress(error, sent, bytes.len()));
        self.0.note(Verb::Send, result, |()| bytes.len())
    }

    /// Waits for bytes, and returns what has arrived: at most 64 KiB. An empty result means that the peer
    /// has closed.
    ///
    /// Dropping the future loses no bytes.
    ///
    /// # Errors
    ///
    /// As [`Connection::recv`](crate::Connection::recv).
    pub async fn recv(&mut self) -> io::Result<Vec<u8>> {
        let recv = self.0.socket().async_io(Interest::READABLE, || self.0.recv());
        let result = self.0.receiving().bound(recv).await;
        self.0.note(Verb::Recv, result, Vec::len)
    }

    /// Waits for `length` bytes and returns them.
    ///
    /// If the future is dropped, bytes that have arrived are lost, as they are after an error.
    ///
    /// # Errors
    ///
    /// As [`Connection::recv_exact`](crate::Connection::recv_exact).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// # let listener = server.listen(80)?;
    /// # let mut conn = client.connect_async(listener.addr()).await?;
    /// # listener.accept()?.send(&[0; 9])?;
    /// let header = conn.recv_exact(9).await?;                 // of a frame of HTTP/2
    /// # drop(header);
    /// # Ok(()) }
    /// ```
    pub async fn recv_exact(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let (mut bytes, mut filled) = (vec![0; length], 0);
        let deadline = self.0.receiving();
        let fill = || self.0.fill(&mut bytes, &mut filled);
        let filling = self.0.socket().async_io(Interest::READABLE, fill);
        let result = match deadline.bound(filling).await {
            Ok(()) => Ok(bytes),
            Err(error) => Err(Passed::with_progress(error, filled, length)),
        };
        self.0.note(Verb::Recv, result, Vec::len)
    }

    /// Sets how long each operation may take from now on, instead of [`DEFAULT_DEADLINE`].
    ///
    /// With zero, an operation is tried once, without waiting.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// # let _listener = server.listen(80)?;
    /// let mut conn = client.connect_async(server.addr(80)).await?;
    /// conn.set_deadline(Duration::from_millis(200));
    /// assert!(conn.recv().await.is_err(), "nothing has come in time");
    /// # Ok(()) }
    /// ```
    pub fn set_deadline(&mut self, within: Duration) {
        self.0.set_deadline(within);
    }

    /// Returns the address of this end.
    pub fn local_addr(&self) -> SocketAddr {
        self.0.local()
    }

    /// Returns the address of the other end.
    pub fn peer_addr(&self) -> SocketAddr {
        self.0.peer()
    }

    /// Reads what the kernel knows about the connection: its state, what it retransmits, how often.
    ///
    /// # Errors
    ///
    /// Those of the kernel.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// # let _listener = server.listen(80)?;
    /// let conn = client.connect_async(server.addr(80)).await?;
    /// println!("{:?} for a round trip", conn.info()?.rtt);
    /// # Ok(()) }
    /// ```
    #[doc(alias = "tcp_info")]
    pub fn info(&self) -> io::Result<TcpInfo> {
        TcpInfo::of(self.0.socket())
    }

    /// The same as [`Connection::wait_for_state`](crate::Connection::wait_for_state), without
    /// blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`Connection::wait_for_state`](crate::Connection::wait_for_state).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// # let _listener = server.listen(80)?;
    /// let mut conn = client.connect_async(server.addr(80)).await?;
    /// let off = server.power_off_async().await?;
    /// off.power_on()?;
    /// // A server that has restarted knows nothing of it, and says so when it is asked.
    /// conn.send(b"still there?").await?;
    /// conn.wait_for_state(TcpState::Unconnected, Duration::from_secs(5)).await?;
    /// # Ok(()) }
    /// ```
    pub async fn wait_for_state(&self, state: TcpState, limit: Duration) -> io::Result<Duration> {
        self.state_change(state, limit).wait_async().await
    }

    /// Closes one direction or both; `Shutdown::Write` sends a FIN, and `recv` still works.
    ///
    /// # Errors
    ///
    /// [`NotConnected`](io::ErrorKind::NotConnected) if the connection has ended already.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.shutdown(how)
    }

    /// Closes it, as dropping it does.
    ///
    /// The peer gets a FIN, or a RST if this end has not received all that the peer sent.
    pub fn close(self) {}

    /// Turns it into a tokio stream, which has no deadline.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// # let _listener = server.listen(80)?;
    /// // For code under test that takes a socket of tokio.
    /// let stream: tokio::net::TcpStream = client.connect_async(server.addr(80)).await?.into_tokio();
    /// stream.writable().await?;
    /// # Ok(()) }
    /// ```
    pub fn into_tokio(self) -> TcpStream {
        self.0.into_socket()
    }

    /// Turns it into a blocking std stream, which has no deadline.
    ///
    /// # Errors
    ///
    /// Those of the kernel.
    pub fn into_std(self) -> io::Result<std::net::TcpStream> {
        let socket = self.0.into_socket().into_std()?;
        socket.set_nonblocking(false)?;
        Ok(socket)
    }

    fn state_change(&self, state: TcpState, limit: Duration) -> StateChange<'_, TcpStream> {
        let ends = [self.local_addr(), self.peer_addr()];
        StateChange { socket: self.0.socket(), ends, state, limit }
    }
}

impl AsFd for AsyncConnection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.socket().as_fd()
    }
}
