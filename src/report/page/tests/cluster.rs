//! Data for the page: clusters, with the faults that part them.

use serde_json::{Value, json};

use super::story;

/// When the faults of a cluster come into effect: its nodes talk before and after that.
pub(super) const BEGUN: f64 = 1800.0;

/// So many nodes that all talk to each other while these faults are in effect.
pub(super) fn cluster(nodes: usize, faults: &[Value]) -> Value {
    let mut data = story::many(nodes, 300 + 3 * nodes * nodes, 40.0);
    data["faults"] = json!(faults);
    let socket = |host: usize, peer: usize| {
        let label = format!("10.0.0.{}:7000 - 10.0.0.{}:40000", host + 1, peer + 1);
        json!({"host": host, "label": label, "states": [[1100 + peer, "SYN-RECV"], [1200, "ESTAB"]]})
    };
    let pairs = (0..nodes).flat_map(|host| (0..nodes).map(move |peer| (host, peer)));
    data["sockets"] =
        pairs.filter(|(host, peer)| host != peer).map(|(host, peer)| socket(host, peer)).collect();
    data
}

/// A fault that is in effect from then on until the end.
fn fault(what: &str, hosts: &[usize], from: f64, more: Value) -> Value {
    let mut fault = json!({"what": what, "hosts": hosts, "asked_us": from - 1.0, "from_us": from,
        "to_us": null, "packets": 3, "suspended": []});
    for (name, value) in more.as_object().into_iter().flatten() {
        fault[name] = value.clone();
    }
    fault
}

pub(super) fn block(pair: [usize; 2], from: f64) -> Value {
    let [one, other] = pair;
    fault(&format!("block `node-{other}` from `node-{one}`"), &pair, from, json!({"pairs": [pair]}))
}

pub(super) fn one_way(pair: [usize; 2], from: f64) -> Value {
    let mut fault = block(pair, from);
    fault["way"] = json!("to peer");
    fault["does"] = json!("drop (to peer)");
    fault
}

pub(super) fn wire(pair: [usize; 2], does: &str, from: f64) -> Value {
    let [one, other] = pair;
    let what = format!("impair `node-{one}` and `node-{other}` by {does}");
    fault(&what, &pair, from, json!({"pairs": [pair], "wire": does, "does": does}))
}

pub(super) fn partition(sides: &[Vec<usize>], from: f64) -> Value {
    fault("partition of all", &sides.concat(), from, json!({"groups": sides}))
}

/// Each sees the three on either side of it, of twelve.
pub(super) fn ring(from: f64) -> Value {
    let pairs: Vec<[usize; 2]> = (0..12)
        .flat_map(|a| (a + 1..12).map(move |b| [a, b]))
        .filter(|[a, b]| (4..=8).contains(&(b - a)))
        .collect();
    let hosts: Vec<usize> = (0..12).collect();
    fault("partition the ring of all", &hosts, from, json!({"pairs": pairs}))
}

pub(super) fn frozen(host: usize, from: f64) -> Value {
    fault(&format!("freeze `raft` of `node-{host}`"), &[host], from, json!({}))
}

pub(super) fn off(host: usize, from: f64) -> Value {
    fault(&format!("power off `node-{host}`"), &[host], from, json!({}))
}

/// Two nodes against three, made of six blocks one after the other.
pub(super) fn six_blocks() -> Vec<Value> {
    let pairs = (0..2).flat_map(|one| (2..5).map(move |other| [one, other]));
    pairs.zip(0..).map(|(pair, number)| block(pair, BEGUN + f64::from(number) * 500.0)).collect()
}

/// A bit of everything between five nodes.
pub(super) fn scattered() -> Vec<Value> {
    vec![
        block([0, 2], BEGUN),
        wire([0, 1], "delay 40ms loss 20%", BEGUN + 100.0),
        one_way([4, 0], BEGUN + 200.0),
        frozen(2, BEGUN + 300.0),
        wire([2, 3], "hold", BEGUN + 400.0),
        off(3, BEGUN + 500.0),
    ]
}

/// Every second node of twelve against the others.
pub(super) fn odd_and_even() -> Vec<Value> {
    let every_second = |first: usize| (first..12).step_by(2).collect();
    vec![partition(&[every_second(0), every_second(1)], BEGUN)]
}
