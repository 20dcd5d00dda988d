//! Data for the page: the story that the crate starts from, and pages of every size.

use serde_json::{Value, json};

/// A document with these hosts and nothing else.
pub(super) fn empty(hosts: &[&str]) -> Value {
    let host = |(number, name): (usize, &&str)| {
        let number = number + 1;
        json!({"name": name, "addresses": [format!("10.0.0.{number}"), format!("fd00::{number}")]})
    };
    let mut data = parse(include_str!("everything.json"));
    for list in ["faults", "claims", "events"] {
        data[list] = json!([]);
    }
    data["hosts"] = hosts.iter().enumerate().map(host).collect();
    data
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).expect("JSON")
}

/// Packets in the order of time.
fn sorted(mut rows: Vec<Value>) -> Value {
    let time = |row: &Value| row[0].as_f64().expect("a time");
    rows.sort_by(|a, b| time(a).total_cmp(&time(b)));
    Value::Array(rows)
}

/// A packet without ports.
fn other(t: f64, from: i16, to: i16, kind: &str, what: &str) -> Value {
    json!([t, from, to, kind, what, null, null, 28, null, null, t + 6.0])
}

/// Two hosts as they talk by TCP: each call is one packet.
struct Wire {
    rows: Vec<Value>,
    /// What each side has sent so far, for its sequence numbers.
    sent: [u64; 2],
    ports: [u16; 2],
    hosts: [i16; 2],
}

impl Wire {
    fn new(hosts: [i16; 2], ports: [u16; 2]) -> Self {
        Self { rows: Vec::new(), sent: [0, 0], ports, hosts }
    }

    /// The first of the two opens the connection.
    fn handshake(&mut self, t: f64) {
        self.segment(t, 0, "S", 0, true);
        self.sent[0] = 1;
        self.segment(t + 21.0, 1, "S.", 0, true);
        self.sent[1] = 1;
        self.segment(t + 38.5, 0, ".", 0, true);
    }

    /// Data of `side`, which the other acknowledges.
    fn exchange(&mut self, t: f64, side: usize, length: u64) {
        self.segment(t, side, "P.", length, true);
        self.sent[side] += length;
        self.segment(t + 19.0, 1 - side, ".", 0, true);
    }

    /// One segment of `side`, which the wire may take away.
    fn segment(&mut self, t: f64, side: usize, flags: &str, length: u64, arrives: bool) {
        let arrived = arrives.then_some(t + 7.5);
        let ack = if flags == "S" { 0 } else { self.sent[1 - side] };
        let ([from, to], [sport, dport]) = (ends(self.hosts, side), ends(self.ports, side));
        // A SYN has the wire's number, as tcpdump prints it; the rest counts from there.
        let seq = if flags.starts_with('S') { 3_713_764_876 } else { self.sent[side] };
        self.rows.push(json!([t, from, to, "tcp", flags, sport, dport, length, seq, ack, arrived]));
    }
}

fn ends<T: Copy>(both: [T; 2], side: usize) -> [T; 2] {
    [both[side], both[1 - side]]
}

/// A server that must evict the client from which it is cut off, and does not.
pub(super) fn story() -> Value {
    let mut wire = Wire::new([1, 0], [40000, 7000]);
    wire.rows.push(other(1150.0, 1, -1, "arp", "who-has 10.0.0.1 tell 10.0.0.2"));
    wire.rows.push(other(1162.0, 0, 1, "arp", "10.0.0.1 is-at 02:00:00:00:00:01"));
    wire.handshake(1190.0);
    wire.exchange(1402.0, 0, 43);
    for beat in 0..4 {
        wire.exchange(201_000.0 + 200_130.0 * f64::from(beat), 1, 20);
    }
    for after in [0.0, 201_000.0, 409_000.0, 833_000.0, 1_665_000.0] {
        wire.segment(1_001_650.0 + after, 1, "P.", 20, false);
    }
    wire.rows.push(json!([1_450_000, 1, 0, "udp", "", 5353, 5353, 96, null, null, null]));
    let mut story = parse(include_str!("story.json"));
    story["packets"]["rows"] = sorted(wire.rows);
    story
}

