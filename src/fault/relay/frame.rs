//! A frame as the relay has it, and what its headers say.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Instant;

use crate::sys::frames::{HEADER, Said};

pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const IGMP: u8 = 2;
pub(super) const ICMP: u8 = 1;
pub(super) const ICMPV6: u8 = 58;
/// The types of ICMPv6 that are housekeeping: discovery of listeners, routers and neighbours and what
/// is told of it, and reports of version 2 (RFC 4861, RFC 3810).
pub(super) const HOUSEKEEPING: [RangeInclusive<u8>; 2] = [130..=137, 143..=143];
const IPV4: u16 = libc::ETH_P_IP as u16;
const IPV6: u16 = libc::ETH_P_IPV6 as u16;
const ARP: u16 = libc::ETH_P_ARP as u16;
const TAGS: [u16; 2] = [libc::ETH_P_8021Q as u16, libc::ETH_P_8021AD as u16];
/// Where the Ethernet addresses end.
const ADDRESSES: usize = 12;

// linux/virtio_net.h
const NEEDS_CSUM: u8 = 1;
const CSUM_START: usize = 6;
const HDR_LEN: usize = 2;
/// As much of a frame that is to be cut must be in one piece. More would want memory in one piece.
const MOST_HEADERS: u16 = 256;

/// A frame, and what the kernel is to be told about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) header: [u8; HEADER],
    pub(super) bytes: Vec<u8>,
    /// When it was heard.
    pub(super) at: Instant,
    /// What tells the frame that it was cut from.
    pub(super) whole: Option<u64>,
}

impl Frame {
    /// A frame as it was heard.
    pub(super) fn heard(said: &Said, heard: &[u8], at: Instant) -> Self {
        let bytes = Vec::with_capacity(heard.len() + 4);
        let mut frame = Self { header: said.header, bytes, at, whole: None };
        match said.tag {
            // The kernel keeps the tag aside, and what it says is about the frame without it.
            Some((kind, value)) if heard.len() >= ADDRESSES => {
                frame.bytes.extend(&heard[..ADDRESSES]);
                frame.bytes.extend(kind.to_be_bytes());
                frame.bytes.extend(value.to_be_bytes());
                frame.bytes.extend(&heard[ADDRESSES..]);
                if frame.header[0] & NEEDS_CSUM != 0 {
                    let start = frame.word(CSUM_START) + 4;
                    frame.set_word(CSUM_START, start);
                }
            }
            _ => frame.bytes.extend(heard),
        }
        let headers = frame.word(HDR_LEN).min(MOST_HEADERS);
        frame.set_word(HDR_LEN, headers);
        frame
    }

    /// A word of what the kernel is told, in the order of bytes of this machine.
    pub(super) fn word(&self, at: usize) -> u16 {
        u16::from_ne_bytes([self.header[at], self.header[at + 1]])
    }

    pub(super) fn set_word(&mut self, at: usize, word: u16) {
        self.header[at..at + 2].copy_from_slice(&word.to_ne_bytes());
    }

    /// The ethertype, behind the addresses: that of a tag, if there is one.
    pub(super) fn ethertype(&self) -> u16 {
        half(&self.bytes, ADDRESSES).unwrap_or_default()
    }

    /// What its headers say.
    pub(super) fn headers(&self) -> Headers {
        let mut at = ADDRESSES;
        while TAGS.contains(&half(&self.bytes, at).unwrap_or_default()) {
            at += 4;
        }
        let ethertype = half(&self.bytes, at).unwrap_or_default();
        let ip = match ethertype {
            IPV4 => Ip::v4(&self.bytes, at + 2),
            IPV6 => Ip::v6(&self.bytes, at + 2),
            _ => None,
        };
        Headers { ethertype, ip }
    }
}

/// What the headers of a frame say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Headers {
    ethertype: u16,
    pub(super) ip: Option<Ip>,
}

/// Where the headers of an IP packet are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ip {
    pub(super) ipv6: bool,
    pub(super) at: usize,
    pub(super) protocol: u8,
    /// Where the header of that protocol is; `None` in all fragments but the first.
    pub(super) transport: Option<usize>,
}

impl Headers {
    /// Whether it is what kernels say for themselves, whenever they want to: ARP, neighbour and
    /// router discovery, and who listens to which group.
    pub(super) fn is_housekeeping(&self, bytes: &[u8]) -> bool {
        let Some(ip) = self.ip else { return self.ethertype == ARP };
        match ip.protocol {
            IGMP => !ip.ipv6,
            ICMPV6 if ip.ipv6 => {
                let kind = ip.transport.and_then(|at| bytes.get(at));
                kind.is_some_and(|kind| HOUSEKEEPING.iter().any(|kinds| kinds.contains(kind)))
            }
            _ => false,
        }
    }
}

impl Ip {
    fn v4(bytes: &[u8], at: usize) -> Option<Self> {
        let first = *bytes.get(at)?;
        let protocol = *bytes.get(at + 9)?;
        let fragment = half(bytes, at + 6)? & 0x1fff;
        let transport = (fragment == 0).then(|| at + usize::from(first & 0x0f) * 4);
        Some(Self { ipv6: false, at, protocol, transport })
    }

    fn v6(bytes: &[u8], at: usize) -> Option<Self> {
        let mut protocol = *bytes.get(at + 6)?;
        let mut next = at + 40;
        let mut first = true;
        // RFC 8200, section 4: the headers that may stand before the one that is looked for.
        loop {
            let length = match protocol {
                0 | 43 | 60 => (usize::from(*bytes.get(next + 1)?) + 1) * 8,
                44 => {
                    first &= half(bytes, next + 2)? & 0xfff8 == 0;
                    8
                }
                _ => break,
            };
            protocol = *bytes.get(next)?;
            next += length;
        }
        Some(Self { ipv6: true, at, protocol, transport: first.then_some(next) })
    }

