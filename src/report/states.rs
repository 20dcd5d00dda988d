//! The states of TCP connections over time: as somebody saw them and, in between, as their packets show
//! them.
//!
//! A packet is interpreted by TCP's state machine (RFC 9293, section 3.3.2). What a packet cannot show, the
//! timeline does: that a program has closed while its FIN waits behind data that nobody acknowledges, and
//! that a dial was given up. A reset that a block sends on a host's behalf says nothing
//! about that host.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::episodes::FaultEpisode;
use crate::record::clock;
use crate::record::{Entry, Event, Protocol, Verb};
use crate::{Packet, TcpState};

/// A connection as one host knows it: the host's name, its end, the other end.
type End = (String, SocketAddr, SocketAddr);

/// The states of all connections, each with the time from which it holds.
pub(super) fn states(
    packets: &[&Packet],
    entries: &[Entry],
    faults: &[FaultEpisode],
) -> BTreeMap<End, Vec<(Duration, TcpState)>> {
    let mut signs: Vec<(Duration, End, Sign)> = Vec::new();
    for packet in packets {
        signs.extend(of_packet(packet, faults));
    }
    signs.extend(entries.iter().filter_map(of_entry));
    signs.sort_by_key(|(at, ..)| *at);
    let mut all: BTreeMap<End, Connection> = BTreeMap::new();
    for (at, end, sign) in signs {
        all.entry(end).or_default().take(at, sign);
    }
    let states = all.into_iter().map(|(end, connection)| (end, connection.states));
    states.filter(|(_, states)| !states.is_empty()).collect()
}

/// What says something about the state of a connection.
#[derive(Clone, Copy, Debug)]
enum Sign {
    Seen(TcpState),
    Sent(Segment),
    Got(Segment),
    /// The program has closed it, or given up the dial.
    Closed,
}

#[derive(Clone, Copy, Debug)]
struct Segment {
    syn: bool,
    ack: bool,
    fin: bool,
    rst: bool,
    /// The number behind its last byte.
    end: u32,
    acknowledges: u32,
}

/// A packet is sent by one end, and when it has arrived the other one has got it.
fn of_packet(packet: &Packet, faults: &[FaultEpisode]) -> Vec<(Duration, End, Sign)> {
    let Some((segment, from, to)) = segment(packet) else { return Vec::new() };
    let mut signs = Vec::new();
    let at = packet.at();
    // Who forwards it is no end of the connection.
    let is_anothers = packet.is_forwarded() || (segment.rst && in_its_place(packet, faults));
    if !is_anothers {
        signs.push((at, (packet.host().to_owned(), from, to), Sign::Sent(segment)));
    }
    if let Some(receiver) = packet.receiver()
        && !packet.is_dropped()
    {
        let arrived = packet.arrived_at().map_or(at, clock::since_start);
        signs.push((arrived, (receiver.to_owned(), to, from), Sign::Got(segment)));
    }
    signs
}

fn segment(packet: &Packet) -> Option<(Segment, SocketAddr, SocketAddr)> {
    let flags = packet.flags()?;
    let from = SocketAddr::new(packet.src()?, packet.src_port()?);
    let to = SocketAddr::new(packet.dst()?, packet.dst_port()?);
    let length = packet.payload_len() as u32 + u32::from(flags.syn()) + u32::from(flags.fin());
    let segment = Segment {
        syn: flags.syn(),
        ack: flags.ack(),
        fin: flags.fin(),
        rst: flags.rst(),
        end: packet.seq()?.wrapping_add(length),
        acknowledges: packet.ack().unwrap_or_default(),
    };
    Some((segment, from, to))
}

/// Whether a reset may be a block's answer rather than the host's.
fn in_its_place(packet: &Packet, faults: &[FaultEpisode]) -> bool {
    faults.iter().any(|fault| {
        fault.is_in_effect_at(packet.at())
            && fault.place.is_on_the_way(packet.host(), packet.receiver())
    })
}

fn of_entry(entry: &Entry) -> Option<(Duration, End, Sign)> {
    match &entry.event {
        Event::State { host, local, peer, state } => {
            Some((entry.at, (host.clone(), *local, *peer), Sign::Seen(*state)))
        }
        Event::Traffic { host, verb, protocol: Protocol::Tcp, local, peer, outcome } => {
            let is_over = match verb {
                Verb::Close => true,
                Verb::Connect => outcome.is_err(),
                _ => false,
            };
            is_over.then_some((entry.at, (host.clone(), (*local)?, (*peer)?), Sign::Closed))
        }
        _ => None,
    }
}

