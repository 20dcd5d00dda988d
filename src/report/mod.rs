//! What a person sees of a failed test: a text in its output, and a folder with the timeline, the packets
//! and a page. The report reads everything and changes nothing.
//!
//! A [`snapshot`] is taken when something fails. [`story`] collects what is known when the test is over.
//! [`text`] and [`page`] show it. It is left in a folder of its own ([`run_folder`]), among those of all tests ([`reports_folder`]).

mod data;
mod date;
mod episodes;
mod folder_name;
mod nobody;
mod older_runs;
mod outside;
mod page;
mod processes;
mod repetition;
mod reports_folder;
mod rows;
mod run_folder;
mod snapshot;
mod states;
mod story;
mod text;
mod threads;
mod together;

pub(crate) use reports_folder::find as find_reports;

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use crate::Net;
use crate::sandbox::{Aftermath, Case, Verdict};
use crate::variable::Variable;
use folder_name::FolderName;
use reports_folder::Reports;
use run_folder::Folder;
use snapshot::{witness, witness_error};
use story::Story;

/// Asks for reports: `always` also for tests that pass, `off` for none.
pub(crate) const WHEN: Variable =
    Variable { name: "NETNS_TEST_REPORT", values: &["failed", "always", "off"] };

/// What is done when a test is over.
pub(crate) const AFTERMATH: Aftermath =
    Aftermath { witness, witness_error, sockets, worst_lateness, is_told, report, hosts };

/// The sockets between the hosts at this moment.
fn sockets() -> String {
    witness();
    snapshot::with_last(text::sockets).unwrap_or_default()
}

/// How late the wires that there were since then have let packets go at worst, as it was noticed last.
fn worst_lateness(since: Instant) -> Option<Duration> {
    snapshot::with_last(|last| last.worst_lateness(since)).flatten()
}

/// Whether a test ended as it should.
fn is_expected(case: &Case, verdict: &Verdict) -> bool {
    *verdict == Verdict::Passed || (case.should_panic && matches!(verdict, Verdict::Panicked(_)))
}

/// Whether a report is wanted.
fn is_told(case: &Case, verdict: &Verdict) -> bool {
    !WHEN.is("off") && (WHEN.is("always") || !is_expected(case, verdict))
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
    let reports = Reports::of_this_test()?;
    let name = FolderName::of(&story.case);
    let folder = Folder::make(&reports, &name)?;
    folder.remove_older(&name);
    folder.write("report.txt", text.as_bytes())?;
    folder.write("timeline.jsonl", story.timeline.to_json_lines().as_bytes())?;
    for (number, capture) in (1..).zip(story.whole_captures()) {
        let name = if number == 1 { String::new() } else { format!("-{number}") };
        let mut bytes = Vec::new();
        capture.to_pcapng(&mut bytes)?;
        folder.write(&format!("capture{name}.pcapng"), &bytes)?;
    }
    for (name, output) in story.snapshot.iter().flat_map(|one| processes::files(one)) {
        folder.write(&name, output.as_bytes())?;
    }
    let page = folder.write("report.html", page::page(&data::data(story)).as_bytes())?;
    Ok(page.display().to_string())
}

/// The hosts that there are, with the descriptors of their namespaces.
fn hosts() -> Vec<(String, i32)> {
    let hosts = Net::all().into_iter().flat_map(|net| net.all_hosts());
    hosts.map(|host| (host.name().to_owned(), host.descriptor())).collect()
}

