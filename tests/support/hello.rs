//! Two hosts that talk.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use netns_test::{Host, Result};

/// The client says hello, and the server hears it.
pub(crate) fn hello(address: SocketAddr, server: &Host, client: &Host) -> Result {
    let listener = server.run(|| TcpListener::bind(address))?;
    client.run(|| TcpStream::connect(address))?.write_all(b"hello")?;
    let mut heard = String::new();
    listener.accept()?.0.read_to_string(&mut heard)?;
    assert_eq!(heard, "hello");
    Ok(())
}
