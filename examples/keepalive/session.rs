//! The code under test: a connection to the service that notices when the service is gone.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use tokio::net::TcpStream;

use crate::lines::Lines;

/// What the kernel should do about a peer that has fallen silent (tcp(7)).
///
/// By default it does nothing on an idle connection, and gives up after a quarter of an hour on
/// one that has something to send.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Watch {
    keepalive: Option<Keepalive>,
    user_timeout: Option<Duration>,
}

/// When an idle connection is probed. In whole seconds: the kernel takes nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keepalive {
    /// How long the connection must be silent before the first probe (`TCP_KEEPIDLE`).
    pub(crate) idle: Duration,
    /// From one probe to the next (`TCP_KEEPINTVL`).
    pub(crate) interval: Duration,
    /// How many probes without an answer end the connection (`TCP_KEEPCNT`).
    pub(crate) count: u32,
}

impl Watch {
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// Probes the peer while the connection is idle.
    pub(crate) fn idle(self, keepalive: Keepalive) -> Self {
        Self { keepalive: Some(keepalive), ..self }
    }

    /// Bounds the time that sent data may stay unacknowledged (`TCP_USER_TIMEOUT`).
    ///
    /// Together with [`idle`](Self::idle) it replaces the probes' `count`.
    pub(crate) fn in_flight(self, timeout: Duration) -> Self {
        Self { user_timeout: Some(timeout), ..self }
    }

    fn set(self, socket: &impl AsFd) -> io::Result<()> {
        if let Some(Keepalive { idle, interval, count }) = self.keepalive {
            setsockopt(socket, sockopt::TcpKeepIdle, &seconds(idle)?)?;
            setsockopt(socket, sockopt::TcpKeepInterval, &seconds(interval)?)?;
            setsockopt(socket, sockopt::TcpKeepCount, &count)?;
            setsockopt(socket, sockopt::KeepAlive, &true)?;
        }
        if let Some(timeout) = self.user_timeout {
            let millis = u32::try_from(timeout.as_millis()).map_err(io::Error::other)?;
            setsockopt(socket, sockopt::TcpUserTimeout, &millis)?;
        }
        Ok(())
    }
}

fn seconds(time: Duration) -> io::Result<u32> {
    u32::try_from(time.as_secs()).map_err(io::Error::other)
}

/// A connection to the service.
pub(crate) struct Session {
    lines: Lines,
}

impl Session {
    pub(crate) async fn connect(service: SocketAddr, watch: Watch) -> io::Result<Self> {
        let lines = Lines::of(TcpStream::connect(service).await?)?;
        watch.set(&lines)?;
        Ok(Self { lines })
    }

    /// Asks the service, and waits for the answer.
    pub(crate) async fn ask(&mut self, question: &str) -> io::Result<String> {
        self.lines.send(question).await?;
        self.lines.receive().await
    }

    /// Asks nothing, and waits until the service says something unasked, or the connection ends.
    pub(crate) async fn listen(&mut self) -> io::Result<String> {
        self.lines.receive().await
    }
}
