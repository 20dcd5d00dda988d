//! Whatever state the caller of the tests is in, the verdict is right: signals that are ignored or
//! blocked, a umask, closed descriptors, few files or processes left. What is lacking is named,
//! with its repair.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::mpsc::TryRecvError;
use std::thread;

use netns_test::{Host, Result, netns_test};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use support::folder::Folder;
use support::runner::{Run, Source, fixture, run};
use support::signals::{block_signals, ignore};

/// What a test does: hosts talk, and processes are started, waited for, and ended.
fn a_test_works(server: &Host, client: &Host) -> Result {
    let address = SocketAddr::from((server.ipv4(), 80));
    let listener = server.run(|| TcpListener::bind(address))?;
    client.run(|| TcpStream::connect(address))?.write_all(b"hello")?;
    let mut heard = String::new();
    listener.accept()?.0.read_to_string(&mut heard)?;
    assert_eq!(heard, "hello");
    // Whoever ignores SIGCHLD does not learn how a child ended.
    assert_eq!(client.command("sh").args(["-c", "exit 7"]).status()?.code(), Some(7));
    // A child that inherits blocked signals does not end at SIGTERM.
    let ended = client.command("sh").args(["-c", "kill -TERM $$; exit 7"]).status()?;
    assert_eq!(ended.signal(), Some(libc::SIGTERM));
    Ok(())
}

mod fixtures {
    use super::*;

    #[test]
    #[ignore = "run by a test beside it"]
    fn needs_nothing() {}

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn works(server: Host, client: Host) -> Result {
        a_test_works(&server, &client)
    }

