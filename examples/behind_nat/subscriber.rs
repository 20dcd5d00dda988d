//! The code under test: a client that waits for news.

use std::io::{self, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};

pub(crate) struct Subscriber {
    stream: TcpStream,
}

impl Subscriber {
    pub(crate) fn connect(publisher: SocketAddr) -> io::Result<Self> {
        Ok(Self { stream: TcpStream::connect(publisher)? })
    }

    /// Makes the kernel probe the publisher after each second of silence, and give up after two
    /// unanswered probes (tcp(7)).
    pub(crate) fn keep_alive(self) -> io::Result<Self> {
        setsockopt(&self.stream, sockopt::TcpKeepIdle, &1)?;
        setsockopt(&self.stream, sockopt::TcpKeepInterval, &1)?;
        setsockopt(&self.stream, sockopt::TcpKeepCount, &2)?;
        setsockopt(&self.stream, sockopt::KeepAlive, &true)?;
        Ok(self)
    }

    /// The news that arrives, if any.
    pub(crate) fn news_within(&mut self, time: Duration) -> io::Result<Option<String>> {
        self.stream.set_read_timeout(Some(time))?;
        let mut bytes = [0; 64];
        match self.stream.read(&mut bytes) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(Some(String::from_utf8_lossy(&bytes[..count]).into_owned())),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}
