use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::flags::TcpFlags;
use super::icmp;
use super::journey::Journey;
use crate::record::clock;
use crate::tap::headers::{ARP, Headers, ICMP, ICMPV6, IGMP, IPV4, IPV6, TCP, UDP};

/// A frame that a host sent, as its kernel recorded it.
///
/// It prints as a line in the style of tcpdump(8).
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, server: Host, client: Host) -> Result {
/// for packet in net.capture()?.from(&client).data().iter() {
///     println!("{packet}");
///     println!("{:?} after the beginning, {} bytes", packet.at(), packet.payload_len());
/// }
/// # drop(server);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Packet {
    pub(super) at: Instant,
    /// The names of the net's hosts.
    pub(super) hosts: Arc<[String]>,
    pub(super) sender: usize,
    pub(super) receiver: Option<usize>,
    /// Its number among the frames of its sender.
    pub(super) number: u64,
    pub(super) length: u32,
    /// How much payload each piece has that it is to be cut into; zero if it is not.
    pub(super) segment: u16,
    /// What tells it from packets that look different.
    pub(super) fingerprint: u64,
    pub(super) bytes: Arc<[u8]>,
    pub(super) headers: Headers,
    /// Whether it would be seen if it arrived.
    pub(super) watched: bool,
    pub(super) fate: Fate,
    pub(super) again: Again,
    /// Whether another host has sent it before.
    pub(super) forwarded: bool,
    /// Which packet it is, at each of its hops.
    pub(super) journey: Journey,
    /// The numbers at which the flow and its way back began, where they are known.
    pub(super) begun: [Option<u32>; 2],
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nobody looked.
    Unknown,
    /// It may still arrive.
    UnderWay,
    Arrived(Instant),
    Dropped,
}

/// Whether a segment was sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    No,
    Retransmission,
    Keepalive,
}

impl Packet {
    /// When it was sent, from the beginning of the test.
    pub fn at(&self) -> Duration {
        clock::since_start(self.at)
    }

    /// When it was sent.
    pub fn instant(&self) -> Instant {
        self.at
    }

    /// The name of the host that put it on the wire.
    ///
    /// This is not always the host with its source address. An answer that a block makes on behalf of a
    /// host is sent by the host at whose end of the wire the block is; if the block is outside all hosts,
    /// by the host on whose behalf it answers.
    pub fn host(&self) -> &str {
        &self.hosts[self.sender]
    }

    /// The name of the host that it was sent to, if it was sent to a single one.
    pub fn receiver(&self) -> Option<&str> {
        self.receiver.map(|number| self.hosts[number].as_str())
    }

    /// Its source address.
    pub fn src(&self) -> Option<IpAddr> {
        self.headers.ip.map(|ip| ip.from)
    }

    /// Its destination address.
    pub fn dst(&self) -> Option<IpAddr> {
        self.headers.ip.map(|ip| ip.to)
    }

    /// Its source port, for TCP and UDP.
    pub fn src_port(&self) -> Option<u16> {
        self.headers.ports.map(|ports| ports.0)
    }

    /// Its destination port, for TCP and UDP.
    pub fn dst_port(&self) -> Option<u16> {
        self.headers.ports.map(|ports| ports.1)
    }

    /// Whether it is a TCP segment.
    pub fn is_tcp(&self) -> bool {
        self.headers.tcp.is_some()
    }

    /// Whether it is a UDP datagram.
    pub fn is_udp(&self) -> bool {
        self.protocol() == Some(UDP)
    }

    /// Whether it is an ICMP or ICMPv6 message. Neighbour discovery is one, too
    /// ([`is_housekeeping`](Self::is_housekeeping)).
    pub fn is_icmp(&self) -> bool {
        matches!(self.protocol(), Some(ICMP | ICMPV6))
    }

    /// The type and the code of an ICMP or ICMPv6 message.
    pub fn icmp(&self) -> Option<(u8, u8)> {
        self.headers.icmp
    }

    /// The flags of a TCP segment.
    pub fn flags(&self) -> Option<TcpFlags> {
        self.headers.tcp.map(|tcp| TcpFlags(tcp.flags))
    }

    /// The sequence number of a TCP segment, as in its header.
    pub fn seq(&self) -> Option<u32> {
        self.headers.tcp.map(|tcp| tcp.seq)
    }

    /// The acknowledgement number of a TCP segment, as in its header.
    pub fn ack(&self) -> Option<u32> {
        self.headers.tcp.map(|tcp| tcp.ack)
    }

    /// The window of a TCP segment, as in its header: not scaled.
    pub fn window(&self) -> Option<u16> {
        self.headers.tcp.map(|tcp| tcp.window)
    }

