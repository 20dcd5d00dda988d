//! What the diagram draws of packets and of faults between two hosts.

use serde_json::{Value, json};

use super::browser::Browser;
use super::story;

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn as_many_arrows_are_drawn_as_packets_are_visible() {
    let mut browser = Browser::start(1200, 900);
    browser.open(&story::many(5, 3000, 40.0));
    let mut modes = Vec::new();
    for linear in [false, true] {
        browser.ask(&format!("(netnsTest.linear({linear}), netnsTest.fit())"));
        for _ in 0..14 {
            let visible = browser.ask("netnsTest.visible()");
            // Bars stand for packets where arrows have no room.
            let mode = visible["mode"].as_str().expect("a mode").to_string();
            let drawn = if mode == "arrows" { &visible["arrows"] } else { &visible["counted"] };
            assert_eq!(drawn, &visible["packets"], "{visible}");
            modes.push(mode);
            browser.ask("netnsTest.zoom(2)");
        }
    }
    assert!(
        modes.iter().any(|mode| mode == "arrows") && modes.iter().any(|mode| mode == "density")
    );
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn a_dropped_packet_ends_in_a_cross_before_the_receivers_lane() {
    let mut browser = Browser::start(1200, 900);
    browser.open(&story::story());
    browser.ask("netnsTest.filter('tcp dropped')");
    assert_eq!(browser.ask("netnsTest.visible().crosses"), 5);
    let ends = browser.ask(
        "(() => { const i = netnsTest.first(), { x0, x1, y1, direction } = netnsTest.arrow(i); \
           const pen = document.getElementById('ladder').getContext('2d'); \
           const ratio = devicePixelRatio, at = [(x1 + 3 * direction) * ratio, y1 * ratio]; \
           return { x0, x1, lane: netnsTest.lane(1), ink: [...pen.getImageData(...at, 1, 1).data] }; })()",
    );
    // From the server at the left, and not as far as the client's lane at the right.
    let [x0, x1, lane] = ["x0", "x1", "lane"].map(|name| ends[name].as_f64().expect("a place"));
    assert!(x0 < x1 && x1 < lane - 8.0, "{ends}");
    // The point in which the two strokes meet has the colour of the cross, #a40e26.
    assert_eq!(ends["ink"], json!([164, 14, 38, 255]));
}

/// A packet that a wire delays is an arrow from when it was sent to when it arrived; one that it still
/// has comes to no end. The band says what the wire does, and is none of those that let nothing pass.
#[test]
#[ignore = "needs chromium"]
fn delayed_packets_are_slanted_and_the_band_says_why() {
    let mut data = story::empty(&["server", "client"]);
    let fault = |wire: Value, from: u32, to: u32| {
        json!({"what": "it is", "hosts": [0, 1], "wire": wire, "asked_us": from, "from_us": from,
               "to_us": to, "packets": 3, "suspended": []})
    };
    data["length_us"] = json!(400_000);
    data["faults"] = json!([fault(json!("delay 80ms"), 0, 390_000)]);
    let columns: Vec<&str> =
        "t from to kind flags sport dport length seq ack arrived own held".split(' ').collect();
    let row = |t: u32, arrived: u32, held: u8| {
        json!([t, 0, 1, "udp", "", 7000, 7001, 28, null, null, arrived, 0, held])
    };
    let rows =
        json!([row(100_000, 180_000, 0), row(200_000, 200_010, 0), row(350_000, 400_000, 1)]);
    data["packets"] = json!({"columns": columns, "rows": rows, "lost": 0, "discarded": 0});
    let mut browser = Browser::start(1200, 900);
    browser.open(&data);
    browser.ask("(netnsTest.linear(true), netnsTest.fit())");
    let slants = browser.ask(
        "(netnsTest.visible(), [0, 1, 2].map(i => netnsTest.arrow(i)).map(({ y0, y1, dropped }) => \
           [Math.round(y1 - y0), dropped]))",
    );
    let slant = |at: usize| slants[at][0].as_f64().expect("a number");
    assert!(slant(0) > 100.0 && slant(1) < 2.0 && slant(2) > 60.0, "{slants}");
    assert!((0..3).all(|at| slants[at][1] == false), "none is dropped: {slants}");
    assert_eq!(browser.ask("netnsTest.kinds()"), json!(["delay 80ms"]));
    assert_eq!(browser.ask("(netnsTest.filter('held'), netnsTest.chosen())"), 1);
    assert_eq!(browser.ask("netnsTest.filter('')"), Value::Null);
    // A block has no kind in its band, and another colour.
    let ink = "(() => { netnsTest.visible(); const ratio = devicePixelRatio; \
        const pen = document.getElementById('ladder').getContext('2d'); \
        const x = (netnsTest.lane(0) + netnsTest.lane(1)) / 2 + 7; \
        return [...pen.getImageData(x * ratio, 60 * ratio, 1, 1).data]; })()";
    let of_wire = browser.ask(ink);
    data["faults"] = json!([fault(Value::Null, 0, 390_000)]);
    browser.open(&data);
    browser.ask("(netnsTest.linear(true), netnsTest.fit())");
    assert_ne!(browser.ask(ink), of_wire);
    assert_eq!(browser.ask("netnsTest.kinds()"), json!([]));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
