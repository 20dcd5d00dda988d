//! How a frame is recognised where it arrives.

use super::headers::VLAN;

/// How much of a packet tells it from others: headers, and a little of the payload.
const PACKET: usize = 108;
/// With the Ethernet header before it, tagged or not.
pub(crate) const TELLING: usize = PACKET + TAGGED;
const UNTAGGED: usize = 14;
const TAGGED: usize = 18;

/// A number that two frames have in common only if the packets in them look the same. Whose Ethernet
/// addresses they have is left out, and whether they are tagged: devices on the way may change both.
///
/// Not std's hasher: at 100,000 frames a second it takes too long where nothing is optimised, as in
/// tests.
pub(crate) fn fingerprint(bytes: &[u8], length: u32) -> u64 {
    let head = if bytes.get(12..14) == Some(&VLAN.to_be_bytes()) { TAGGED } else { UNTAGGED };
    let packet = bytes.get(head..).unwrap_or_default();
    let (words, rest) = packet[..packet.len().min(PACKET)].as_chunks::<8>();
    let mut sum = u64::from(length).wrapping_sub(head as u64);
    for word in words {
        sum = mix(sum, u64::from_ne_bytes(*word));
    }
    for byte in rest {
        sum = mix(sum, u64::from(*byte));
    }
    sum
}

/// An odd number with as many ones as zeros, without a pattern (the golden ratio's).
const MIXER: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(sum: u64, word: u64) -> u64 {
    (sum ^ word).wrapping_mul(MIXER).rotate_left(29)
}
