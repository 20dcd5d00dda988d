//! Packets that repeat in the same order, such as those of a program that tries to connect, are shown
//! once.

use std::fmt;
use std::time::Duration;

use crate::Packet;
use crate::record::fold::{CHOSEN_BY_THE_KERNEL, grouped};

/// How often packets have to come again: retransmissions are fewer, and their times matter.
const MANY: usize = 10;
/// How many packets may come again together: a connection that is opened, used and closed.
const LONGEST: usize = 12;

/// A packet, or what is said of those that came before and come again.
#[derive(Debug)]
pub(super) enum Line<'a> {
    Packet(&'a Packet),
    /// The lines above, so many of them, came so often, until then.
    Again {
        lines: usize,
        times: usize,
        until: Duration,
    },
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packet(packet) => packet.fmt(f),
            Self::Again { lines, times, until } => {
                let above =
                    if *lines == 1 { "this".to_owned() } else { format!("these {lines} packets") };
                write!(f, "({above} {} times until {:.6})", grouped(*times), until.as_secs_f64())
            }
        }
    }
}

/// The packets, each sequence that comes again many times told once.
pub(super) fn told_once<'a>(packets: &[&'a Packet]) -> Vec<Line<'a>> {
    let kinds: Vec<_> = packets.iter().map(|packet| kind(packet)).collect();
    let mut lines = Vec::new();
    let mut at = 0;
    while at < packets.len() {
        let (length, times) = repetition(&kinds[at..]);
        lines.extend(packets[at..at + length].iter().map(|packet| Line::Packet(packet)));
        at += length * times;
        if times > 1 {
            lines.push(Line::Again { lines: length, times, until: packets[at - 1].at() });
        }
    }
    lines
}

/// How many of the first come again together, and how often they are there; one, once, if none do.
fn repetition<T: PartialEq>(all: &[T]) -> (usize, usize) {
    for length in 1..=LONGEST.min(all.len()) {
        let same = all.iter().zip(&all[length..]).take_while(|(one, next)| one == next).count();
        let times = same / length + 1;
        if times >= MANY {
            return (length, times);
        }
    }
    (1, 1)
}

/// What packets have in common that are told once.
fn kind(packet: &Packet) -> impl PartialEq {
    let known = |port: Option<u16>| port.filter(|port| *port < CHOSEN_BY_THE_KERNEL);
    (
        (packet.host(), packet.receiver(), packet.src(), packet.dst()),
        (known(packet.src_port()), known(packet.dst_port()), packet.payload_len()),
        (packet.flags(), packet.icmp(), packet.is_udp()),
        (packet.is_dropped(), packet.is_retransmission()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_is_found_whatever_its_length() {
        let dials: Vec<_> = "SR".repeat(1500).chars().chain("SAD".chars()).collect();
        assert_eq!(repetition(&dials), (2, 1500));
        assert_eq!(repetition(&dials[3000..]), (1, 1));
        // Those that come again a few times are retransmissions, each of which is to be seen.
        assert_eq!(repetition(&['D'; MANY - 1]), (1, 1));
        assert_eq!(repetition(&['D'; MANY]), (1, MANY));
        assert_eq!(repetition::<char>(&[]), (1, 1));
    }
}
