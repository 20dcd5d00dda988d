//! The page in a real browser, as its reader has it. Those tests need Chromium:
//! `cargo test --lib -- --ignored page`.

mod browser;
mod cluster;
mod drawing;
mod hops;
mod many_hosts;
mod pictures;
mod reading;
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
