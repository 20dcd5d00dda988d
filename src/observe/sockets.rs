use std::fmt;
use std::ops::Index;
use std::slice;

use super::changes;
use super::endpoint::Endpoint;
use super::listing;
use super::socket::{Netid, Socket};
use super::socket_peers::Peers;
use crate::{Error, Host, TcpState};

impl Host {
    /// Lists the sockets of the host, of every process in it: TCP, MPTCP and UDP over IPv4 and IPv6,
    /// listening, connected, and in TIME-WAIT.
    ///
    /// It is what `ss -atuioM` shows in the host, and prints like it. The order is the same in every run:
    /// TCP and MPTCP before UDP, listeners before others, then by address. An MPTCP connection is listed
    /// once, as the socket that its program has; its TCP sockets are its [`subflows`](Socket::subflows).
    ///
    /// UDP-Lite, SCTP, DCCP and raw sockets, which few kernels list, are left out.
    ///
    /// # Errors
    ///
    /// If the kernel does not list them: it may lack `CONFIG_INET_DIAG`.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, SocketTimer, eventually, netns_test};
    ///
    /// #[netns_test]
    /// fn a_blocked_sender_repeats(server: Host, client: Host) -> Result {
    ///     let listener = server.listen(7000)?;
    ///     let mut conn = client.connect(listener.addr())?;
    ///     let _block = client.block(&server)?;
    ///     conn.send(b"ping")?;
    ///     eventually(Duration::from_secs(5), || conn.info().is_ok_and(|info| info.backoff > 1))?;
    ///
    ///     let sockets = client.sockets()?.tcp().to(&server).established();
    ///     println!("{sockets}");
    ///     assert_eq!(sockets.len(), 1);
    ///     assert_eq!(sockets[0].timer, SocketTimer::On);
    ///     assert_eq!(sockets[0].send_q, 4);
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias = "ss")]
    pub fn sockets(&self) -> Result<Sockets, Error> {
        let list = listing::all(self)?;
        changes::note(self, &list);
        Ok(Sockets { host: self.name().to_owned(), list })
    }

    /// Counts the established connections (`ESTAB`) of TCP and MPTCP between the host and another one,
    /// over any address of the other. An MPTCP connection counts once, however many subflows it has, until
    /// its program is told that it is over.
    ///
    /// This shows whether an eviction is complete: whether the server has closed its connections to the
    /// client.
    ///
    /// # Errors
    ///
    /// As [`sockets`](Self::sockets).
    ///
    /// ```no_run
    /// use netns_test::{Host, Policy, Result, Notified, netns_test};
    ///
    /// #[netns_test]
    /// fn sever_ends_what_is_established(server: Host, client: Host) -> Result {
    ///     let listener = server.listen(7000)?;
    ///     let _conn = client.connect(listener.addr())?;
    ///     assert_eq!(server.established(&client)?, 1);
    ///     let _block = server.block_with(&client, Policy::sever(Notified::Both))?;
    ///     assert_eq!(server.established(&client)?, 0);
    ///     Ok(())
    /// }
    /// ```
    pub fn established(&self, peer: &Host) -> Result<usize, Error> {
        let peers = Peers::of(peer.into())?;
        let sockets = listing::established(self)?;
        Ok(sockets.iter().filter(|socket| peers.contain(socket.peer)).count())
    }
}

/// The sockets of a host at one moment, or some of them.
///
/// Its filters return what remains, so they can be chained, and do not change the original; so do those of
/// [`Capture`](crate::Capture) and [`Timeline`](crate::Timeline). It prints as the table of `ss -atuioM`,
/// under a line with the host's name.
///
/// ```no_run
/// use netns_test::{Host, Result, TcpState, netns_test};
///
/// #[netns_test]
/// fn the_server_listens(server: Host, client: Host) -> Result {
///     let _listener = server.listen(7000)?;
///     let sockets = server.sockets()?;
///     assert_eq!(sockets.tcp().sport(7000).state(TcpState::Listen).len(), 1, "{sockets}");
///     assert!(sockets.to(&client).is_empty());
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Sockets {
    host: String,
    list: Vec<Socket>,
}

impl Sockets {
    /// The sockets as a slice.
    pub fn as_slice(&self) -> &[Socket] {
        &self.list
    }

