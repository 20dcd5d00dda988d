//! A packet that routers send on is one packet with hops.

use serde_json::{Value, json};

use super::browser::Browser;
use super::story;

/// A client behind a router that translates, and a server. The handshake passes; what the client sends
/// then is lost behind the router, twice.
pub(super) fn behind_nat() -> Value {
    let (client, router, server) = (0, 1, 2);
    let mut rows = Vec::new();
    let mut hops = Vec::new();
    let mut send =
        |t: u32, way: [i32; 3], flags: &str, length: u32, numbers: [u32; 2], lost: bool| {
            let ports = if way[0] == client { [40_000, 7000] } else { [7000, 40_000] };
            for hop in 0..2 {
                let [t, last] = [t + hop * 10, u32::from(lost) * hop];
                let arrived = if last == 1 { Value::Null } else { json!(t + 5) };
                let [from, to] = [way[hop as usize], way[hop as usize + 1]];
                let [seq, ack] = numbers;
                rows.push(json!([
                    t, from, to, "tcp", flags, ports[0], ports[1], length, seq, ack, arrived
                ]));
            }
            let told = if way[0] == client {
                "source 10.0.0.1:40000 became 10.0.1.2:40000"
            } else {
                "destination 10.0.1.2:40000 became 10.0.0.1:40000"
            };
            hops.push(json!([rows.len() - 1, rows.len() - 2, told]));
        };
    let (there, back) = ([client, router, server], [server, router, client]);
    send(1000, there, "S", 0, [77, 0], false);
    send(1030, back, "S.", 0, [99, 78], false);
    send(1060, there, ".", 0, [1, 1], false);
    send(2000, there, "P.", 24, [1, 1], true);
    send(203_000, there, "P.", 24, [1, 1], true);
    let mut data = story::empty(&["client", "router", "server"]);
    data["length_us"] = json!(400_000);
    data["links"] = json!([[0, 1], [1, 2]]);
    data["packets"]["rows"] = json!(rows);
    data["packets"]["hops"] = json!(hops);
    data
}

const DETAILS: &str = "document.getElementById('details').textContent";

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn a_forwarded_packet_is_one_with_its_hops_and_says_where_it_was_lost() {
    let mut browser = Browser::start(1366, 768);
    browser.open(&behind_nat());
    let facts = browser.ask("document.getElementById('facts').textContent");
    assert!(facts.as_str().is_some_and(|facts| facts.starts_with("5 packets ·")), "{facts}");
    // Whichever of its hops is chosen.
    for hop in [6, 7] {
        browser.ask(&format!("netnsTest.select({hop})"));
        assert_eq!(browser.ask("netnsTest.selected()"), 6);
        let text = browser.ask(DETAILS);
        let text = text.as_str().expect("a text");
        for part in [
            "client.40000 > server.7000: Flags [P.]",
            "client → router → server · dropped on the wire · 2 hops",
            "0.002000 client → router, arrived after 5 µs",
            "0.002010 router → server, source 10.0.0.1:40000 became 10.0.1.2:40000, lost on the wire between router and server",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
    // The keys go from packet to packet, not from hop to hop.
    browser.ask("document.getElementById('ladder').focus()");
    browser.press("ArrowDown");
    assert_eq!(browser.ask("netnsTest.selected()"), 8);
    browser.press("ArrowLeft");
    assert_eq!(browser.ask("netnsTest.selected()"), 6);
    let rows = "[...document.querySelectorAll('#timeline tbody tr')].map(row => row.children[2].textContent)";
    let way = "client → router → server";
    assert_eq!(browser.ask(rows), json!([way, "server → router → client", way, way, way]));
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn what_a_router_sends_on_is_no_retransmission_and_no_connection_of_its_own() {
    let mut browser = Browser::start(1366, 768);
    browser.open(&behind_nat());
    assert_eq!(browser.ask("(netnsTest.filter('retransmission'), netnsTest.chosen())"), 1);
    assert_eq!(
        browser.ask("[0, 2, 4, 6, 8, 9].map(netnsTest.again)"),
        json!([0, 0, 0, 0, 1, 1]),
        "the second hop of one is that of the same"
    );
    // One flow between client and server, with the address that the router gives it and without.
    let flows = "new Set(Array.from({ length: 10 }, (_, i) => netnsTest.flow(i))).size";
    assert_eq!(browser.ask(flows), 1);
    let pairs = "[...document.getElementById('pair').options].map(one => one.textContent)";
    assert_eq!(browser.ask(pairs), json!(["all hosts", "client and server"]));
    for (words, packets) in [
        ("dropped", 2),
        ("not dropped", 3),
        ("src server", 1),
        ("forwarded", 5),
        ("host router", 5),
    ] {
        let chosen = browser.ask(&format!("(netnsTest.filter('{words}'), netnsTest.chosen())"));
        assert_eq!(chosen, packets, "{words}");
    }
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// The lane of the router stands between those of its two sides, and its arrows end there and go on.
#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn the_hops_of_a_packet_are_drawn_as_one_way() {
    let mut data = behind_nat();
    data["hosts"].as_array_mut().expect("hosts").swap(0, 2);
    for row in data["packets"]["rows"].as_array_mut().expect("rows") {
        for end in [1, 2] {
            row[end] = json!(2 - row[end].as_i64().expect("a host"));
        }
    }
    data["links"] = json!([[2, 1], [1, 0]]);
    let mut browser = Browser::start(1366, 768);
    browser.open(&data);
    assert_eq!(browser.ask("netnsTest.order()"), json!([2, 1, 0]));
    let ends = browser.ask(
        "(netnsTest.fit(), netnsTest.visible(), netnsTest.way(0).map(i => netnsTest.arrow(i)).map(({ x0, x1, y0, y1 }) => [x0, x1, y0, y1]))",
    );
    let end = |hop: usize, at: usize| ends[hop][at].as_f64().expect("a place");
    assert!(end(0, 1) == end(1, 0) && end(0, 3) <= end(1, 2), "{ends}");
    assert_eq!(browser.ask("netnsTest.way(1)"), json!([0, 1]));
    let told = browser.ask("netnsTest.texts().filter(one => /10.0.1.2:40000/.test(one.text) || /NAT/.test(one.text)).length > 0");
    assert_eq!(told, true, "the change of address stands in the diagram");
    // What a fault on the way cuts off is not reached.
    data["faults"] = json!([{"what": "block `router` from `client`", "hosts": [0, 1], "pairs": [[0, 1]],
        "from_us": 1000, "to_us": null}]);
    browser.open(&data);
    assert_eq!(
        browser.ask("netnsTest.reach(2000)"),
        json!([["", "✕", "✕"], ["✕", "", ""], ["✕", "", ""]])
    );
}
