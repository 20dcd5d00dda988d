use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// From here on a dial has waited for a retransmission.
const STALL: Duration = Duration::from_millis(500);

const PORT: u16 = 1234;

/// How hosts that are numbered get their sockets.
pub(crate) trait Hosts {
    fn address(&self, host: usize) -> Ipv4Addr;
    fn listen(&self, host: usize, at: SocketAddr) -> io::Result<TcpListener>;
    fn dial(&self, host: usize, to: SocketAddr) -> io::Result<TcpStream>;
}

/// That each host has spoken to its neighbour.
pub(crate) struct Spoken {
    /// From nothing to the network that is made.
    pub(crate) made: Duration,
    /// From nothing to the last answer.
    pub(crate) after: Duration,
    /// How many had to try twice.
    pub(crate) stalls: usize,
}

/// Each host has the next one answer it once over TCP, the last one the first.
pub(crate) fn all_speak(begun: Instant, hosts: &impl Hosts, count: usize) -> io::Result<Spoken> {
    let made = begun.elapsed();
    // None is closed before the clock is stopped.
    let mut sockets = Vec::with_capacity(count);
    let mut stalls = 0;
    for host in 0..count {
        let peer = (host + 1) % count;
        let at = SocketAddr::from((hosts.address(peer), PORT));
        let listener = hosts.listen(peer, at)?;
        let asked = Instant::now();
        let mut dialled = hosts.dial(host, at)?;
        let mut accepted = listener.accept()?.0;
        echo(&mut dialled, &mut accepted)?;
        stalls += usize::from(asked.elapsed() >= STALL);
        sockets.push((listener, dialled, accepted));
    }
    Ok(Spoken { made, after: begun.elapsed(), stalls })
}

/// A question and its answer.
pub(crate) fn echo(dialled: &mut TcpStream, accepted: &mut TcpStream) -> io::Result<()> {
    let mut bytes = [0; 3];
    dialled.write_all(b"hey")?;
    accepted.read_exact(&mut bytes)?;
    accepted.write_all(&bytes)?;
    dialled.read_exact(&mut bytes)
}
