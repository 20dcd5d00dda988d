use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use super::tcp_state::TcpState;
use crate::sys::tcp_info;

/// What the kernel knows about a TCP socket at this moment (`TCP_INFO`, tcp(7)).
///
/// It shows what no `send` or `recv` shows: that a dial or a segment is being repeated, how often,
/// and when it will be next.
///
/// ```no_run
/// use netns_test::{Host, Result, TcpState, netns_test};
///
/// #[netns_test]
/// fn nothing_is_repeated(server: Host, client: Host) -> Result {
///     let listener = server.listen(7000)?;
///     let mut conn = client.connect(listener.addr())?;
///     let mut accepted = listener.accept()?;
///     conn.send(b"ping")?;
///     accepted.recv()?;
///     let info = conn.tcp_info()?;
///     assert_eq!(info.state, TcpState::Established);
///     assert_eq!(info.retransmits, 0);
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpInfo {
    /// The state of the socket.
    pub state: TcpState,
    /// How often the oldest segment that is not acknowledged, or the SYN, has been repeated. Zero
    /// again as soon as it is.
    pub retransmits: u32,
    /// How many segments have been repeated since the socket was made.
    pub total_retrans: u32,
    /// How many segments are sent and not acknowledged.
    pub unacked: u32,
    /// How many bytes wait in the socket and have never been sent.
    pub notsent: u32,
    /// How many probes, of a closed window or for keepalive, have had no answer.
    pub probes: u32,
    /// How often the time until the next repetition or probe has been doubled.
    pub backoff: u32,
    /// The time until the next repetition, as it is now.
    pub rto: Duration,
    /// The smoothed round-trip time; zero before the first measurement.
    pub rtt: Duration,
}

impl TcpInfo {
    /// Reads it of any TCP socket: those of the code under test, too.
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2), for instance for a socket that is not TCP's.
    ///
    /// ```
    /// use std::net::{TcpListener, TcpStream};
    /// use netns_test::{TcpInfo, TcpState};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// assert_eq!(TcpInfo::of(&stream)?.state, TcpState::Established);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn of(socket: &impl AsFd) -> io::Result<Self> {
        let info = tcp_info::read(socket.as_fd())?;
        let state = TcpState::from_number(info.tcpi_state).ok_or_else(|| {
            io::Error::other(format!("the kernel reports the TCP state {}", info.tcpi_state))
        })?;
        Ok(Self {
            state,
            retransmits: info.tcpi_retransmits.into(),
            total_retrans: info.tcpi_total_retrans,
            unacked: info.tcpi_unacked,
            notsent: info.tcpi_notsent_bytes,
            probes: info.tcpi_probes.into(),
            backoff: info.tcpi_backoff.into(),
            rto: Duration::from_micros(info.tcpi_rto.into()),
            rtt: Duration::from_micros(info.tcpi_rtt.into()),
        })
    }
}
