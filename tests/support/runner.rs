//! A runner for one fixture, and what it said.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Far more than any of them takes, so that one that hangs fails its test.
const LIMIT: Duration = Duration::from_secs(60);

/// Variables that change what a runner does; a person may have set them for this run.
const SETTINGS: [&str; 10] = [
    "NETNS_TEST_CAPTURE",
    "NETNS_TEST_PAUSE",
    "NETNS_TEST_REPORT_DIR",
    "NETNS_TEST_SLOW",
    "NEXTEST",
    "RUST_BACKTRACE",
    "RUST_LIB_BACKTRACE",
    "RUST_TEST_NOCAPTURE",
    "RUST_TEST_SHUFFLE",
    "RUST_TEST_THREADS",
];

/// The runner of one fixture of this test binary.
pub(crate) fn fixture(name: &str) -> Command {
    fixtures([name, "--exact", "--ignored"])
}

/// A runner with these arguments.
pub(crate) fn fixtures<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(this_binary());
    command.args(arguments);
    quiet(&mut command);
    command
}

/// The runner of one fixture, started by a shell script as `exec "$@"` in a new user namespace
/// (and the other ones that `flags` of unshare(1) ask for), as its root.
///
/// It gives a test a world of its own to limit, to mount in, and to compare, whoever runs it.
pub(crate) fn fixture_in_namespaces(flags: &[&str], script: &str, name: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user"]).args(flags).args(["sh", "-euc", script, "sh"]);
    command.arg(this_binary()).args([name, "--exact", "--ignored"]);
    quiet(&mut command);
    command
}

/// A runner whose user is nobody in its user namespace: no line of uid_map is for it.
pub(crate) fn unmapped(runner: Command) -> Command {
    let mut command = Command::new("unshare");
    command.arg("--user").arg(runner.get_program()).args(runner.get_args());
    quiet(&mut command);
    command
}

/// The words before the runner's own that make it an ordinary user's.
pub(crate) const AS_ORDINARY_USER: &str = "unshare --user --map-user=1000 --map-group=1000";

/// The words before the runner's own that take every capability from it, but let it be root.
pub(crate) const WITHOUT_CAPABILITIES: &str =
    "setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all";

fn this_binary() -> std::path::PathBuf {
    std::env::current_exe().expect("a test binary has a path")
}

fn quiet(command: &mut Command) {
    command.stdin(Stdio::null());
    for name in SETTINGS {
        command.env_remove(name);
    }
    // The tests of reports ask for them.
    command.env("NETNS_TEST_REPORT", "off");
}

/// A runner that has ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// As a shell shows it: 128 and the signal's number for one that was killed.
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs it to its end.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Run {
    end_of(start(command))
}

/// Starts it, to be ended by [`end_of`].
#[track_caller]
pub(crate) fn start(command: &mut Command) -> Child {
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    piped.spawn().unwrap_or_else(|error| panic!("cannot start {piped:?}: {error}"))
}

/// Waits for the end of a runner.
#[track_caller]
pub(crate) fn end_of(runner: Child) -> Run {
    let pid = Pid::from_raw(i32::try_from(runner.id()).expect("a process id fits"));
    let (done, waiting) = channel::<()>();
    let guard = thread::spawn(move || {
        let hangs = waiting.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout);
        // Nobody has waited for it yet, so the number is still its own.
        hangs.then(|| kill(pid, Signal::SIGKILL))
    });
    let output = runner.wait_with_output().expect("the runner can be waited for");
    drop(done);
    let killed = guard.join().expect("the guard does not panic");
    assert!(killed.is_none(), "the runner hung, and was killed after {LIMIT:?}: {output:?}");
    let signal = output.status.signal().map(|signal| 128 + signal);
    Run {
        status: output.status.code().or(signal).expect("it exited or was killed"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Run {
    /// Asserts that the one fixture failed, and that the runner showed just these lines of it.
    ///
    /// What differs from run to run is taken out; see [`stable`].
    #[track_caller]
    pub(crate) fn failed_with(&self, source: &Source, lines: &[&str]) {
        let shown = self.failure(source);
        let expected: String = lines.iter().map(|line| format!("{line}\n")).collect();
        assert!(shown == expected, "expected:\n{expected}\nshown:\n{shown}\n{self}");
    }

    /// Asserts that the one fixture failed, and returns what the runner showed of it.
    #[track_caller]
    pub(crate) fn failure(&self, source: &Source) -> String {
        assert_eq!(self.status, 101, "{self}");
        assert!(
            self.stdout.contains("test result: FAILED. 0 passed; 1 failed; 0 ignored"),
            "{self}"
        );
        assert_eq!(self.stderr, "", "what a test writes belongs to its output: {self}");
        let shown = self.stdout.split_once(" stdout ----\n").map(|(_, shown)| shown);
        let shown = shown.and_then(|shown| shown.rsplit_once("\n\nfailures:\n    "));
        let (shown, _) = shown.unwrap_or_else(|| panic!("no output of a failed test: {self}"));
        stable(shown, source)
    }

    /// Asserts that the one fixture failed, whatever is shown of it.
    #[track_caller]
    pub(crate) fn is_red(&self) {
        assert_eq!(self.status, 101, "{self}");
        let red = "test result: FAILED. 0 passed; 1 failed; 0 ignored";
        assert!(self.stdout.contains(red), "{self}");
    }

    /// Asserts that the one fixture passed.
    #[track_caller]
    pub(crate) fn passed(&self) {
        assert_eq!(self.status, 0, "{self}");
        assert!(self.stdout.contains("test result: ok. 1 passed; 0 failed; 0 ignored"), "{self}");
        assert_eq!(self.stderr, "", "what a test writes belongs to its output: {self}");
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, stdout, stderr } = self;
        write!(f, "\nstatus: {status}\n--- stdout\n{stdout}--- stderr\n{stderr}---\n")
    }
}

/// The file of the fixtures.
pub(crate) struct Source {
    /// As `file!()` there.
    pub(crate) path: &'static str,
    /// As `include_str!` there.
    pub(crate) text: &'static str,
}

/// Text without what changes from run to run, and with the user's line in place of its number:
/// `fixtures.rs:17:5` becomes ``fixtures.rs:`panic!("gone")` ``, so that a claim about the line
/// survives every change of the file above it.
pub(crate) fn stable(text: &str, source: &Source) -> String {
    let text = without_thread_ids(text);
    let path = format!("{}:", source.path);
    let (_, file) = source.path.rsplit_once('/').expect("it stands in a folder");
    let mut pieces = text.split(&path);
    let mut stable = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (line, rest) = number(piece).expect("a line number follows the path");
        let rest = rest.strip_prefix(':').and_then(number).map_or(rest, |(_column, rest)| rest);
        let line = source.text.lines().nth(line - 1).expect("the file has the line");
        stable += &format!("{file}:`{}`{rest}", line.trim());
    }
    let told = |line: &&str| !line.starts_with("note: run with `RUST_BACKTRACE=1`");
    stable
        .lines()
        .filter(told)
        .filter(|line| !line.is_empty())
        .map(|line| format!("{line}\n"))
        .collect()
}

/// `thread 't' (1234) panicked`, as Rust writes since 1.91, as it was before.
fn without_thread_ids(text: &str) -> String {
    let mut pieces = text.split("' (");
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match number(piece).and_then(|(_, rest)| rest.strip_prefix(')')) {
            Some(rest) => whole += &format!("'{rest}"),
            None => whole += &format!("' ({piece}"),
        }
    }
    whole
}

/// The number that the text begins with, and the rest.
fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}