    /// Some programs wait for whatever child ends, as the first process of a container does.
    #[test]
    #[ignore = "run by a test beside it"]
    fn loses_its_sandbox_beside_a_reaper() {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                while stopped.try_recv() == Err(TryRecvError::Empty) {
                    let _ = waitpid(None, None);
                    thread::yield_now();
                }
            });
            // Dropped when the test is over, whether it passes or panics.
            let _stop = stop;
            loses_its_sandbox();
        });
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn waits() {
        thread::park();
    }

    #[test]
    #[ignore = "run by a test beside it"]
    fn loses_its_sandbox() {
        let thread = nix::unistd::gettid();
        thread::scope(|scope| {
            scope.spawn(move || kill(first_process(thread), Signal::SIGKILL));
            waits();
        });
    }

    /// The sandbox's first process, once it has its name: the child of that thread of ours.
    fn first_process(parent: Pid) -> Pid {
        let children = format!("/proc/self/task/{parent}/children");
        loop {
            let children = fs::read_to_string(&children).expect("the thread waits for it");
            let first = children.split_whitespace().next().unwrap_or_default();
            let name = fs::read_to_string(format!("/proc/{first}/comm")).unwrap_or_default();
            if name == "netns-test-init\n" {
                return Pid::from_raw(first.parse().expect("it is a number"));
            }
            thread::yield_now();
        }
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn panics(_server: Host, _client: Host) {
        panic!("this test fails");
    }

    #[netns_test(timeout = "100ms")]
    #[ignore = "run by a test beside it"]
    fn stops_itself() {
        // Nothing of this process can end its time any more.
        nix::sys::signal::raise(Signal::SIGSTOP).expect("it is our own process");
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn names_are_readable_for_all(server: Host, client: Host) -> Result {
        if server.netns_path().is_ok() {
            let mode = fs::metadata("/etc/hosts")?.permissions().mode();
            assert_eq!(mode & 0o444, 0o444, "{mode:o}");
            client.run(|| ("server", 80).to_socket_addrs())?;
        }
        Ok(())
    }
}

const SOURCE: Source = Source { path: "tests/caller.rs", text: include_str!("caller.rs") };

/// A test that works passes, and one that panics fails with its own message.
#[track_caller]
fn verdicts_are_right(prepare: impl Fn(&mut Command)) {
    let started = |name| {
        let mut runner = fixture(name);
        prepare(&mut runner);
        run(&mut runner)
    };
    started("fixtures::works").passed();
    started("fixtures::panics").failed_with(&SOURCE, &PANICKED);
}

const PANICKED: [&str; 2] = [
    "thread 'fixtures::panics' panicked at caller.rs:`panic!(\"this test fails\");`:",
    "this test fails",
];

/// The runner of a fixture, started by a shell script as `exec "$@"`.
fn by_script(script: &str, name: &str) -> Command {
    let runner = fixture(name);
    let mut command = Command::new("sh");
    command.args(["-euc", script, "sh"]).arg(runner.get_program()).args(runner.get_args());
    for (name, value) in runner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

#[test]
fn verdicts_are_right_where_sigchld_is_ignored() {
    verdicts_are_right(|runner| ignore(runner, libc::SIGCHLD));
}

#[test]
fn a_test_that_hangs_is_ended_where_sigchld_is_ignored() {
    let mut runner = fixture("fixtures::stops_itself");
    ignore(&mut runner, libc::SIGCHLD);
    let shown = run(&mut runner).failure(&SOURCE);
    assert!(shown.contains("did not end within 100ms"), "{shown}");
}

/// Its end is not lost, and what is said of it is true.
#[track_caller]
fn the_loss_is_told(runner: &mut Command) {
    let shown = run(runner).failure(&SOURCE);
    assert!(shown.contains(": its first process was killed from outside (SIGKILL) "), "{shown}");
}

#[test]
fn a_sandbox_that_is_killed_is_said_to_be_where_sigchld_is_ignored() {
    let mut runner = fixture("fixtures::loses_its_sandbox");
    ignore(&mut runner, libc::SIGCHLD);
    the_loss_is_told(&mut runner);
}

#[test]
fn a_sandbox_that_is_killed_is_said_to_be_where_somebody_else_waits_for_every_child() {
    the_loss_is_told(&mut fixture("fixtures::loses_its_sandbox_beside_a_reaper"));
}

#[test]
fn verdicts_are_right_where_all_signals_are_blocked() {
    verdicts_are_right(block_signals);
}

#[test]
fn verdicts_are_right_with_any_umask() {
    for umask in ["0777", "0"] {
        for name in ["fixtures::works", "fixtures::names_are_readable_for_all"] {
            run(&mut by_script(&format!("umask {umask}; exec \"$@\""), name)).passed();
        }
        let script = format!("umask {umask}; exec \"$@\"");
        run(&mut by_script(&script, "fixtures::panics")).failed_with(&SOURCE, &PANICKED);
    }
}

#[test]
fn verdicts_are_right_where_the_standard_descriptors_are_closed() {
    for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
        let script = format!("exec \"$@\" {closed}");
        let status = |name| run(&mut by_script(&script, name)).status;
        assert_eq!(status("fixtures::works"), 0, "{closed}");
        assert_eq!(status("fixtures::panics"), 101, "{closed}");
    }
}

/// Runs the fixtures with each of these limits. Wherever a test that needs nothing passes, a test
/// with a network passes too, or what was used up is named: by `repair`, or by `errno` where the
/// body itself was told so.
#[track_caller]
fn each_limit_is_enough_or_named(
    limits: std::ops::Range<u32>,
    run: impl Fn(u32, &str) -> Run,
    repair: &str,
    errno: &str,
) {
    let (mut named, mut enough) = (0, 0);
    for limit in limits {
        if run(limit, "fixtures::needs_nothing").status != 0 {
            continue;
        }
        let works = run(limit, "fixtures::works");
        if works.status == 0 {
            works.passed();
            enough += 1;
        } else {
            assert_eq!(works.status, 101, "{limit}: {works}");
            let repaired = works.stdout.contains(repair);
            assert!(repaired || works.stdout.contains(errno), "{limit}: {works}");
            named += u32::from(repaired);
        }
        let panics = run(limit, "fixtures::panics");
        assert_eq!(panics.status, 101, "{limit}: {panics}");
        let told =
            ["this test fails", repair, errno].iter().any(|told| panics.stdout.contains(told));
        assert!(told, "{limit}: {panics}");
    }
    // The range has both.
    assert!(named > 0 && enough > 0, "{named} named, {enough} enough");
}

#[test]
fn few_files_are_enough_or_named() {
    each_limit_is_enough_or_named(
        4..48,
        |limit, name| run(&mut by_script(&format!("ulimit -n {limit}; exec \"$@\""), name)),
        "help: raise the limit of this shell: `ulimit -n",
        "Too many open files (os error 24)",
    );
}

/// In a user namespace of its own, in which nobody else's processes count. Root is never limited.
#[test]
fn few_processes_are_enough_or_named() {
    let folder = Folder::make();
    let binary = folder.path().join("caller");
    let this = std::env::current_exe().expect("a test binary has a path");
    fs::copy(this, &binary).expect("the folder can be written");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
    let ordinary = match nix::unistd::geteuid().is_root() {
        true => "setpriv --reuid=65534 --regid=65534 --clear-groups ",
        false => "",
    };
    let as_user = |limit: u32, name: &str| {
        let script = format!(
            "exec {ordinary}unshare --user --map-root-user \
             sh -c 'exec prlimit --nproc={limit} {} \"$@\"' \"$@\"",
            binary.display()
        );
        run(by_script(&script, name).current_dir("/"))
    };
    each_limit_is_enough_or_named(
        2..24,
        as_user,
        "(`ulimit -Hu` = ",
        "Resource temporarily unavailable",
    );
}
