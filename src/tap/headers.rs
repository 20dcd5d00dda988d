//! What the headers of a frame say. Whatever the bytes are, reading them never fails: what is not
//! there, or is no sense, is left out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(crate) const IPV4: u16 = 0x0800;
pub(crate) const ARP: u16 = 0x0806;
pub(crate) const IPV6: u16 = 0x86dd;
pub(crate) const VLAN: u16 = 0x8100;

/// The protocols above IP that are looked into (protocols(5)).
pub(crate) const ICMP: u8 = 1;
pub(crate) const IGMP: u8 = 2;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const ICMPV6: u8 = 58;

/// The headers of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Headers {
    pub(crate) to_mac: [u8; 6],
    pub(crate) from_mac: [u8; 6],
    pub(crate) ethertype: u16,
    pub(crate) ip: Option<Ip>,
    pub(crate) tcp: Option<Tcp>,
    /// Of TCP and UDP.
    pub(crate) ports: Option<(u16, u16)>,
    /// Type and code, of ICMP and ICMPv6.
    pub(crate) icmp: Option<(u8, u8)>,
    /// Where the payload begins in the frame: what follows the headers that are known.
    pub(crate) payload: usize,
    /// How long the payload is, whether it was recorded or not.
    pub(crate) length: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ip {
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
    pub(crate) protocol: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tcp {
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) flags: u8,
    pub(crate) window: u16,
}

/// Reads the headers of a frame that was `length` bytes long and of which `bytes` are the
/// beginning.
pub(crate) fn decode(bytes: &[u8], length: u32) -> Headers {
    let mut headers = Headers { payload: bytes.len(), ..Headers::default() };
    let _ = ethernet(bytes, length as usize, &mut headers);
    headers
}

/// Whether a frame may be what the wire answers in a host's place: a reset of TCP, or an ICMP error.
pub(crate) fn may_be_an_answer(bytes: &[u8]) -> bool {
    let transport = match (u16_at(bytes, 12), bytes.get(14)) {
        (Some(IPV4), Some(first)) => bytes.get(23).zip(Some(14 + usize::from(first & 0x0f) * 4)),
        (Some(IPV6), _) => bytes.get(20).zip(Some(54)),
        _ => None,
    };
    match transport {
        Some((&TCP, at)) => bytes.get(at + 13).is_some_and(|flags| flags & 0x04 != 0),
        // Destination unreachable (RFC 792, RFC 4443).
        Some((&ICMP, at)) => bytes.get(at) == Some(&3),
        Some((&ICMPV6, at)) => bytes.get(at) == Some(&1),
        _ => false,
    }
}

/// `None` where the bytes end before a header does.
fn ethernet(bytes: &[u8], length: usize, headers: &mut Headers) -> Option<()> {
    headers.to_mac = *bytes.first_chunk()?;
    headers.from_mac = *bytes.get(6..)?.first_chunk()?;
    let mut at = 12;
    headers.ethertype = u16_at(bytes, at)?;
    if headers.ethertype == VLAN {
        at += 4;
        headers.ethertype = u16_at(bytes, at)?;
    }
    at += 2;
    reach(headers, at, length);
    match headers.ethertype {
        IPV4 => ipv4(bytes, at, length, headers),
        IPV6 => ipv6(bytes, at, length, headers),
        _ => Some(()),
    }
}

/// Says that the payload begins at `at` and ends at `end`.
fn reach(headers: &mut Headers, at: usize, end: usize) {
    headers.payload = at;
    headers.length = end.saturating_sub(at) as u32;
}

fn ipv4(bytes: &[u8], at: usize, length: usize, headers: &mut Headers) -> Option<()> {
    let own = usize::from(bytes.get(at)? & 0x0f) * 4;
    let from: [u8; 4] = *bytes.get(at + 12..)?.first_chunk()?;
    let to: [u8; 4] = *bytes.get(at + 16..)?.first_chunk()?;
    let protocol = *bytes.get(at + 9)?;
    let from = Ipv4Addr::from(from).into();
    headers.ip = Some(Ip { from, to: Ipv4Addr::from(to).into(), protocol });
    // Zero for a packet of more than 64 kB, which the kernel has not cut up yet.
    let total = usize::from(u16_at(bytes, at + 2)?);
    let end = if total == 0 { length } else { length.min(at + total) };
    let next = at + own.max(20);
    reach(headers, next, end);
    let offset = u16_at(bytes, at + 6)? & 0x1fff;
    // Only the first fragment has the next header.
    if offset == 0 { transport(bytes, next, end, headers) } else { Some(()) }
}

