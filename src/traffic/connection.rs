use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use nix::poll::PollFlags;

use super::deadline::{DEFAULT_DEADLINE, Deadline, Passed};
use super::dial::Dial;
use super::lookup::lookup;
use super::operation::Operation;
use super::state_change::StateChange;
use super::stream::Stream;
use super::tape::Tape;
use super::tcp_info::TcpInfo;
use crate::Host;
use crate::TcpState;
use crate::record::Verb;

impl Host {
    /// Connects to a TCP listener from inside the host.
    ///
    /// The address may name another host, as in `("server", 7000)`; the name is looked up inside
    /// the host. If it has several addresses, they are tried in turn within the one deadline.
    ///
    /// It returns as soon as the network answers. A blocking
    /// `std::net::TcpStream::connect` may see an ICMP error only a second later, when it has repeated
    /// its SYN: the kernel drops an error that arrives while the socket is in use.
    ///
    /// # Errors
    ///
    /// Those of the kernel for the last address tried, for example
    /// [`ConnectionRefused`](io::ErrorKind::ConnectionRefused) if nobody listens. The
    /// resolver's error, if a name is not found. [`TimedOut`](io::ErrorKind::TimedOut) without an OS
    /// error when [`DEFAULT_DEADLINE`] passes.
    ///
    /// ```no_run
    /// use std::io::ErrorKind;
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_closed_port_refuses(server: Host, client: Host) -> Result {
    ///     let listener = server.listen(7000)?;
    ///     client.connect(("server", 7000))?;
    ///     drop(listener);
    ///     let error = client.connect(("server", 7000)).expect_err("nobody listens any more");
    ///     assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    ///     Ok(())
    /// }
    /// ```
    pub fn connect(&self, addr: impl ToSocketAddrs) -> io::Result<Connection> {
        self.connect_within(addr, DEFAULT_DEADLINE)
    }

    /// Connects as [`connect`](Self::connect) does, with a limit of your own.
    ///
    /// The limit is for the connect alone; the connection itself has [`DEFAULT_DEADLINE`]. A name look-up
    /// cannot be interrupted, but its time counts.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn nobody_has_this_address(client: Host, server: Host) -> Result {
    ///     let dialled = client.connect_within("10.0.0.77:80", Duration::from_millis(300));
    ///     assert_eq!(dialled.expect_err("there is nobody").raw_os_error(), None);
    ///     Ok(())
    /// }
    /// ```
    pub fn connect_within(
        &self,
        addr: impl ToSocketAddrs,
        within: Duration,
    ) -> io::Result<Connection> {
        let deadline = Deadline::new(Operation::Lookup, within);
        let mut last = None;
        for peer in lookup(self, addr)? {
            let dial = Dial::start(self, peer);
            let deadline = deadline.with(Operation::Connect(peer));
            match dial.and_then(|mut dial| dial.wait_until(deadline)) {
                Err(error) if !Passed::is(&error) => last = Some(error),
                decided => return decided,
            }
        }
        Err(last.unwrap_or_else(|| io::ErrorKind::InvalidInput.into()))
    }
}

/// An established TCP connection, seen from one of its ends.
///
/// [`Host::connect`], [`Dial::wait`] and [`Listener::accept`](crate::Listener::accept) return one.
/// Dropping it closes it. Nagle's algorithm is off (`TCP_NODELAY`): what is sent is on the wire
/// when `send` returns, if the windows permit.
///
/// Besides `send` and `recv` it has [`Read`] and [`Write`], with the same timeout. All of them block
/// the thread; async code uses [`AsyncConnection`](crate::AsyncConnection).
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// let listener = server.listen(7000)?;
/// let mut dialled = client.connect(listener.addr())?;
/// let mut accepted = listener.accept()?;
/// dialled.send(b"ping")?;
/// assert_eq!(accepted.recv()?, b"ping");
/// dialled.shutdown(std::net::Shutdown::Write)?;
/// assert_eq!(accepted.recv()?, b"", "the other side has closed");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Connection(Stream<TcpStream>);

impl Connection {
    /// Takes over a socket that does not block.
    pub(super) fn new(socket: TcpStream, peer: SocketAddr, tape: Tape) -> io::Result<Self> {
        Ok(Self(Stream::new(socket, peer, tape)?))
    }

