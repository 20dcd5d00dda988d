//! The code under test.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

const PORT: u16 = 80;

/// Starts a replica, which says its name to whoever asks.
pub(crate) fn start(name: &str) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT))?;
    let name = name.to_owned();
    thread::spawn(move || {
        // A client that leaves before it is answered does not affect the others.
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(name.as_bytes());
        }
    });
    Ok(())
}

/// Asks a service who it is.
pub(crate) fn ask(service: IpAddr, patience: Duration) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((service, PORT)), patience)?;
    stream.set_read_timeout(Some(patience))?;
    let mut name = String::new();
    stream.read_to_string(&mut name)?;
    Ok(name)
}