fn ipv6(bytes: &[u8], at: usize, length: usize, headers: &mut Headers) -> Option<()> {
    let from: [u8; 16] = *bytes.get(at + 8..)?.first_chunk()?;
    let to: [u8; 16] = *bytes.get(at + 24..)?.first_chunk()?;
    let total = usize::from(u16_at(bytes, at + 4)?);
    let end = if total == 0 { length } else { length.min(at + 40 + total) };
    let mut protocol = *bytes.get(at + 6)?;
    let from = Ipv6Addr::from(from).into();
    let to = Ipv6Addr::from(to).into();
    headers.ip = Some(Ip { from, to, protocol });
    let mut next = at + 40;
    reach(headers, next, end);
    // Hop-by-hop and destination options, routing; a fragment's header has a fixed size.
    while let 0 | 43 | 44 | 60 = protocol {
        let fragment = protocol == 44;
        let offset = if fragment { u16_at(bytes, next + 2)? >> 3 } else { 0 };
        protocol = *bytes.get(next)?;
        let units = if fragment { 0 } else { usize::from(*bytes.get(next + 1)?) };
        next += 8 + units * 8;
        headers.ip = Some(Ip { from, to, protocol });
        reach(headers, next, end);
        if offset != 0 {
            return Some(());
        }
    }
    transport(bytes, next, end, headers)
}

fn transport(bytes: &[u8], at: usize, end: usize, headers: &mut Headers) -> Option<()> {
    match headers.ip?.protocol {
        TCP => {
            let own = usize::from(*bytes.get(at + 12)? >> 4) * 4;
            headers.tcp = Some(Tcp {
                seq: u32_at(bytes, at + 4)?,
                ack: u32_at(bytes, at + 8)?,
                flags: *bytes.get(at + 13)?,
                window: u16_at(bytes, at + 14)?,
            });
            headers.ports = Some((u16_at(bytes, at)?, u16_at(bytes, at + 2)?));
            reach(headers, at + own.max(20), end);
        }
        UDP => {
            headers.ports = Some((u16_at(bytes, at)?, u16_at(bytes, at + 2)?));
            reach(headers, at + 8, end);
        }
        ICMP | ICMPV6 => {
            headers.icmp = Some((*bytes.get(at)?, *bytes.get(at + 1)?));
            reach(headers, at + 8, end);
        }
        _ => {}
    }
    Some(())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A TCP segment from 10.0.0.2 to 10.0.0.1 with four bytes of IP options, twelve of TCP's, and
    /// `payload`.
    fn segment(payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        let total = (24 + 32 + payload.len()) as u16;
        frame.extend([0x46, 0]);
        frame.extend(total.to_be_bytes());
        frame.extend([0, 1, 0x40, 0, 64, TCP, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1, 1, 1, 1, 1]);
        frame.extend(40000_u16.to_be_bytes());
        frame.extend(7000_u16.to_be_bytes());
        frame.extend(17_u32.to_be_bytes());
        frame.extend(23_u32.to_be_bytes());
        frame.extend([0x80, 0x18, 1, 0, 0, 0, 0, 0]);
        frame.extend([1; 12]);
        frame.extend(payload);
        frame
    }

    #[test]
    fn the_headers_of_a_tcp_segment_are_read_past_all_options() {
        let mut frame = segment(b"hello");
        // What the network card pads a short frame with is no payload.
        frame.extend([0; 7]);
        let headers = decode(&frame, frame.len() as u32);
        assert_eq!(headers.ports, Some((40000, 7000)));
        assert_eq!(headers.tcp, Some(Tcp { seq: 17, ack: 23, flags: 0x18, window: 256 }));
        assert_eq!((headers.length, &frame[headers.payload..][..5]), (5, &b"hello"[..]));
    }

    #[test]
    fn the_length_is_that_of_the_frame_and_not_of_its_recorded_beginning() {
        let frame = segment(&[7; 1000]);
        let headers = decode(&frame[..200], frame.len() as u32);
        assert_eq!(headers.length, 1000);
    }

    #[test]
    fn headers_of_ipv6_are_skipped_up_to_the_transport() {
        let mut frame = vec![0; 12];
        frame.extend(IPV6.to_be_bytes());
        frame.extend([0x60, 0, 0, 0, 0, 8 + 8 + 8 + 3, 0, 64]);
        frame.extend([0; 32]);
        frame.extend([44, 0, 0, 0, 0, 0, 0, 0]);
        frame.extend([UDP, 0, 0, 1, 0, 0, 0, 9]);
        frame.extend([0, 53, 0, 99, 0, 11, 0, 0, 1, 2, 3]);
        let headers = decode(&frame, frame.len() as u32);
        assert_eq!(headers.ports, Some((53, 99)));
        assert_eq!(headers.length, 3);
    }

    proptest! {
        #[test]
        fn nonsense_is_read_without_a_panic(
            start in prop::sample::select(vec![IPV4, IPV6, VLAN, ARP]),
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            length in any::<u32>(),
        ) {
            let mut frame = vec![0; 12];
            frame.extend(start.to_be_bytes());
            frame.extend(&bytes);
            let headers = decode(&frame, length);
            prop_assert!(headers.length <= length);
            decode(&bytes, length);
        }

        #[test]
        fn a_segment_cut_anywhere_is_read_without_a_panic(cut in 0_usize..70) {
            let frame = segment(b"hello");
            decode(&frame[..cut], frame.len() as u32);
        }
    }
}
