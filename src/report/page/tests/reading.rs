//! How a reader goes about it: filters, keys, the mouse, the timeline.

use serde_json::{Value, json};

use super::browser::Browser;
use super::story;

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

/// In which host a thread of the test is, says where its dials come from.
#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn the_threads_of_the_test_are_on_the_page() {
    let mut data = story::story();
    let mut browser = Browser::start(1200, 900);
    let threads = "document.getElementById('threads')";
    browser.open(&data);
    assert_eq!(browser.ask(&format!("{threads}.checkVisibility()")), false);
    data["threads"] = json!("server: `pool` (2 times)\n");
    browser.open(&data);
    let text = browser.ask(&format!("{threads}.textContent"));
    assert_eq!(text, "Threads of the test that are in a hostserver: `pool` (2 times)\n");
    assert_eq!(browser.ask(&format!("{threads}.checkVisibility()")), true);
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

/// However long its words are.
#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn what_became_of_a_program_is_in_the_diagram() {
    let mut data = story::empty(&["server", "client"]);
    let words = "sh -c some-long-command --with many --arguments and a few more of them";
    data["events"] = json!([{"t_us": 1250, "host": 0, "kind": "process",
        "text": format!("`{words}`: ended with status 7"), "alike": 0, "failed": true}]);
    data["length_us"] = json!(3000);
    let mut browser = Browser::start(1200, 900);
    browser.open(&data);
    let told = browser
        .ask("netnsTest.texts().map(one => one.text).filter(text => /status/.test(text))[0]");
    let told = told.as_str().expect("it is there");
    assert!(told.starts_with("`sh -c some") && told.ends_with("…`: ended with status 7"), "{told}");
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
