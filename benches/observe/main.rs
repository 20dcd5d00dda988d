//! What it costs to observe: `cargo bench --bench observe [-- --json] [PART]`.
//!
//! The parts are `capture`, which compares traffic with and without the capture, `polling`, which
//! asks for it again and again, `sockets`, `claims` and `report`. Without a part it is all of them.

mod capture;
mod claims;
#[path = "../parts.rs"]
mod parts;
mod polling;
mod report;
#[path = "../sample.rs"]
mod sample;
mod sockets;

use std::process::ExitCode;

use netns_test::program;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [once, what] = words.as_slice()
        && once == capture::ONCE
    {
        let what = what.clone();
        return program(move || capture::once(&what));
    }
    parts::run(&[
        ("capture", capture::measure),
        ("polling", polling::run),
        ("sockets", sockets::run),
        ("claims", claims::run),
        ("report", report::run),
    ])
}
