//! The network of a failed test is kept, so that a person can look at it.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::case::Case;
use super::launch::Sandbox;
use super::privilege::Privilege;
use crate::sys::descriptor;

/// Says how to enter the hosts, and waits until the person ends it: by Enter where there is a
/// terminal, or by ending the sandbox.
pub(super) fn wait(sandbox: &Sandbox, case: &Case, hosts: &[(String, i32)]) -> io::Result<()> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok();
    let text = instructions(sandbox, case, hosts, terminal.is_some());
    // Not by eprint, which the runner captures until the test is over.
    io::stderr().write_all(text.as_bytes())?;
    if let Some(terminal) = &terminal
        && !io::stderr().is_terminal()
    {
        let mut terminal: &File = terminal;
        terminal.write_all(text.as_bytes())?;
    }
    loop {
        let mut watched = vec![PollFd::new(sandbox.first.as_fd(), PollFlags::POLLIN)];
        watched.extend(terminal.as_ref().map(|file| PollFd::new(file.as_fd(), PollFlags::POLLIN)));
        match poll(&mut watched, PollTimeout::NONE) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let entered = watched.get(1).is_some_and(|fd| fd.any().unwrap_or(false));
        if watched[0].any().unwrap_or(false) || entered {
            return terminal.filter(|_| entered).map_or(Ok(()), |terminal| swallow(&terminal));
        }
    }
}

/// Reads the line that ended the pause.
fn swallow(mut terminal: &File) -> io::Result<()> {
    let mut line = [0; 1024];
    terminal.read(&mut line).map(drop)
}

fn instructions(sandbox: &Sandbox, case: &Case, hosts: &[(String, i32)], terminal: bool) -> String {
    let mut text = format!("\nnetns-test: {case} failed, and its network is kept. Its hosts:\n");
    for (host, file) in hosts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {host}: {}", enter(sandbox, *file));
    }
    let pid = sandbox.first.pid();
    text += &match terminal {
        true => format!("press Enter here to end it, or: kill -9 {pid}\n"),
        false => format!("to end it: kill -9 {pid}\n"),
    };
    text
}

/// The command that starts a shell inside a host (nsenter(1)), with the names that the test sees.
fn enter(sandbox: &Sandbox, file: i32) -> String {
    let Some(process) = test_process(sandbox) else {
        return "there is no way in: `/proc` is not mounted here, or does not show the test".into();
    };
    let user = match sandbox.privilege {
        Privilege::Direct => String::new(),
        Privilege::UserNamespace => {
            format!("--user=/proc/{process}/ns/user --preserve-credentials ")
        }
    };
    let inside = format!("--mount=/proc/{process}/ns/mnt --pid=/proc/{process}/ns/pid");
    format!("nsenter {user}{inside} --net=/proc/{process}/fd/{file}")
}

/// The number of the test's own process, the child of the sandbox's first, in the `/proc` that is
/// mounted here.
fn test_process(sandbox: &Sandbox) -> Option<i32> {
    let first = descriptor::number_in_proc(sandbox.first.as_fd())?;
    let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}
