use std::io;
use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::poll::PollFlags;

use super::address::local;
use super::datagram::{buffer, connected};
use super::deadline::{DEFAULT_DEADLINE, Deadline};
use super::lookup::lookup;
use super::operation::Operation;
use super::tape::Tape;
use crate::Host;
use crate::record::{Protocol, Verb};

impl Host {
    /// Opens a connected UDP socket: it talks to one peer, and gets ICMP errors (udp(7)).
    ///
    /// Nothing is sent. A name is looked up inside the host; the first of its addresses that the
    /// host has a route to becomes the peer.
    ///
    /// # Errors
    ///
    /// Those of the kernel: no route. If a name is not found, the resolver's error.
    ///
    /// ```no_run
    /// use std::io::ErrorKind;
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_closed_port_says_so(server: Host, client: Host) -> Result {
    ///     let conn = client.connect_udp((server.ipv4(), 7000))?;
    ///     conn.send(b"anybody?")?;
    ///     let error = conn.recv().expect_err("nobody is there");
    ///     assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    ///     Ok(())
    /// }
    /// ```
    pub fn connect_udp(&self, addr: impl ToSocketAddrs) -> io::Result<UdpConnection> {
        let (socket, peer) = connected(self, lookup(self, addr)?)?;
        UdpConnection::new(socket, peer, Tape::new(self, Protocol::Udp))
    }
}

/// A UDP socket that talks to one peer; [`Host::connect_udp`] makes it.
///
/// It receives from this peer only. An ICMP error about a datagram is returned by the next `send` or
/// `recv`, whichever comes first.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// // Unlike an endpoint it is told when nobody has the port.
/// let conn = client.connect_udp(server.addr(53))?;
/// conn.send(b"query")?;
/// let error = conn.recv().expect_err("nobody is there");
/// assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct UdpConnection {
    socket: UdpSocket,
    local: SocketAddr,
    peer: SocketAddr,
    within: Duration,
    tape: Tape,
}

impl UdpConnection {
    fn new(socket: UdpSocket, peer: SocketAddr, tape: Tape) -> io::Result<Self> {
        Ok(Self { local: local(&socket)?, socket, peer, within: DEFAULT_DEADLINE, tape })
    }

    /// Sends one datagram.
    ///
    /// # Errors
    ///
    /// Those of the kernel. [`ConnectionRefused`](io::ErrorKind::ConnectionRefused) and others if
    /// an ICMP error has come back for an *earlier* datagram: then this one is not sent. Others if the
    /// datagram is too long, there is no route, or a local firewall forbids it (`EPERM`).
    /// [`TimedOut`](io::ErrorKind::TimedOut) without an OS error when the deadline passes
    /// ([`DEFAULT_DEADLINE`]) because the socket is full.
    pub fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let deadline = Deadline::new(Operation::SendTo(self.peer), self.within);
        let send = |socket: &UdpSocket| socket.send(bytes);
        let result = deadline.block(&self.socket, PollFlags::POLLOUT, send);
        self.tape.note(Verb::Send, self.ends(), result, |sent| *sent).map(drop)
    }

    /// Waits for the peer's next datagram.
    ///
    /// # Errors
    ///
    /// The ICMP error for an earlier datagram, as for [`send`](Self::send).
    /// [`TimedOut`](io::ErrorKind::TimedOut) without an OS error when the deadline passes
    /// ([`DEFAULT_DEADLINE`]).
    pub fn recv(&self) -> io::Result<Vec<u8>> {
        let deadline = Deadline::new(Operation::RecvFrom(self.peer), self.within);
        let mut bytes = buffer();
        let receive = |socket: &UdpSocket| socket.recv(&mut bytes);
        let result = deadline.block(&self.socket, PollFlags::POLLIN, receive);
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
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let mut query = client.connect_udp(server.addr(53))?;
    /// query.set_deadline(Duration::from_millis(200));
    /// query.send(b"query")?;
    /// assert!(query.recv().is_err(), "it does not come, and is asked for again");
    /// # Ok(()) }
    /// ```
    pub fn set_deadline(&mut self, within: Duration) {
        self.within = within;
    }

    fn ends(&self) -> [Option<SocketAddr>; 2] {
        [Some(self.local), Some(self.peer)]
    }
}

impl AsFd for UdpConnection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
