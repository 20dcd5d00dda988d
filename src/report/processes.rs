//! The programs that were started in hosts, with what they have printed.

use std::fmt::Write;

use super::snapshot::Snapshot;
use crate::quoted::Quoted;

/// The programs of all hosts, each under its host, with the last lines of its output. `None` where
/// none was started.
pub(super) fn processes(snapshot: &Snapshot) -> Option<String> {
    let mut text = String::new();
    for host in snapshot.hosts.iter().filter(|host| !host.processes.is_empty()) {
        let _ = writeln!(text, "{}:", host.name);
        for process in &host.processes {
            let _ = writeln!(text, "  {} {}", Quoted(&process.words), process.state);
            for line in process.output.lines() {
                let _ = writeln!(text, "  {line}");
            }
        }
    }
    (!text.is_empty()).then_some(text)
}

/// The names of files with the output of each program, and that output.
pub(super) fn files(snapshot: &Snapshot) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for host in &snapshot.hosts {
        for (number, process) in (1..).zip(&host.processes) {
            let (output, given_up) = &process.whole;
            if output.is_empty() {
                continue;
            }
            let before = match given_up {
                0 => String::new(),
                bytes => format!("({bytes} bytes before this were discarded)\n"),
            };
            let name = format!("output-{}-{number}.txt", host.name);
            files.push((name, format!("{}\n{before}{output}", process.words)));
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::snapshot::{newest, witness};
    use super::*;
    use crate::{Host, Program, Result, eventually, netns_test};

    #[netns_test]
    fn what_a_program_has_printed_stands_under_its_host(server: Host, client: Host) -> Result {
        let sh = |script| Program::new("sh").args(["-c", script]);
        let ended = server.start(sh("echo one; echo two >&2; exit 3"))?;
        ended.wait()?;
        eventually(Duration::from_secs(10), || !ended.is_running())?;
        client.start(sh("seq 100; exec sleep 1000").named("counts"))?.wait_for_output("100")?;
        witness();
        let snapshot = newest().expect("one was taken");
        let text = processes(&snapshot).expect("some were started");
        let twenty: Vec<_> = (81..=100).map(|number| format!("    {number}\n")).collect();
        let counts =
            format!("  `counts: sh -c seq 100; exec sleep 1000` runs\n{}", twenty.concat());
        let expected = format!(
            "server:\n  `sh -c echo one; echo two >&2; exit 3` ended with status 3\n    one\n    two\n\
             client:\n{counts}"
        );
        assert_eq!(text, expected);
        let files = files(&snapshot);
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].0, "output-server-1.txt");
        assert!(files[1].1.contains("\n1\n2\n3\n"), "all of it");
        Ok(())
    }
}
