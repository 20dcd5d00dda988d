//! The frames by which a host announces that it has an address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const ARP: u16 = 0x0806;
const IPV6: u16 = 0x86dd;
const ICMPV6: u8 = 58;
/// All nodes of a link (RFC 4291, section 2.7.1), and their Ethernet address (RFC 2464, section 7).
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_NODES_MAC: [u8; 6] = [0x33, 0x33, 0, 0, 0, 1];

/// The frame that tells all hosts of a link that `address` is at `mac`.
///
/// Of IPv4 an ARP request for one's own address (RFC 5227, section 3), of IPv6 an unsolicited
/// neighbour advertisement that overrides what is known (RFC 4861, section 7.2.6).
pub(super) fn announcement(address: IpAddr, mac: [u8; 6]) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => gratuitous_arp(v4, mac),
        IpAddr::V6(v6) => unsolicited_advertisement(v6, mac),
    }
}

fn gratuitous_arp(address: Ipv4Addr, mac: [u8; 6]) -> Vec<u8> {
    let mut frame = ethernet([0xff; 6], mac, ARP);
    // Ethernet and IPv4, with addresses of six and four bytes; a request (RFC 826).
    frame.extend([0, 1, 8, 0, 6, 4, 0, 1]);
    frame.extend(mac);
    frame.extend(address.octets());
    frame.extend([0; 6]);
    frame.extend(address.octets());
    frame
}

fn unsolicited_advertisement(address: Ipv6Addr, mac: [u8; 6]) -> Vec<u8> {
    // Type 136, flags: override; then the address, and the option of the target's own address.
    let mut message = vec![136, 0, 0, 0, 0x20, 0, 0, 0];
    message.extend(address.octets());
    message.extend([2, 1]);
    message.extend(mac);
    let sum = checksum(address, &message);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    let mut frame = ethernet(ALL_NODES_MAC, mac, IPV6);
    frame.extend([0x60, 0, 0, 0]);
    frame.extend((message.len() as u16).to_be_bytes());
    // Neighbour discovery is believed with a hop limit of 255 only.
    frame.extend([ICMPV6, 255]);
    frame.extend(address.octets());
    frame.extend(ALL_NODES.octets());
    frame.extend(message);
    frame
}

fn ethernet(to: [u8; 6], from: [u8; 6], ethertype: u16) -> Vec<u8> {
    let mut frame = to.to_vec();
    frame.extend(from);
    frame.extend(ethertype.to_be_bytes());
    frame
}

/// Of a message of ICMPv6 to all nodes (RFC 4443, section 2.3). Its length is even.
fn checksum(from: Ipv6Addr, message: &[u8]) -> u16 {
    let words = |bytes: &[u8]| -> u32 {
        bytes.chunks_exact(2).map(|word| u32::from(u16::from_be_bytes([word[0], word[1]]))).sum()
    };
    let mut sum = words(&from.octets()) + words(&ALL_NODES.octets()) + words(message);
    sum += message.len() as u32 + u32::from(ICMPV6);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_announcement_asks_for_its_own_address() {
        let frame = announcement(Ipv4Addr::new(10, 0, 0, 9).into(), [2, 0, 0, 0, 0, 1]);
        assert_eq!(frame.len(), 42);
        assert_eq!(frame[28..32], frame[38..42]);
    }

    /// Adding all words up, the checksum among them, gives all ones (RFC 1071).
    #[test]
    fn the_checksum_of_an_ipv6_announcement_adds_up() {
        let address = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 9);
        let frame = announcement(address.into(), [2, 0, 0, 0, 0xfe, 1]);
        assert_eq!(checksum(address, &frame[54..]), 0);
    }
}
