//! The peer that is watched: it echoes whatever it gets.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};

/// The agent as a program: serves on this port until it is killed.
pub(crate) fn run(port: u16) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let agent = Agent::bind(SocketAddr::from(([0, 0, 0, 0], port))).await?;
        agent.serve().await;
        Ok(())
    })
}

/// Where an agent listens, once it does.
pub(crate) struct Agent(TcpListener);

impl Agent {
    pub(crate) async fn bind(addr: SocketAddr) -> io::Result<Self> {
        Ok(Self(TcpListener::bind(addr).await?))
    }

    /// Serves for as long as its runtime lives.
    pub(crate) async fn serve(self) {
        while let Ok((stream, _)) = self.0.accept().await {
            // However a connection ends, the monitor will dial again.
            tokio::spawn(async move { echo(&stream).await });
        }
    }
}

async fn echo(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut bytes = [0; 64];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut bytes) {
            Ok(0) => return Ok(()),
            // A few bytes always fit: the monitor sends no more until they are answered.
            Ok(count) => drop(stream.try_write(&bytes[..count])?),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}
