//! The page in a real browser, as its reader has it. Those tests need Chromium:
//! `cargo test --lib -- --ignored page`.

mod browser;
mod pictures;
mod story;

use browser::Browser;
use serde_json::{Value, json};

use super::page;

const HOSTILE: &str =
    "</script><img src=x onerror=\"window.hit=1\"><!--<script>{{script}}\u{2028}&lt;b>";

#[test]
fn data_stands_in_the_page_unchanged_and_cannot_end_its_element() {
    let data = json!({"message": HOSTILE, "{{data}}": "{{style}}"});
    let page = page(&data.to_string());
    let (_, rest) = page.split_once("id=\"data\">").expect("the element for the data");
    let (inside, _) = rest.split_once("</script>").expect("its end");
    assert_eq!(serde_json::from_str::<Value>(inside).expect("JSON"), data);
    assert!(!inside.contains('<'));
    // The same elements as without data: nothing of it became one.
    let elements = |page: &str| page.matches("<script").count();
    assert_eq!(elements(&page), elements(&super::page("{}")));
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn the_page_asks_no_network_and_complains_about_nothing() {
    let mut browser = Browser::start(1200, 900);
    browser.open(&story::story());
    for act in [
        "fit()",
        "zoom(4)",
        "linear(true)",
        "failure()",
        "select(3)",
        "filter('udp')",
        "filter('')",
    ] {
        browser.ask(&format!("(netnsTest.{act}, netnsTest.visible())"));
    }
    browser.call("Page.printToPDF", json!({}));
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(browser.requests(), Vec::<String>::new());
    // And it could not: its policy refuses, before anything is sent.
    let refused = browser.ask(
        "new Promise(done => { addEventListener('securitypolicyviolation', event => done(event.effectiveDirective)); \
         fetch('http://127.0.0.1:9/').catch(() => {}); })",
    );
    assert_eq!(refused, "connect-src");
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn what_hosts_send_for_themselves_is_hidden_until_it_is_asked_for() {
    let mut data = story::empty(&["server", "client"]);
    let columns: Vec<&str> =
        "t from to kind flags sport dport length seq ack arrived own".split(' ').collect();
    let row = |t: u32, kind: &str, own: u8| {
        json!([t, 0, -1, kind, "", null, null, 28, null, null, t + 6, own])
    };
    let rows = json!([row(10, "icmp6", 1), row(20, "udp", 0), row(30, "icmp6", 0)]);
    data["packets"] = json!({"columns": columns, "rows": rows, "lost": 0, "discarded": 0});
    let mut browser = Browser::start(1200, 900);
    browser.open(&data);
    assert_eq!(browser.ask("netnsTest.chosen()"), 2);
    assert_eq!(
        browser.ask("document.getElementById('facts').textContent.split(' · ')[0]"),
        "2 packets"
    );
    // A filter looks at the same.
    assert_eq!(browser.ask("(netnsTest.filter('icmp6'), netnsTest.chosen())"), 1);
    browser.ask("document.getElementById('housekeeping').click()");
    assert_eq!(browser.ask("netnsTest.chosen()"), 2);
    assert_eq!(browser.ask("(netnsTest.filter(''), netnsTest.chosen())"), 3);
    // Where there is none, nothing is asked.
    browser.open(&story::story());
    assert_eq!(browser.ask("document.getElementById('housekeeping').checkVisibility()"), false);
}

/// The rows of the timeline, as a reader has them.
const ROWS: &str =
    "[...document.querySelectorAll('#timeline tbody tr')].map(row => row.textContent)";

#[test]
#[ignore = "needs chromium"]
fn a_thousand_repetitions_are_a_row_and_hide_nothing() {
    let mut data = story::empty(&["server", "client"]);
    let refused = |n: u32| {
        let port = 40_000 + n;
        let text = format!("tcp connect 10.0.0.2:{port} -> 10.0.0.1:80: connection refused");
        let t = 1000 + 100 * n;
        json!({"t_us": t, "host": 1, "kind": "connect", "text": text, "alike": 0, "failed": true})
    };
    let mut events: Vec<_> = (0..1539).map(refused).collect();
    events.push(json!({"t_us": 1250, "host": 0, "kind": "process",
        "text": "`sh -c exit 1`: ended with status 1", "alike": 1, "failed": true}));
    data["events"] = json!(events);
    let packets = (0..3000).map(|n| {
        let (from, flags) = if n % 2 == 0 { (1, "S") } else { (0, "R.") };
        let (port, t) = (40_000 + n / 2, 990 + 50 * n);
        let [sport, dport] = if from == 1 { [port, 80] } else { [80, port] };
        json!([t, from, 1 - from, "tcp", flags, sport, dport, 0, 1, 0, t + 5])
    });
    data["packets"]["rows"] = packets.collect();
    data["length_us"] = json!(160_000);
    let mut browser = Browser::start(1200, 900);
    browser.open(&data);
    let rows = browser.ask(ROWS);
    let rows: Vec<&str> = rows.as_array().expect("rows").iter().filter_map(Value::as_str).collect();
    assert!(rows.len() < 20, "{rows:#?}");
    let row = |words: &str| rows.iter().filter(|row| row.contains(words)).count();
    assert_eq!(row("`sh -c exit 1`: ended with status 1"), 1, "{rows:#?}");
    assert_eq!(row("connection refused, 1,536 times until 0.154800"), 1, "{rows:#?}");
    assert_eq!(row("Flags [S], seq 1, length 0, 1,497 times until "), 1, "{rows:#?}");
    // It is said above the diagram as well, and all of them can be had one by one.
    let ended = browser.ask("document.getElementById('ended').textContent");
    assert_eq!(ended, "server: `sh -c exit 1`: ended with status 1, at 0.001 s");
    browser.ask("document.getElementById('once').click()");
    let count = browser.ask("document.getElementById('rows').textContent");
    assert_eq!(count, "rows 1 to 200 of 4,540");
}

#[test]
#[ignore = "needs chromium"]
fn the_line_of_the_failure_is_in_the_header() {
    let mut browser = Browser::start(1200, 900);
    let place = "document.querySelector('header #place').textContent";
    browser.open(&story::story());
    assert_eq!(browser.ask(place), "tests/registry.rs:31:5");
    let mut data = story::story();
    data["failed_at"] = Value::Null;
    browser.open(&data);
    assert_eq!(browser.ask(place), "tests/registry.rs:20");
}

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

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn the_filter_understands_the_words_of_the_field() {
    let mut browser = Browser::start(1200, 900);
    browser.open(&story::story());
    for (words, packets) in [
        ("", 21),
        ("tcp", 18),
        ("arp", 2),
        ("syn", 2),
        ("syn-ack", 1),
        ("data", 10),
        ("ack", 6),
        ("udp", 1),
        ("rst", 0),
        ("dropped", 6),
        ("retransmission", 4),
        ("tcp and dropped", 5),
        ("not tcp", 3),
        ("syn or udp", 3),
        ("port 5353", 1),
        ("tcp port 7000 not data", 8),
        ("src client", 9),
        ("host client", 21),
        ("host 10.0.0.2", 21),
        ("host nobody", 0),
        ("who-has", 1),
        ("constructor", 0),
    ] {
        let chosen = browser.ask(&format!("(netnsTest.filter('{words}'), netnsTest.chosen())"));
        assert_eq!(chosen, packets, "{words}");
        assert_eq!(
            browser.ask("(netnsTest.fit(), netnsTest.visible().packets)"),
            packets,
            "{words}"
        );
    }
    let controls = "{kind: 'data', pair: '0-1', dropped: true, retransmissions: true}";
    assert_eq!(browser.ask(&format!("(netnsTest.filter({controls}), netnsTest.chosen())")), 4);
    assert_eq!(browser.ask("document.getElementById('count').textContent"), "4 of 21 packets");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn it_can_be_used_without_a_mouse() {
    let mut browser = Browser::start(1200, 900);
    browser.open(&story::story());
    browser.ask("document.getElementById('ladder').focus()");
    browser.press("Home");
    browser.press("ArrowDown");
    browser.press("ArrowDown");
    browser.press("ArrowDown");
    assert_eq!(browser.ask("netnsTest.selected()"), 2);
    let details = "document.getElementById('details').textContent";
    let text = browser.ask(details);
    assert!(
        text.as_str().is_some_and(|text| text.contains("client.40000 > server.7000: Flags [S]")),
        "{text}"
    );
    // The next one of the same connection, then back.
    browser.press("ArrowRight");
    assert_eq!(browser.ask("netnsTest.selected()"), 3);
    browser.press("ArrowUp");
    assert_eq!(browser.ask("netnsTest.selected()"), 2);

    let shown =
        |browser: &mut Browser| browser.number("netnsTest.visible().to - netnsTest.visible().from");
    browser.press("f");
    let whole = shown(&mut browser);
    browser.press("l");
    browser.press("+");
    assert!(shown(&mut browser) < whole * 0.9);
    browser.press("-");
    browser.press("-");
    assert!((shown(&mut browser) - whole).abs() < whole * 0.01);

    browser.press("/");
    assert_eq!(browser.ask("document.activeElement.id"), "words");
    for letter in ["u", "d", "p"] {
        browser.press(letter);
    }
    assert_eq!(browser.ask("netnsTest.chosen()"), 1);
    // Each control can be reached, and has a name.
    let nameless = "[...document.querySelectorAll('button, input, select, canvas:not([aria-hidden])')].filter(one => \
        !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length) || one.tabIndex < 0).length";
    assert_eq!(browser.ask(nameless), 0);
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn a_mouse_selects_moves_and_zooms() {
    let mut browser = Browser::start(1200, 900);
    browser.open(&story::story());
    let place = browser.ask(
        "(() => { const { x0, x1, y0, y1 } = netnsTest.arrow(20), box = document.getElementById('ladder').getBoundingClientRect(); \
           return [box.left + (x0 + x1) / 2, box.top + (y0 + y1) / 2]; })()",
    );
    let [x, y] = [0, 1].map(|at| place[at].as_f64().expect("a place"));
    browser.click(x, y);
    assert_eq!(browser.ask("netnsTest.selected()"), 20);
    let before = browser.ask("netnsTest.visible()");
    browser.wheel(x, y, -200.0, false);
    browser.until("netnsTest.visible().to < 3.8e6");
    // Under the pointer the time stays the same: both ends come nearer.
    browser.wheel(x, y, -300.0, true);
    browser.until(&format!("netnsTest.visible().packets < {}", before["packets"]));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn text_can_be_read_in_light_and_in_dark() {
    let mut browser = Browser::start(1200, 900);
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        browser.open(&story::story());
        assert_eq!(browser.ask("document.documentElement.dataset.theme"), scheme);
        // 4.5 to 1 is what WCAG 2 asks of text (AA).
        let faint = browser.ask(&format!("({})(4.5)", include_str!("contrast.js")));
        assert_eq!(faint, json!([]), "{scheme}");
        browser.ask("document.getElementById('theme').click()");
        assert_ne!(browser.ask("document.documentElement.dataset.theme"), scheme);
    }
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn a_hundred_thousand_packets_open_in_a_second() {
    let many = story::many(4, 100_000, 40.0);
    let mut browser = Browser::start(1600, 1000);
    // Times of the page's thread: what it worked, not what it waited for a core.
    browser.call("Performance.enable", json!({"timeDomain": "threadTicks"}));
    let mut taken = Vec::new();
    for _ in 0..5 {
        browser.open(&many);
        taken.push((browser.worked(), browser.number("netnsTest.readyAfterMs") / 1e3));
    }
    println!("seconds that the page worked, and from navigation to drawn: {taken:.2?}");
    assert!(browser.number("netnsTest.chosen()") > 99_000.0);
    // The work is what the page costs, and all of the second on a core of its own; how long it
    // waits for one is the machine's.
    let least = taken.iter().map(|taken| taken.0).fold(f64::INFINITY, f64::min);
    assert!(least < 1.0, "{taken:.2?}");
    // The reader's steps go through all packets, too, and stay below what feels slow.
    for step in ["filter('retransmission or rst')", "filter('')", "fit()", "linear(true)"] {
        let before = browser.worked();
        browser.ask(&format!("(netnsTest.{step}, netnsTest.visible())"));
        let worked = browser.worked() - before;
        println!("{step}: {worked:.3} s");
        assert!(worked < 0.5, "{step}: {worked:.3} s");
    }
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn hostile_strings_are_only_text() {
    let mut hostile = story::story();
    for name in ["test", "verdict", "message", "begun", "network", "rules", "sockets_text"] {
        hostile[name] = json!(HOSTILE);
    }
    hostile["hosts"][0] = json!({"name": HOSTILE, "addresses": [HOSTILE]});
    hostile["faults"][0]["what"] = json!(HOSTILE);
    hostile["claims"][0]["what"] = json!(HOSTILE);
    hostile["claims"][0]["at"] = json!(HOSTILE);
    hostile["marks"][0]["text"] = json!(HOSTILE);
    hostile["events"][0]["text"] = json!(HOSTILE);
    hostile["sockets"][0]["label"] = json!(HOSTILE);
    hostile["sockets"][0]["states"][0][1] = json!(HOSTILE);
    hostile["packets"]["rows"][0][4] = json!(HOSTILE);
    hostile["enter"] = json!([HOSTILE]);
    let mut browser = Browser::start(1200, 900);
    browser.open(&hostile);
    browser.ask("(netnsTest.filter('arp'), netnsTest.select(0), netnsTest.visible())");
    assert_eq!(
        browser
            .ask("document.querySelectorAll('img, b > *, strong > *, pre > :not(strong)').length"),
        0
    );
    assert_eq!(browser.ask("document.getElementById('message').textContent"), HOSTILE);
    assert_eq!(browser.ask("document.querySelector('.host b').textContent"), HOSTILE);
    assert_eq!(browser.ask("window.hit ?? null"), Value::Null);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn networks_and_tests_of_every_size_have_a_page() {
    let mut long = story::many(2, 400, 4.5e7);
    long["slow_factor"] = json!(4);
    let mut instant = story::empty(&["alone"]);
    instant["length_us"] = json!(0);
    let mut lost = story::empty(&["server", "client"]);
    lost["packets"]["lost"] = json!(12);
    lost["packets"]["discarded"] = json!(70_000);
    let mut browser = Browser::start(1200, 900);
    for (what, data, packets) in [
        ("no host", story::empty(&[]), 0),
        ("one host, no time", instant, 0),
        ("no packet", lost, 0),
        ("everything", story::everything(), 18),
        ("twelve hosts", story::many(12, 1200, 40.0), 1200),
        ("five hours", long, 400),
    ] {
        for (width, height) in [(1600, 1000), (360, 640)] {
            browser.resize(width, height);
            browser.open(&data);
            for linear in [true, false] {
                browser.ask(&format!(
                    "(netnsTest.linear({linear}), netnsTest.fit(), netnsTest.visible())"
                ));
            }
            let visible = browser.ask("netnsTest.visible()");
            let drawn =
                if visible["mode"] == "arrows" { &visible["arrows"] } else { &visible["counted"] };
            assert_eq!(drawn, &visible["packets"], "{what}: {visible}");
            // All of them: between ten packets in a hundred and none are dropped without an ACK.
            let drawn = drawn.as_f64().expect("a number");
            assert!(
                drawn <= f64::from(packets) && drawn >= f64::from(packets) * 0.9,
                "{what}: {visible}"
            );
            // The page itself never scrolls sideways; the diagram may.
            assert_eq!(
                browser.ask("document.documentElement.scrollWidth > innerWidth"),
                false,
                "{what} at {width}"
            );
            assert_eq!(browser.complaints(), Vec::<String>::new(), "{what}");
        }
    }
    let facts = browser.ask("document.getElementById('facts').textContent");
    assert!(
        facts
            .as_str()
            .is_some_and(|facts| facts.contains("took 5 h") && facts.contains("stretched 4 times")),
        "{facts}"
    );
}
