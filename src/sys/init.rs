//! The first process of a sandbox: it makes the namespaces, starts the test's process in them,
//! buries orphans, and takes everything with it when it ends.
//!
//! It is a fork of the runner without an exec, so that nothing has to be installed anywhere.
//! Between the fork and its end it makes system calls only: the runner has other threads, and
//! one of them may hold the allocator's lock at the moment of the fork.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use nix::errno::Errno;

use super::child::{self, Child};
use super::exe;
use super::pid_numbers;
use super::signals;

/// Where the test's process finds its descriptors. It starts with these and no others.
pub(crate) const VERDICT_FD: RawFd = 4;
/// The standard output of the test's body; descriptor 1 carries libtest's own words until then.
pub(crate) const OUTPUT_FD: RawFd = 5;
const STATUS_FD: RawFd = 3;
/// Where a test leaves to its runner what takes long to close.
pub(crate) const LIFELINE_FD: RawFd = 6;
/// The runner's ends are given from here on.
pub(crate) const FIRST_UNUSED_FD: RawFd = 7;

/// What the sandbox's first process is told before it is made.
pub(crate) struct Plan {
    /// The words of the program, which is ours, the first being its own name.
    pub(crate) arguments: Vec<CString>,
    /// The environment, as `NAME=value`.
    pub(crate) environment: Vec<CString>,
    /// The lines for uid_map and gid_map, if a user namespace is to be made.
    pub(crate) user_namespace: Option<(CString, CString)>,
    pub(crate) files: Files,
}

/// The runner's ends that the sandbox is given. None of them is below `FIRST_UNUSED_FD`.
pub(crate) struct Files {
    pub(crate) stdin: OwnedFd,
    /// Where libtest's own words go.
    pub(crate) prologue: OwnedFd,
    pub(crate) stderr: OwnedFd,
    pub(crate) status: OwnedFd,
    pub(crate) verdict: OwnedFd,
    pub(crate) output: OwnedFd,
    /// Hung up when the runner is gone.
    pub(crate) lifeline: OwnedFd,
}

/// One line of the first process's own report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// A step failed with this errno; nothing was started.
    Failed(Step, i32),
    /// The namespaces are made and ours; the test's process is started next.
    Ready,
    /// The test's process ended with this status, in the encoding of wait(2).
    Ended(i32),
}

/// The steps that can fail in the first process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Files,
    Signals,
    DieWithTheRunner,
    Session,
    Setgroups,
    UidMap,
    GidMap,
    Loopback,
    Fork,
    Exec,
    Wait,
}

const STEPS: [Step; 11] = [
    Step::Files,
    Step::Signals,
    Step::DieWithTheRunner,
    Step::Session,
    Step::Setgroups,
    Step::UidMap,
    Step::GidMap,
    Step::Loopback,
    Step::Fork,
    Step::Exec,
    Step::Wait,
];
/// The status of a first process that could not write its report.
pub(crate) const MUTE: i32 = 126;

const ENDED: i32 = -1;
const READY: i32 = -2;

impl Status {
    /// The number of bytes of a report.
    pub(crate) const SIZE: usize = 8;

    /// Reads a report; `None` for bytes that are none.
    pub(crate) fn decode(bytes: [u8; Self::SIZE]) -> Option<Self> {
        let (tag, value) = bytes.split_at(4);
        let tag = i32::from_ne_bytes(tag.try_into().ok()?);
        let value = i32::from_ne_bytes(value.try_into().ok()?);
        match tag {
            ENDED => return Some(Self::Ended(value)),
            READY => return Some(Self::Ready),
            _ => {}
        }
        let step = STEPS.get(usize::try_from(tag).ok()?)?;
        Some(Self::Failed(*step, value))
    }

    fn encode(self) -> [u8; Self::SIZE] {
        let (tag, value) = match self {
            Self::Failed(step, errno) => (step as i32, errno),
            Self::Ready => (READY, 0),
            Self::Ended(status) => (ENDED, status),
        };
        let mut bytes = [0; Self::SIZE];
        bytes[..4].copy_from_slice(&tag.to_ne_bytes());
        bytes[4..].copy_from_slice(&value.to_ne_bytes());
        bytes
    }
}