/// All that can be drawn: resets, ICMP, closing, keepalive, packets to everyone and to oneself,
/// faults that overlap and one of a single host, more connections than there is room for.
pub(super) fn everything() -> Value {
    let mut wire = Wire::new([0, 1], [40_000, 7000]);
    wire.handshake(1000.0);
    wire.exchange(1200.0, 0, 100);
    // As keepalive asks: empty, just before what is acknowledged.
    wire.sent[0] -= 1;
    wire.segment(90_000.0, 0, ".", 0, true);
    wire.sent[0] += 1;
    wire.segment(90_020.0, 1, ".", 0, true);
    wire.segment(91_000.0, 0, "F.", 0, true);
    wire.segment(91_050.0, 1, "R", 0, true);
    let mut rows = wire.rows;
    let mut sockets = Vec::new();
    for number in 0..5 {
        let mut wire = Wire::new([2, 1], [40_001 + number, 7000]);
        wire.segment(60_000.0 + f64::from(number) * 900.0, 0, "S", 0, number % 2 == 0);
        rows.extend(wire.rows);
        let label = format!("10.0.0.2:7000 - 10.0.0.3:{}", 40_001 + number);
        let states = json!([
            [1000 + number * 100, "SYN-RECV"],
            [2000, "ESTAB"],
            [90_000, "TIME-WAIT"],
            [99_000, "CLOSE"]
        ]);
        sockets.push(json!({"host": 1, "label": label, "states": states}));
    }
    rows.push(other(60_011.0, 1, 2, "icmp", "host unreachable"));
    rows.push(other(60_950.0, 1, 1, "icmp6", "echo request"));
    rows.push(other(62_500.0, 2, -1, "icmp6", "neighbor solicitation"));
    rows.push(other(62_600.0, -1, 0, "lldp", ""));
    let mut data = parse(include_str!("everything.json"));
    data["packets"]["rows"] = sorted(rows);
    data["sockets"] = json!(sockets);
    data
}

/// Many hosts that talk to each other in bursts: about as many packets as asked for, one in a
/// hundred dropped.
pub(super) fn many(hosts: usize, packets: usize, apart_us: f64) -> Value {
    let names: Vec<String> = (0..hosts).map(|number| format!("node-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut wires = every_pair(hosts as i16);
    let pairs = wires.len();
    let mut t = 1000.0;
    wires.iter_mut().for_each(|wire| wire.handshake(t));
    for number in 0..packets.saturating_sub(3 * pairs) / 2 {
        t += apart_us * if number % 500 == 0 { 400.0 } else { 0.2 };
        let (wire, side) = (&mut wires[number * 7 % pairs], number / 3 % 2);
        match number % 100 {
            7 => wire.segment(t, side, "P.", 1448, false),
            _ => wire.exchange(t, side, if number % 5 == 0 { 1448 } else { 64 }),
        }
    }
    let mut data = empty(&names);
    data["verdict"] = json!("failed");
    data["message"] =
        json!("assertion `left == right` failed: the members agree\n  left: 11\n right: 12");
    data["length_us"] = json!(t + 1e6);
    data["failed_at_us"] = json!(t + 0.9e6);
    data["faults"] = json!([{
        "what": "partition `node-0` from the rest", "hosts": (0..hosts).collect::<Vec<_>>(),
        "from_us": t * 0.5, "to_us": t * 0.7, "packets": 321, "suspended": [[t * 0.55, t * 0.6]],
    }]);
    data["claims"] = json!([{
        "what": "see `one leader` for 1s", "from_us": t * 0.2, "to_us": t * 0.6,
        "earliest_us": t * 0.4, "latest_us": t * 0.7, "outcome": "met", "tries": 100,
    }]);
    data["packets"]["rows"] = sorted(wires.into_iter().flat_map(|wire| wire.rows).collect());
    data
}

fn every_pair(hosts: i16) -> Vec<Wire> {
    let pairs = (0..hosts).flat_map(|a| (a + 1..hosts).map(move |b| [a, b]));
    pairs.zip(40_000..).map(|(pair, port)| Wire::new(pair, [port, 7000])).collect()
}
