//! Each system call of a sandbox is denied, one after the other, as a container's profile or an old
//! kernel does it: no test that should fail passes, no host is in a wrong namespace, and what was
//! denied is named.
#![cfg(target_os = "linux")]
#![expect(unsafe_code, reason = "nix does not know SO_NETNS_COOKIE")]

mod support;

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Mutex;
use std::thread;

use netns_test::{Host, Result, netns_test};
use support::runner::{Run, fixtures, run};
use support::seccomp::refuse_from_here;

/// What tells the namespace of this thread from all others (socket(7)), without any file.
fn cookie() -> io::Result<u64> {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    let mut cookie = 0_u64;
    let mut length = size_of::<u64>() as libc::socklen_t;
    // SAFETY: the kernel writes eight bytes, into a local that outlives the call.
    let got = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_NETNS_COOKIE,
            (&raw mut cookie).cast(),
            &raw mut length,
        )
    };
    if got == 0 { Ok(cookie) } else { Err(io::Error::last_os_error()) }
}

mod fixtures {
    use super::*;

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn hosts_are_apart_and_talk(server: Host, client: Host) -> Result {
        let cookies = [cookie()?, server.run(cookie)?, client.run(cookie)?];
        assert_eq!(BTreeSet::from(cookies).len(), 3, "one namespace is two hosts': {cookies:?}");
        let address = SocketAddr::from((server.ipv4(), 80));
        let listener = server.run(|| TcpListener::bind(address))?;
        client.run(|| TcpStream::connect(address))?.write_all(b"hello")?;
        let mut heard = String::new();
        listener.accept()?.0.read_to_string(&mut heard)?;
        assert_eq!(heard, "hello");
        Ok(())
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn panics(_server: Host, _client: Host) {
        panic!("this test fails");
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

/// What strace(1) shows of a runner, a sandbox and a test, and what other versions of the C library
/// and of the kernel would use in its place.
const CALLS: [(&str, libc::c_long); 94] = [
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
    ("exit", libc::SYS_exit),
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

/// Those that newer machines do not have any more.
#[cfg(target_arch = "x86_64")]
const OLD_CALLS: [(&str, libc::c_long); 11] = [
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
const OLD_CALLS: [(&str, libc::c_long); 0] = [];

#[test]
fn look() {
    let calls = Mutex::new(CALLS.into_iter().chain(OLD_CALLS));
    let work = || {
        while let Some((name, call)) = { let next = calls.lock().unwrap().next(); next } {
            for errno in [libc::EPERM, libc::ENOSYS] {
                let mut runner = fixtures(["fixtures::denied_to_one", "--ignored"]);
                let begun = std::time::Instant::now();
                let run = run(runner.env("NETNS_TEST_DENIED", format!("{call} {errno}")));
                let words: Vec<&str> = run.stdout.lines().filter(|line| !line.is_empty() && !line.starts_with("running") && !line.starts_with("failures:") && !line.starts_with("    fix")).collect();
                println!("##### {name} {errno} {} {:?}\n{}\n{}", run.status, begun.elapsed(), words.join("\n"), run.stderr);
            }
        }
    };
    thread::scope(|scope| { scope.spawn(work); scope.spawn(work); });
}
