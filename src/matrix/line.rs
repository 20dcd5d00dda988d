use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often a line is written at most where it cannot be written over: into a log, or through the
/// test runner.
const PERIOD: Duration = Duration::from_secs(1);

/// A line at the standard error output that is written anew.
///
/// On a terminal it replaces itself; elsewhere it is written again, once a second at most.
pub(super) struct Line {
    written: Instant,
    terminal: bool,
    last: String,
}

impl Line {
    pub(super) fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { written: Instant::now(), terminal, last: String::new() }
    }

    pub(super) fn write(&mut self, text: impl FnOnce() -> String) {
        if !self.terminal && self.written.elapsed() < PERIOD {
            return;
        }
        let text = text();
        if text == self.last {
            return;
        }
        self.written = Instant::now();
        if self.terminal {
            eprint!("\r{text}\x1b[K");
            // A progress that cannot be seen harms nobody.
            let _ = std::io::stderr().flush();
        } else {
            eprintln!("{text}");
        }
        self.last = text;
    }
}

impl Drop for Line {
    /// Leaves the place to what comes next.
    fn drop(&mut self) {
        if self.terminal && !self.last.is_empty() {
            eprint!("\r\x1b[K");
        }
    }
}
