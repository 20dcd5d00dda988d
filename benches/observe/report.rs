//! What it takes to report on a test with many packets.

use std::fs;
use std::path::Path;
use std::time::Instant;

use netns_test::__private::{Case, DEFAULT_TIMEOUT, report_of_now};
use netns_test::{Failure, Net, Result};

use crate::sample::Sample;

/// How many packets there are to report on, and how often it is measured.
const PACKETS: [usize; 2] = [10_000, 100_000];
const REPORTS: u32 = 15;

/// Prints how long the text, the capture and the page take, from the failure to the files.
pub(crate) fn run(json: bool) -> Result {
    let net = Net::new();
    let [server, client] = net.hosts(["server", "client"])?;
    let inbox = server.bind_udp(7000)?;
    let outbox = client.bind_udp(0)?;
    let case = Case {
        package: option_env!("CARGO_PKG_NAME"),
        module: "bench",
        name: "report",
        file: file!(),
        line: line!(),
        timeout: DEFAULT_TIMEOUT,
        should_panic: false,
        serial: &[],
    };
    for wanted in PACKETS {
        while net.capture()?.udp().len() < wanted {
            for _ in 0..wanted / 10 {
                outbox.send_to(&[7; 64], inbox.addr())?;
            }
        }
        let mut sample = Sample::new(format!("report_{wanted}_packets"));
        for _ in 0..REPORTS {
            let begun = Instant::now();
            let said = report_of_now(&case);
            sample.push(begun.elapsed());
            let page =
                said.lines().find_map(|line| line.strip_prefix("netns-test: the report is "));
            let folder = page.and_then(|page| Path::new(page).parent());
            fs::remove_dir_all(folder.ok_or_else(|| Failure::new(said.as_str()))?)?;
        }
        sample.print(json);
    }
    Ok(())
}
