use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use nix::poll::PollFlags;

use super::connection::Connection;
use super::deadline::Deadline;
use super::dialling::{Dialling, established};
use super::lookup::lookup;
use super::operation::Operation;
use super::tcp_info::TcpInfo;
use crate::Host;

impl Host {
    /// Starts to connect to a TCP listener, without waiting for the answer.
    ///
    /// [`connect`](Self::connect) combines this with [`Dial::wait`]. In between, a test can look at
    /// the dial: in a blocked network it stays in `SYN-SENT` and repeats its SYN. If a name has
    /// several addresses, the first one is dialled.
    ///
    /// # Errors
    ///
    /// The kernel's immediate errors, such as `NetworkUnreachable`. If a name is not found,
    /// the resolver's error. The peer's answer comes from [`Dial::wait`].
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, TcpState, netns_test};
    ///
    /// #[netns_test]
    /// fn a_dial_survives_a_block(server: Host, client: Host) -> Result {
    ///     let listener = server.listen(7000)?;
    ///     let block = server.block(&client)?;
    ///     let mut dial = client.dial(listener.addr())?;
    ///     assert_eq!(dial.info()?.state, TcpState::SynSent);
    ///     block.unblock()?;
    ///     dial.wait(Duration::from_secs(5))?;
    ///     Ok(())
    /// }
    /// ```
    pub fn dial(&self, addr: impl ToSocketAddrs) -> io::Result<Dial> {
        Dial::start(self, lookup(self, addr)?[0])
    }
}

/// A TCP connection that is being made; [`Host::dial`] starts it.
///
/// Dropping it aborts the connection attempt.
///
/// ```no_run
/// # use netns_test::*;
/// # use std::time::Duration;
/// # fn t(server: Host, client: Host) -> Result {
/// let block = client.block(&server)?;
/// let mut dial = client.dial(server.addr(80))?;           // under way
/// block.wait_for_hit(Duration::from_secs(1))?;
/// let _listener = server.listen(80)?;
/// block.unblock()?;
/// dial.wait(Duration::from_secs(5))?;                     // its SYN is repeated
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "dropping a dial aborts the connection attempt"]
pub struct Dial(Dialling<TcpStream>);

impl Dial {
    pub(super) fn start(host: &Host, peer: SocketAddr) -> io::Result<Self> {
        Ok(Self(Dialling::start(host, peer)?))
    }

    /// Waits until the connection is established, and returns it. The dial is over then.
    ///
    /// If the limit passes first, the dial goes on, and you can wait again.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](io::ErrorKind::TimedOut) without an OS error when the limit passes; with one
    /// when TCP has given up. [`ConnectionRefused`](io::ErrorKind::ConnectionRefused) and others,
    /// as the network answers. After these the dial is over, and returns
    /// [`NotConnected`](io::ErrorKind::NotConnected) from then on.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let mut dial = client.dial(server.addr(80))?;
    /// let error = dial.wait(Duration::from_secs(1)).expect_err("nobody listens");
    /// assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    /// # Ok(()) }
    /// ```
    pub fn wait(&mut self, within: Duration) -> io::Result<Connection> {
        self.wait_until(Deadline::new(Operation::Connect(self.peer_addr()), within))
    }

    pub(super) fn wait_until(&mut self, deadline: Deadline) -> io::Result<Connection> {
        let result = deadline.block(self.0.socket()?, PollFlags::POLLOUT, established);
        let (socket, tape) = self.0.conclude(result)?;
        Connection::new(socket, self.peer_addr(), tape)
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
    /// # fn t(server: Host, client: Host) -> Result {
    /// let _block = client.block(&server)?;
    /// let dial = client.dial(server.addr(80))?;
    /// eventually(Duration::from_secs(3), || dial.info().is_ok_and(|info| info.retransmits > 0))?;
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
