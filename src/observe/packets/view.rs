//! What a test sees when it asks for packets: those of several hosts' taps, merged. When asked again, only
//! what is new is read.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::capture::Capture;
use super::fate::Fates;
use super::flow::Flows;
use super::journey::Journeys;
use super::packet::{Again, Fate, Packet};
use crate::mutex::lock;
use crate::tap::fingerprint::fingerprint;
use crate::tap::headers::decode;
use crate::tap::store::{Arrival, Frame, Mac};
use crate::tap::{LOOPBACK, Tap};
use crate::{Error, Host};

/// "Use for experimentation and testing" (RFC 3692).
const EXPERIMENTS: u8 = 253;
/// A packet that is so old has its place: no older one will come.
const SETTLED: Duration = Duration::from_millis(100);

/// The packets of a net, or of one of its hosts, as far as they have been read.
#[derive(Default)]
pub(super) struct View {
    /// The names of the net's hosts.
    names: Arc<[String]>,
    /// The host whose packets these are, if it is one host's.
    own: Option<usize>,
    /// The number of the next frame and of the next arrival of each host.
    next: Vec<[u64; 2]>,
    /// Whose Ethernet addresses they are: those of the ends of links, and those under which a host
    /// has sent something. Only the former are given for good.
    macs: BTreeMap<Mac, (usize, bool)>,
    /// In the order of their time. The first `settled` will not change their places.
    packets: Arc<Vec<Packet>>,
    settled: usize,
    housekeeping: Arc<Vec<Packet>>,
    /// Which hosts are on several links.
    may_forward: Vec<bool>,
    flows: Flows,
    journeys: Journeys,
    fates: Fates,
    /// How many frames each tap had given up for newer ones.
    discarded: Vec<u64>,
}

/// The places of views, at a host: of the net whose first host it is, and of its own.
#[derive(Default)]
struct OfNet(Mutex<View>);
#[derive(Default)]
struct OfHost(Mutex<View>);

impl View {
    /// The packets of all hosts of a net.
    pub(super) fn of_net(net: u64, hosts: &[Host]) -> Result<Capture, Error> {
        let Some(first) = hosts.first() else { return View::default().take(net, hosts, None) };
        let view = first.attached::<OfNet>();
        let mut view = lock(&view.0);
        view.take(net, hosts, None)
    }

    /// The packets that one of the hosts of its net has sent, and those that were sent to it.
    pub(super) fn of_host(host: &Host, hosts: &[Host]) -> Result<Capture, Error> {
        let view = host.attached::<OfHost>();
        let mut view = lock(&view.0);
        view.take(host.net(), hosts, hosts.iter().position(|other| other == host))
    }

    fn take(&mut self, net: u64, hosts: &[Host], own: Option<usize>) -> Result<Capture, Error> {
        let taps = hosts.iter().map(Host::tap).collect::<Result<Vec<_>, Error>>()?;
        // What was sent before this moment has arrived before its receiver is looked at, or never.
        let seen = Instant::now();
        for tap in &taps {
            tap.drain();
        }
        if self.next.len() != hosts.len() || self.own != own {
            let names = hosts.iter().map(|host| host.name().to_owned()).collect();
            *self = Self { names, own, next: vec![[0; 2]; hosts.len()], ..Self::default() };
        }
        for (mac, host) in ends(hosts) {
            self.macs.insert(mac, (host, true));
        }
        self.may_forward = hosts.iter().map(|host| host.interfaces().len() > 1).collect();
        self.drop_discarded(&taps);
        let anything = self.read(&taps);
        if anything || self.settled < self.packets.len() || !self.fates.are_settled() {
            self.settle(&taps, seen);
        }
        let counts = taps.iter().map(|tap| tap.with_store(|store| [store.lost, store.discarded]));
        let counts = counts.fold([0; 2], |all, one| [all[0] + one[0], all[1] + one[1]]);
        let packets = [&self.packets, &self.housekeeping].map(Arc::clone);
        Ok(Capture::new(net, Arc::clone(&self.names), packets, counts))
    }