    /// Sends all bytes: puts them into the socket, and waits for room if it is full.
    ///
    /// Success does not mean that the peer has them. The kernel goes on sending and retransmitting,
    /// even while the network is blocked.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](io::ErrorKind::TimedOut) without an OS error when the deadline passes
    /// ([`DEFAULT_DEADLINE`]); the text says how many bytes were put into the socket. Otherwise those
    /// of the kernel: [`ConnectionReset`](io::ErrorKind::ConnectionReset),
    /// [`BrokenPipe`](io::ErrorKind::BrokenPipe), and `TimedOut` with `ETIMEDOUT` when TCP has
    /// given up the connection.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut sent = 0;
        let deadline = self.0.sending();
        let send = |_: &TcpStream| self.0.send(bytes, &mut sent);
        let result = deadline.block(self.0.socket(), PollFlags::POLLOUT, send);
        let result = result.map_err(|error| Passed::with_progress(error, sent, bytes.len()));
        self.0.note(Verb::Send, result, |()| bytes.len())
    }

    /// Waits for bytes, and returns what has arrived: at most 64 KiB. An empty result means that the peer
    /// has closed.
    ///
    /// TCP keeps no boundaries: two sends of the peer may arrive as one, or one as two. If that
    /// matters, use [`recv_exact`](Self::recv_exact).
    ///
    /// # Errors
    ///
    /// [`TimedOut`](io::ErrorKind::TimedOut) without an OS error when the deadline passes
    /// ([`DEFAULT_DEADLINE`]); else those of the kernel, as for [`send`](Self::send).
    pub fn recv(&mut self) -> io::Result<Vec<u8>> {
        let deadline = self.0.receiving();
        let result = deadline.block(self.0.socket(), PollFlags::POLLIN, |_| self.0.recv());
        self.0.note(Verb::Recv, result, Vec::len)
    }

