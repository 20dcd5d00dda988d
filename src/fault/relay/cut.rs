//! Cuts frames into the packets that they hold.
//!
//! A sender's kernel gives a device up to 64 KiB of a stream in one frame, with one set of headers (GSO,
//! TSO), and has it cut where that matters. If packets are lost one by one, it matters here. Checksums
//! stay deferred: each packet gets the sum of its pseudo header, and the kernel does the rest.

use super::frame::{Frame, Ip, TCP, UDP};
use crate::sys::frames::HEADER;
use crate::tap::fingerprint::fingerprint;

// linux/virtio_net.h
const NEEDS_CSUM: u8 = 1;
const GSO_TCPV4: u8 = 1;
const GSO_TCPV6: u8 = 4;
const GSO_UDP_L4: u8 = 5;
const GSO_ECN: u8 = 0x80;
const HDR_LEN: usize = 2;
const GSO_SIZE: usize = 4;
const CSUM_START: usize = 6;
const CSUM_OFFSET: usize = 8;

// RFC 9293
const FIN_AND_PSH: u8 = 0x09;
const CWR: u8 = 0x80;

/// The packets in a frame: itself, if it is one, or if it is of a kind that cannot be cut here.
pub(super) fn packets(frame: Frame) -> Vec<Frame> {
    let size = usize::from(frame.word(GSO_SIZE));
    let kind = frame.header[1] & !GSO_ECN;
    let protocol = match kind {
        GSO_TCPV4 | GSO_TCPV6 => TCP,
        GSO_UDP_L4 => UDP,
        _ => return vec![frame],
    };
    let ip = frame.headers().ip.filter(|ip| ip.protocol == protocol && size > 0);
    let Some((ip, transport)) = ip.and_then(|ip| Some((ip, ip.transport?))) else {
        return vec![frame];
    };
    let length = match protocol {
        TCP => frame.bytes.get(transport + 12).map(|byte| usize::from(byte >> 4) * 4),
        _ => Some(8),
    };
    let Some((head, payload)) =
        length.and_then(|length| frame.bytes.split_at_checked(transport + length))
    else {
        return vec![frame];
    };
    let count = payload.len().div_ceil(size);
    let whole = Some(fingerprint(&frame.bytes, frame.bytes.len() as u32));
    let packet = |(number, piece): (usize, &[u8])| {
        let mut bytes = Vec::with_capacity(head.len() + piece.len());
        bytes.extend(head);
        bytes.extend(piece);
        number_ip(&mut bytes, ip, number);
        match protocol {
            TCP => {
                number_tcp(&mut bytes, transport, number * size, [number == 0, number + 1 == count])
            }
            _ => put(&mut bytes, transport + 4, (8 + piece.len()) as u16),
        }
        let offset = if protocol == TCP { 16 } else { 6 };
        let sum = pseudo_header(&bytes, ip, transport);
        put(&mut bytes, transport + offset, sum);
        let mut packet = Frame { header: [0; HEADER], bytes, at: frame.at, whole };
        packet.header[0] = NEEDS_CSUM;
        packet.set_word(HDR_LEN, head.len() as u16);
        packet.set_word(CSUM_START, transport as u16);
        packet.set_word(CSUM_OFFSET, offset as u16);
        packet
    };
    match count {
        0 => vec![frame],
        _ => payload.chunks(size).enumerate().map(packet).collect(),
    }
}

/// Gives the packet of this number its own length, and its own identification (RFC 791).
fn number_ip(bytes: &mut [u8], ip: Ip, number: usize) {
    let length = bytes.len() - ip.at;
    if ip.ipv6 {
        put(bytes, ip.at + 4, (length - 40) as u16);
        return;
    }
    put(bytes, ip.at + 2, length as u16);
    let id = u16::from_be_bytes([bytes[ip.at + 4], bytes[ip.at + 5]]);
    put(bytes, ip.at + 4, id.wrapping_add(number as u16));
    put(bytes, ip.at + 10, 0);
    let header = usize::from(bytes[ip.at] & 0x0f) * 4;
    let sum = !sum(&bytes[ip.at..ip.at + header], 0);
    put(bytes, ip.at + 10, sum);
}

/// Gives it its own place in the stream. What says that something is urgent to be read, or is the
/// end, is said in the last one.
fn number_tcp(bytes: &mut [u8], at: usize, offset: usize, [first, last]: [bool; 2]) {
    if let Some(number) = bytes[at + 4..].first_chunk_mut::<4>() {
        *number = u32::from_be_bytes(*number).wrapping_add(offset as u32).to_be_bytes();
    }
    if !last {
        bytes[at + 13] &= !FIN_AND_PSH;
    }
    if !first {
        bytes[at + 13] &= !CWR;
    }
}