    /// Reads what the taps have recorded since the last time, and says whether it was anything.
    fn read(&mut self, taps: &[Arc<Tap>]) -> bool {
        let mut fresh: Vec<(usize, u64, Frame)> = Vec::new();
        for (host, tap) in taps.iter().enumerate() {
            tap.with_store(|store| {
                let [frame, arrival] = &mut self.next[host];
                let (frames, next) = store.frames(*frame);
                fresh.extend(frames.map(|(number, frame)| (host, number, frame.clone())));
                *frame = next;
                let (arrivals, next) = store.arrivals(*arrival);
                self.fates.arrived(host, store.whole_since(), arrivals);
                *arrival = next;
            });
        }
        if fresh.is_empty() {
            return false;
        }
        fresh.sort_by_key(|(_, _, frame)| frame.at);
        let mut packets = std::mem::take(&mut self.packets);
        let all = Arc::make_mut(&mut packets);
        // Whose receiver may say something only after them.
        let mut later = Vec::new();
        for (sender, number, frame) in fresh {
            let packet = self.packet(sender, number, frame);
            let is_later = packet.receiver.is_none() && packet.headers.to_mac[0] & 1 == 0;
            if is_later { later.push(packet) } else { self.keep(all, packet) }
        }
        for mut packet in later {
            packet.receiver = self.receiver(&packet);
            self.keep(all, packet);
        }
        self.packets = packets;
        true
    }

    /// What the wire has answered at a host, in the place of the one that it has the address of; `None`
    /// if it is no other host of the net.
    fn answer(&mut self, receiver: usize, arrival: Arrival) -> Option<Packet> {
        let (length, bytes) = arrival.answer?;
        let from: Mac = *bytes.get(6..)?.first_chunk()?;
        let sender =
            self.macs.get(&from).map(|(host, _)| *host).filter(|host| *host != receiver)?;
        // What others have been sent is not among the packets of a host.
        self.own.is_none_or(|own| [sender, receiver].contains(&own)).then_some(())?;
        let frame = Frame { at: arrival.at, interface: 0, length, segment: 0, bytes };
        let packet = self.packet(sender, u64::MAX, frame);
        let fate = Fate::Arrived(arrival.at);
        Some(Packet { receiver: Some(receiver), watched: true, fate, ..packet })
    }

    /// Puts a packet where it belongs, if it does.
    fn keep(&mut self, packets: &mut Vec<Packet>, packet: Packet) {
        let concerns = |own| packet.sender == own || packet.receiver == Some(own);
        if !self.own.is_none_or(concerns) || is_probe(&packet) {
            return;
        }
        if packet.is_housekeeping() {
            let housekeeping = Arc::make_mut(&mut self.housekeeping);
            housekeeping.push(packet);
            housekeeping.sort_by_key(|packet| packet.at);
        } else {
            packets.push(packet);
        }
    }

    fn packet(&mut self, sender: usize, number: u64, frame: Frame) -> Packet {
        let headers = decode(&frame.bytes, frame.length);
        let looped = frame.interface == LOOPBACK;
        if !looped {
            let (host, for_good) = self.macs.entry(headers.from_mac).or_insert((sender, false));
            *host = if *for_good { *host } else { sender };
        }
        let mut packet = Packet {
            at: frame.at,
            hosts: Arc::clone(&self.names),
            sender,
            receiver: looped.then_some(sender),
            number,
            length: frame.length,
            segment: frame.segment,
            fingerprint: if self.fates.are_of_interest() {
                fingerprint(&frame.bytes, frame.length)
            } else {
                0
            },
            bytes: frame.bytes,
            headers,
            watched: looped,
            fate: Fate::Unknown,
            again: Again::No,
            forwarded: false,
            journey: (sender, number, frame.at),
            begun: [None; 2],
        };
        packet.receiver = packet.receiver.or_else(|| self.receiver(&packet));
        packet
    }

    fn receiver(&self, packet: &Packet) -> Option<usize> {
        self.macs.get(&packet.headers.to_mac).map(|(host, _)| *host)
    }

