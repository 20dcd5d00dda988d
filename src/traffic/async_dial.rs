use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::{TcpStream, ToSocketAddrs};

use super::async_connection::AsyncConnection;
use super::deadline::{DEFAULT_DEADLINE, Deadline};
use super::dialling::{Dialling, established};
use super::lookup::lookup_async;
use super::operation::Operation;
use super::tcp_info::TcpInfo;
use crate::Host;

impl Host {
    /// The same as [`dial`](Self::dial), for async tests.
    ///
    /// Awaiting it only looks up the name; to get the connection, await [`AsyncDial::wait`].
    ///
    /// # Errors
    ///
    /// As [`dial`](Self::dial); and [`TimedOut`](io::ErrorKind::TimedOut) without an OS error if the look-up
    /// takes longer than [`DEFAULT_DEADLINE`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, TcpState, netns_test};
    ///
    /// #[netns_test]
    /// async fn a_dial_survives_a_block(server: Host, client: Host) -> Result {
    ///     let listener = server.listen_async(7000).await?;
    ///     let block = server.block(&client)?;
    ///     let mut dial = client.dial_async(listener.addr()).await?;
    ///     assert_eq!(dial.info()?.state, TcpState::SynSent);
    ///     block.unblock()?;
    ///     dial.wait(Duration::from_secs(5)).await?;
    ///     Ok(())
    /// }
    /// ```
    pub async fn dial_async(&self, addr: impl ToSocketAddrs) -> io::Result<AsyncDial> {
        let deadline = Deadline::new(Operation::Lookup, DEFAULT_DEADLINE);
        let found = deadline.bound(lookup_async(self, addr)).await?;
        AsyncDial::start(self, found[0])
    }
}

/// A TCP connection that is being made, for async tests; [`Host::dial_async`] starts it.
///
/// Dropping it aborts the connection attempt.
///
/// ```no_run
/// # use netns_test::*;
/// # use std::time::Duration;
/// # async fn t(server: Host, client: Host) -> Result {
/// # let _listener = server.listen(80)?;
/// let block = client.block(&server)?;
/// let mut dial = client.dial_async(server.addr(80)).await?;
/// block.wait_for_hit_async(Duration::from_secs(1)).await?;
/// block.unblock()?;
/// dial.wait(Duration::from_secs(5)).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "dropping a dial aborts the connection attempt"]
pub struct AsyncDial(Dialling<TcpStream>);

impl AsyncDial {
    pub(super) fn start(host: &Host, peer: SocketAddr) -> io::Result<Self> {
        Ok(Self(Dialling::start(host, peer)?.into_tokio()?))
    }

    /// Waits until the connection is established, and returns it. The dial is over then.
    ///
    /// If the limit passes first, or the future is dropped, the dial goes on, and you can wait
    /// again.
    ///
    /// # Errors
    ///
    /// As [`Dial::wait`](crate::Dial::wait).
    pub async fn wait(&mut self, within: Duration) -> io::Result<AsyncConnection> {
        let deadline = Deadline::new(Operation::Connect(self.peer_addr()), within);
        self.wait_until(deadline).await
    }

    pub(super) async fn wait_until(&mut self, deadline: Deadline) -> io::Result<AsyncConnection> {
        let socket = self.0.socket()?;
        let decided = socket.async_io(Interest::WRITABLE, || established(socket));
        let result = deadline.bound(decided).await;
        let (socket, tape) = self.0.conclude(result)?;
        AsyncConnection::new(socket, self.peer_addr(), tape)
    }

    /// Reads what the kernel knows about it: whether it is still in `SYN-SENT`, and how many SYNs it has
    /// repeated.
    ///
    /// # Errors
    ///
    /// [`NotConnected`](io::ErrorKind::NotConnected) if the dial is over.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let _block = client.block(&server)?;
    /// let dial = client.dial_async(server.addr(80)).await?;
    /// let repeats = async || dial.info().is_ok_and(|info| info.retransmits > 0);
    /// eventually_async(Duration::from_secs(3), repeats).await?;
    /// # Ok(()) }
    /// ```
    #[doc(alias = "tcp_info")]
    pub fn info(&self) -> io::Result<TcpInfo> {
        self.0.info()
    }

    /// Returns the address that it dials.
    pub fn peer_addr(&self) -> SocketAddr {
        self.0.peer()
    }

    /// Returns the address that it dials from.
    ///
    /// # Errors
    ///
    /// [`NotConnected`](io::ErrorKind::NotConnected) if the dial is over.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local()
    }
}
