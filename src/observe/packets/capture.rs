use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::Index;
use std::slice;
use std::sync::Arc;
use std::time::Instant;

use super::packet::{Fate, Packet};
use crate::observe::endpoint::{Endpoint, Who};

/// The packets of a net or a host, in order of time, as they were when the capture was taken.
///
/// From [`Net::capture`](crate::Net::capture) and [`Host::capture`](crate::Host::capture). Each packet
/// appears once, as it was sent. Filters return what remains, so they can be chained, and do not change
/// the original:
///
/// ```no_run
/// use std::time::Duration;
/// use netns_test::{Host, Policy, Result, eventually, netns_test};
///
/// #[netns_test]
/// fn the_dialler_repeats_its_syn(server: Host, client: Host) -> Result {
///     let listener = server.listen(7000)?;
///     let _block = client.block(&server)?;
///     let _dial = client.dial(listener.addr());
///     eventually(Duration::from_secs(5), || {
///         client.capture().is_ok_and(|all| all.syn().port(7000).retransmissions().len() >= 2)
///     })?;
///     assert!(server.capture()?.from(&server).tcp().is_empty());
///     Ok(())
/// }
/// ```
///
/// # What is recorded
///
/// Every frame that a host sends by its link interfaces and by `lo`, from before the links come up: what
/// tcpdump shows on these interfaces. A frame that leaves by a device on top of one (a macvlan, a bridge,
/// a VLAN, a tunnel) is recorded once, where it leaves the host. Traffic that stays within the host on
/// devices that its programs made is not recorded, nor are the probes of blocks. What kernels send by
/// themselves is [set aside](Self::with_housekeeping).
///
/// The first 256 bytes of each frame are kept, and the last 32 MiB of each host: about 100,000 long
/// packets, or 250,000 short ones. Packets evicted to make room are [counted](Self::discarded), and so are
/// those that the kernel could not [record](Self::lost); at 100,000 packets per second none is lost.
/// Taking captures repeatedly is cheap: only what is new is read.
///
/// The environment variable `NETNS_TEST_CAPTURE=off` switches recording off.
#[doc(alias("tcpdump", "pcap", "wireshark"))]
#[derive(Clone)]
pub struct Capture {
    pub(super) net: u64,
    pub(super) hosts: Arc<[String]>,
    packets: Arc<Vec<Packet>>,
    /// Those that are set aside: not packets of the test.
    housekeeping: Arc<Vec<Packet>>,
    lost: u64,
    discarded: u64,
}

impl Capture {
    pub(super) fn new(
        net: u64,
        hosts: Arc<[String]>,
        [packets, housekeeping]: [Arc<Vec<Packet>>; 2],
        [lost, discarded]: [u64; 2],
    ) -> Self {
        Self { net, hosts, packets, housekeeping, lost, discarded }
    }

    /// The number of its net.
    pub(crate) fn net(&self) -> u64 {
        self.net
    }

    /// The packets as a slice.
    pub fn as_slice(&self) -> &[Packet] {
        &self.packets
    }

