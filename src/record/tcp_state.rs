use std::fmt;

/// The state of a TCP socket; it prints as in `ss`.
///
/// ```
/// use netns_test::TcpState;
///
/// assert_eq!(TcpState::SynSent.to_string(), "SYN-SENT");
/// assert_eq!(TcpState::Established.to_string(), "ESTAB");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TcpState {
    /// `ESTAB`: both sides have agreed, and neither has closed.
    Established,
    /// `SYN-SENT`: dialling; the peer has not answered.
    SynSent,
    /// `SYN-RECV`: a dial was answered here; the peer has not confirmed.
    SynRecv,
    /// `FIN-WAIT-1`: closed here; the peer has not acknowledged it.
    FinWait1,
    /// `FIN-WAIT-2`: closed here, and the peer has acknowledged it but has not closed.
    FinWait2,
    /// `TIME-WAIT`: closed by both sides; waiting for late segments.
    TimeWait,
    /// `UNCONN`: not connected, never or no longer.
    #[doc(alias = "CLOSE")]
    Unconnected,
    /// `CLOSE-WAIT`: the peer has closed; this side has not.
    CloseWait,
    /// `LAST-ACK`: closed by both, first by the peer, which has not acknowledged this side's close.
    LastAck,
    /// `LISTEN`: waiting to be dialled.
    Listen,
    /// `CLOSING`: closed by both at the same time.
    Closing,
}

impl TcpState {
    /// The state that the kernel calls by this number (`enum` in `net/tcp_states.h`).
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Established,
            2 => Self::SynSent,
            // 12: a request that has no socket yet; only the kernel makes a difference.
            3 | 12 => Self::SynRecv,
            4 => Self::FinWait1,
            5 => Self::FinWait2,
            6 => Self::TimeWait,
            7 => Self::Unconnected,
            8 => Self::CloseWait,
            9 => Self::LastAck,
            10 => Self::Listen,
            11 => Self::Closing,
            _ => return None,
        })
    }
}

impl fmt::Display for TcpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Established => "ESTAB",
            Self::SynSent => "SYN-SENT",
            Self::SynRecv => "SYN-RECV",
            Self::FinWait1 => "FIN-WAIT-1",
            Self::FinWait2 => "FIN-WAIT-2",
            Self::TimeWait => "TIME-WAIT",
            Self::Unconnected => "UNCONN",
            Self::CloseWait => "CLOSE-WAIT",
            Self::LastAck => "LAST-ACK",
            Self::Listen => "LISTEN",
            Self::Closing => "CLOSING",
        })
    }
}
