//! Each system call of a sandbox is denied, one after the other, as a container's profile or an old
//! kernel does it: no test that should fail passes, no host is in a wrong namespace, and what was
//! denied is named.
#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::thread;

use netns_test::{Host, Result, netns_test};
use support::cookie::cookie;
use support::hello::hello;
use support::runner::{Run, fixtures, run};
use support::seccomp::refuse_from_here;

mod fixtures {
    use super::*;

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn hosts_are_apart_and_talk(server: Host, client: Host) -> Result {
        let cookies = [cookie()?, server.run(cookie)?, client.run(cookie)?];
        assert_eq!(BTreeSet::from(cookies).len(), 3, "one namespace is two hosts': {cookies:?}");
        hello((server.ipv4(), 80).into(), &server, &client)
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn panics(_server: Host, _client: Host) {
        panic!("this test fails");
    }

    #[netns_test(timeout = "100ms")]
    #[ignore = "run by a test beside it"]
    fn hangs() {
        // Nothing of this process can end its time any more.
        nix::sys::signal::raise(nix::sys::signal::Signal::SIGSTOP).expect("it is our own process");
    }

    #[test]
    #[ignore = "run by a test beside it"]
    fn hangs_denied() {
        deny();
        hangs();
    }

    /// The calls of the two above are denied from here on, and not those of the whole runner.
    fn deny() {
        let words = std::env::var("NETNS_TEST_DENIED").expect("the test beside it sets it");
        let (call, errno) = words.split_once(' ').expect("it sets two numbers");
        refuse_from_here(call.parse().expect("a number"), errno.parse().expect("a number"));
    }

    #[test]
    #[ignore = "run by a test beside it"]
    fn denied_to_one_that_passes() {
        deny();
        hosts_are_apart_and_talk();
    }

    #[test]
    #[ignore = "run by a test beside it"]
    fn denied_to_one_that_fails() {
        deny();
        panics();
    }
}

/// A system call: its name and its number.
type Call = (&'static str, libc::c_long);

/// What strace(1) shows of a runner, a sandbox and a test, and what other versions of the C library
/// would use in its place. Without some of them no program runs at all; without those that end a
/// process none does (exit(2), exit_group(2)).
const CALLS: &[Call] = &[
    ("accept4", libc::SYS_accept4),
    ("bind", libc::SYS_bind),
    ("brk", libc::SYS_brk),
    ("capget", libc::SYS_capget),
    ("capset", libc::SYS_capset),
    ("chdir", libc::SYS_chdir),
    ("clock_nanosleep", libc::SYS_clock_nanosleep),
    ("clone", libc::SYS_clone),
    ("clone3", libc::SYS_clone3),
    ("close", libc::SYS_close),
    ("close_range", libc::SYS_close_range),
    ("connect", libc::SYS_connect),
    ("dup", libc::SYS_dup),
    ("dup3", libc::SYS_dup3),
    ("epoll_create1", libc::SYS_epoll_create1),
    ("epoll_ctl", libc::SYS_epoll_ctl),
    ("epoll_pwait", libc::SYS_epoll_pwait),
    ("eventfd2", libc::SYS_eventfd2),
    ("execve", libc::SYS_execve),
    ("fchmod", libc::SYS_fchmod),
    ("fcntl", libc::SYS_fcntl),
    ("fstat", libc::SYS_fstat),
    ("fstatfs", libc::SYS_fstatfs),
    ("ftruncate", libc::SYS_ftruncate),
    ("futex", libc::SYS_futex),
    ("getdents64", libc::SYS_getdents64),
    ("getegid", libc::SYS_getegid),
    ("geteuid", libc::SYS_geteuid),
    ("getgid", libc::SYS_getgid),
    ("getpeername", libc::SYS_getpeername),
    ("getpid", libc::SYS_getpid),
    ("getppid", libc::SYS_getppid),
    ("getrandom", libc::SYS_getrandom),
    ("getsockname", libc::SYS_getsockname),
    ("getsockopt", libc::SYS_getsockopt),
    ("gettid", libc::SYS_gettid),
    ("getuid", libc::SYS_getuid),
    ("ioctl", libc::SYS_ioctl),
    ("kill", libc::SYS_kill),
    ("linkat", libc::SYS_linkat),
    ("listen", libc::SYS_listen),
    ("lseek", libc::SYS_lseek),
    ("madvise", libc::SYS_madvise),
    ("membarrier", libc::SYS_membarrier),
    ("memfd_create", libc::SYS_memfd_create),
    ("mkdirat", libc::SYS_mkdirat),
    ("mount", libc::SYS_mount),
    ("move_mount", libc::SYS_move_mount),
    ("mprotect", libc::SYS_mprotect),
    ("munmap", libc::SYS_munmap),
    ("newfstatat", libc::SYS_newfstatat),
    ("openat", libc::SYS_openat),
    ("pidfd_getfd", libc::SYS_pidfd_getfd),
    ("pidfd_open", libc::SYS_pidfd_open),
    ("pidfd_send_signal", libc::SYS_pidfd_send_signal),
    ("pipe2", libc::SYS_pipe2),
    ("ppoll", libc::SYS_ppoll),
    ("prctl", libc::SYS_prctl),
    ("pread64", libc::SYS_pread64),
    ("prlimit64", libc::SYS_prlimit64),
    ("pwrite64", libc::SYS_pwrite64),
    ("read", libc::SYS_read),
    ("readlinkat", libc::SYS_readlinkat),
    ("recvfrom", libc::SYS_recvfrom),
    ("recvmsg", libc::SYS_recvmsg),
    ("rseq", libc::SYS_rseq),
    ("rt_sigaction", libc::SYS_rt_sigaction),
    ("rt_sigprocmask", libc::SYS_rt_sigprocmask),
    ("sched_getaffinity", libc::SYS_sched_getaffinity),
    ("sched_setattr", libc::SYS_sched_setattr),
    ("sched_yield", libc::SYS_sched_yield),
    ("sendmsg", libc::SYS_sendmsg),
    ("sendto", libc::SYS_sendto),
    ("set_robust_list", libc::SYS_set_robust_list),
    ("set_tid_address", libc::SYS_set_tid_address),
    ("setns", libc::SYS_setns),
    ("setsid", libc::SYS_setsid),
    ("setsockopt", libc::SYS_setsockopt),
    ("shutdown", libc::SYS_shutdown),
    ("sigaltstack", libc::SYS_sigaltstack),
    ("socket", libc::SYS_socket),
    ("socketpair", libc::SYS_socketpair),
    ("statx", libc::SYS_statx),
    ("symlinkat", libc::SYS_symlinkat),
    ("tgkill", libc::SYS_tgkill),
    ("timerfd_create", libc::SYS_timerfd_create),
    ("umount2", libc::SYS_umount2),
    ("unlinkat", libc::SYS_unlinkat),
    ("unshare", libc::SYS_unshare),
    ("wait4", libc::SYS_wait4),
    ("waitid", libc::SYS_waitid),
    ("write", libc::SYS_write),
    ("writev", libc::SYS_writev),
];

/// Those that newer machines do not have.
#[cfg(target_arch = "x86_64")]
const OLD_CALLS: &[Call] = &[
    ("access", libc::SYS_access),
    ("arch_prctl", libc::SYS_arch_prctl),
    ("dup2", libc::SYS_dup2),
    ("epoll_wait", libc::SYS_epoll_wait),
    ("getdents", libc::SYS_getdents),
    ("mkdir", libc::SYS_mkdir),
    ("poll", libc::SYS_poll),
    ("readlink", libc::SYS_readlink),
    ("rmdir", libc::SYS_rmdir),
    ("symlink", libc::SYS_symlink),
    ("unlink", libc::SYS_unlink),
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_CALLS: &[Call] = &[];

/// The calls by which a sandbox is made, the first that fails without them, and how that is named.
const STEPS: &[(&[&str], &str)] = &[
    (&["clone"], "making the namespaces gives "),
    (&["dup2"], "taking the descriptors gives "),
    (&["execve"], "starting /proc/self/exe gives "),
    (&["fcntl", "pipe2"], "in a sandbox: making a pipe: "),
    (&["poll", "read"], "in a sandbox: watching it: "),
    (&["prctl"], "asking to end with the runner (PR_SET_PDEATHSIG) gives "),
    (&["rt_sigaction", "rt_sigprocmask"], "taking signals by default gives "),
    (&["setns"], "cannot bring a thread back to its network namespace: "),
    (&["setsid"], "beginning a session gives "),
    (&["socket", "ioctl"], "bringing `lo` up gives "),
    (&["socketpair"], "in a sandbox: making a pair of sockets: "),
    (&["unshare"], "cannot make the network namespace of host `server`: "),
    (&["wait4"], "waiting for the test's process gives "),
    (&["write"], "its first process could not write its report"),
];

fn step(name: &str) -> Option<&'static str> {
    STEPS.iter().find(|(names, _)| names.contains(&name)).map(|(_, step)| *step)
}

/// Runs `check` with each call and each errno, on as many threads as a small machine has processors.
fn with_each(calls: impl Iterator<Item = Call> + Send, check: impl Fn(Call, i32) + Sync) {
    let calls = Mutex::new(calls);
    let next = || calls.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some(call) = next() {
            check(call, libc::EPERM);
            check(call, libc::ENOSYS);
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
}

fn run_denied(fixture: &str, call: Call, errno: i32) -> Run {
    let mut runner = fixtures([fixture, "--ignored"]);
    run(runner.env("NETNS_TEST_DENIED", format!("{} {errno}", call.1)))
}

/// Both fixtures are run. The one that passes looks at its namespaces itself: where the denied call
/// was not needed it is green, and rightly.
#[test]
fn no_denied_call_makes_a_test_green_and_what_a_sandbox_needs_is_named() {
    with_each(CALLS.iter().chain(OLD_CALLS).copied(), |call, errno| {
        let run = run_denied("fixtures::denied_to_one", call, errno);
        let denied = format!("{} gives {errno}: {run}", call.0);
        assert_ne!(run.status, 0, "{denied}");
        assert!(!run.stdout.contains("denied_to_one_that_fails ... ok"), "{denied}");
        if let Some(step) = step(call.0) {
            assert!(run.stdout.contains("denied_to_one_that_passes ... FAILED"), "{denied}");
            let both = run.stdout.matches(step).count() >= 2;
            assert!(both, "`{step}` is not named where {denied}");
            let repaired = run.stdout.lines().filter(|line| {
                line.starts_with("help: ") && line.contains("`--security-opt seccomp=unconfined`")
            });
            // Who cannot read the system's files, or not say why, has no repair to name.
            let expected = if ["read", "write"].contains(&call.0) { 0 } else { 2 };
            assert_eq!(repaired.count(), expected, "no repair where {denied}");
        }
    });
}

/// What ends a test that hangs is not needed either.
#[test]
fn a_test_that_hangs_ends_whatever_is_denied_to_its_runner() {
    let calls = ["pidfd_send_signal", "waitid", "kill"];
    with_each(CALLS.iter().copied().filter(|call| calls.contains(&call.0)), |call, errno| {
        let run = run_denied("fixtures::hangs_denied", call, errno);
        let denied = format!("{} gives {errno}: {run}", call.0);
        assert_eq!(run.status, 101, "{denied}");
        assert!(run.stdout.contains("did not end within 100ms"), "{denied}");
    });
}