/// The namespaces that a sandbox consists of, beside a user namespace.
const NAMESPACES: libc::c_int = libc::CLONE_NEWNET | libc::CLONE_NEWPID | libc::CLONE_NEWNS;

/// Makes the sandbox's first process.
///
/// # Errors
///
/// What clone(2) said: `EPERM` without the privilege, `ENOSPC` when a limit on namespaces is
/// reached, `EAGAIN` when one on processes is.
pub(crate) fn start(plan: &Plan) -> io::Result<Child> {
    let arguments = pointers(&plan.arguments);
    let environment = pointers(&plan.environment);
    let user = if plan.user_namespace.is_some() { libc::CLONE_NEWUSER } else { 0 };
    match child::fork(NAMESPACES | user)? {
        Some(first) => Ok(first),
        None => first_process(plan, &arguments, &environment),
    }
}

/// The words as exec wants them: pointers, ended by a null pointer.
fn pointers(words: &[CString]) -> Vec<*const libc::c_char> {
    let words = words.iter().map(|word| word.as_ptr());
    words.chain(std::iter::once(std::ptr::null())).collect()
}

fn first_process(
    plan: &Plan,
    arguments: &[*const libc::c_char],
    environment: &[*const libc::c_char],
) -> ! {
    take_files(&plan.files);
    demand(Step::Signals, signals::start_afresh());
    demand(Step::DieWithTheRunner, die_with_the_runner());
    if hung_up(LIFELINE_FD) {
        exit(1);
    }
    // SAFETY: setsid touches no memory. From here `kill(0, …)` in a test reaches only itself.
    demand(Step::Session, unsafe { libc::setsid() });
    if let Some((uid_map, gid_map)) = &plan.user_namespace {
        demand(Step::Setgroups, write_file(c"/proc/self/setgroups", c"deny"));
        demand(Step::UidMap, write_file(c"/proc/self/uid_map", uid_map));
        demand(Step::GidMap, write_file(c"/proc/self/gid_map", gid_map));
    }
    demand(Step::Loopback, loopback_up());
    pid_numbers::spread();
    report(Status::Ready);
    // SAFETY: as fork(2), whose handlers belong to the runner; both sides go on with system calls.
    match unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) as i32 } {
        -1 => demand(Step::Fork, -1),
        0 => test_process(arguments, environment),
        pid => bury(pid),
    }
    exit(1)
}

/// Turns itself into the test's process.
fn test_process(arguments: &[*const libc::c_char], environment: &[*const libc::c_char]) {
    // SAFETY: system calls on integers. The runner ignores SIGPIPE, as every Rust program does;
    // programs that the test starts must not inherit that.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    // SAFETY: as above. The status pipe must not outlive the exec.
    unsafe { libc::fcntl(STATUS_FD, libc::F_SETFD, libc::FD_CLOEXEC) };
    // SAFETY: all pointers are to strings that the plan owns, and both lists end with null.
    demand(Step::Exec, unsafe { exe::exec(arguments, environment) });
}

/// Waits for the test's process, and for orphans that were left to us, then reports.
fn bury(test: i32) {
    for fd in [0, 1, 2, VERDICT_FD, OUTPUT_FD, LIFELINE_FD] {
        // SAFETY: closing a descriptor of ours; the test's process has its own copies.
        unsafe { libc::close(fd) };
    }
    loop {
        let mut status = 0;
        // SAFETY: `status` is a local that outlives the call.
        let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL) };
        if pid == test {
            report(Status::Ended(status));
            exit(0);
        }
        if Errno::last_raw() != libc::EINTR {
            demand(Step::Wait, pid);
        }
    }
}

/// Asks for SIGKILL at the end of the runner's thread that waits for us. Negative on failure.
fn die_with_the_runner() -> i32 {
    // A name in ps is a convenience.
    // SAFETY: the name is a constant string with its terminator.
    unsafe { libc::prctl(libc::PR_SET_NAME, c"netns-test-init".as_ptr(), 0, 0, 0) };
    // SAFETY: prctl with integers only.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) }
}

