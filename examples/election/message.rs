//! What nodes say to each other, and to those who ask for their state: one datagram per message.

/// A node, by its index among all.
pub(crate) type Node = u8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) from: Node,
    pub(crate) term: u64,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Vote for me.
    AskVote,
    Vote {
        granted: bool,
    },
    /// I lead.
    Heartbeat,
    /// I have heard you.
    Ack,
    /// What is your state? Anybody may ask.
    AskState,
    /// Whom I follow; a leader follows itself.
    State {
        leader: Option<Node>,
    },
}

const LENGTH: usize = 11;

impl Message {
    pub(crate) fn to_bytes(self) -> [u8; LENGTH] {
        let (kind, word) = match self.what {
            What::AskVote => (0, 0),
            What::Vote { granted } => (1, u8::from(granted)),
            What::Heartbeat => (2, 0),
            What::Ack => (3, 0),
            What::AskState => (4, 0),
            What::State { leader } => (5, leader.map_or(0, |leader| leader + 1)),
        };
        let mut bytes = [kind, word, self.from, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes[3..].copy_from_slice(&self.term.to_be_bytes());
        bytes
    }

    /// `None` if it is not a message: anybody may send anything to a port.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let &[kind, word, from, ref term @ ..] = bytes else { return None };
        let term = u64::from_be_bytes(term.try_into().ok()?);
        let what = match kind {
            0 => What::AskVote,
            1 => What::Vote { granted: word != 0 },
            2 => What::Heartbeat,
            3 => What::Ack,
            4 => What::AskState,
            5 => What::State { leader: word.checked_sub(1) },
            _ => return None,
        };
        Some(Self { from, term, what })
    }
}
