use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::poll::PollFlags;
use nix::sys::socket::{Backlog, SockType, listen};

use super::bound::{self, Bound};
use super::connection::Connection;
use super::deadline::{DEFAULT_DEADLINE, Deadline};
use super::operation::Operation;
use super::tape::Tape;
use crate::Host;
use crate::record::Protocol;

/// How many connections may wait to be accepted: a test that dials a lot must not meet the limit.
const BACKLOG: i32 = 1024;

impl Host {
    /// Listens on a TCP port of all addresses of the host, IPv4 and IPv6.
    ///
    /// Port 0 means any free port; [`Listener::addr`] says which. The backlog is 1024 connections. To the
    /// peer a connection is established before it is accepted.
    ///
    /// # Errors
    ///
    /// Those of the kernel: [`AddrInUse`](io::ErrorKind::AddrInUse) if the port is taken on this host.
    /// Other hosts' ports do not matter.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn both_families_are_served(server: Host, client: Host) -> Result {
    ///     let listener = server.listen(0)?;
    ///     for addr in [listener.addr(), listener.addr_v6()] {
    ///         let conn = client.connect(addr)?;
    ///         assert_eq!(listener.accept()?.peer_addr(), conn.local_addr());
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn listen(&self, port: u16) -> io::Result<Listener> {
        let tape = Tape::new(self, Protocol::Tcp);
        let made = Bound::make(self, SockType::Stream, port).and_then(|(socket, bound)| {
            listen(&socket, Backlog::new(BACKLOG)?)?;
            Ok((socket, bound))
        });
        let (socket, bound) = bound::note(&tape, port, made)?;
        Ok(Listener { socket: socket.into(), bound, within: DEFAULT_DEADLINE, tape })
    }
}

/// A TCP listener inside a host; [`Host::listen`] makes it.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// let listener = server.listen(0)?;                       // any port that is free
/// for _ in 0..3 {
///     client.connect(listener.addr())?;
///     println!("{} has come", listener.accept()?.peer_addr());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    bound: Bound,
    within: Duration,
    tape: Tape,
}

impl Listener {
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
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let listener = server.listen(80)?;                      // one socket for both families
    /// client.connect(listener.addr())?;
    /// client.connect(listener.addr_v6())?;
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn addr_v6(&self) -> SocketAddr {
        self.bound.addr_v6()
    }

    /// Waits for the next connection.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](io::ErrorKind::TimedOut) without an OS error when the deadline passes
    /// ([`DEFAULT_DEADLINE`]); else those of the kernel.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let listener = server.listen(80)?;
    /// let _dialled = client.connect(listener.addr())?;
    /// let accepted = listener.accept()?;
    /// assert_eq!(accepted.peer_addr().ip(), client.ipv4());
    /// # Ok(()) }
    /// ```
    pub fn accept(&self) -> io::Result<Connection> {
        let deadline = Deadline::new(Operation::Accept(self.addr()), self.within);
        let accepted = deadline.block(&self.socket, PollFlags::POLLIN, TcpListener::accept);
        let (socket, peer) = self.bound.note_accept(&self.tape, accepted)?;
        socket.set_nonblocking(true)?;
        Connection::new(socket, peer, self.tape.accepted())
    }

    /// Sets how long each [`accept`](Self::accept) may take, instead of [`DEFAULT_DEADLINE`].
    ///
    /// The connections that it accepts do not inherit it.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let mut listener = server.listen(7000)?;
    /// let _block = client.block(&server)?;
    /// let _dial = client.dial(listener.addr())?;
    /// listener.set_deadline(Duration::from_millis(300));
    /// assert!(listener.accept().is_err(), "nobody comes through");
    /// # Ok(()) }
    /// ```
    pub fn set_deadline(&mut self, within: Duration) {
        self.within = within;
    }

    #[cfg(feature = "tokio")]
    pub(super) fn into_parts(self) -> (TcpListener, Bound, Tape) {
        (self.socket, self.bound, self.tape)
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
