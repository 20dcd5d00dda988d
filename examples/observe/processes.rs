//! What a peer sees of a process that is frozen, killed, or started again, and what that process sees.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::thread;
use std::time::Duration;

use netns_test::{Connection, Host, Net, Process, Result, TcpState, UdpConnection, eventually};

const PORT: u16 = 7000;
/// Longer than an answer takes, even on a busy machine.
const ANSWER: Duration = Duration::from_secs(1);
/// What has not arrived by then does not arrive.
const SILENCE: Duration = Duration::from_millis(500);
const SOON: Duration = Duration::from_secs(10);

/// The process: it echoes what it gets, over TCP and UDP.
fn echo(port: u16) -> io::Result<()> {
    let all = SocketAddr::from(([0, 0, 0, 0], port));
    let (listener, socket) = (TcpListener::bind(all)?, UdpSocket::bind(all)?);
    thread::spawn(move || -> io::Result<()> {
        let mut bytes = [0; 64];
        loop {
            let (length, from) = socket.recv_from(&mut bytes)?;
            socket.send_to(&bytes[..length], from)?;
        }
    });
    for stream in listener.incoming() {
        let mut stream = stream?;
        thread::spawn(move || -> io::Result<u64> {
            let mut copy = stream.try_clone()?;
            io::copy(&mut stream, &mut copy)
        });
    }
    Ok(())
}

/// What happens to the process, and what ends it.
type Befalls = fn(&Process, &mut dyn FnMut() -> Result) -> Result;

fn frozen(process: &Process, meanwhile: &mut dyn FnMut() -> Result) -> Result {
    let freeze = process.freeze()?;
    meanwhile()?;
    Ok(freeze.thaw()?)
}

fn killed(process: &Process, meanwhile: &mut dyn FnMut() -> Result) -> Result {
    process.kill()?;
    meanwhile()?;
    process.restart()?;
    Ok(process.wait_for_port(PORT)?)
}

fn restarted(process: &Process, meanwhile: &mut dyn FnMut() -> Result) -> Result {
    process.restart()?;
    process.wait_for_port(PORT)?;
    meanwhile()
}

/// The table, with the text above it.
pub(crate) fn markdown() -> Result<String> {
    let befalls: [(&str, Befalls); 3] =
        [("frozen", frozen), ("killed", killed), ("killed and restarted", restarted)];
    let mut text = String::from(include_str!("processes.md"));
    let mut headings = None;
    let mut rows = String::new();
    for (name, befalls) in befalls {
        let seen = observe(befalls)?;
        headings.get_or_insert_with(|| {
            let cases: String = seen.iter().map(|(case, _)| format!(" {case} |")).collect();
            format!("| the process is |{cases}\n|---|{}\n", "---|".repeat(seen.len()))
        });
        let outcomes: String = seen.iter().map(|(_, outcome)| format!(" {outcome} |")).collect();
        rows += &format!("| {name} |{outcomes}\n");
    }
    text += &headings.unwrap_or_default();
    text += &rows;
    Ok(text)
}

/// What the peer observes, case by case.
fn observe(befalls: Befalls) -> Result<Vec<(&'static str, String)>> {
    let [host, peer] = Net::new().hosts(["host", "peer"])?;
    let process = host.start_fn(echo, PORT)?;
    process.wait_for_port(PORT)?;
    let (mut idle, mut busy) = (dial(&peer, &host)?, dial(&peer, &host)?);
    let mut datagrams = peer.connect_udp(host.addr(PORT))?;
    exchange(&mut datagrams)?;
    let mut seen = Vec::new();
    befalls(&process, &mut || {
        seen.push(("idle connection", recv(&mut idle, SILENCE)));
        seen.push(("sends on a connection", sends(&mut busy)));
        seen.push(("asks by UDP", asks(&mut datagrams)));
        seen.push(("dials", dials(&peer, &host)));
        Ok(())
    })?;
    seen.push(("afterwards, what it had sent", recv(&mut busy, ANSWER)));
    seen.push(("afterwards, dials", dials(&peer, &host)));
    Ok(seen)
}

fn dial(peer: &Host, host: &Host) -> Result<Connection> {
    let mut conn = peer.connect(host.addr(PORT))?;
    conn.send(b"?")?;
    conn.recv()?;
    Ok(conn)
}

fn exchange(socket: &mut UdpConnection) -> Result {
    socket.set_deadline(SOON);
    socket.send(b"?")?;
    socket.recv()?;
    Ok(())
}

fn name(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(errno) => format!("{:?}", nix::errno::Errno::from_raw(errno)),
        None if error.kind() == ErrorKind::TimedOut => "nothing".to_owned(),
        None => error.kind().to_string(),
    }
}

/// What arrives by itself within a time.
fn recv(conn: &mut Connection, limit: Duration) -> String {
    conn.set_deadline(limit);
    match conn.recv() {
        Ok(bytes) if bytes.is_empty() => "the end".to_owned(),
        Ok(_) => "the answer".to_owned(),
        Err(error) => name(&error),
    }
}

fn sends(conn: &mut Connection) -> String {
    if let Err(error) = conn.send(b"?") {
        return name(&error);
    }
    let settled = || conn.info().is_ok_and(|info| info.unacked == 0 || is_over(info.state));
    let _ = eventually(SOON, settled);
    let told = match conn.info() {
        Ok(info) if is_over(info.state) => "reset",
        Ok(info) if info.unacked == 0 => "acknowledged",
        _ => "silence",
    };
    format!("{told}; {}", recv(conn, SILENCE))
}

fn is_over(state: TcpState) -> bool {
    matches!(state, TcpState::Unconnected)
}

/// Asks twice: the second call returns an error that the first one caused.
fn asks(socket: &mut UdpConnection) -> String {
    socket.set_deadline(SILENCE);
    let ask = || {
        socket.send(b"?")?;
        socket.recv()
    };
    match ask().and_then(|_| ask()) {
        Ok(_) => "the answer".to_owned(),
        Err(error) => name(&error),
    }
}

fn dials(peer: &Host, host: &Host) -> String {
    match peer.connect_within(host.addr(PORT), ANSWER) {
        Ok(mut conn) => match conn.send(b"?") {
            Ok(()) => format!("connects; {}", recv(&mut conn, SILENCE)),
            Err(error) => format!("connects; {}", name(&error)),
        },
        Err(error) => name(&error),
    }
}
