use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::diag::{Answer, Id};
use super::socket_timer::{SocketTimer, ss_time};
use crate::traffic::tcp_line;
use crate::{TcpInfo, TcpState};

/// The protocol of a socket, as in `ss`'s first column.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// let datagrams = server.sockets()?.filter(|socket| socket.netid == Netid::Udp);
/// assert!(datagrams.is_empty(), "{datagrams}");
/// # drop(client);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Netid {
    /// `tcp`
    Tcp,
    /// `mptcp`
    Mptcp,
    /// `udp`
    Udp,
}

impl fmt::Display for Netid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tcp => "tcp",
            Self::Mptcp => "mptcp",
            Self::Udp => "udp",
        })
    }
}

/// A socket of a host, as the kernel listed it at one moment; printed like `ss -tio`.
///
/// [`Host::sockets`](crate::Host::sockets) returns them.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// // Is anything under way that was not acknowledged, and for how long already?
/// for socket in client.sockets()?.to(&server).established().iter() {
///     let since = socket.info.as_ref().map(|info| info.lastack);
///     println!("{} -> {}: {} bytes, {since:?}", socket.local, socket.peer, socket.send_q);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Socket {
    /// Its protocol.
    pub netid: Netid,
    /// Its state. UDP has two: `ESTAB` if connected, otherwise `UNCONN`.
    pub state: TcpState,
    /// Bytes that wait to be read (`Recv-Q`); for a listener, connections that wait to be accepted.
    pub recv_q: u32,
    /// Bytes not yet sent or not yet acknowledged (`Send-Q`); for a listener, the number of connections
    /// that may wait to be accepted.
    pub send_q: u32,
    /// Its own address and port; an IPv4-mapped address is shown as IPv4.
    pub local: SocketAddr,
    /// The peer's address and port; unspecified, with port 0, if it has none.
    pub peer: SocketAddr,
    /// The timer that is running, if any.
    pub timer: SocketTimer,
    /// The time until the timer expires; zero without a timer.
    pub expires: Duration,
    /// How often the timer has expired: the number of retransmissions or probes without an answer.
    pub retrans: u32,
    /// The user who opened it.
    pub uid: u32,
    /// Its inode, as in `/proc/PID/fd`; zero if it no longer belongs to a process, as in TIME-WAIT.
    pub inode: u32,
    /// The congestion control algorithm of TCP.
    pub congestion: Option<String>,
    /// TCP's state of it (`TCP_INFO`). `None` in SYN-RECV and TIME-WAIT, which are only half a socket, and
    /// for an MPTCP socket, whose subflows have it.
    pub info: Option<TcpInfo>,
    /// The TCP sockets that make up an MPTCP socket; for a listener, the TCP listener under it.
    pub subflows: Vec<Socket>,
    both_families: bool,
    pub(super) id: Id,
}

impl Socket {
    /// `None` if the kernel says what it cannot be.
    pub(super) fn read(netid: Netid, answer: &Answer<'_>) -> Option<Self> {
        let (timer, retrans, expires) = answer.timer();
        let [recv_q, send_q] = answer.queues();
        Some(Self {
            netid,
            state: answer.state()?,
            recv_q,
            send_q,
            local: answer.local(),
            peer: answer.peer(),
            timer: SocketTimer::from_number(timer),
            expires: Duration::from_millis(expires.into()),
            retrans: retrans.into(),
            uid: answer.uid(),
            inode: answer.inode(),
            congestion: answer.congestion(),
            // What MPTCP says in this place is something else.
            info: answer.info().filter(|_| netid == Netid::Tcp).and_then(TcpInfo::parse),
            subflows: Vec::new(),
            both_families: answer.of_both_families(),
            id: answer.id(),
        })
    }

    /// Whether this MPTCP socket consists of that TCP socket: they have one file, and the first
    /// subflow has the ends of the whole.
    pub(super) fn consists_of(&self, other: &Self) -> bool {
        let one_file = self.inode != 0 && self.inode == other.inode;
        one_file || (self.local, self.peer) == (other.local, other.peer)
    }

    /// What `ss` prints for the local end and for the peer.
    fn ends(&self) -> [String; 2] {
        let star = |end: SocketAddr| self.both_families && end.ip().is_unspecified();
        [self.local, self.peer].map(|end| {
            let ip = match end.ip() {
                _ if star(end) => "*".to_owned(),
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            };
            if end.port() == 0 { format!("{ip}:*") } else { format!("{ip}:{}", end.port()) }
        })
    }

    fn timer_word(&self) -> Option<String> {
        let (timer, retrans) = (self.timer, self.retrans);
        let word = || format!("timer:({timer},{},{retrans})", ss_time(self.expires));
        (timer != SocketTimer::Off).then(word)
    }

    /// The second line of `ss -i`, if it has one.
    fn line(&self) -> Option<String> {
        let info = self.info.as_ref()?;
        Some(tcp_line(info, self.congestion.as_deref())).filter(|line| !line.is_empty())
    }

    /// The cells of its row in the table of `ss`.
    pub(super) fn cells(&self) -> [String; 6] {
        let [local, peer] = self.ends();
        let (recv_q, send_q) = (self.recv_q.to_string(), self.send_q.to_string());
        [self.netid.to_string(), self.state.to_string(), recv_q, send_q, local, peer]
    }

    /// What follows the cells.
    pub(super) fn rest(&self) -> String {
        let mut rest = self.timer_word().map(|word| format!(" {word}")).unwrap_or_default();
        if let Some(line) = self.line() {
            rest.push_str("\n\t ");
            rest.push_str(&line);
        }
        rest
    }
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.cells().join(" "), self.rest())
    }
}