    /// Gives what was read its place, and says what became of it.
    fn settle(&mut self, taps: &[Arc<Tap>], seen: Instant) {
        let mut all = std::mem::take(&mut self.packets);
        let packets = Arc::make_mut(&mut all);
        packets[self.settled..].sort_by_key(|packet| packet.at);
        let late = |settled: usize| packets.get(settled).zip(packets[..settled].last());
        self.flows.take_back();
        self.journeys.take_back();
        if late(self.settled).is_some_and(|(next, last)| next.at < last.at) {
            packets.sort_by_key(|packet| packet.at);
            (self.settled, self.flows) = (0, Flows::default());
            self.journeys = Journeys::default();
            self.fates.settle_anew(&[]);
        }
        for packet in packets[self.settled..].iter_mut().filter(|packet| !packet.watched) {
            packet.watched = is_watched(packet, &self.macs, taps);
        }
        let late = |packet: &Packet| {
            let sender = &packet.hosts[packet.sender];
            taps[packet.receiver?].may_be_late(sender, packet.at, seen)
        };
        let strangers = self.fates.judge(packets, self.settled, seen, &late);
        let answers =
            strangers.into_iter().filter_map(|(host, arrival)| self.answer(host, arrival));
        packets.extend(answers);
        packets[self.settled..].sort_by_key(|packet| packet.at);
        let young = &mut packets[self.settled..];
        let settles = young.partition_point(|packet| packet.at + SETTLED <= seen);
        for (place, packet) in young.iter_mut().enumerate() {
            if place == settles {
                self.flows.begin();
                self.journeys.begin();
            }
            packet.journey = (packet.sender, packet.number, packet.at);
            self.journeys.annotate(packet, &self.may_forward);
            self.flows.annotate(packet);
        }
        for (place, packet) in packets.iter().enumerate().skip(self.settled).take(settles) {
            self.fates.settle(place, packet);
        }
        self.settled += settles;
        self.packets = all;
    }

    /// Lets go of what the taps have let go of.
    fn drop_discarded(&mut self, taps: &[Arc<Tap>]) {
        let discarded: Vec<u64> =
            taps.iter().map(|tap| tap.with_store(|store| store.discarded)).collect();
        if discarded == self.discarded {
            return;
        }
        let kept = |packet: &Packet| packet.number >= discarded[packet.sender];
        let settled = self.packets[..self.settled].iter().filter(|packet| kept(packet)).count();
        for all in [&mut self.packets, &mut self.housekeeping] {
            Arc::make_mut(all).retain(kept);
        }
        self.settled = settled;
        self.fates.settle_anew(&self.packets[..settled]);
        self.discarded = discarded;
    }
}

/// Whose ends of links have which Ethernet addresses.
fn ends(hosts: &[Host]) -> Vec<(Mac, usize)> {
    let of_host = |(number, host): (usize, &Host)| {
        let interfaces = host.interfaces();
        interfaces.iter().map(|interface| (interface.addresses.mac, number)).collect::<Vec<_>>()
    };
    hosts.iter().enumerate().flat_map(of_host).collect()
}

/// Whether it would be seen if the packet arrived.
fn is_watched(packet: &Packet, macs: &BTreeMap<Mac, (usize, bool)>, taps: &[Arc<Tap>]) -> bool {
    let mac = packet.headers.to_mac;
    match (packet.receiver, macs.get(&mac)) {
        (Some(_), Some((_, true))) => true,
        (Some(host), _) => taps[host].with_store(|store| store.is_reached_by(mac)),
        (None, _) => false,
    }
}

/// Whether it is a probe of a firewall's block: of the protocol for experiments, from the host to
/// itself, with a source that nobody has.
fn is_probe(packet: &Packet) -> bool {
    let from_nobody = |from: IpAddr| match from {
        IpAddr::V4(from) => from.octets()[0] >= 240,
        IpAddr::V6(from) => from.segments()[0] == 0x100,
    };
    packet.receiver == Some(packet.sender)
        && packet.headers.ip.is_some_and(|ip| ip.protocol == EXPERIMENTS && from_nobody(ip.from))
}
