use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Child;
use std::sync::Arc;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::life::told;
use super::run::{Pipes, Run};
use crate::record::ProcessPhase;
use crate::sandbox::{Panic, Report, add_panic, go_home};

/// Who watches a run: takes what it prints, and takes leave of it.
pub(super) struct Watch {
    run: Arc<Run>,
    child: Child,
    /// Readable when the program has ended.
    end: OwnedFd,
    pipes: Pipes,
    /// What a function has reported and is not complete yet.
    reported: Vec<u8>,
    /// Whether it is a function that has not begun.
    awaits_function: bool,
}

impl Watch {
    pub(super) fn new(run: Arc<Run>, child: Child, end: OwnedFd, pipes: Pipes) -> Self {
        let awaits_function = pipes.reports.is_some();
        Self { run, child, end, pipes, reported: Vec::new(), awaits_function }
    }

    /// Watches it to its end.
    pub(super) fn attend(mut self) {
        go_home();
        let mut ended = false;
        loop {
            let [over, gone] = self.wait(ended);
            self.read();
            if gone && !ended {
                ended = true;
                self.program_ended();
            }
            if over {
                break;
            }
        }
        // The namespace does not end before the program has been waited for.
        self.all_ended();
    }

    /// Waits until there is something to do; says whether all has ended, and whether the program has.
    fn wait(&self, ended: bool) -> [bool; 2] {
        let mut watched = vec![self.run.first()];
        if !ended {
            watched.push(self.end.as_fd());
        }
        watched.extend(self.pipes.open().map(AsFd::as_fd));
        let ready = ready(&watched, PollTimeout::NONE);
        [ready[0], !ended && ready[1]]
    }

    /// Takes what has come since.
    fn read(&mut self) {
        let of_function = self.awaits_function || self.pipes.reports.is_some();
        if let Some(bytes) = take(&mut self.pipes.reports) {
            self.reported.extend(bytes);
            while let Some(report) = Report::take(&mut self.reported) {
                self.take_report(report);
            }
        }
        // What a function prints is the test's.
        if let Some(bytes) = take(&mut self.pipes.out) {
            of_function.then(|| pass_on(io::stdout().as_fd(), &bytes));
            self.run.life().change(|state| state.output.push(&bytes));
        }
        if let Some(bytes) = take(&mut self.pipes.err) {
            of_function.then(|| pass_on(io::stderr().as_fd(), &bytes));
            self.run.life().change(|state| state.output.push(&bytes));
        }
    }

    fn take_report(&mut self, report: Report) {
        match report {
            Report::Begun => self.awaits_function = false,
            Report::Panicked(panic) => {
                let thread = format!("{} of {} in {}", panic.thread, self.run.words(), self.host());
                add_panic(Panic { thread, ..panic });
            }
        }
    }

    fn host(&self) -> &str {
        self.run.host().name()
    }

    fn program_ended(&mut self) {
        // What it said last belongs before its end.
        self.drain();
        let Ok(status) = self.child.wait() else { return };
        if self.awaits_function && status.code().is_some() {
            let message =
                format!("the test binary did not run it, and ended with {}", told(status));
            let thread = format!("{} in {}", self.run.words(), self.host());
            add_panic(Panic { thread, message, location: String::new() });
        }
        // Who waits for the end may look at the timeline next.
        self.run.note(ProcessPhase::Ended(told(status)));
        let leaves = self.run.leave();
        if leaves {
            self.run.note(ProcessPhase::LeftBehind);
        }
        self.run.life().change(|state| (state.status, state.leaves) = (Some(status), leaves));
    }

    fn all_ended(&mut self) {
        self.run.bury();
        self.drain();
        // Who waits for it may look at the timeline next.
        if self.run.life().state().leaves {
            self.run.note(ProcessPhase::LastEnded);
        }
        self.run.life().change(|state| state.over = true);
    }

    /// Takes what is in the pipes at this moment. Who is left may go on to print without an end.
    fn drain(&mut self) {
        for _ in 0..4 {
            self.read();
        }
    }
}

/// What is in a pipe, if there is something. One at whose end nobody is any more is closed.
fn take(slot: &mut Option<PipeReader>) -> Option<Vec<u8>> {
    let pipe = slot.as_mut()?;
    if !ready(&[pipe.as_fd()], PollTimeout::ZERO)[0] {
        return None;
    }
    // As much as a pipe holds.
    let mut bytes = vec![0; 1 << 16];
    match pipe.read(&mut bytes) {
        Ok(length @ 1..) => {
            bytes.truncate(length);
            Some(bytes)
        }
        Ok(_) | Err(_) => {
            *slot = None;
            None
        }
    }
}

/// Prints bytes, and not by the handles of std, whose locks the body may hold.
fn pass_on(stream: BorrowedFd<'_>, mut bytes: &[u8]) {
    while let Ok(written @ 1..) = nix::unistd::write(stream, bytes) {
        bytes = &bytes[written..];
    }
}

/// Which of these can be read, or have hung up.
fn ready(files: &[BorrowedFd<'_>], patience: PollTimeout) -> Vec<bool> {
    let mut watched: Vec<_> =
        files.iter().map(|file| PollFd::new(*file, PollFlags::POLLIN)).collect();
    // An error is a signal that came between.
    let _ = poll(&mut watched, patience);
    watched.iter().map(|file| file.any().unwrap_or(false)).collect()
}
