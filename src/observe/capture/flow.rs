//! What is said again: the sequence numbers of each direction of each TCP connection.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::flags::TcpFlags;
use super::packet::{Again, Packet};

/// One direction of a connection, by the addresses of its ends.
type Flow = (SocketAddr, SocketAddr);

#[derive(Clone, Copy)]
struct Numbers {
    begun: u32,
    next: u32,
}

/// Marks the segments that were sent before, and says where each flow began. `packets` are in the
/// order of their time.
pub(super) fn annotate(packets: &mut [Packet]) {
    let mut flows: BTreeMap<Flow, Numbers> = BTreeMap::new();
    for packet in packets {
        let Some(flow @ (from, to)) = flow(packet) else { continue };
        let Some(tcp) = packet.headers.tcp else { continue };
        let flags = TcpFlags(tcp.flags);
        // A reset may be made by anybody, with numbers that fit those of somebody else.
        if !flags.rst() {
            packet.again = advance(&mut flows, flow, tcp.seq, flags, packet.headers.length);
        }
        let begun = |flow: &Flow| flows.get(flow).map(|numbers| numbers.begun);
        packet.begun = [begun(&flow), begun(&(to, from))];
    }
}

fn flow(packet: &Packet) -> Option<Flow> {
    let (ip, ports) = (packet.headers.ip?, packet.headers.ports?);
    Some((SocketAddr::new(ip.from, ports.0), SocketAddr::new(ip.to, ports.1)))
}

fn advance(
    flows: &mut BTreeMap<Flow, Numbers>,
    flow: Flow,
    seq: u32,
    flags: TcpFlags,
    length: u32,
) -> Again {
    let end = seq.wrapping_add(length + u32::from(flags.syn()) + u32::from(flags.fin()));
    let fresh = Numbers { begun: seq, next: end };
    let numbers = match flows.get_mut(&flow) {
        // The same ports are used for another connection.
        Some(numbers) if flags.syn() && numbers.begun != seq => {
            *numbers = fresh;
            return Again::No;
        }
        Some(numbers) => numbers,
        None => {
            flows.insert(flow, fresh);
            return Again::No;
        }
    };
    let before = seq.wrapping_sub(numbers.next) as i32;
    let controls = flags.syn() || flags.fin();
    let again = match before {
        -1 if length <= 1 && !controls => Again::Keepalive,
        ..0 if end != seq => Again::Retransmission,
        _ => Again::No,
    };
    if (end.wrapping_sub(numbers.next) as i32) > 0 {
        numbers.next = end;
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
        let mut flows = BTreeMap::new();
        let end: SocketAddr = ([10, 0, 0, 1], 7000).into();
        let mut send = |(seq, flags, length)| advance(&mut flows, (end, end), seq, flags, length);
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
            ((at(26), FIN, 0), No),
            ((at(26), FIN, 0), Retransmission),
            ((at(500), SYN, 0), No),
        ];
        let expected: Vec<Again> = segments.iter().map(|(_, again)| *again).collect();
        assert_eq!(sent(&segments.map(|(segment, _)| segment)), expected);
    }
}
