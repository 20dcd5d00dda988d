//! Pictures of pages for a person to look at.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::browser::Browser;
use super::cluster::{cluster, odd_and_even, scattered, six_blocks};
use super::hops::behind_nat;
use super::story;

/// Writes pictures of pages for a person to look at, to the folder that NETNS_TEST_PICTURES names.
#[test]
#[ignore = "NOT RUN: needs the program chromium"]
fn pictures_to_look_at() {
    let Some(folder) = std::env::var_os("NETNS_TEST_PICTURES").map(PathBuf::from) else { return };
    let mut browser = Browser::start(1400, 1000);
    let mut take = |name: &str, data: &Value, size: (u32, u32), scheme: &str, then: &str| {
        browser.resize(size.0, size.1);
        browser.prefer(scheme);
        browser.open(data);
        browser.ask(then);
        browser.frames();
        fs::write(folder.join(format!("{name}.png.base64")), browser.picture()).expect("written");
        println!("{name} {}", browser.ask("JSON.stringify(netnsTest.visible())"));
    };
    let (wide, narrow) = ((1400, 1000), (360, 800));
    let below = "document.getElementById('legend').scrollIntoView()";
    let begin = "netnsTest.fit(), netnsTest.zoom(3), netnsTest.select(2)";
    let story = story::story();
    take("light", &story, wide, "light", "");
    take("dark", &story, wide, "dark", "");
    take("begin", &story, wide, "light", begin);
    take("linear", &story, wide, "light", "netnsTest.linear(true)");
    take("below", &story, wide, "dark", below);
    take("narrow", &story, narrow, "light", "");
    take("narrow-below", &story, narrow, "dark", below);
    let everything = story::everything();
    take("everything", &everything, wide, "light", "");
    take("everything-dark", &everything, (800, 1000), "dark", "netnsTest.filter('not data')");
    let many = story::many(4, 100_000, 40.0);
    take("many", &many, wide, "light", "");
    take("many-fit", &many, wide, "light", "netnsTest.fit()");
    take("many-linear", &many, wide, "dark", "netnsTest.linear(true)");
    take("twelve", &story::many(12, 3000, 40.0), wide, "light", "");
    let (laptop, desktop) = ((1366, 768), (1920, 1080));
    take("six-blocks", &cluster(5, &six_blocks()), laptop, "light", "");
    take("scattered", &cluster(5, &scattered()), laptop, "dark", "");
    take("halves", &cluster(12, &odd_and_even()), laptop, "light", "");
    take("halves-wide", &cluster(12, &odd_and_even()), desktop, "dark", "netnsTest.press(1)");
    take("nat", &behind_nat(), laptop, "light", "netnsTest.fit(), netnsTest.select(6)");
}
