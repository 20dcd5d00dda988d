//! The test's side: runs the body and says how it went.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::process::{ExitCode, Termination, exit};
use std::sync::OnceLock;

use nix::unistd::dup2_stdout;

use super::aftermath::{self, Aftermath};
use super::case::Case;
use super::diagnosis::Trouble;
use super::handover;
use super::home;
use super::mounts::Mounts;
use super::panics;
use super::runner::{self, RED};
use super::spot;
use super::time_limit;
use super::verdict::{Verdict, begin};
use crate::Error;
use crate::sys::{descriptor, environment, init};

static MOUNTS: OnceLock<Mounts> = OnceLock::new();

/// What the sandbox of this process offers beside the namespaces; `None` outside of one.
pub(crate) fn current() -> Option<&'static Mounts> {
    MOUNTS.get()
}

/// Runs the body of a test and ends the process.
///
/// It does not return to libtest, which would apply `#[should_panic]` here as well, and would
/// take an `exit` in a thread for the end of a run.
pub(super) fn run_test<R: Termination>(
    case: &Case,
    aftermath: &'static Aftermath,
    body: impl FnOnce() -> Result<R, Error>,
) -> ! {
    if let Err(trouble) = enter(case) {
        let error = trouble.explain(&format!("enter the sandbox of {case}"));
        let error = match error.raw_os_error() {
            // Somebody has set it who is not the runner.
            Some(libc::EBADF) => error.with_help(format!("unset {}", super::VARIABLE)),
            _ => error,
        };
        // Not by `eprint`: where no runner has started it, libtest captures that, and never shows it.
        let _ = io::stderr().write_all(format!("netns-test: {error}\n").as_bytes());
        exit(RED)
    }
    aftermath::begin(case, aftermath);
    let verdict = match time_limit::begin(*case) {
        Ok(()) => {
            panics::record();
            let verdict = run_body(case, body);
            runner::demand_speaker();
            include_panics(verdict)
        }
        Err(error) => {
            let trouble = Trouble::at("starting the thread that watches its time")(error);
            Verdict::Failed(trouble.explain(&format!("run {case} in its sandbox")).to_string())
        }
    };
    let said = runner::say(&verdict);
    handover::hand_over();
    match (verdict, said) {
        (Verdict::Passed, Ok(())) => exit(0),
        (_, Ok(())) => exit(RED),
        (_, Err(error)) => {
            eprintln!("netns-test: lost the runner of {case}: {error}");
            exit(RED)
        }
    }
}

/// Makes this process the sandbox's: finds its descriptors, and prepares what mounts can offer.
fn enter(case: &Case) -> Result<(), Trouble> {
    environment::remove(super::VARIABLE);
    name_process();
    let take = |fd| descriptor::inherited(fd).map_err(Trouble::at("taking its descriptors"));
    // libtest's own words are in the buffer of this handle; they belong to the prologue.
    io::stdout().flush().map_err(Trouble::at("writing to its runner"))?;
    handover::attach(take(init::LIFELINE_FD)?);
    let output = take(init::OUTPUT_FD)?;
    dup2_stdout(output).map_err(|errno| Trouble::at("taking its descriptors")(errno.into()))?;
    let mut pipe = File::from(take(init::VERDICT_FD)?);
    let begun = pipe.write_all(begin(&case.libtest_name()).as_bytes());
    begun.map_err(Trouble::at("writing to its runner"))?;
    runner::attach(pipe);
    prepare();
    Ok(())
}

/// Gives the process the name of the test binary in ps(1): it was started as /proc/self/exe.
fn name_process() {
    let binary = std::env::args_os().next().map(std::path::PathBuf::from);
    if let Some(name) = binary.as_deref().and_then(std::path::Path::file_name) {
        // A name in ps is a convenience.
        let _ = std::fs::write("/proc/self/comm", name.as_encoded_bytes());
    }
}

/// Makes the mounts, and points iptables-legacy to a lock that leaves no file behind.
pub(super) fn prepare() {
    home::remember();
    MOUNTS.get_or_init(Mounts::make);
    if let (None, Ok(lock)) = (std::env::var_os(LOCK), anonymous_lock()) {
        environment::set(LOCK, lock);
    }
}

const LOCK: &str = "XTABLES_LOCKFILE";

/// iptables-legacy demands a lock file, by default one that only root can make and that stays.
/// A file in memory will do: all rules of a test are made by processes of this one sandbox.
fn anonymous_lock() -> io::Result<String> {
    use std::os::fd::AsRawFd;
    let file: OwnedFd =
        nix::sys::memfd::memfd_create(c"xtables.lock", nix::sys::memfd::MFdFlags::MFD_CLOEXEC)?;
    // The number of this process in the /proc that is mounted here, which may be an outer one.
    let process = std::fs::read_link("/proc/self")?;
    let path = format!("/proc/{}/fd/{}", process.display(), file.as_raw_fd());
    // Needed as long as this process lives.
    std::mem::forget(file);
    Ok(path)
}

fn run_body<R: Termination>(case: &Case, body: impl FnOnce() -> Result<R, Error>) -> Verdict {
    match panics::caught(body) {
        Ok(Ok(result)) => judge(case, result),
        Ok(Err(error)) => Verdict::Failed(format!("the fixtures of {case}: {error}")),
        Err(message) => Verdict::Panicked(message),
    }
}

/// What a body has returned is printed, if it is an error; a panic in there is none of the body.
fn judge(case: &Case, result: impl Termination) -> Verdict {
    match panics::caught(|| result.report()) {
        Ok(ExitCode::SUCCESS) => Verdict::Passed,
        Ok(_) => case.returned_an_error(),
        Err(message) => Verdict::Failed(format!(
            "{case} returned an error that cannot be printed: printing it panicked: {message}"
        )),
    }
}

/// A panic that nobody looked at turns the test red. It is not one that `#[should_panic]` speaks of.
fn include_panics(verdict: Verdict) -> Verdict {
    let panics = panics::take_panics();
    if panics.is_empty() || verdict != Verdict::Passed {
        return verdict;
    }
    if let Some(known) = panics.iter().find(|panic| !panic.location.is_empty()) {
        spot::is_failed_at(known.location.clone());
    }
    let lines: Vec<String> = panics.iter().map(ToString::to_string).collect();
    Verdict::Failed(format!("the body passed, but {}", lines.join("\n")))
}
