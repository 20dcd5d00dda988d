//! Many hosts: who is cut off from whom is read at a glance, in words, in a table and in the diagram.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::browser::Browser;
use super::cluster::{
    BEGUN, block, cluster, frozen, odd_and_even, off, partition, ring, scattered, six_blocks,
};
use super::story;

const LAPTOP: (u32, u32) = (1366, 768);
const WIDE: (u32, u32) = (1920, 1080);

fn laptop() -> Browser {
    Browser::start(LAPTOP.0, LAPTOP.1)
}

/// The faults as they are listed, each with its sides.
const LISTED: &str = "[...document.querySelectorAll('#faults button')].map(one => one.textContent)";
/// The table's rows, with a sign for each that is not reached.
const TABLE: &str = "[...document.querySelectorAll('#reach tbody tr')].map(row => \
    [...row.querySelectorAll('td')].map(cell => cell.textContent).join(' '))";

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn six_blocks_that_part_five_hosts_are_told_as_one_partition() {
    let mut browser = laptop();
    browser.open(&cluster(5, &six_blocks()));
    let told = "6 blocks: node-0, node-1 ∥ node-2, node-3, node-4";
    assert_eq!(browser.ask("netnsTest.entries()"), json!([told]));
    let listed = browser.ask(LISTED);
    let listed = listed[0].as_str().expect("one is listed");
    assert!(
        listed.starts_with("1✕6 blocks A node-0, node-1 ∥ B node-2, node-3, node-4 "),
        "{listed}"
    );
    assert!(listed.ends_with("the end, 18 packets"), "{listed}");
    assert_eq!(
        browser.ask(TABLE),
        json!([" · ✕ ✕ ✕", "·  ✕ ✕ ✕", "✕ ✕  · ·", "✕ ✕ ·  ·", "✕ ✕ · · "])
    );
    // On which side a host stands is written at its lane.
    let sides = "[...document.querySelectorAll('#lanes .host b')].map(one => one.textContent)";
    let sides = browser.ask(sides);
    assert_eq!(sides, json!(["A node-0", "A node-1", "B node-2", "B node-3", "B node-4"]));
    // It is in the notes once, too: when it began.
    let notes = "netnsTest.fit(), netnsTest.visible(), netnsTest.texts().filter(one => /in effect/.test(one.text)).length";
    assert_eq!(browser.ask(notes), 1);
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn blocks_that_part_nobody_in_sides_stay_what_they_are() {
    let mut browser = laptop();
    // Without 1 and 4 the six are no partition; one that is made later stands by itself.
    let mut faults: Vec<Value> = six_blocks().into_iter().take(5).collect();
    faults.push(block([1, 4], BEGUN + 100_000.0));
    browser.open(&cluster(5, &faults));
    let entries = browser.ask("netnsTest.entries()");
    assert_eq!(entries.as_array().map(Vec::len), Some(2), "{entries}");
    let pairs =
        "node-0 ∥ node-2, node-0 ∥ node-3, node-0 ∥ node-4, node-1 ∥ node-2, node-1 ∥ node-3";
    assert_eq!(entries[0], format!("5 blocks: {pairs}"));
    assert_eq!(entries[1], "block: node-1 ∥ node-4");
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn the_table_says_who_reaches_whom_in_a_ring_and_one_way() {
    let mut browser = laptop();
    browser.open(&cluster(12, &[ring(BEGUN)]));
    let reach = browser.ask(&format!("netnsTest.reach({})", BEGUN + 1.0));
    for (a, b) in (0..12_usize).flat_map(|a| (0..12_usize).map(move |b| (a, b))) {
        let around = a.abs_diff(b).min(12 - a.abs_diff(b));
        let sign = if around > 3 { "✕" } else { "" };
        assert_eq!(reach[a][b], sign, "{a} to {b}");
    }
    // Before it everybody reaches everybody.
    let before = browser.ask(&format!("netnsTest.reach({}).flat().join('')", BEGUN - 1.0));
    assert_eq!(before, "");
    let told = browser.ask("netnsTest.entries()[0]");
    assert_eq!(told, "partition in a ring: node-0 … node-11, each cut off from 5 of 11 others");

    browser.open(&cluster(5, &scattered()));
    assert_eq!(
        browser.ask(TABLE),
        json!([" ≈ ✕ ○ ·", "≈  · ○ ·", "✕ · ❄\u{fe0e} ○ ·", "○ ○ ○ ○ ○", "✕ · · ○ "])
    );
    assert_eq!(browser.ask("netnsTest.entries()[2]"), "block, one way: node-4 ⇥ node-0");
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn hosts_of_a_side_stand_beside_each_other() {
    let mut browser = laptop();
    browser.open(&cluster(12, &odd_and_even()));
    assert_eq!(browser.ask("netnsTest.order()"), json!([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]));
    let lanes = browser.ask("netnsTest.order().map(host => netnsTest.lane(host))");
    let lanes: Vec<f64> =
        lanes.as_array().expect("lanes").iter().filter_map(Value::as_f64).collect();
    assert!(lanes.is_sorted() && lanes.len() == 12, "{lanes:?}");
    // Who sees both sides stands between them.
    browser.open(&cluster(5, &[partition(&[vec![0, 2], vec![3, 4]], BEGUN)]));
    assert_eq!(browser.ask("netnsTest.order()"), json!([0, 2, 1, 3, 4]));
    // What was done to single hosts and pairs moves none.
    browser.open(&cluster(5, &scattered()));
    assert_eq!(browser.ask("netnsTest.order()"), json!([0, 1, 2, 3, 4]));
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn labels_do_not_cover_each_other() {
    let mut browser = laptop();
    for (what, data) in [
        ("two hosts", story::story()),
        ("everything", story::everything()),
        ("six blocks", cluster(5, &six_blocks())),
        ("scattered", cluster(5, &scattered())),
        ("twelve in halves", cluster(12, &odd_and_even())),
        ("twelve in a ring", cluster(12, &[ring(BEGUN), frozen(3, BEGUN), off(7, BEGUN)])),
    ] {
        browser.open(&data);
        for view in ["fit()", "zoom(4)", "zoom(4)", "failure()", "linear(true)"] {
            browser.ask(&format!("netnsTest.{view}"));
            let found = browser.ask(include_str!("overlaps.js"));
            assert_eq!(found["overlaps"], json!([]), "{what}: {view}");
            // There is something to see at all.
            let drawn = found["drawn"].as_u64().expect("a number");
            assert!(drawn > 2, "{what}: {view}: {drawn} texts");
        }
    }
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn twelve_hosts_fit_a_laptop_and_a_wide_screen_is_used() {
    let mut browser = laptop();
    let mut faults = odd_and_even();
    faults.extend([frozen(3, BEGUN), off(7, BEGUN), block([0, 2], BEGUN + 50_000.0)]);
    let twelve = cluster(12, &faults);
    browser.open(&twelve);
    let scrolls = "(() => { const { scrollWidth, clientWidth } = document.getElementById('scroll'); return scrollWidth - clientWidth; })()";
    assert_eq!(browser.ask(scrolls), 0);
    let apart = "netnsTest.order().map(netnsTest.lane).slice(1).map((lane, k) => lane - netnsTest.lane(netnsTest.order()[k]))";
    let least = browser.number(&format!("Math.min(...{apart})"));
    assert!(least >= 80.0, "{least} between lanes");
    // One bar a host, however many sockets it has: lanes are no comb.
    let names = browser.ask("[...document.querySelectorAll('#lanes .host b')].every(one => one.scrollWidth <= one.clientWidth)");
    assert_eq!(names, true, "names are whole");
    browser.resize(WIDE.0, WIDE.1);
    browser.open(&cluster(5, &six_blocks()));
    let used = browser.number("document.getElementById('diagram').clientWidth / innerWidth");
    assert!(used > 0.95, "{used} of the width");
    assert!(browser.number(&format!("Math.min(...{apart})")) > 200.0);
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn the_legend_stays_in_view_and_explains_each_sign() {
    let mut browser = laptop();
    browser.open(&cluster(5, &scattered()));
    let legend = "(() => { const { top, bottom } = document.getElementById('legend').getBoundingClientRect(); \
        return top >= -1 && bottom <= innerHeight + 1 && bottom - top > 10; })()";
    let end = browser.number("document.documentElement.scrollHeight - innerHeight");
    assert!(end > 300.0, "the page can be scrolled: {end}");
    for part in [0.0, 0.3, 0.6, 1.0] {
        browser.ask(&format!("scrollTo(0, {})", end * part));
        browser.frames();
        assert_eq!(browser.ask(legend), true, "at {part} of the page");
    }
    let signs = browser.ask(
        "[...document.querySelectorAll('#faults .sign, #reach tbody td')].map(one => one.textContent)",
    );
    let signs: BTreeSet<&str> =
        signs.as_array().expect("signs").iter().filter_map(Value::as_str).collect();
    let text = browser.ask("document.getElementById('legend').textContent");
    for sign in signs.into_iter().filter(|sign| !["", "·"].contains(sign)) {
        assert!(text.as_str().is_some_and(|text| text.contains(sign)), "{sign} in {text}");
    }
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn one_fault_can_be_looked_at_alone_with_the_keyboard() {
    let mut browser = laptop();
    browser.open(&cluster(5, &scattered()));
    let all = browser.ask(TABLE);
    browser.ask("document.querySelectorAll('#faults button')[2].focus()");
    let alone = json!([" · · · ·", "·  · · ·", "· ·  · ·", "· · ·  ·", "✕ · · · "]);
    assert_eq!(browser.ask(TABLE), alone, "where the focus is");
    browser.ask("document.activeElement.blur()");
    assert_eq!(browser.ask(TABLE), all);
    // Chosen, it stays.
    browser.ask("document.querySelectorAll('#faults button')[2].click()");
    let pressed = "[...document.querySelectorAll('#faults button')].map(one => one.getAttribute('aria-pressed')).indexOf('true')";
    assert_eq!(browser.ask(pressed), 2);
    assert_eq!(browser.ask(TABLE), alone);
    browser.ask("document.getElementById('ladder').focus()");
    browser.press("Escape");
    assert_eq!(browser.ask(pressed), -1);
    assert_eq!(browser.ask(TABLE), all);
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn many_hosts_can_be_read_in_light_and_in_dark() {
    let mut browser = laptop();
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        for data in [cluster(5, &scattered()), cluster(12, &odd_and_even())] {
            browser.open(&data);
            let faint = browser.ask(&format!("({})(4.5)", include_str!("contrast.js")));
            assert_eq!(faint, json!([]), "{scheme}");
        }
    }
    browser.call("Page.printToPDF", json!({}));
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(browser.requests(), Vec::<String>::new());
}

#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn twelve_hosts_with_ten_thousand_packets_open_in_a_second() {
    let mut data = story::many(12, 10_000, 40.0);
    data["faults"] = cluster(12, &odd_and_even())["faults"].clone();
    let mut browser = laptop();
    browser.call("Performance.enable", json!({"timeDomain": "threadTicks"}));
    let opened = (0..3).map(|_| {
        browser.open(&data);
        browser.worked()
    });
    let least = opened.fold(f64::INFINITY, f64::min);
    println!("the page worked {least:.3} s");
    assert!(least < 1.0, "{least:.3} s");
}
