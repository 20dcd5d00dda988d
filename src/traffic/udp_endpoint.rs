use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::poll::PollFlags;
use nix::sys::socket::SockType;

use super::bound::{self, Bound};
use super::datagram::{buffer, note_received, received};
use super::deadline::{DEFAULT_DEADLINE, Deadline};
use super::operation::Operation;
use super::tape::Tape;
use crate::Host;
use crate::record::{Protocol, Verb};

impl Host {
    /// Opens a UDP port on all addresses of the host, IPv4 and IPv6.
    ///
    /// Port 0 means any free port; [`UdpEndpoint::addr`] says which.
    ///
    /// # Errors
    ///
    /// Those of the kernel: [`AddrInUse`](io::ErrorKind::AddrInUse) if the port is taken.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_datagram_is_answered(server: Host, client: Host) -> Result {
    ///     let service = server.bind_udp(7000)?;
    ///     let asking = client.bind_udp(0)?;
    ///     asking.send_to(b"ping", service.addr())?;
    ///     let (question, from) = service.recv_from()?;
    ///     service.send_to(&question, from)?;
    ///     assert_eq!(asking.recv_from()?, (b"ping".to_vec(), service.addr()));
    ///     Ok(())
    /// }
    /// ```
    pub fn bind_udp(&self, port: u16) -> io::Result<UdpEndpoint> {
        let tape = Tape::new(self, Protocol::Udp);
        let made = Bound::make(self, SockType::Datagram, port);
        let (socket, bound) = bound::note(&tape, port, made)?;
        Ok(UdpEndpoint { socket: socket.into(), bound, within: DEFAULT_DEADLINE, tape })
    }
}

/// An open UDP port of a host, which talks to anybody; [`Host::bind_udp`] makes it.
///
/// The kernel does not report ICMP errors to it, since it could not say which datagram they are about.
/// To get them, use [`Host::connect_udp`].
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// let inbox = server.bind_udp(7000)?;
/// let outbox = client.bind_udp(0)?;
/// outbox.send_to(b"alive", inbox.addr())?;
/// let (bytes, from) = inbox.recv_from()?;
/// inbox.send_to(&bytes, from)?;
/// assert_eq!(outbox.recv_from()?.0, b"alive");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct UdpEndpoint {
    socket: UdpSocket,
    bound: Bound,
    within: Duration,
    tape: Tape,
}

impl UdpEndpoint {
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
    /// Those of the kernel: the datagram is too long, there is no route, or a local firewall forbids it
    /// (`EPERM`). And [`TimedOut`](io::ErrorKind::TimedOut) without an OS error when the deadline passes
    /// ([`DEFAULT_DEADLINE`]) because the socket is full.
    pub fn send_to(&self, bytes: &[u8], to: impl Into<SocketAddr>) -> io::Result<()> {
        let to = to.into();
        let deadline = Deadline::new(Operation::SendTo(to), self.within);
        let send = |socket: &UdpSocket| socket.send_to(bytes, self.bound.outgoing(to));
        let result = deadline.block(&self.socket, PollFlags::POLLOUT, send);
        let ends = [Some(self.addr()), Some(to)];
        self.tape.note(Verb::Send, ends, result, |sent| *sent).map(drop)
    }

    /// Waits for the next datagram, and returns it with its sender's address.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](io::ErrorKind::TimedOut) without an OS error when the deadline passes
    /// ([`DEFAULT_DEADLINE`]); else those of the kernel.
    pub fn recv_from(&self) -> io::Result<(Vec<u8>, SocketAddr)> {
        let deadline = Deadline::new(Operation::RecvOn(self.addr()), self.within);
        let mut bytes = buffer();
        let receive = |socket: &UdpSocket| socket.recv_from(&mut bytes);
        let result = deadline.block(&self.socket, PollFlags::POLLIN, receive);
        let result = result.map(|result| received(bytes, result));
        note_received(&self.tape, self.addr(), result)
    }

    /// Sets how long each operation may take, instead of [`DEFAULT_DEADLINE`].
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let mut inbox = server.bind_udp(7000)?;
    /// inbox.set_deadline(Duration::from_millis(300));
    /// assert!(inbox.recv_from().is_err(), "the heartbeats have ended");
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn set_deadline(&mut self, within: Duration) {
        self.within = within;
    }

    #[cfg(feature = "tokio")]
    pub(super) fn into_parts(self) -> (UdpSocket, Bound, Tape) {
        (self.socket, self.bound, self.tape)
    }
}

impl AsFd for UdpEndpoint {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
