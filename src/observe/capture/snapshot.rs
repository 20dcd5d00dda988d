//! What has been recorded up to now, put together from the taps of several hosts.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use super::decode::decode;
use super::packet::{Again, Fate, Packet};
use super::query::Capture;
use super::store::Frame;
use super::tap::Tap;
use super::{fate, flow};
use crate::{Error, Host};

/// The index of `lo` in every namespace.
const LOOPBACK: u32 = 1;
/// "Use for experimentation and testing" (RFC 3692).
const EXPERIMENTS: u8 = 253;

/// Takes the capture of all `hosts`, of one net.
pub(super) fn take(net: u64, hosts: &[Host]) -> Result<Capture, Error> {
    let taps = hosts.iter().map(Tap::of).collect::<Result<Vec<_>, Error>>()?;
    // What was sent before this moment has arrived before its receiver is looked at, or never.
    let seen = Instant::now();
    for tap in &taps {
        tap.drain();
    }
    let names: Arc<[String]> = hosts.iter().map(|host| host.name().to_owned()).collect();
    let receivers = receivers(hosts);
    let mut packets = Vec::new();
    let mut arrivals = Vec::new();
    let (mut lost, mut discarded) = (0, 0);
    for (sender, tap) in taps.iter().enumerate() {
        let frames = tap.with_store(|store| {
            lost += store.lost;
            discarded += store.discarded;
            arrivals.push(store.arrivals());
            store.frames()
        });
        let made = frames.into_iter().map(|frame| packet(frame, sender, &names, &receivers));
        packets.extend(made.filter(|packet| !is_probe(packet)));
    }
    packets.sort_by_key(|packet| packet.at);
    flow::annotate(&mut packets);
    fate::judge(&mut packets, &arrivals, seen);
    Ok(Capture::new(net, names, packets, [lost, discarded]))
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

type Receivers = BTreeMap<[u8; 6], usize>;

/// Whose Ethernet addresses they are.
fn receivers(hosts: &[Host]) -> Receivers {
    let of_host = |(number, host): (usize, &Host)| {
        let interfaces = host.interfaces();
        interfaces.iter().map(|interface| (interface.addresses.mac, number)).collect::<Vec<_>>()
    };
    hosts.iter().enumerate().flat_map(of_host).collect()
}

fn packet(frame: Frame, sender: usize, hosts: &Arc<[String]>, receivers: &Receivers) -> Packet {
    let headers = decode(&frame.bytes, frame.length);
    let receiver = match frame.interface {
        LOOPBACK => Some(sender),
        _ => receivers.get(&headers.to_mac).copied(),
    };
    Packet {
        at: frame.at,
        hosts: Arc::clone(hosts),
        sender,
        receiver,
        length: frame.length,
        bytes: frame.bytes,
        headers,
        fate: Fate::Unknown,
        again: Again::No,
        begun: [None; 2],
    }
}