    /// The length of the payload in bytes: everything after the last known header.
    ///
    /// A segment may be longer than the link's MTU: the kernel cuts it up later, or never.
    pub fn payload_len(&self) -> usize {
        self.headers.length as usize
    }

    /// The payload, as far as it was recorded: the first [256 bytes](crate::Capture) of a frame are.
    pub fn payload(&self) -> &[u8] {
        let begin = self.headers.payload.min(self.bytes.len());
        let length = self.payload_len().min(self.bytes.len() - begin);
        &self.bytes[begin..begin + length]
    }

    /// How many packets it becomes on a wire of this link's MTU. If the kernel leaves the cutting of a
    /// long packet to the device (GSO), as it does on veth, the packet is recorded before that, as tcpdump
    /// shows it.
    ///
    /// Known from Linux 6.2; before, it is always 1.
    pub fn segments(&self) -> usize {
        match self.segment {
            0 => 1,
            size => self.payload_len().div_ceil(usize::from(size)).max(1),
        }
    }

    /// The length of the whole frame, from its Ethernet header on.
    pub fn frame_len(&self) -> usize {
        self.length as usize
    }

    /// The recorded beginning of the frame, from its Ethernet header on.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it is a TCP segment whose sequence numbers this host has sent before, between the same
    /// addresses and ports. A repeated SYN is one. A keepalive probe is not, nor is a segment that a
    /// router forwards for the first time, or one from another host that has taken over the address.
    pub fn is_retransmission(&self) -> bool {
        self.again == Again::Retransmission
    }

    /// Whether it is a probe of an idle TCP connection: it carries no new bytes, and its sequence number
    /// is one below the next. These are keepalive probes and probes of a closed window.
    pub fn is_keepalive(&self) -> bool {
        self.again == Again::Keepalive
    }

    /// When it arrived at the host that it was sent to. `None` if it did not, or if that was not observed:
    /// arrivals are observed from the first fault that concerns the host.
    pub fn arrived_at(&self) -> Option<Instant> {
        match self.fate {
            Fate::Arrived(at) => Some(at),
            Fate::Unknown | Fate::UnderWay | Fate::Dropped => None,
        }
    }

    /// Whether it was dropped on the wire: it was sent, and had not arrived 20 ms later. A packet that is
    /// held on its way, by an [impaired](crate::Host::impair) wire or by
    /// [`Policy::hold`](crate::Policy::hold), is late, not dropped.
    ///
    /// What a host's own firewall drops has arrived. Only IP packets to a single host of the net are
    /// observed, from the first fault that concerns this host.
    ///
    /// For a device on top of the host's interface, such as a macvlan, arrivals are known once the device
    /// has sent or received something in the host's own namespace.
    pub fn is_dropped(&self) -> bool {
        self.fate == Fate::Dropped
    }

    /// Whether it has not arrived but still may: a wire holds it.
    pub(crate) fn is_under_way(&self) -> bool {
        self.fate == Fate::UnderWay
    }

    /// What the ICMP or ICMPv6 message is, if it is one.
    pub(crate) fn icmp_words(&self) -> Option<String> {
        let (kind, code) = self.icmp()?;
        let name = self.src().and_then(|from| icmp::name(from, kind, code));
        Some(name.map_or_else(|| format!("type {kind}, code {code}"), str::to_owned))
    }

    /// Whether the host's kernel sent it by itself, whatever the test does: address resolution (ARP,
    /// neighbour solicitations and their answers), multicast reports (MLD, IGMP), router solicitations.
    ///
    /// Announcements that an address has moved are not among these (gratuitous ARP, unsolicited neighbour
    /// advertisements): a kernel sends them only when it is told to.
    pub fn is_housekeeping(&self) -> bool {
        if self.headers.ethertype == ARP {
            return !self.is_gratuitous_arp();
        }
        let Some(ip) = self.headers.ip else { return false };
        match (ip.protocol, self.headers.icmp) {
            (IGMP, _) => true,
            (ICMPV6, Some((130..=133 | 135 | 143, _))) => true,
            (ICMPV6, Some((136, _))) => self.is_solicited(),
            _ => false,
        }
    }

    /// Whether it is an announcement rather than a request (RFC 5227, section 3): the address asked for is
    /// the sender's own.
    fn is_gratuitous_arp(&self) -> bool {
        let arp = self.bytes.get(self.headers.payload..).unwrap_or_default();
        matches!((arp.get(14..18), arp.get(24..28)), (Some(own), Some(wanted)) if own == wanted)
    }