    /// Where it is from and where it goes to.
    pub(super) fn ends(&self, bytes: &[u8]) -> Option<[SocketAddr; 2]> {
        let ports = self.ports(bytes)?;
        let addresses = match self.ipv6 {
            false => [12, 16]
                .map(|at| Some(IpAddr::from(*bytes.get(self.at + at..)?.first_chunk::<4>()?))),
            true => [8, 24]
                .map(|at| Some(IpAddr::from(*bytes.get(self.at + at..)?.first_chunk::<16>()?))),
        };
        let [from, to] = addresses;
        Some([SocketAddr::new(from?, ports[0]), SocketAddr::new(to?, ports[1])])
    }

    /// The ports, if its protocol has some.
    pub(super) fn ports(&self, bytes: &[u8]) -> Option<[u16; 2]> {
        let at = self.transport.filter(|_| matches!(self.protocol, TCP | UDP))?;
        Some([half(bytes, at)?, half(bytes, at + 2)?])
    }

    /// The flags of TCP.
    pub(super) fn tcp_flags(&self, bytes: &[u8]) -> Option<u8> {
        let at = self.transport.filter(|_| self.protocol == TCP)?;
        bytes.get(at + 13).copied()
    }
}

/// Two bytes in the order of the network.
pub(super) fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A frame from 10.0.0.1 or fd00::1 to the `2` of its kind.
    fn ip(ipv6: bool, protocol: u8, transport: &[u8]) -> Frame {
        let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
        if ipv6 {
            bytes.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
            bytes.extend((transport.len() as u16).to_be_bytes());
            bytes.extend([protocol, 64]);
            for end in [1, 2] {
                bytes.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end]);
            }
        } else {
            bytes.extend([8, 0, 0x45, 0]);
            bytes.extend((20 + transport.len() as u16).to_be_bytes());
            bytes.extend([0, 0, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        }
        bytes.extend(transport);
        Frame { header: [0; HEADER], bytes, at: Instant::now(), whole: None }
    }

    pub(in super::super) fn tcp(ipv6: bool, ports: (u16, u16), flags: u8, payload: &[u8]) -> Frame {
        let mut segment = ports.0.to_be_bytes().to_vec();
        segment.extend(ports.1.to_be_bytes());
        segment.extend((u32::MAX - 9).to_be_bytes());
        segment.extend([0, 0, 0, 0, 0x50, flags, 1, 0, 0, 0, 0, 0]);
        segment.extend(payload);
        ip(ipv6, TCP, &segment)
    }

    pub(in super::super) fn udp(ipv6: bool, ports: (u16, u16), payload: &[u8]) -> Frame {
        let mut datagram = ports.0.to_be_bytes().to_vec();
        datagram.extend(ports.1.to_be_bytes());
        datagram.extend((8 + payload.len() as u16).to_be_bytes());
        datagram.extend([0, 0]);
        datagram.extend(payload);
        ip(ipv6, UDP, &datagram)
    }

    #[test]
    fn headers_are_found_behind_tags_and_extensions() {
        let plain = tcp(false, (4000, 80), 2, &[]);
        let found = plain.headers().ip.expect("it is IP");
        assert_eq!((found.transport, found.ports(&plain.bytes)), (Some(34), Some([4000, 80])));
        let said = Said {
            time: std::time::Duration::ZERO,
            mark: None,
            tag: Some((0x8100, 7)),
            header: [0; HEADER],
        };
        let tagged = Frame::heard(&said, &plain.bytes, Instant::now());
        let found = tagged.headers().ip.expect("it is IP");
        assert_eq!((tagged.ethertype(), found.transport), (0x8100, Some(38)));
        // A destination option, then a fragment that is not the first.
        let mut options = vec![44, 0, 0, 0, 0, 0, 0, 0, UDP, 0, 0, 8, 0, 0, 0, 0];
        options.extend([0; 8]);
        let found = ip(true, 60, &options).headers().ip.expect("it is IP");
        assert_eq!((found.protocol, found.transport), (UDP, None));
    }

    #[test]
    fn what_kernels_say_for_themselves_is_told_from_the_rest() {
        let is = |frame: &Frame| frame.headers().is_housekeeping(&frame.bytes);
        assert!(is(&ip(true, ICMPV6, &[135, 0, 0, 0])) && is(&ip(false, IGMP, &[0x16])));
        assert!(!is(&ip(true, ICMPV6, &[128, 0, 0, 0])) && !is(&udp(false, (1, 2), &[])));
        let mut arp = udp(false, (1, 2), &[]);
        arp.bytes[13] = 6;
        assert!(is(&arp));
    }

    /// What is cut short is no reason to fail.
    #[test]
    fn any_part_of_a_frame_can_be_looked_at() {
        for whole in [tcp(true, (1, 2), 2, &[1]), udp(false, (1, 2), &[1])] {
            for length in 0..whole.bytes.len() {
                let part = Frame { bytes: whole.bytes[..length].to_vec(), ..whole.clone() };
                let headers = part.headers();
                headers.is_housekeeping(&part.bytes);
                if let Some(ip) = headers.ip {
                    ip.ends(&part.bytes);
                    ip.tcp_flags(&part.bytes);
                }
            }
        }
    }
}
