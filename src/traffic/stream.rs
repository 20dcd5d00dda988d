use std::fmt;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::time::Duration;

use nix::sys::socket::sockopt::TcpNoDelay;
use nix::sys::socket::{self, MsgFlags, recv, send, setsockopt};

use super::address::{canonical, local};
use super::deadline::{DEFAULT_DEADLINE, Deadline};
use super::operation::Operation;
use super::tape::Tape;
use crate::record::Verb;

/// The most that one `recv` returns.
const MOST: usize = 64 * 1024;

/// A connected TCP socket, of std or of tokio, with what can be done on it without waiting.
///
/// An attempt that would have to wait returns `WouldBlock`, and knows where to go on.
pub(super) struct Stream<S> {
    socket: S,
    local: SocketAddr,
    peer: SocketAddr,
    within: Duration,
    tape: Tape,
}

impl<S: AsFd> Stream<S> {
    pub(super) fn new(socket: S, peer: SocketAddr, tape: Tape) -> io::Result<Self> {
        setsockopt(&socket, TcpNoDelay, &true)?;
        let (local, peer) = (local(&socket)?, canonical(peer));
        tape.connected(local, peer);
        Ok(Self { local, peer, within: DEFAULT_DEADLINE, socket, tape })
    }

    /// Notes what was done, and passes the result on.
    pub(super) fn note<T>(
        &self,
        verb: Verb,
        result: io::Result<T>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> io::Result<T> {
        self.tape.note(verb, [Some(self.local), Some(self.peer)], result, bytes)
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) fn socket(&self) -> &S {
        &self.socket
    }

    pub(super) fn into_socket(self) -> S {
        self.tape.handed_over();
        self.socket
    }

    pub(super) fn set_deadline(&mut self, within: Duration) {
        self.within = within;
    }

    pub(super) fn sending(&self) -> Deadline {
        Deadline::new(Operation::SendTo(self.peer), self.within)
    }

    pub(super) fn receiving(&self) -> Deadline {
        Deadline::new(Operation::RecvFrom(self.peer), self.within)
    }

    pub(super) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let how = match how {
            Shutdown::Read => socket::Shutdown::Read,
            Shutdown::Write => socket::Shutdown::Write,
            Shutdown::Both => socket::Shutdown::Both,
        };
        let result = socket::shutdown(self.raw(), how).map_err(Into::into);
        self.note(Verb::Shutdown, result, |()| 0)
    }

    /// The same socket, held as `other`.
    pub(super) fn held_as<T>(&self, other: T) -> Stream<T> {
        let Self { local, peer, within, ref tape, .. } = *self;
        Stream { socket: other, local, peer, within, tape: tape.clone() }
    }

    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(recv(self.raw(), buffer, MsgFlags::empty())?)
    }

    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(self.raw(), bytes, MsgFlags::MSG_NOSIGNAL)?)
    }

    /// What has arrived.
    pub(super) fn recv(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; MOST];
        let length = self.read(&mut bytes)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    /// Goes on filling `buffer`.
    pub(super) fn fill(&self, buffer: &mut [u8], filled: &mut usize) -> io::Result<()> {
        let all = buffer.len();
        while *filled < all {
            match self.read(&mut buffer[*filled..])? {
                0 => return Err(ended(self.peer, *filled, all)),
                length => *filled += length,
            }
        }
        Ok(())
    }

    /// Goes on sending `bytes`.
    pub(super) fn send(&self, bytes: &[u8], sent: &mut usize) -> io::Result<()> {
        while *sent < bytes.len() {
            *sent += self.write(&bytes[*sent..])?;
        }
        Ok(())
    }

    fn raw(&self) -> RawFd {
        self.socket.as_fd().as_raw_fd()
    }
}

fn ended(peer: SocketAddr, filled: usize, all: usize) -> io::Error {
    let text = format!("{peer} closed the connection after {filled} of {all} bytes");
    io::Error::new(io::ErrorKind::UnexpectedEof, text)
}

impl<S> fmt::Debug for Stream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}, deadline {:?}", self.local, self.peer, self.within)
    }
}
