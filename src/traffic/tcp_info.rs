use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use super::tcp_words;
use crate::TcpState;
use crate::sys::tcp_info;

/// What the kernel knows about a TCP socket at this moment (`TCP_INFO`, tcp(7)).
///
/// It shows what no `send` or `recv` shows: that a SYN or a segment is being repeated, how often,
/// and when the next repetition is due. It prints like the line of `ss -ti`, and its fields are named as
/// there where possible. Values that an older kernel does not report are zero.
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
///     let info = conn.info()?;
///     assert_eq!(info.state, TcpState::Established);
///     assert_eq!(info.retransmits, 0, "{info}");
///     assert_eq!(info.bytes_sent, 4);
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpInfo {
    /// The state of the socket.
    pub state: TcpState,
    /// How often the SYN, or the oldest unacknowledged segment, has been repeated. It is zero again
    /// as soon as that is acknowledged.
    pub retransmits: u32,
    /// How many segments have been repeated since the socket was made.
    pub total_retrans: u32,
    /// How many segments have been sent and are unacknowledged.
    pub unacked: u32,
    /// How many bytes wait in the socket and have never been sent.
    pub notsent: u32,
    /// How many probes, zero-window or keepalive, have had no answer.
    pub probes: u32,
    /// How often the time until the next repetition or probe has been doubled.
    pub backoff: u32,
    /// The current retransmission timeout.
    pub rto: Duration,
    /// The smoothed round-trip time; zero before the first measurement.
    pub rtt: Duration,
    /// The variation of the round-trip time.
    pub rttvar: Duration,
    /// The shortest round-trip time that was measured recently.
    pub minrtt: Duration,
    /// For how long an acknowledgement is delayed.
    pub ato: Duration,
    /// How many segments have been repeated and are unacknowledged.
    pub retrans: u32,
    /// How many segments are considered lost.
    pub lost: u32,
    /// How many segments the peer has received out of order (SACK).
    pub sacked: u32,
    /// The most bytes that a segment to the peer may have.
    pub mss: u32,
    /// The most bytes that the peer seems to put into a segment.
    pub rcvmss: u32,
    /// The most bytes that the peer was told to put into a segment.
    pub advmss: u32,
    /// The most bytes that a packet on the path may have.
    pub pmtu: u32,
    /// The congestion window, in segments.
    pub cwnd: u32,
    /// The slow-start threshold: above it `cwnd` grows slowly. It is huge as long as nothing was lost.
    pub ssthresh: u32,
    /// How many bytes were sent. Repeated bytes count again.
    pub bytes_sent: u64,
    /// How many bytes were repeated.
    pub bytes_retrans: u64,
    /// How many bytes the peer has acknowledged; SYN and FIN count as one each.
    pub bytes_acked: u64,
    /// How many bytes were received.
    pub bytes_received: u64,
    /// How many segments were sent.
    pub segs_out: u32,
    /// How many segments were received.
    pub segs_in: u32,
    /// How many segments with data were sent.
    pub data_segs_out: u32,
    /// How many segments with data were received.
    pub data_segs_in: u32,
    /// How long ago data was last sent.
    pub lastsnd: Duration,
    /// How long ago data was last received.
    pub lastrcv: Duration,
    /// How long ago an acknowledgement was last received.
    pub lastack: Duration,
    /// The peer's window: how many bytes it would accept now. While it is zero the timer `persist` may
    /// run.
    pub snd_wnd: u32,
    /// How many bytes this side is ready to buffer.
    pub rcv_space: u32,
    pub(super) options: u8,
    pub(super) wscale: u8,
}

impl TcpInfo {
    /// Reads it from any TCP socket, also one of the code under test.
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2), for instance if the socket is not a TCP socket.
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
        Self::parse(&info).ok_or_else(|| {
            io::Error::other(format!("the kernel reports the TCP state {}", info[0]))
        })
    }

    /// Reads the kernel's `struct tcp_info`, as long as it is: a field that is not there is zero.
    /// `None` if its state is none that TCP has.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let info = Fields(bytes);
        Some(Self {
            state: TcpState::from_number(info.u8(0))?,
            retransmits: info.u8(2).into(),
            probes: info.u8(3).into(),
            backoff: info.u8(4).into(),
            options: info.u8(5),
            wscale: info.u8(6),
            rto: info.micros(8),
            ato: info.micros(12),
            mss: info.u32(16),
            rcvmss: info.u32(20),
            unacked: info.u32(24),
            sacked: info.u32(28),
            lost: info.u32(32),
            retrans: info.u32(36),
            lastsnd: info.millis(44),
            lastrcv: info.millis(52),
            lastack: info.millis(56),
            pmtu: info.u32(60),
            rtt: info.micros(68),
            rttvar: info.micros(72),
            ssthresh: info.u32(76),
            cwnd: info.u32(80),
            advmss: info.u32(84),
            rcv_space: info.u32(96),
            total_retrans: info.u32(100),
            bytes_acked: info.u64(120),
            bytes_received: info.u64(128),
            segs_out: info.u32(136),
            segs_in: info.u32(140),
            notsent: info.u32(144),
            minrtt: info.min_rtt(148),
            data_segs_in: info.u32(152),
            data_segs_out: info.u32(156),
            bytes_sent: info.u64(200),
            bytes_retrans: info.u64(208),
            snd_wnd: info.u32(228),
        })
    }
}

/// The line of `ss -ti`.
impl fmt::Display for TcpInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&tcp_words::line(self, None))
    }
}

/// Numbers at their places in a structure of the kernel's; zero where it ends before.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn chunk<const N: usize>(&self, at: usize) -> [u8; N] {
        self.0.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
    }

    fn u8(&self, at: usize) -> u8 {
        self.chunk::<1>(at)[0]
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_ne_bytes(self.chunk(at))
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_ne_bytes(self.chunk(at))
    }

    fn micros(&self, at: usize) -> Duration {
        Duration::from_micros(self.u32(at).into())
    }

    fn millis(&self, at: usize) -> Duration {
        Duration::from_millis(self.u32(at).into())
    }

    /// Before the first measurement it is all ones.
    fn min_rtt(&self, at: usize) -> Duration {
        if self.u32(at) == u32::MAX { Duration::ZERO } else { self.micros(at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_kernel_s_shorter_structure_is_read_as_far_as_it_goes() {
        let mut bytes = vec![0; 104];
        bytes[0] = 1;
        bytes[8..12].copy_from_slice(&204_000_u32.to_ne_bytes());
        bytes[100..104].copy_from_slice(&7_u32.to_ne_bytes());
        let info = TcpInfo::parse(&bytes).expect("ESTAB is a state");
        assert_eq!(info.rto, Duration::from_millis(204));
        assert_eq!(info.total_retrans, 7);
        assert_eq!((info.bytes_acked, info.notsent, info.snd_wnd), (0, 0, 0));
    }

    #[test]
    fn a_state_that_tcp_does_not_have_is_not_taken_for_one() {
        assert_eq!(TcpInfo::parse(&[]), None);
        assert_eq!(TcpInfo::parse(&[99; 104]), None);
    }
}
