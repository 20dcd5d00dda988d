use std::fmt;
use std::net::SocketAddr;

/// What a deadline is for, in the words of its error.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Lookup,
    Connect(SocketAddr),
    Accept(SocketAddr),
    SendTo(SocketAddr),
    RecvFrom(SocketAddr),
    RecvOn(SocketAddr),
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup => f.write_str("look up the address"),
            Self::Connect(peer) => write!(f, "connect to {peer}"),
            Self::Accept(local) => write!(f, "accept on {local}"),
            Self::SendTo(peer) => write!(f, "send to {peer}"),
            Self::RecvFrom(peer) => write!(f, "receive from {peer}"),
            Self::RecvOn(local) => write!(f, "receive on {local}"),
        }
    }
}
