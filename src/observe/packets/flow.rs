//! Retransmissions: the sequence numbers of each direction of each TCP connection.

use std::net::SocketAddr;

use super::flags::TcpFlags;
use super::packet::{Again, Packet};
use super::undo::Undo;

/// One direction of a TCP connection, as one host sends it: the host's number, and the addresses and ports
/// of the ends. What a router forwards is another flow than the original, and so is what another host
/// sends that has taken over an address.
type Flow = (usize, SocketAddr, SocketAddr);

#[derive(Clone, Copy, Debug)]
struct Numbers {
    begun: u32,
    next: u32,
}

/// The beginning of one direction of a connection, whoever sends it.
#[derive(Clone, Copy, Debug)]
struct Beginning {
    number: u32,
    /// The host that sent it first. Others have forwarded it.
    origin: usize,
}

/// The flows of a capture, as far as its packets have been looked at, in the order of their time.
#[derive(Debug, Default)]
pub(super) struct Flows {
    numbers: Undo<Flow, Numbers>,
    beginnings: Undo<(SocketAddr, SocketAddr), Beginning>,
    /// Who was the first to begin with a number, by a SYN or by an answer to one. A router that translates
    /// sends it under another address.
    origins: Undo<(u32, bool), usize>,
}

impl Flows {
    /// Says whether a packet was sent before, and where its flow began.
    pub(super) fn annotate(&mut self, packet: &mut Packet) {
        packet.forwarded = packet.journey.0 != packet.sender;
        let Some((from, to)) = ends(packet) else { return };
        let Some(tcp) = packet.headers.tcp else { return };
        let flags = TcpFlags(tcp.flags);
        // A reset may be made by anybody, with numbers that fit those of somebody else.
        if !flags.rst() {
            self.begin_with((from, to), packet.sender, tcp.seq, flags);
            let flow = (packet.sender, from, to);
            packet.again = advance(&mut self.numbers, flow, tcp.seq, flags, packet.headers.length);
        }
        let begun = |ends| self.beginnings.get(&ends);
        let forwarded = |beginning: Beginning| beginning.origin != packet.sender;
        packet.forwarded |= begun((from, to)).is_some_and(forwarded);
        packet.begun = [(from, to), (to, from)].map(|ends| Some(begun(ends)?.number));
    }

    fn begin_with(
        &mut self,
        ends: (SocketAddr, SocketAddr),
        origin: usize,
        number: u32,
        flags: TcpFlags,
    ) {
        let known = self.beginnings.get(&ends);
        // The same ports are used for another connection, perhaps by another host.
        let is_new = |known: Beginning| flags.syn() && known.number != number;
        if known.is_none_or(is_new) {
            let origin = if flags.syn() { self.origin(origin, number, flags) } else { origin };
            self.beginnings.set(ends, Beginning { number, origin });
        }
    }

    /// The first host that sent such a SYN. Its number is a random one, so no two begin with the same.
    fn origin(&mut self, sender: usize, number: u32, flags: TcpFlags) -> usize {
        let key = (number, flags.ack());
        self.origins.get(&key).unwrap_or_else(|| {
            self.origins.set(key, sender);
            sender
        })
    }

    /// The packets from now on may come again, in another order.
    pub(super) fn begin(&mut self) {
        self.origins.begin();
        self.numbers.begin();
        self.beginnings.begin();
    }

    /// Forgets the packets since then.
    pub(super) fn take_back(&mut self) {
        self.origins.take_back();
        self.numbers.take_back();
        self.beginnings.take_back();
    }
}

fn ends(packet: &Packet) -> Option<(SocketAddr, SocketAddr)> {
    let (ip, ports) = (packet.headers.ip?, packet.headers.ports?);
    Some((SocketAddr::new(ip.from, ports.0), SocketAddr::new(ip.to, ports.1)))
}

fn advance(
    flows: &mut Undo<Flow, Numbers>,
    flow: Flow,
    seq: u32,
    flags: TcpFlags,
    length: u32,
) -> Again {
    let end = seq.wrapping_add(length + u32::from(flags.syn()) + u32::from(flags.fin()));
    let Some(numbers) = flows.get(&flow).filter(|known| !flags.syn() || known.begun == seq) else {
        // It is new, or the same ports are used for another connection.
        flows.set(flow, Numbers { begun: seq, next: end });
        return Again::No;
    };
    let before = seq.wrapping_sub(numbers.next) as i32;
    let again = match before {
        // Linux probes without a byte. One byte that was sent before is a retransmission.
        -1 if end == seq => Again::Keepalive,
        ..0 if end != seq => Again::Retransmission,
        _ => Again::No,
    };
    if (end.wrapping_sub(numbers.next) as i32) > 0 {
        flows.set(flow, Numbers { next: end, ..numbers });
    }
    again
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYN: TcpFlags = TcpFlags(TcpFlags::SYN);
    const ACK: TcpFlags = TcpFlags(TcpFlags::ACK);
    const FIN: TcpFlags = TcpFlags(TcpFlags::FIN | TcpFlags::ACK);

    /// Sends segments of one flow, and says which were sent before.
    fn sent(segments: &[(u32, TcpFlags, u32)]) -> Vec<Again> {
        let mut flows = Undo::default();
        let end: SocketAddr = ([10, 0, 0, 1], 7000).into();
        let mut send =
            |(seq, flags, length)| advance(&mut flows, (0, end, end), seq, flags, length);
        segments.iter().map(|segment| send(*segment)).collect()
    }

    #[test]
    fn a_segment_is_sent_again_if_its_numbers_were_sent_before() {
        use Again::{Keepalive, No, Retransmission};
        let start = u32::MAX - 3;
        let at = |offset: u32| start.wrapping_add(offset);
        let segments = [
            ((at(0), SYN, 0), No),
            ((at(0), SYN, 0), Retransmission),
            ((at(1), ACK, 0), No),
            ((at(1), ACK, 10), No),
            ((at(1), ACK, 10), Retransmission),
            // Part of it is new.
            ((at(6), ACK, 10), Retransmission),
            ((at(16), ACK, 10), No),
            // Sent earlier, and acknowledges only.
            ((at(16), ACK, 0), No),
            ((at(25), ACK, 0), Keepalive),
            // A last byte alone is no probe.
            ((at(25), ACK, 1), Retransmission),
            ((at(26), FIN, 0), No),
            ((at(26), FIN, 0), Retransmission),
            ((at(500), SYN, 0), No),
        ];
        let expected: Vec<Again> = segments.iter().map(|(_, again)| *again).collect();
        assert_eq!(sent(&segments.map(|(segment, _)| segment)), expected);
    }
}
