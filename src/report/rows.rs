//! The packets of the report as data, for the page.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::data::{Hosts, micros};
use super::story::Story;
use crate::json::{Object, array, text as quoted};
use crate::record::clock;
use crate::{Capture, Packet};

/// How many packets the page shows, the last ones: so many open in a second. All that there are
/// stand in the capture beside it.
const MOST_PACKETS: usize = 100_000;

const COLUMNS: [&str; 13] = [
    "t", "from", "to", "kind", "flags", "sport", "dport", "length", "seq", "ack", "arrived", "own",
    "held",
];

pub(super) fn packets(story: &Story, hosts: &Hosts) -> String {
    let [lost, discarded] = story.missing();
    let captures = story.whole_captures();
    let of_net = |capture: &Capture| capture.net();
    let mut packets: Vec<(u64, &Packet)> = captures
        .iter()
        .flat_map(|capture| capture.iter().map(move |packet| (of_net(capture), packet)))
        .collect();
    packets.sort_by_key(|(_, packet)| packet.instant());
    let too_many = packets.len().saturating_sub(MOST_PACKETS);
    let packets = &packets[too_many..];
    let rows = packets.iter().map(|(_, packet)| row(packet, hosts, story.length));
    let mut all = Object::new();
    all.texts("columns", &COLUMNS);
    all.raw("rows", &array(rows));
    all.raw("hops", &hops(packets));
    all.number("lost", lost);
    all.number("discarded", discarded + too_many as u64);
    all.finish()
}

/// Which rows are the same packet as one before, that a router has sent on, and what the router has
/// translated in it.
fn hops(packets: &[(u64, &Packet)]) -> String {
    let mut last = HashMap::new();
    let mut hops = Vec::new();
    for (row, (net, packet)) in packets.iter().enumerate() {
        let before = last.insert((*net, packet.journey()), row);
        let Some(before) = before.filter(|_| packet.is_forwarded()) else { continue };
        let translated = translated(packets[before].1, packet);
        let told = translated.map_or("null".to_owned(), |told| quoted(&told));
        hops.push(array([row.to_string(), before.to_string(), told]));
    }
    array(hops)
}

/// For instance `from 10.0.0.1:40000 to 10.0.1.2:40000`: what its source was and is.
fn translated(before: &Packet, packet: &Packet) -> Option<String> {
    let source = |packet: &Packet| Some(SocketAddr::new(packet.src()?, packet.src_port()?));
    let destination = |packet: &Packet| Some(SocketAddr::new(packet.dst()?, packet.dst_port()?));
    let change = |what: &str, [was, is]: [Option<String>; 2]| match (was, is) {
        (Some(was), Some(is)) if was != is => Some(format!("{what} {was} became {is}")),
        _ => None,
    };
    let both = [before, packet];
    let ends = |end: fn(&Packet) -> Option<SocketAddr>| both.map(|one| Some(end(one)?.to_string()));
    let changes = match source(packet).is_some() {
        true => [change("source", ends(source)), change("destination", ends(destination))],
        // Without ports, as ICMP is.
        false => [
            change("source", both.map(|one| Some(one.src()?.to_string()))),
            change("destination", both.map(|one| Some(one.dst()?.to_string()))),
        ],
    };
    let changes: Vec<_> = changes.into_iter().flatten().collect();
    (!changes.is_empty()).then(|| changes.join(", "))
}

/// A packet. One that was not looked for when it was sent has arrived when it was sent: there was
/// no fault yet, and a veth pair hands over at once. One that is held is under way until the end.
fn row(packet: &Packet, hosts: &Hosts, end: Duration) -> String {
    let number = |value: Option<u32>| value.map_or("null".to_owned(), |value| value.to_string());
    let host = |name: Option<&str>| name.and_then(|name| hosts.at(name));
    let place = |name| host(name).map_or("-1".to_owned(), |place| place.to_string());
    let at = micros(packet.at());
    let arrived = match packet.arrived_at() {
        Some(arrived) => micros(clock::since_start(arrived)).to_string(),
        None if packet.is_dropped() => "null".to_owned(),
        None if packet.is_under_way() => micros(end).max(at).to_string(),
        None => at.to_string(),
    };
    let (kind, flags) = kind(packet);
    array([
        at.to_string(),
        place(Some(packet.host())),
        place(packet.receiver()),
        quoted(kind),
        quoted(&flags),
        number(packet.src_port().map(u32::from)),
        number(packet.dst_port().map(u32::from)),
        packet.payload_len().to_string(),
        number(packet.seq()),
        number(packet.ack()),
        arrived,
        u8::from(packet.is_housekeeping()).to_string(),
        u8::from(packet.is_under_way()).to_string(),
    ])
}

fn kind(packet: &Packet) -> (&'static str, String) {
    if let Some(flags) = packet.flags() {
        return ("tcp", flags.to_string());
    }
    if packet.is_udp() {
        return ("udp", String::new());
    }
    match packet.icmp_words() {
        Some(words) => {
            let name =
                if packet.src().is_some_and(|from| from.is_ipv6()) { "icmp6" } else { "icmp" };
            (name, words)
        }
        None if packet.src().is_none() => ("arp", String::new()),
        None => ("ip", String::new()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::sandbox::{Case, Verdict};
    use crate::{BehindNat, Net, Result, netns_test};

    /// A row for each hop, which says of what packet it is and what the router made of its address.
    #[netns_test]
    fn the_hops_of_a_packet_are_joined(net: Net, nat: BehindNat) -> Result {
        let listener = nat.server.listen(7000)?;
        let conn = nat.client.connect(listener.addr())?;
        let [client, outside] = [conn.local_addr(), listener.accept()?.peer_addr()];
        let hosts = net.all_hosts();
        let at = |name: &str| hosts.iter().position(|host| host.name() == name);
        let case = Case::example("report", "of_hops");
        let story = Story::of(&case, &Verdict::Failed("it is the end".to_owned()));
        let data: Value = serde_json::from_str(&super::super::data::data(&story))?;
        let packets = &data["packets"];
        let rows = packets["rows"].as_array().expect("rows");
        let hop = |row: &Value| [1, 2].map(|column| row[column].as_u64().map(|host| host as usize));
        let syn = rows.iter().position(|row| row[4] == "S").expect("the client has dialled");
        let hops = packets["hops"].as_array().expect("hops");
        let next = hops.iter().find(|hop| hop[1] == syn).expect("the router has sent it on");
        assert_eq!(hop(&rows[syn]), [at("client"), at("router")]);
        assert_eq!(
            hop(&rows[next[0].as_u64().expect("a row") as usize]),
            [at("router"), at("server")]
        );
        assert_eq!(next[2], format!("source {client} became {outside}"));
        let links = data["links"].as_array().expect("links");
        assert_eq!(links.len(), 2, "{links:?}");
        Ok(())
    }
}