    /// The number of packets.
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// The packets, one after the other.
    pub fn iter(&self) -> slice::Iter<'_, Packet> {
        self.packets.iter()
    }

    /// How many packets the kernel could not record because the ring or the queue was full.
    ///
    /// If any were lost, the absence of a packet proves nothing.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// How many older packets were evicted, because a host's capture is bounded.
    pub fn discarded(&self) -> u64 {
        self.discarded
    }

    /// The number of segments and datagrams on the wire: a packet counts as many times as the pieces it is
    /// cut into ([`Packet::segments`]).
    ///
    /// For retransmissions that reached the wire, it equals
    /// [`total_retrans`](crate::TcpInfo::total_retrans) in `TCP_INFO`.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, eventually, netns_test};
    ///
    /// #[netns_test]
    /// fn the_kernel_says_the_same(server: Host, client: Host) -> Result {
    ///     let listener = server.listen(7000)?;
    ///     let mut conn = client.connect(listener.addr())?;
    ///     let _accepted = listener.accept()?;
    ///     let block = client.block(&server)?;
    ///     conn.send(&[7; 30_000])?;
    ///     eventually(Duration::from_secs(5), || conn.info().is_ok_and(|info| info.backoff >= 2))?;
    ///     block.unblock()?;
    ///     eventually(Duration::from_secs(5), || conn.info().is_ok_and(|info| info.unacked == 0))?;
    ///     let again = client.capture()?.from(&client).retransmissions();
    ///     assert_eq!(again.segments(), conn.info()?.total_retrans as usize);
    ///     Ok(())
    /// }
    /// ```
    pub fn segments(&self) -> usize {
        self.iter().map(Packet::segments).sum()
    }

    /// Adds the packets that the hosts' kernels send by themselves, whatever the test does
    /// ([`Packet::is_housekeeping`]). By default they are left out.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn somebody_joins_a_group(server: Host) -> Result {
    ///     println!("{}", server.capture()?.with_housekeeping().icmp());
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("mld", "igmp", "dad"))]
    #[must_use]
    pub fn with_housekeeping(&self) -> Self {
        let mut all = self.clone();
        let more = std::mem::take(&mut all.housekeeping);
        if !more.is_empty() {
            let packets = Arc::make_mut(&mut all.packets);
            packets.extend(more.iter().cloned());
            packets.sort_by_key(Packet::instant);
        }
        all
    }

    /// Packets for which `wanted` returns true. It is also asked about the kernels' housekeeping, which
    /// stays aside until [`with_housekeeping`](Self::with_housekeeping) adds it.
    #[must_use]
    pub fn filter(&self, mut wanted: impl FnMut(&Packet) -> bool) -> Self {
        let mut kept = |packets: &[Packet]| {
            Arc::new(packets.iter().filter(|packet| wanted(packet)).cloned().collect())
        };
        let (packets, housekeeping) = (kept(&self.packets), kept(&self.housekeeping));
        Self { packets, housekeeping, hosts: Arc::clone(&self.hosts), ..*self }
    }

    /// Packets that were not forwarded: each packet once, as the host that made it sent it.
    ///
    /// Without this filter, a packet that crosses routers appears at each hop.
    ///
    /// ```no_run
    /// use netns_test::{Net, Result, Routed, netns_test};
    ///
    /// #[netns_test]
    /// fn a_datagram_is_one_packet_with_two_hops(net: Net, hosts: Routed) -> Result {
    ///     let receiver = hosts.server.bind_udp(7000)?;
    ///     hosts.client.bind_udp(0)?.send_to(b"hello", receiver.addr())?;
    ///     receiver.recv_from()?;
    ///     let all = net.capture()?;
    ///     let sent = all.udp().originated();
    ///     assert_eq!(sent.len(), 1);
    ///     let hops = all.hops(&sent[0]);
    ///     assert_eq!([hops[0].host(), hops[1].host()], ["client", "router"]);
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn originated(&self) -> Self {
        self.filter(|packet| !packet.is_forwarded())
    }

    /// The same packet at each of its hops, in order: as its sender sent it, and as each router forwarded
    /// it, under another address if it translates. Call it on a capture of all hosts
    /// ([`Net::capture`](crate::Net::capture)); another capture has only some of the hops.
    ///
    /// A packet is recognised by what routers do not change. Fragments that a router makes are new packets
    /// from there on, and so is an ICMP error that it translates.
    #[must_use]
    pub fn hops(&self, packet: &Packet) -> Self {
        self.filter(|other| other.journey == packet.journey)
    }

    /// Whether a packet from before a moment may still be under way.
    pub(crate) fn is_under_way(&self, before: Instant) -> bool {
        self.iter().any(|packet| packet.instant() < before && packet.fate == Fate::UnderWay)
    }

    /// TCP packets.
    #[must_use]
    pub fn tcp(&self) -> Self {
        self.filter(Packet::is_tcp)
    }

    /// UDP packets.
    #[must_use]
    pub fn udp(&self) -> Self {
        self.filter(Packet::is_udp)
    }

    /// ICMP and ICMPv6 packets, except those that kernels send by themselves, such as neighbour discovery
    /// ([`with_housekeeping`](Self::with_housekeeping)).
    #[must_use]
    pub fn icmp(&self) -> Self {
        self.filter(Packet::is_icmp)
    }

    /// Packets that a host put on the wire, or that have this source address.
    ///
    /// The two differ for answers that the wire sends on behalf of a host.
    #[must_use]
    pub fn from(&self, sender: impl Into<Endpoint>) -> Self {
        let Endpoint(sender) = sender.into();
        self.filter(|packet| match &sender {
            Who::Host(host) => packet.host() == host.name(),
            Who::Address(address) => packet.src() == Some(*address),
            Who::Socket(address) => is(*address, packet.src(), packet.src_port()),
        })
    }

    /// Packets that were sent to a host, or to this destination address.
    #[must_use]
    pub fn to(&self, receiver: impl Into<Endpoint>) -> Self {
        let Endpoint(receiver) = receiver.into();
        self.filter(|packet| match &receiver {
            Who::Host(host) => packet.receiver() == Some(host.name()),
            Who::Address(address) => packet.dst() == Some(*address),
            Who::Socket(address) => is(*address, packet.dst(), packet.dst_port()),
        })
    }

    /// TCP and UDP packets from or to a port.
    #[must_use]
    pub fn port(&self, port: u16) -> Self {
        self.filter(|packet| packet.src_port() == Some(port) || packet.dst_port() == Some(port))
    }

    /// TCP and UDP packets from a port.
    #[must_use]
    pub fn sport(&self, port: u16) -> Self {
        self.filter(|packet| packet.src_port() == Some(port))
    }

    /// TCP and UDP packets to a port.
    #[must_use]
    pub fn dport(&self, port: u16) -> Self {
        self.filter(|packet| packet.dst_port() == Some(port))
    }

    /// The segments that ask for a connection: SYN without ACK.
    #[must_use]
    pub fn syn(&self) -> Self {
        self.filter(Packet::is_syn)
    }

    /// The segments that accept a connection: SYN with ACK.
    #[must_use]
    pub fn syn_ack(&self) -> Self {
        self.filter(Packet::is_syn_ack)
    }

    /// The segments that reset a connection.
    #[must_use]
    pub fn rst(&self) -> Self {
        self.filter(Packet::is_rst)
    }

    /// The segments that close one direction of a connection.
    #[must_use]
    pub fn fin(&self) -> Self {
        self.filter(Packet::is_fin)
    }

    /// TCP and UDP packets that carry payload.
    #[must_use]
    pub fn data(&self) -> Self {
        self.filter(|packet| packet.src_port().is_some() && packet.payload_len() > 0)
    }

    /// The segments whose sequence numbers were sent before. A repeated SYN is one; a keepalive probe is
    /// not. One packet may hold several: [`segments`](Self::segments) counts them.
    ///
    /// A busy stream may have some without any fault: a packet sent on one processor can overtake one sent
    /// on another, and TCP then considers the late one lost (RFC 8985). A test that wants none at all
    /// keeps its threads on one processor (sched_setaffinity(2)).
    #[must_use]
    pub fn retransmissions(&self) -> Self {
        self.filter(Packet::is_retransmission)
    }

    /// The probes of idle connections and of closed windows.
    #[must_use]
    pub fn keepalives(&self) -> Self {
        self.filter(Packet::is_keepalive)
    }

    /// Packets that were dropped on the wire, which is known after 20 ms ([`Packet::is_dropped`]).
    #[must_use]
    pub fn dropped(&self) -> Self {
        self.filter(Packet::is_dropped)
    }

    /// Packets from a moment on, for instance from [`Block::in_effect_at`](crate::Block::in_effect_at).
    #[must_use]
    pub fn since(&self, at: Instant) -> Self {
        self.filter(|packet| packet.instant() >= at)
    }

    /// Packets before a moment.
    #[must_use]
    pub fn until(&self, at: Instant) -> Self {
        self.filter(|packet| packet.instant() < at)
    }
}

impl Index<usize> for Capture {
    type Output = Packet;

    fn index(&self, index: usize) -> &Packet {
        &self.packets[index]
    }
}

impl<'a> IntoIterator for &'a Capture {
    type Item = &'a Packet;
    type IntoIter = slice::Iter<'a, Packet>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn is(address: SocketAddr, ip: Option<IpAddr>, port: Option<u16>) -> bool {
    ip == Some(address.ip()) && port == Some(address.port())
}

impl IntoIterator for Capture {
    type Item = Packet;
    type IntoIter = std::vec::IntoIter<Packet>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.packets).into_iter()
    }
}

impl fmt::Display for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.discarded > 0 {
            writeln!(f, "({} older packets were evicted)", self.discarded)?;
        }
        if self.lost > 0 {
            writeln!(f, "({} packets were not recorded)", self.lost)?;
        }
        self.packets.iter().try_for_each(|packet| writeln!(f, "{packet}"))
    }
}

/// The same text as `Display`: this is what a failed assertion prints.
impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
