//! The code under test, the far side: a service that answers each line.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};

use crate::lines::Lines;

/// A service that returns each line in capital letters.
pub(crate) struct Service {
    listener: TcpListener,
}

impl Service {
    pub(crate) async fn bind(addr: SocketAddr) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(addr).await? })
    }

    /// Serves each client in its own task, for ever.
    pub(crate) async fn serve(self) {
        loop {
            // A client that leaves before it is accepted does not affect the others.
            if let Ok((stream, _)) = self.listener.accept().await {
                tokio::spawn(answer(stream));
            }
        }
    }
}

async fn answer(stream: TcpStream) -> io::Result<()> {
    let mut lines = Lines::of(stream)?;
    loop {
        let asked = lines.receive().await?;
        lines.send(&asked.to_uppercase()).await?;
    }
}
