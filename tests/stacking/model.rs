//! What the model says of it.

use super::*;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// To the service.
    Datagram,
    /// To the service.
    Syn,
    /// From the service.
    SynAck,
    /// What refuses.
    Icmp,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) ipv6: bool,
    pub(crate) kind: Kind,
}

/// A block as the model knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// The host that blocks, and its peer.
    pub(crate) pair: [usize; 2],
    pub(crate) plan: Plan,
}

impl Known {
    pub(crate) fn takes(&self, packet: Packet) -> bool {
        let Packet { from, to, ipv6, kind } = packet;
        let from_peer = [to, from] == self.pair;
        let to_peer = [from, to] == self.pair;
        let tcp = matches!(kind, Kind::Syn | Kind::SynAck);
        let way = match self.plan.effect {
            Effect::InputDrop | Effect::InputReject => from_peer,
            Effect::InputReset => from_peer && tcp,
            Effect::OutputDrop => to_peer,
            _ => from_peer || to_peer,
        };
        way && match self.plan.scope {
            Scope::All => true,
            Scope::FromPeer => from_peer,
            Scope::ToPeer => to_peer,
            Scope::Ipv4 => !ipv6,
            Scope::Ipv6 => ipv6,
            Scope::Tcp => tcp,
            Scope::Udp => kind == Kind::Datagram,
            Scope::Icmp => kind == Kind::Icmp,
            Scope::Port => kind != Kind::Icmp,
            Scope::Dport => matches!(kind, Kind::Datagram | Kind::Syn),
            Scope::NewConnections => kind == Kind::Syn,
        }
    }

    /// Whether an error of `send` tells the host that sends it.
    pub(crate) fn tells_the_sender(&self, packet: Packet) -> bool {
        self.plan.effect == Effect::OutputDrop && self.takes(packet)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    Established,
    Refused(i32),
    /// Silence, or an answer that only some other rule decides about.
    NotEstablished,
}

pub(crate) fn outcome(blocks: &[Known], from: usize, to: usize, ipv6: bool) -> Outcome {
    let taken = |kind, from, to| {
        let packet = Packet { from, to, ipv6, kind };
        blocks.iter().enumerate().filter(move |(_, block)| block.takes(packet))
    };
    let syn: Vec<_> = taken(Kind::Syn, from, to).collect();
    let answers: BTreeSet<usize> = taken(Kind::SynAck, to, from)
        .chain(taken(Kind::Icmp, to, from))
        .map(|(at, _)| at)
        .collect();
    let back = taken(Kind::SynAck, to, from).next().is_some();
    match syn.as_slice() {
        [] if !back => Outcome::Established,
        // A block's answer arrives unless another one takes it.
        [(at, only)] if answers.iter().all(|answer| answer == at) => match only.plan.effect {
            Effect::Reset | Effect::InputReset => Outcome::Refused(libc::ECONNREFUSED),
            // With IPv6 an ICMP error may need a second, which is too long for so many.
            Effect::Refuse if !ipv6 => Outcome::Refused(libc::EHOSTUNREACH),
            Effect::InputReject if !ipv6 => Outcome::Refused(libc::ECONNREFUSED),
            _ => Outcome::NotEstablished,
        },
        _ => Outcome::NotEstablished,
    }
}