    /// The number of sockets.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The sockets, one after the other.
    pub fn iter(&self) -> slice::Iter<'_, Socket> {
        self.list.iter()
    }

    /// TCP and MPTCP sockets.
    #[must_use]
    pub fn tcp(&self) -> Self {
        self.filter(|socket| socket.netid != Netid::Udp)
    }

    /// MPTCP sockets.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// for socket in server.sockets()?.mptcp().established().iter() {
    ///     println!("{} by {} paths", socket.peer, socket.subflows.len());
    /// }
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn mptcp(&self) -> Self {
        self.filter(|socket| socket.netid == Netid::Mptcp)
    }

    /// UDP sockets.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// assert!(server.sockets()?.udp().iter().any(|socket| socket.local.port() == 53));
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn udp(&self) -> Self {
        self.filter(|socket| socket.netid == Netid::Udp)
    }

    /// Sockets whose peer is the given host (any address that it has now), address, or address and port:
    /// `dst` in `ss`.
    ///
    /// # Panics
    ///
    /// If it is a host whose kernel does not list its addresses.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let ours = client.sockets()?.to(server.addr(5432));
    /// println!("{} connections to the database\n{ours}", ours.len());
    /// # Ok(()) }
    /// ```
    #[track_caller]
    #[doc(alias = "dst")]
    #[must_use]
    pub fn to(&self, peer: impl Into<Endpoint>) -> Self {
        match Peers::of(peer.into()) {
            Ok(peers) => self.filter(|socket| peers.contain(socket.peer)),
            Err(error) => panic!("{error}"),
        }
    }

    /// Sockets with this port at either end.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // Both sides of a service that also dials its own kind.
    /// println!("{}", server.sockets()?.port(7946));
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn port(&self, port: u16) -> Self {
        self.filter(|socket| socket.local.port() == port || socket.peer.port() == port)
    }

    /// Sockets with this port at the host itself.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // The same, by the side that has accepted.
    /// assert_eq!(server.sockets()?.sport(5432).established().to(&client).len(), 8);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn sport(&self, port: u16) -> Self {
        self.filter(|socket| socket.local.port() == port)
    }

    /// Sockets with this port at the peer.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // Connections to a service, by the side that has dialled.
    /// assert_eq!(client.sockets()?.dport(5432).established().len(), 8);
    /// # drop(server);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn dport(&self, port: u16) -> Self {
        self.filter(|socket| socket.peer.port() == port)
    }

    /// Sockets in this state.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let half_open = server.sockets()?.state(TcpState::SynRecv);
    /// assert!(half_open.is_empty(), "{half_open}");
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn state(&self, state: TcpState) -> Self {
        self.filter(|socket| socket.state == state)
    }

    /// Established sockets (`ESTAB`), which include connected UDP sockets.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let (ours, theirs) = (client.sockets()?, server.sockets()?);
    /// let half_open = theirs.to(&client).established().len() - ours.to(&server).established().len();
    /// assert_eq!(half_open, 0, "connections of which only the server knows");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn established(&self) -> Self {
        self.state(TcpState::Established)
    }

    /// Listening sockets.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let services: Vec<u16> =
    ///     server.sockets()?.tcp().listening().iter().map(|socket| socket.local.port()).collect();
    /// assert_eq!(services, [80, 443]);
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn listening(&self) -> Self {
        self.state(TcpState::Listen)
    }

    /// Sockets for which `wanted` returns true.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // Sockets of which the program does not read what has come.
    /// let slow = server.sockets()?.established().filter(|socket| socket.recv_q > 0);
    /// println!("{slow}");
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn filter(&self, mut wanted: impl FnMut(&Socket) -> bool) -> Self {
        let list = self.list.iter().filter(|socket| wanted(socket)).cloned().collect();
        Self { host: self.host.clone(), list }
    }
}

impl Index<usize> for Sockets {
    type Output = Socket;

    fn index(&self, index: usize) -> &Socket {
        &self.list[index]
    }
}

impl IntoIterator for Sockets {
    type Item = Socket;
    type IntoIter = std::vec::IntoIter<Socket>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Sockets {
    type Item = &'a Socket;
    type IntoIter = slice::Iter<'a, Socket>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

const HEAD: [&str; 6] =
    ["Netid", "State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port"];

/// The table of `ss -atuioM`.
impl fmt::Display for Sockets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return write!(f, "sockets of `{}`: none", self.host);
        }
        let all = self.iter().flat_map(|socket| std::iter::once(socket).chain(&socket.subflows));
        let rows: Vec<_> = all.clone().map(Socket::cells).collect();
        let mut widths = HEAD.map(str::len);
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.len());
            }
        }
        write!(f, "sockets of `{}`:\n{}", self.host, line(&HEAD.map(str::to_owned), widths))?;
        for (row, socket) in rows.iter().zip(all) {
            write!(f, "\n{}", format!("{}{}", line(row, widths), socket.rest()).trim_end())?;
        }
        Ok(())
    }
}

fn line(cells: &[String; 6], widths: [usize; 6]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(&format!("{cell:<width$} "));
    }
    line.trim_end().to_owned()
}