/// A connection while its packets pass.
#[derive(Default)]
struct Connection {
    states: Vec<(Duration, TcpState)>,
    /// The number behind our FIN.
    fin: Option<u32>,
}

impl Connection {
    fn take(&mut self, at: Duration, sign: Sign) {
        let now = self.states.last().map(|(_, state)| *state);
        let next = match sign {
            Sign::Seen(state) => Some(state),
            Sign::Sent(segment) => self.sent(now, segment),
            Sign::Got(segment) => self.got(now, segment),
            Sign::Closed => closed(now),
        };
        if let Some(next) = next.filter(|next| Some(*next) != now) {
            self.states.push((at, next));
        }
    }

    fn sent(&mut self, now: Option<TcpState>, segment: Segment) -> Option<TcpState> {
        use TcpState::*;
        if segment.fin {
            self.fin = Some(segment.end);
        }
        match now {
            None | Some(Unconnected | TimeWait) if segment.syn && !segment.ack => Some(SynSent),
            None | Some(Unconnected | TimeWait) if segment.syn => Some(SynRecv),
            // A reset to what was never a connection.
            None => None,
            _ if segment.rst => Some(Unconnected),
            Some(Established | SynRecv) if segment.fin => Some(FinWait1),
            Some(CloseWait) if segment.fin => Some(LastAck),
            Some(SynSent) if segment.ack && !segment.syn => Some(Established),
            _ => None,
        }
    }

    fn got(&mut self, now: Option<TcpState>, segment: Segment) -> Option<TcpState> {
        use TcpState::*;
        let ours_is_acknowledged =
            segment.ack && self.fin.is_some_and(|fin| fin == segment.acknowledges);
        match now? {
            Unconnected | TimeWait => None,
            _ if segment.rst => Some(Unconnected),
            SynRecv if segment.fin => Some(CloseWait),
            SynRecv if segment.ack && !segment.syn => Some(Established),
            Established if segment.fin => Some(CloseWait),
            FinWait1 if segment.fin && ours_is_acknowledged => Some(TimeWait),
            FinWait1 if segment.fin => Some(Closing),
            FinWait1 if ours_is_acknowledged => Some(FinWait2),
            FinWait2 if segment.fin => Some(TimeWait),
            Closing if ours_is_acknowledged => Some(TimeWait),
            LastAck if ours_is_acknowledged => Some(Unconnected),
            _ => None,
        }
    }
}

