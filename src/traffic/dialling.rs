use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::sys::socket::sockopt::SocketError;
use nix::sys::socket::{SockType, SockaddrStorage, connect, getpeername, getsockopt};

use super::address::local;
use super::bound::{family, make};
use super::deadline::Passed;
use super::tape::Tape;
use super::tcp_info::TcpInfo;
use crate::Host;
use crate::record::{Protocol, Verb};

/// A TCP socket, of std or of tokio, that is being connected.
pub(super) struct Dialling<S> {
    /// `None` when the dial is over.
    socket: Option<S>,
    peer: SocketAddr,
    local: Option<SocketAddr>,
    tape: Tape,
}

impl Dialling<std::net::TcpStream> {
    /// Has the first SYN sent.
    pub(super) fn start(host: &Host, peer: SocketAddr) -> io::Result<Self> {
        let tape = Tape::new(host, Protocol::Tcp);
        let socket = make(host, family(peer), SockType::Stream)?;
        match connect(socket.as_raw_fd(), &SockaddrStorage::from(peer)) {
            Ok(()) | Err(Errno::EINPROGRESS | Errno::EINTR) => {}
            Err(error) => {
                return tape.note(Verb::Connect, [None, Some(peer)], Err(error.into()), |_| 0);
            }
        }
        let local = local(&socket).ok();
        Ok(Self { socket: Some(socket.into()), peer, local, tape })
    }

    /// Moves it to the tokio runtime that this is called in.
    #[cfg(feature = "tokio")]
    pub(super) fn into_tokio(self) -> io::Result<Dialling<tokio::net::TcpStream>> {
        let socket = self.socket.map(tokio::net::TcpStream::from_std).transpose()?;
        Ok(Dialling { socket, peer: self.peer, local: self.local, tape: self.tape })
    }
}

impl<S: AsFd> Dialling<S> {
    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) fn local(&self) -> io::Result<SocketAddr> {
        local(self.socket()?)
    }

    pub(super) fn info(&self) -> io::Result<TcpInfo> {
        TcpInfo::of(self.socket()?)
    }

    /// The socket, as long as it is being connected.
    pub(super) fn socket(&self) -> io::Result<&S> {
        self.socket.as_ref().ok_or_else(|| self.over())
    }

    /// Takes the result of a wait: the dial goes on if it is the end of the time, else it is over.
    pub(super) fn conclude(&mut self, result: io::Result<()>) -> io::Result<(S, Tape)> {
        let ends = [self.local, Some(self.peer)];
        match self.tape.note(Verb::Connect, ends, result, |()| 0) {
            Err(error) if Passed::is(&error) => Err(error),
            Err(error) => {
                self.socket = None;
                Err(error)
            }
            Ok(()) => {
                let socket = self.socket.take().ok_or_else(|| self.over())?;
                Ok((socket, self.tape.clone()))
            }
        }
    }

    fn over(&self) -> io::Error {
        let text = format!("the dial of {} is over", self.peer);
        io::Error::new(io::ErrorKind::NotConnected, text)
    }
}

/// Whether a dial has succeeded; `WouldBlock` as long as it is not decided.
pub(super) fn established(socket: &impl AsFd) -> io::Result<()> {
    match getsockopt(socket, SocketError)? {
        0 => {}
        errno => return Err(io::Error::from_raw_os_error(errno)),
    }
    match getpeername::<SockaddrStorage>(socket.as_fd().as_raw_fd()) {
        Ok(_) => Ok(()),
        Err(Errno::ENOTCONN) => Err(io::ErrorKind::WouldBlock.into()),
        Err(error) => Err(error.into()),
    }
}

impl<S> fmt::Debug for Dialling<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let over = if self.socket.is_none() { ", over" } else { "" };
        write!(f, "-> {}{over}", self.peer)
    }
}
