//! The threads of the test's own process that are in hosts.

use std::fmt::Write;

use super::snapshot::{HostState, Snapshot};
use crate::quoted::Quoted;

/// Those of each host, with what that means. `None` where there are none, and where there is one host:
/// nobody is mistaken for another then.
pub(super) fn threads(snapshot: &Snapshot) -> Option<String> {
    let with_threads = |host: &&HostState| !host.threads.is_empty();
    let mut text = String::new();
    for host in snapshot.hosts.iter().filter(with_threads) {
        let _ = writeln!(text, "{}: {}", host.name, counted(&host.threads).join(", "));
    }
    (!text.is_empty() && snapshot.hosts.len() > 1).then(|| text + HELP)
}

/// What such a thread does for other hosts cannot be seen, so it is said of each.
const HELP: &str = "\
help: work given to such a thread runs in the thread's host, even inside `Host::run` of another host:
      a pool or an executor always dials from the host in which it was made
      `Host::start` and `Host::start_fn` run code in a process, with pools and executors of its own
";

/// Each name once, with how many have it.
fn counted(names: &[String]) -> Vec<String> {
    let mut all: Vec<(&str, usize)> = Vec::new();
    for name in names {
        match all.iter_mut().find(|(known, _)| known == name) {
            Some((_, count)) => *count += 1,
            None => all.push((name, 1)),
        }
    }
    let told = |(name, count)| match count {
        1 => Quoted(name).to_string(),
        _ => format!("{} ({count} times)", Quoted(name)),
    };
    all.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::super::snapshot::{newest, witness};
    use super::*;
    use crate::{Host, Result, netns_test};

    /// Threads that stay in the host until the end of the test.
    fn stay(host: &Host, name: &str, count: usize) {
        let (begins, begun) = channel();
        for _ in 0..count {
            let begins = begins.clone();
            let stay = move || {
                // It has its name by now.
                let _ = begins.send(());
                loop {
                    thread::park();
                }
            };
            let thread = thread::Builder::new().name(name.to_owned());
            host.run(|| thread.spawn(stay)).expect("it starts");
        }
        (0..count).for_each(|_| begun.recv().expect("each begins"));
    }

    #[netns_test]
    fn threads_stand_under_the_host_in_which_they_were_started(
        server: Host,
        client: Host,
        _idle: Host,
    ) -> Result {
        stay(&client, "pool", 2);
        stay(&client, "other", 1);
        stay(&server, "accepts", 1);
        // The body is in a host for a moment.
        server.run(witness);
        let text = threads(&newest().expect("one was taken")).expect("there are some");
        let expected = "server: `accepts`\nclient: `pool` (2 times), `other`\n";
        assert_eq!(text, format!("{expected}{HELP}"));
        Ok(())
    }

    /// Nor is the runtime of a host one, which works for that host alone.
    #[cfg(feature = "tokio")]
    #[netns_test]
    fn a_report_of_hosts_without_threads_is_silent(server: Host, client: Host) -> Result {
        server.spawn(async {}).join();
        client.run(witness);
        assert_eq!(threads(&newest().expect("one was taken")), None);
        Ok(())
    }

    #[netns_test]
    fn a_single_host_is_not_mistaken_for_another(server: Host) -> Result {
        stay(&server, "accepts", 1);
        witness();
        assert_eq!(threads(&newest().expect("one was taken")), None);
        Ok(())
    }
}
