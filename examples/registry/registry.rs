//! The code under test: a registry that knows which clients are alive.
//!
//! A client connects over TCP, and sends a line with its name and then a line for each heartbeat. The
//! registry answers each line with `ok`. It evicts a client whose connection ends or whose
//! heartbeats stop, and takes it back when it registers again.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How a registry finds out that a client is gone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Strategy {
    /// By this many heartbeats in a row that did not come when due, and by errors.
    Heartbeats { period: Duration, misses: u32 },
    /// Only by what the kernel says about the connection. Many programs do no more.
    ErrorsOnly,
}

/// Why a client was evicted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// This many heartbeats in a row were missing.
    Missed(u32),
    /// It closed the connection.
    HungUp,
    /// The connection failed.
    Failed(ErrorKind),
}

/// A client that was evicted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Eviction {
    pub(crate) name: String,
    pub(crate) cause: Cause,
}

/// A registry that serves until the process ends.
pub(crate) struct Registry {
    addr: SocketAddr,
    members: Arc<Mutex<Members>>,
}

impl Registry {
    /// Listens, and serves each client on its own thread.
    pub(crate) fn start(addr: impl ToSocketAddrs, strategy: Strategy) -> io::Result<Self> {
        let listener = TcpListener::bind(addr)?;
        let registry = Self { addr: listener.local_addr()?, members: Arc::default() };
        let members = Arc::clone(&registry.members);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let members = Arc::clone(&members);
                // A client whose socket cannot be set up is already gone; it will dial again.
                let Ok(lines) = Lines::of(stream, strategy) else { continue };
                thread::spawn(move || attend(lines, &members));
            }
        });
        Ok(registry)
    }

    /// Where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Whether a client of this name is alive, as far as the registry knows.
    pub(crate) fn knows(&self, name: &str) -> bool {
        lock(&self.members).live.contains_key(name)
    }

    /// How many heartbeats have come from this client since it registered.
    pub(crate) fn heartbeats(&self, name: &str) -> u64 {
        lock(&self.members).live.get(name).map_or(0, |member| member.heartbeats)
    }

    /// All clients that it has evicted, in order.
    pub(crate) fn evictions(&self) -> Vec<Eviction> {
        lock(&self.members).evictions.clone()
    }
}

/// Follows one client from its name to its end.
fn attend(mut lines: Lines, members: &Mutex<Members>) {
    // A client that never sent a name cannot be evicted.
    let Ok(name) = lines.next() else { return };
    let connection = lock(members).admit(&name);
    let cause = loop {
        match lines.next() {
            Ok(_) => lock(members).note_heartbeat(&name),
            Err(cause) => break cause,
        }
    };
    lock(members).evict(name, connection, cause);
}

#[derive(Default)]
struct Members {
    live: BTreeMap<String, Member>,
    evictions: Vec<Eviction>,
    connections: u64,
}

struct Member {
    connection: u64,
    heartbeats: u64,
}

impl Members {
    /// Registers a client, and returns the number of the connection that now speaks for it.
    fn admit(&mut self, name: &str) -> u64 {
        self.connections += 1;
        let member = Member { connection: self.connections, heartbeats: 0 };
        self.live.insert(name.to_owned(), member);
        self.connections
    }

    fn note_heartbeat(&mut self, name: &str) {
        if let Some(member) = self.live.get_mut(name) {
            member.heartbeats += 1;
        }
    }

    /// Evicts a client, unless it has registered again by another connection.
    fn evict(&mut self, name: String, connection: u64, cause: Cause) {
        if self.live.get(&name).is_some_and(|member| member.connection == connection) {
            self.live.remove(&name);
            self.evictions.push(Eviction { name, cause });
        }
    }
}

fn lock(members: &Mutex<Members>) -> MutexGuard<'_, Members> {
    members.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The lines of one client. Each is answered.
struct Lines {
    stream: BufReader<TcpStream>,
    misses: u32,
}

impl Lines {
    fn of(stream: TcpStream, strategy: Strategy) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let (period, misses) = match strategy {
            Strategy::Heartbeats { period, misses } => (Some(period), misses),
            Strategy::ErrorsOnly => (None, u32::MAX),
        };
        stream.set_read_timeout(period)?;
        Ok(Self { stream: BufReader::new(stream), misses })
    }

    fn next(&mut self) -> Result<String, Cause> {
        let mut line = Vec::new();
        let mut missed = 0;
        loop {
            match self.stream.read_until(b'\n', &mut line) {
                Ok(_) if line.ends_with(b"\n") => break,
                Ok(_) => return Err(Cause::HungUp),
                // A read timeout, which is one period.
                Err(error) if error.kind() == ErrorKind::WouldBlock => missed += 1,
                Err(error) => return Err(Cause::Failed(error.kind())),
            }
            if missed >= self.misses {
                return Err(Cause::Missed(missed));
            }
        }
        let answered = self.stream.get_mut().write_all(b"ok\n");
        answered.map_err(|error| Cause::Failed(error.kind()))?;
        Ok(String::from_utf8_lossy(line.trim_ascii_end()).into_owned())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missed(count) => write!(f, "{count} heartbeats in a row are missing"),
            Self::HungUp => f.write_str("it has closed the connection"),
            Self::Failed(kind) => write!(f, "{kind}"),
        }
    }
}
