//! What a person sees of a test that failed: a text in its output, and a folder with the timeline,
//! the packets and a page. It reads everything and changes nothing.
//!
//! [`snapshot`] is taken when something fails, [`story`] brings together what is known when the
//! test is over, [`text`] and [`page`] show it, [`folder`] is where it is left.

mod context;
mod data;
mod date;
mod episodes;
mod folder;
mod page;
mod snapshot;
mod states;
mod story;
mod text;

pub(crate) use context::context;
pub(crate) use snapshot::{witness, witness_error};

use std::io;
use std::os::fd::AsFd;

use crate::Net;
use crate::sandbox::{Aftermath, Case, Verdict};
use folder::Folder;
use story::Story;

/// Asks for reports: `always` also of tests that pass, `off` for none.
const WHEN: &str = "NETNS_TEST_REPORT";

/// What is done when a test is over.
pub(crate) const AFTERMATH: Aftermath = Aftermath { witness, is_told, report, hosts };

/// Whether a test ended as it should.
fn is_expected(case: &Case, verdict: &Verdict) -> bool {
    *verdict == Verdict::Passed || (case.should_panic && matches!(verdict, Verdict::Panicked(_)))
}

/// Whether a report is wanted.
fn is_told(case: &Case, verdict: &Verdict) -> bool {
    match std::env::var(WHEN).unwrap_or_default().as_str() {
        "off" => false,
        "always" => true,
        _ => !is_expected(case, verdict),
    }
}

/// Reports on a test that has its verdict.
fn report(case: &Case, verdict: &Verdict) {
    let text = write(&Story::of(case, verdict), is_expected(case, verdict));
    // Not by `eprint`, whose lock the body may hold.
    let mut rest = text.as_bytes();
    while let Ok(written @ 1..) = nix::unistd::write(io::stderr().as_fd(), rest) {
        rest = &rest[written..];
    }
}

/// Writes the folder, and returns what is to be printed.
fn write(story: &Story, expected: bool) -> String {
    let text = text::text(story);
    let left = match leave(story, &text) {
        Ok(path) => format!("netns-test: the report is {path}\n"),
        Err(error) => format!("netns-test: the report could not be written: {error}\n"),
    };
    if expected { left } else { text + &left }
}

/// What is printed of a test that fails at this moment. For measuring what it costs.
pub fn report_of_now(case: &Case) -> String {
    let verdict = Verdict::Failed("it is measured".to_owned());
    write(&Story::of(case, &verdict), false)
}

/// Leaves the folder of the report, and returns the path of the page in it.
fn leave(story: &Story, text: &str) -> io::Result<String> {
    let folder = Folder::make(&story.test)?;
    folder.write("report.txt", text.as_bytes())?;
    folder.write("timeline.jsonl", story.timeline.to_json_lines().as_bytes())?;
    for (number, capture) in (1..).zip(&story.captures) {
        let name = if number == 1 { String::new() } else { format!("-{number}") };
        let mut bytes = Vec::new();
        capture.to_pcapng(&mut bytes)?;
        folder.write(&format!("capture{name}.pcapng"), &bytes)?;
    }
    let page = folder.write("report.html", page::page(&data::data(story)).as_bytes())?;
    Ok(page.display().to_string())
}

/// The hosts that there are, with the descriptors of their namespaces.
fn hosts() -> Vec<(String, i32)> {
    let hosts = Net::all().into_iter().flat_map(|net| net.all_hosts());
    hosts.map(|host| (host.name().to_owned(), host.descriptor())).collect()
}