/// The sum of what stands in for the IP header, which is where a checksum begins (RFC 1071).
fn pseudo_header(bytes: &[u8], ip: Ip, transport: usize) -> u16 {
    let addresses = if ip.ipv6 { ip.at + 8..ip.at + 40 } else { ip.at + 12..ip.at + 20 };
    let length = (bytes.len() - transport) as u32;
    sum(&bytes[addresses], u32::from(ip.protocol) + (length >> 16) + (length & 0xffff))
}

/// The sum in ones' complement.
fn sum(bytes: &[u8], start: u32) -> u16 {
    let words =
        bytes.chunks(2).map(|two| u32::from_be_bytes([0, 0, two[0], *two.get(1).unwrap_or(&0)]));
    let mut sum = words.fold(start, |sum, word| sum + word);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

fn put(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::frame::tests::{tcp, udp};
    use super::*;

    fn to_be_cut(mut frame: Frame, kind: u8, size: u16) -> Frame {
        frame.header[0] = NEEDS_CSUM;
        frame.header[1] = kind;
        frame.set_word(GSO_SIZE, size);
        frame
    }

    /// The sum of a packet that is whole, from the one in it on, is all ones.
    fn is_summed_up(packet: &Frame) -> bool {
        let ip = packet.headers().ip.expect("it is IP");
        let (start, offset) = (packet.word(CSUM_START) as usize, packet.word(CSUM_OFFSET) as usize);
        let mut bytes = packet.bytes.clone();
        let filled = !sum(&bytes[start..], 0);
        put(&mut bytes, start + offset, filled);
        let header = ip.ipv6 || sum(&bytes[ip.at..ip.at + 20], 0) == 0xffff;
        let begin = {
            let mut without = bytes.clone();
            put(&mut without, start + offset, 0);
            pseudo_header(&without, ip, start)
        };
        header && sum(&bytes[start..], u32::from(begin)) == 0xffff
    }

    #[test]
    fn a_stream_is_cut_at_its_segments() {
        for (ipv6, kind) in [(false, GSO_TCPV4), (true, GSO_TCPV6 | GSO_ECN)] {
            let payload: Vec<u8> = (0..250).collect();
            let whole = tcp(ipv6, (1, 2), 0x80 | 0x10 | 0x09, &payload);
            let packets = packets(to_be_cut(whole.clone(), kind, 100));
            let ip = whole.headers().ip.expect("it is IP");
            let at = ip.transport.expect("it is whole");
            let said: Vec<(u32, u8, usize)> = packets
                .iter()
                .map(|packet| {
                    let bytes = &packet.bytes;
                    let seq =
                        u32::from_be_bytes(*bytes[at + 4..].first_chunk().expect("it is long"));
                    (seq.wrapping_sub(u32::MAX - 9), bytes[at + 13], bytes.len() - at - 20)
                })
                .collect();
            // Across the end of the numbers; CWR in the first, FIN and PSH in the last.
            assert_eq!(said, [(0, 0x90, 100), (100, 0x10, 100), (200, 0x19, 50)]);
            assert!(packets.iter().all(is_summed_up));
            let all: Vec<u8> =
                packets.iter().flat_map(|packet| packet.bytes[at + 20..].to_vec()).collect();
            assert_eq!(all, payload);
        }
    }

    #[test]
    fn datagrams_are_cut_apart() {
        let packets = packets(to_be_cut(udp(false, (1, 2), &[7; 25]), GSO_UDP_L4, 10));
        let lengths: Vec<usize> = packets.iter().map(|packet| packet.bytes.len() - 42).collect();
        assert_eq!(lengths, [10, 10, 5]);
        assert!(packets.iter().all(is_summed_up));
        let ids: Vec<u8> = packets.iter().map(|packet| packet.bytes[19]).collect();
        assert_eq!(ids, [0, 1, 2]);
    }

    #[test]
    fn what_is_one_packet_stays_as_it_is() {
        let one = tcp(false, (1, 2), 0x10, &[1, 2, 3]);
        assert_eq!(packets(one.clone()), vec![one.clone()]);
        // A kind that is not known here.
        let other = to_be_cut(one, 0x20, 1);
        assert_eq!(packets(other.clone()), vec![other]);
        let empty = to_be_cut(tcp(true, (1, 2), 0x10, &[]), GSO_TCPV6, 100);
        assert_eq!(packets(empty.clone()), vec![empty]);
    }
}