    /// Whether a neighbour advertisement answers a solicitation (RFC 4861, section 4.4).
    fn is_solicited(&self) -> bool {
        let flags = self.headers.payload.checked_sub(4).and_then(|at| self.bytes.get(at));
        flags.is_some_and(|flags| flags & 0x40 != 0)
    }

    /// Whether it was sent to one receiver that is no host.
    pub(crate) fn is_to_nobody(&self) -> bool {
        let group = self.headers.to_mac[0] & 1 == 1;
        self.receiver.is_none() && !group && self.is_ip()
    }

    /// Whether another host has sent it before, and this one, a router, has forwarded it.
    ///
    /// A forwarded packet appears at each of its hops: [`Capture::hops`](super::Capture::hops) finds them,
    /// and [`Capture::originated`](super::Capture::originated) has each packet once.
    pub fn is_forwarded(&self) -> bool {
        self.forwarded
    }

    /// What is the same at each of its hops, and of no other packet of its net.
    pub(crate) fn journey(&self) -> (usize, u64, Instant) {
        self.journey
    }

    pub(super) fn is_ip(&self) -> bool {
        matches!(self.headers.ethertype, IPV4 | IPV6)
    }

    pub(super) fn protocol(&self) -> Option<u8> {
        self.headers.ip.map(|ip| ip.protocol)
    }

    fn is_about_flags(&self, wanted: u8, unwanted: u8) -> bool {
        self.headers
            .tcp
            .is_some_and(|tcp| tcp.flags & wanted == wanted && tcp.flags & unwanted == 0)
    }

    pub(super) fn is_syn(&self) -> bool {
        self.is_about_flags(TcpFlags::SYN, TcpFlags::ACK)
    }

    pub(super) fn is_syn_ack(&self) -> bool {
        self.is_about_flags(TcpFlags::SYN | TcpFlags::ACK, 0)
    }

    pub(super) fn is_rst(&self) -> bool {
        self.is_about_flags(TcpFlags::RST, 0)
    }

    pub(super) fn is_fin(&self) -> bool {
        self.is_about_flags(TcpFlags::FIN, 0)
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at();
        write!(f, "{}.{:06} {} > ", at.as_secs(), at.subsec_micros(), self.host())?;
        write!(
            f,
            "{}: ",
            self.receiver().unwrap_or(if self.is_to_nobody() { "nobody" } else { "all" })
        )?;
        self.write_addresses(f)?;
        match (self.headers.tcp, self.headers.icmp, self.protocol()) {
            (Some(_), ..) => self.write_tcp(f)?,
            (_, Some(_), protocol) => {
                let family = if protocol == Some(ICMP) { "ICMP" } else { "ICMP6," };
                write!(f, "{family} {}", self.icmp_words().unwrap_or_default())?;
            }
            (_, _, Some(UDP)) => write!(f, "UDP")?,
            (_, _, Some(TCP)) => write!(f, "TCP fragment")?,
            (_, _, Some(other)) => write!(f, "ip-proto-{other}")?,
            _ if self.headers.ethertype == ARP => write!(f, "ARP")?,
            _ => write!(f, "ethertype 0x{:04x}", self.headers.ethertype)?,
        }
        write!(f, ", length {}", self.payload_len())?;
        match self.again {
            Again::No => {}
            Again::Retransmission => f.write_str(" (retransmission)")?,
            Again::Keepalive => f.write_str(" (keepalive)")?,
        }
        if self.is_forwarded() {
            f.write_str(" (forwarded)")?;
        }
        if self.is_dropped() { f.write_str(" (dropped on the wire)") } else { Ok(()) }
    }
}

impl Packet {
    fn write_addresses(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.headers.ip, self.headers.ports) {
            (Some(ip), Some((from, to))) => write!(f, "{}.{from} > {}.{to}: ", ip.from, ip.to),
            (Some(ip), None) => write!(f, "{} > {}: ", ip.from, ip.to),
            (None, _) => Ok(()),
        }
    }

    /// As tcpdump does: the numbers of a SYN as they are, all others from the flow's beginning.
    fn write_tcp(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(tcp) = self.headers.tcp else { return Ok(()) };
        let flags = TcpFlags(tcp.flags);
        write!(f, "Flags [{flags}]")?;
        let from = |begun: Option<u32>, number: u32| number.wrapping_sub(begun.unwrap_or(0));
        let seq = if flags.syn() { tcp.seq } else { from(self.begun[0], tcp.seq) };
        match self.headers.length {
            0 => write!(f, ", seq {seq}")?,
            length => write!(f, ", seq {seq}:{}", seq.wrapping_add(length))?,
        }
        if flags.ack() {
            write!(f, ", ack {}", from(self.begun[1], tcp.ack))?;
        }
        write!(f, ", win {}", tcp.window)
    }
}

impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
