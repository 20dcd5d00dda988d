//! The code under test: a monitor that knows whether its peer is alive.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};

/// How often it sends a heartbeat, and how often it dials while it has no connection.
pub(crate) const PERIOD: Duration = Duration::from_millis(50);

/// When a monitor considers its peer dead.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Strategy {
    /// When no heartbeat has been answered for this long, or when the connection fails.
    Silence(Duration),
    /// Only when the connection fails: when the kernel says so. Many programs do no more.
    ErrorsOnly,
    /// The same, without heartbeats: the kernel probes the peer's kernel by TCP keepalive, and fails the
    /// connection after two seconds without an answer.
    Keepalive,
}

/// A monitor on its own thread. Dropping it ends the thread.
pub(crate) struct Monitor {
    opinion: Arc<Opinion>,
    _stop: Sender<()>,
}

#[derive(Default)]
struct Opinion {
    alive: AtomicBool,
    deaths: AtomicU64,
}

impl Monitor {
    /// Connects to the peer, sends a heartbeat every period, and reconnects after it has
    /// considered the peer dead.
    pub(crate) fn start(peer: SocketAddr, strategy: Strategy) -> Self {
        let (stop, stopped) = channel();
        let monitor = Self { opinion: Arc::default(), _stop: stop };
        let opinion = Arc::clone(&monitor.opinion);
        thread::spawn(move || {
            loop {
                // However a connection ends, the remedy is to reconnect.
                let _ = watch(peer, strategy, &opinion.alive, &stopped);
                if opinion.alive.swap(false, Ordering::AcqRel) {
                    opinion.deaths.fetch_add(1, Ordering::Release);
                }
                if !passes(PERIOD, &stopped) {
                    return;
                }
            }
        });
        monitor
    }

    pub(crate) fn considers_alive(&self) -> bool {
        self.opinion.alive.load(Ordering::Acquire)
    }

    /// How often its view of the peer has changed from alive to dead.
    pub(crate) fn deaths(&self) -> u64 {
        self.opinion.deaths.load(Ordering::Acquire)
    }
}

/// Exchanges heartbeats until the peer is considered dead, or the monitor is dropped.
fn watch(
    peer: SocketAddr,
    strategy: Strategy,
    alive: &AtomicBool,
    stopped: &Receiver<()>,
) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&peer, PERIOD)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PERIOD))?;
    let mut heard = Instant::now();
    if let Strategy::Keepalive = strategy {
        return keep_alive(stream, alive, stopped);
    }
    loop {
        stream.write_all(b"?")?;
        match stream.read(&mut [0; 64]) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) => {
                alive.store(true, Ordering::Release);
                heard = Instant::now();
            }
            // The read timeout: the heartbeat is not answered yet.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if matches!(strategy, Strategy::Silence(limit) if heard.elapsed() >= limit) {
            return Err(ErrorKind::TimedOut.into());
        }
        // After an answer the next heartbeat is due in one period; after silence it is due now.
        let pause = PERIOD.saturating_sub(heard.elapsed());
        if !passes(pause, stopped) {
            return Ok(());
        }
    }
}

/// Waits until the kernel fails the connection, or the monitor is dropped.
fn keep_alive(mut stream: TcpStream, alive: &AtomicBool, stopped: &Receiver<()>) -> io::Result<()> {
    let second = Duration::from_secs(1);
    let probes = TcpKeepalive::new().with_time(second).with_interval(second).with_retries(1);
    SockRef::from(&stream).set_tcp_keepalive(&probes)?;
    alive.store(true, Ordering::Release);
    loop {
        match stream.read(&mut [0; 64]) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if !passes(Duration::ZERO, stopped) {
            return Ok(());
        }
    }
}

/// Waits; returns `false` if the monitor has been dropped.
fn passes(time: Duration, stopped: &Receiver<()>) -> bool {
    stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout)
}