/// Puts the descriptors where the test's process expects them, and closes all others: a pipe of
/// another test that runs beside this one must not be held open here.
fn take_files(files: &Files) {
    let places = [
        // First, so that trouble with the others can be reported.
        (&files.status, STATUS_FD),
        (&files.stdin, 0),
        (&files.prologue, 1),
        (&files.stderr, 2),
        (&files.verdict, VERDICT_FD),
        (&files.output, OUTPUT_FD),
        (&files.lifeline, LIFELINE_FD),
    ];
    for (file, place) in places {
        // SAFETY: dup2 on integers. No source is lower than the last place, so none is
        // overwritten before its turn.
        if unsafe { libc::dup2(file.as_raw_fd(), place) } < 0 {
            report_to(files.status.as_raw_fd(), Status::Failed(Step::Files, Errno::last_raw()));
            exit(127);
        }
    }
    // SAFETY: close_range on integers; what it closes are copies of the runner's descriptors.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, FIRST_UNUSED_FD, i32::MAX, 0) };
    if closed != 0 {
        for fd in FIRST_UNUSED_FD..4096 {
            // SAFETY: as above, one at a time, for kernels older than 5.9.
            unsafe { libc::close(fd) };
        }
    }
}

/// Whether nobody holds the other end of the pipe any more.
fn hung_up(fd: RawFd) -> bool {
    let mut poll = libc::pollfd { fd, events: 0, revents: 0 };
    // SAFETY: one pollfd, a local that outlives the call.
    let ready = unsafe { libc::poll(&raw mut poll, 1, 0) };
    ready == 1 && poll.revents & libc::POLLHUP != 0
}

/// Brings `lo` up: the first thing that needs CAP_NET_ADMIN in the new namespace, so the first
/// that shows whether it is really ours.
fn loopback_up() -> i32 {
    // SAFETY: socket on integers.
    let socket = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    if socket < 0 {
        return -1;
    }
    // SAFETY: `ifreq` consists of integers and a union of such; all-zero bytes are a value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name[0] = b'l' as libc::c_char;
    request.ifr_name[1] = b'o' as libc::c_char;
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: SIOCSIFFLAGS reads one `ifreq`, a local that outlives the call.
    let result = unsafe { libc::ioctl(socket, libc::SIOCSIFFLAGS, &raw const request) };
    let errno = Errno::last_raw();
    // SAFETY: our own descriptor, not used again.
    unsafe { libc::close(socket) };
    Errno::set_raw(errno);
    result
}

/// Writes a file of /proc in one call, as the kernel asks for the maps. Negative on failure.
fn write_file(path: &std::ffi::CStr, text: &std::ffi::CStr) -> i32 {
    // SAFETY: the path is a string with its terminator.
    let fd = unsafe { libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) };
    if fd < 0 {
        return -1;
    }
    let length = text.count_bytes();
    // SAFETY: the pointer and the length are of the same string.
    let written = unsafe { libc::write(fd, text.as_ptr().cast(), length) };
    let errno = Errno::last_raw();
    // SAFETY: our own descriptor, not used again.
    unsafe { libc::close(fd) };
    Errno::set_raw(errno);
    if written < 0 { -1 } else { 0 }
}

/// Ends the process with a report if the step failed.
fn demand(step: Step, result: i32) {
    if result < 0 {
        report(Status::Failed(step, Errno::last_raw()));
        exit(127);
    }
}

fn report(status: Status) {
    report_to(STATUS_FD, status);
}

fn report_to(fd: RawFd, status: Status) {
    let bytes = status.encode();
    // SAFETY: the pointer and the length are of the same array. Eight bytes go through a pipe
    // in one piece (pipe(7), PIPE_BUF).
    let written = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
    if written < 0 {
        exit(MUTE);
    }
}

fn exit(code: i32) -> ! {
    // SAFETY: ends the process at once, without handlers that belong to the runner.
    unsafe { libc::_exit(code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_survives_the_pipe() {
        let all = STEPS.into_iter().map(|step| Status::Failed(step, libc::EPERM));
        for status in
            all.chain([Status::Ready, Status::Ended(0), Status::Ended(9), Status::Ended(256)])
        {
            assert_eq!(Status::decode(status.encode()), Some(status));
        }
        assert_eq!(Status::decode([0x7f; Status::SIZE]), None);
    }
}