    /// Waits for `length` bytes and returns them.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the peer closes before, and otherwise as
    /// for [`recv`](Self::recv); the timeout is for all bytes together. Bytes that arrived before an
    /// error are lost.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// # let listener = server.listen(7000)?;
    /// # let mut conn = client.connect(listener.addr())?;
    /// # listener.accept()?.send(&[0, 0, 0, 2, 5, 5])?;
    /// // A frame with its length before it, however it was cut on its way.
    /// let length = u32::from_be_bytes(conn.recv_exact(4)?.try_into().map_err(|_| "four bytes")?);
    /// let frame = conn.recv_exact(length as usize)?;
    /// # drop(frame);
    /// # Ok(()) }
    /// ```
    pub fn recv_exact(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let (mut bytes, mut filled) = (vec![0; length], 0);
        let deadline = self.0.receiving();
        let fill = |_: &TcpStream| self.0.fill(&mut bytes, &mut filled);
        let result = match deadline.block(self.0.socket(), PollFlags::POLLIN, fill) {
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
    /// # fn t(server: Host, client: Host) -> Result {
    /// # let _listener = server.listen(7000)?;
    /// let mut conn = client.connect(server.addr(7000))?;
    /// conn.set_deadline(Duration::from_millis(200));
    /// let error = conn.recv().expect_err("it says nothing");
    /// assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
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
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let listener = server.listen(80)?;
    /// let dialled = client.connect(("server", 80))?;
    /// let accepted = listener.accept()?;
    /// assert_eq!(dialled.local_addr(), accepted.peer_addr(), "no router translates between them");
    /// # Ok(()) }
    /// ```
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
    /// # fn t(server: Host, client: Host) -> Result {
    /// # let _listener = server.listen(7000)?;
    /// let conn = client.connect(server.addr(7000))?;
    /// let info = conn.info()?;
    /// println!("{info}");                                     // as `ss -i` shows it
    /// assert_eq!(info.total_retrans, 0);
    /// # Ok(()) }
    /// ```
    #[doc(alias = "tcp_info")]
    pub fn info(&self) -> io::Result<TcpInfo> {
        TcpInfo::of(self.0.socket())
    }

    /// Waits until the connection is in the given state, and returns how long that took.
    ///
    /// The kernel does not announce such changes, so this polls every millisecond and may miss a
    /// shorter-lived state.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](io::ErrorKind::TimedOut) without an OS error when `limit` passes; the text has
    /// the last state seen. Else those of the kernel.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, TcpState, netns_test};
    ///
    /// #[netns_test]
    /// fn the_client_hears_that_the_server_has_closed(server: Host, client: Host) -> Result {
    ///     let listener = server.listen(7000)?;
    ///     let conn = client.connect(listener.addr())?;
    ///     listener.accept()?.close();
    ///     conn.wait_for_state(TcpState::CloseWait, Duration::from_secs(1))?;
    ///     Ok(())
    /// }
    /// ```
    pub fn wait_for_state(&self, state: TcpState, limit: Duration) -> io::Result<Duration> {
        self.state_change(state, limit).wait()
    }

    /// Closes one direction or both; `Shutdown::Write` sends a FIN, and `recv` still works.
    ///
    /// # Errors
    ///
    /// [`NotConnected`](io::ErrorKind::NotConnected) if the connection has ended already.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// # let listener = server.listen(80)?;
    /// # let mut conn = client.connect(listener.addr())?;
    /// # listener.accept()?.send(b"HTTP/1.0 204 No Content")?;
    /// // The end of what is said; the answer is still to come.
    /// conn.send(b"GET / HTTP/1.0\r\n\r\n")?;
    /// conn.shutdown(std::net::Shutdown::Write)?;
    /// println!("{}", String::from_utf8_lossy(&conn.recv()?));
    /// # Ok(()) }
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.shutdown(how)
    }

    /// Closes it, as dropping it does.
    ///
    /// The peer gets a FIN, or a RST if this end has not received all that the peer sent.
    pub fn close(self) {}

    /// Makes a second handle to the same connection, to send on one thread and receive on another.
    ///
    /// The connection is closed when both are.
    ///
    /// # Errors
    ///
    /// If there are too many open files.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// # let _listener = server.listen(7000)?;
    /// // A reader in a thread of its own, and a writer here.
    /// let mut conn = client.connect(server.addr(7000))?;
    /// let mut reader = conn.try_clone()?;
    /// let answer = std::thread::spawn(move || reader.recv());
    /// conn.send(b"hello")?;
    /// # drop(answer);
    /// # Ok(()) }
    /// ```
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self(self.0.held_as(self.0.socket().try_clone()?)))
    }

    /// Turns it into a blocking std stream, which has no timeout.
    ///
    /// # Errors
    ///
    /// Those of the kernel.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// # let _listener = server.listen(80)?;
    /// // For code under test that takes a socket of std.
    /// let stream: std::net::TcpStream = client.connect(server.addr(80))?.into_std()?;
    /// stream.set_nodelay(true)?;
    /// # Ok(()) }
    /// ```
    pub fn into_std(self) -> io::Result<TcpStream> {
        let socket = self.0.into_socket();
        socket.set_nonblocking(false)?;
        Ok(socket)
    }

    fn state_change(&self, state: TcpState, limit: Duration) -> StateChange<'_, TcpStream> {
        let ends = [self.local_addr(), self.peer_addr()];
        StateChange { socket: self.0.socket(), ends, state, limit }
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let deadline = self.0.receiving();
        let read = |_: &TcpStream| self.0.read(buffer);
        let result = deadline.block(self.0.socket(), PollFlags::POLLIN, read);
        self.0.note(Verb::Recv, result, |length| *length)
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let deadline = self.0.sending();
        let write = |_: &TcpStream| self.0.write(bytes);
        let result = deadline.block(self.0.socket(), PollFlags::POLLOUT, write);
        self.0.note(Verb::Send, result, |length| *length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.socket().as_fd()
    }
}