/// Its FIN may come later: the kernel is in the state that follows at once (RFC 9293, section 3.10.4).
fn closed(now: Option<TcpState>) -> Option<TcpState> {
    match now? {
        TcpState::SynSent => Some(TcpState::Unconnected),
        TcpState::SynRecv | TcpState::Established => Some(TcpState::FinWait1),
        TcpState::CloseWait => Some(TcpState::LastAck),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BehindNat, Host, Net, Result, netns_test};

    const NONE: Segment =
        Segment { syn: false, ack: false, fin: false, rst: false, end: 0, acknowledges: 0 };
    const SYN: Segment = Segment { syn: true, end: 1, ..NONE };
    const ACK: Segment = Segment { ack: true, acknowledges: 1, ..NONE };
    const SYN_ACK: Segment = Segment { syn: true, ..ACK };
    const FIN: Segment = Segment { fin: true, end: 9, ..ACK };
    const ACK_OF_FIN: Segment = Segment { acknowledges: 9, ..ACK };
    const RST: Segment = Segment { rst: true, ..NONE };

    fn states(signs: impl IntoIterator<Item = Sign>) -> Vec<String> {
        let mut connection = Connection::default();
        for (at, sign) in signs.into_iter().enumerate() {
            connection.take(Duration::from_secs(at as u64), sign);
        }
        connection.states.iter().map(|(_, state)| state.to_string()).collect()
    }

    #[test]
    fn the_side_that_closes_first_ends_in_time_wait() {
        use Sign::{Got, Sent};
        let signs = [Sent(SYN), Got(SYN_ACK), Sent(ACK), Sent(FIN), Got(ACK_OF_FIN), Got(FIN)];
        let expected = ["SYN-SENT", "ESTAB", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"];
        assert_eq!(states(signs), expected);
    }

    #[test]
    fn the_other_side_waits_for_its_program() {
        use Sign::{Got, Sent};
        let signs = [Sent(SYN_ACK), Got(ACK), Got(FIN), Sent(FIN), Got(ACK_OF_FIN)];
        assert_eq!(states(signs), ["SYN-RECV", "ESTAB", "CLOSE-WAIT", "LAST-ACK", "UNCONN"]);
    }

    #[test]
    fn a_reset_ends_it() {
        assert_eq!(states([Sign::Sent(SYN), Sign::Got(RST)]), ["SYN-SENT", "UNCONN"]);
        assert_eq!(states([Sign::Sent(RST)]), Vec::<String>::new());
    }

    #[test]
    fn what_the_program_closes_is_closed_before_its_fin_is_sent() {
        use Sign::{Closed, Got, Sent};
        let opened = [Sent(SYN), Got(SYN_ACK), Sent(ACK)];
        let signs = opened.into_iter().chain([Closed, Sent(FIN), Got(ACK_OF_FIN)]);
        assert_eq!(states(signs), ["SYN-SENT", "ESTAB", "FIN-WAIT-1", "FIN-WAIT-2"]);
        let signs = [Sent(SYN_ACK), Got(ACK), Got(FIN), Closed, Sent(FIN), Got(ACK_OF_FIN)];
        assert_eq!(states(signs), ["SYN-RECV", "ESTAB", "CLOSE-WAIT", "LAST-ACK", "UNCONN"]);
        assert_eq!(states([Sent(SYN), Sent(SYN), Closed]), ["SYN-SENT", "UNCONN"]);
        // A socket whose ends were known, and of which nothing else was seen.
        assert_eq!(states([Closed]), Vec::<String>::new());
    }

    /// As the kernel's own table shows it.
    #[netns_test]
    fn a_socket_closed_behind_a_block_is_not_established(net: Net, a: Host, b: Host) -> Result {
        let listener = b.listen(0)?;
        let mut conn = a.connect(listener.addr())?;
        let _accepted = listener.accept()?;
        let block = a.block(&b)?;
        conn.send(b"never acknowledged")?;
        let local = conn.local_addr();
        drop(conn);
        let refused = a.connect_within(listener.addr(), Duration::from_millis(50));
        assert!(refused.is_err());
        let real =
            a.sockets()?.iter().find(|socket| socket.local == local).map(|socket| socket.state);
        assert_eq!(real, Some(TcpState::FinWait1));
        let capture = net.capture()?;
        let packets: Vec<_> = capture.iter().collect();
        let states = super::states(&packets, net.timeline().as_slice(), &[]);
        let last = |own: bool| {
            let mut of_a =
                states.iter().filter(|((host, at, _), _)| host == "a" && (*at == local) == own);
            of_a.next().and_then(|(_, states)| states.last()).map(|(_, state)| *state)
        };
        assert_eq!(last(true), real);
        assert_eq!(last(false), Some(TcpState::Unconnected), "the dial that was given up");
        Ok(block.unblock()?)
    }

    #[test]
    fn what_was_seen_counts_more_than_what_packets_show() {
        let seen = Sign::Seen(TcpState::FinWait1);
        let signs = [Sign::Sent(SYN), Sign::Got(SYN_ACK), Sign::Sent(ACK), seen];
        assert_eq!(states(signs), ["SYN-SENT", "ESTAB", "FIN-WAIT-1"]);
    }

    /// Whether it translates or not: it has no socket.
    #[netns_test]
    fn a_router_is_no_end_of_what_it_forwards(net: Net, nat: BehindNat) -> Result {
        for translates in [true, false] {
            if !translates {
                nat.router.remove_nat()?;
                let back = nat.outside.addrs(&nat.router)[0];
                nat.server.set_default_route(back)?;
            }
            let listener = nat.server.listen(0)?;
            let conn = nat.client.connect(listener.addr())?;
            let accepted = listener.accept()?;
            drop((conn, accepted));
            let port = listener.addr().port();
            let capture = net.capture()?.port(port);
            let states = super::states(&capture.iter().collect::<Vec<_>>(), &[], &[]);
            let hosts: Vec<_> = states.keys().map(|(host, ..)| host.as_str()).collect();
            assert_eq!(hosts, ["client", "server"], "{capture}");
            assert!(capture.iter().any(|packet| packet.host() == "router"), "{capture}");
            assert!(capture.retransmissions().is_empty(), "{capture}");
        }
        Ok(())
    }
}
