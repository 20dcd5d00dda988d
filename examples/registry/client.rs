//! Also the code under test: a client that registers and sends heartbeats.

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// After how many periods without an answer it gives up a connection.
const PATIENCE: u32 = 4;

/// A client that keeps itself registered, on its own thread.
///
/// Dropping it ends the thread, which closes the connection.
pub(crate) struct Client {
    _stop: Sender<()>,
}

impl Client {
    /// Registers under `name`, sends a heartbeat every period, and registers again if the
    /// registry does not answer.
    pub(crate) fn start(name: &str, registry: SocketAddr, period: Duration) -> Self {
        let (stop, stopped) = channel();
        let name = name.to_owned();
        thread::spawn(move || {
            loop {
                // However a connection ends, the remedy is to reconnect.
                let _ = stay_registered(&name, registry, period, &stopped);
                if !passes(period, &stopped) {
                    return;
                }
            }
        });
        Self { _stop: stop }
    }
}

fn stay_registered(
    name: &str,
    registry: SocketAddr,
    period: Duration,
    stopped: &Receiver<()>,
) -> io::Result<()> {
    // The kernel repeats a lost SYN after one second, then after two, four and so on. A new dial
    // notices sooner that the network works again.
    let stream = TcpStream::connect_timeout(&registry, period)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(period * PATIENCE))?;
    let mut stream = BufReader::new(stream);
    say(name, &mut stream)?;
    while passes(period, stopped) {
        say("alive", &mut stream)?;
    }
    Ok(())
}

fn say(line: &str, stream: &mut BufReader<TcpStream>) -> io::Result<()> {
    stream.get_mut().write_all(format!("{line}\n").as_bytes())?;
    match stream.read_line(&mut String::new())? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// Waits for one period; returns `false` if the client has been dropped.
fn passes(period: Duration, stopped: &Receiver<()>) -> bool {
    stopped.recv_timeout(period) == Err(RecvTimeoutError::Timeout)
}