/// A kind of fault that the report does not know.
#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::fault::lo_down::lo_down;
    use crate::{Host, Net, Result, netns_test};

    const CASE: Case = Case::example("report", "of_now");

    #[netns_test]
    fn a_fault_of_any_kind_is_in_the_report(net: Net, server: Host, client: Host) -> Result {
        let listener = client.listen(7000)?;
        server.connect(listener.addr())?;
        let fault = lo_down(&server)?;
        let story = Story::of(&CASE, &Verdict::Failed("it is the end".to_owned()));
        let text = text::text(&story);
        let (_, shown) = text.split_once("faults in effect:\n").expect("they are shown");
        let mut lines = shown.lines();
        let line = lines.next().unwrap_or_default();
        assert!(line.starts_with("  take `lo` of `server` down, since "), "{text}");
        let line = lines.next().unwrap_or_default();
        assert_eq!(line, "    server: 1 packets, 0 bytes: ip link set lo down", "{text}");
        // Its place is the host, whoever that talks to.
        assert!(text.contains("Flags [S]"), "{text}");

        let data: Value = serde_json::from_str(&data::data(&story))?;
        let shown = &data["faults"][0];
        assert_eq!(shown["what"], "take `lo` of `server` down");
        assert_eq!(
            (&shown["place"], &shown["hosts"]),
            (&"at `server`".into(), &serde_json::json!([0]))
        );
        assert!(shown["from_us"].as_f64().is_some() && shown["to_us"].is_null(), "{shown}");
        assert!(data["rules"].as_str().is_some_and(|rules| rules.contains("ip link set lo down")));
        fault.lift()?;
        let lines = net.timeline().faults().to_json_lines();
        let last: Value = serde_json::from_str(lines.lines().last().unwrap_or_default())?;
        assert_eq!((&last["place"], &last["phase"]), (&"host".into(), &"lifted".into()));
        assert_eq!(last["packets"], 1);
        Ok(())
    }
    /// An address with a digit too few times out far from its cause.
    #[netns_test]
    fn who_was_dialled_and_is_nobody_is_named(server: Host, client: Host) -> Result {
        let _ = server;
        let limit = std::time::Duration::from_millis(1500);
        client.connect_within("192.0.2.1:80", limit).expect_err("nobody is there");
        let text = text::text(&Story::of(&CASE, &Verdict::Failed("it is the end".to_owned())));
        let (_, shown) =
            text.split_once("sent to addresses that no host has:\n").expect("they are named");
        let line = shown.lines().next().unwrap_or_default();
        assert!(line.starts_with("  client to 192.0.2.1, tcp port 80: "), "{text}");
        assert!(text.contains("client > nobody: 10.0.0.2."), "{text}");
        Ok(())
    }

    #[netns_test]
    fn threads_of_the_test_are_in_the_data(_server: Host, client: Host) -> Result {
        let (begins, begun) = std::sync::mpsc::channel();
        let stays = move || {
            // The host knows of it by now.
            let _ = begins.send(());
            loop {
                std::thread::park();
            }
        };
        let thread = std::thread::Builder::new().name("pool".to_owned());
        client.run(|| thread.spawn(stays))?;
        begun.recv()?;
        let story = Story::of(&CASE, &Verdict::Failed("it is the end".to_owned()));
        let data: Value = serde_json::from_str(&data::data(&story))?;
        let threads = data["threads"].as_str().unwrap_or_default();
        assert!(threads.starts_with("client: `pool`\n"), "{threads}");
        Ok(())
    }

    /// Six blocks that part two hosts from three are one line, and so is each counter that they have.
    #[netns_test]
    fn blocks_that_make_a_partition_are_one_fault(net: Net) -> Result {
        let hosts = net.hosts(["a", "b", "c", "d", "e"])?;
        let (two, three) = hosts.split_at(2);
        let pairs = two.iter().flat_map(|one| three.iter().map(move |other| (one, other)));
        let blocks = pairs.map(|(one, other)| one.block(other)).collect::<Result<Vec<_>, _>>()?;
        let text = || text::text(&Story::of(&CASE, &Verdict::Failed("it is the end".to_owned())));
        let shown = text();
        let line = "  6 blocks that part `a`, `b` from `c`, `d`, `e`, since ";
        assert_eq!(shown.matches(line).count(), 1, "{shown}");
        let counters = "    a: 0 packets, 0 bytes: counter drop (3 times)\n";
        assert_eq!(shown.matches(counters).count(), 1, "{shown}");
        drop(blocks);
        // The hosts of a partition are all named where its own words leave some out.
        let more: Vec<_> = ["f", "g", "h", "i", "j", "k", "l"].into();
        let more = net.add_hosts(&more)?;
        let all: Vec<_> = hosts.iter().chain(&more).collect();
        net.link("lan", &all)?;
        let _partition = net.partition([all[..1].to_vec(), all[1..].to_vec()])?;
        let shown = text();
        let line = "    between `a` and `b`, `c`, `d`, `e`, `f`, `g`, `h`, `i`, `j`, `k`, `l`\n";
        assert_eq!(shown.matches(line).count(), 1, "{shown}");
        let data: Value =
            serde_json::from_str(&data::data(&Story::of(&CASE, &Verdict::Failed(String::new()))))?;
        let last = data["faults"].as_array().and_then(|all| all.last()).expect("a fault");
        assert_eq!(last["groups"], serde_json::json!([[0], (1..12).collect::<Vec<_>>()]));
        Ok(())
    }
}
