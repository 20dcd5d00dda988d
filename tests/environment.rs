//! A test as people write them, to be run in every environment: `tests/environments` runs this
//! binary in containers, in chroots, under limits, under sudo, and reads the lines that it prints.
#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use netns_test::{Host, Result, netns_test};
use support::cookie::cookie;
use support::hello::hello;

#[netns_test]
fn two_hosts_talk(server: Host, client: Host) -> Result {
    for ip in server.addrs() {
        hello((ip, 80).into(), &server, &client)?;
    }
    Ok(())
}

#[netns_test]
fn a_block_keeps_them_from_it(server: Host, client: Host) -> Result {
    let address = SocketAddr::from((server.ipv4(), 80));
    let _listener = server.run(|| TcpListener::bind(address))?;
    let dial = || TcpStream::connect_timeout(&address, Duration::from_millis(100));
    let block = client.block(&server)?;
    assert_eq!(client.run(dial).expect_err("it is blocked").kind(), ErrorKind::TimedOut);
    block.unblock()?;
    client.run(dial)?;
    Ok(())
}

/// The sandbox's namespace and its hosts' are three, by two ways of telling them apart.
#[netns_test]
fn each_host_has_a_namespace_of_its_own(server: Host, client: Host) -> Result {
    let cookies = [cookie()?, server.run(cookie)?, client.run(cookie)?];
    println!("environment: cookies {cookies:?}");
    assert_eq!(BTreeSet::from(cookies).len(), 3, "{cookies:?}");
    // Without /proc there is nothing to compare.
    let inodes = [inode(), server.run(inode), client.run(inode)];
    if let [Ok(sandbox), Ok(server), Ok(client)] = inodes {
        println!("environment: inodes {sandbox} {server} {client}");
        assert_eq!(BTreeSet::from([sandbox, server, client]).len(), 3);
    }
    Ok(())
}

fn inode() -> io::Result<u64> {
    Ok(fs::metadata("/proc/thread-self/ns/net")?.ino())
}

/// Which user namespace the runner is in: a sandbox that is in another one was made by that way.
#[test]
fn the_runner_is_somewhere() {
    println!("environment: runner {}", user_namespace());
}

#[netns_test]
fn the_sandbox_is_somewhere(server: Host, _client: Host) {
    println!("environment: sandbox {}", user_namespace());
    // What a test can do without; netns-test says so where somebody asks for it.
    if let Err(error) = server.netns_path() {
        println!("environment: lacking names of hosts ({})", first_line(&error.to_string()));
    }
    let own = fs::read_link("/proc/self").ok();
    if own.is_none_or(|number| number.as_os_str() != std::process::id().to_string().as_str()) {
        println!("environment: lacking a /proc of the sandbox's own");
    }
    let setting = "/proc/sys/net/ipv4/ip_forward";
    if let Err(error) = server.run(|| OpenOptions::new().write(true).open(setting)) {
        println!("environment: lacking a writable /proc/sys ({error})");
    }
    if server.addrs().len() < 2 {
        println!("environment: lacking IPv6");
    }
}

fn first_line(text: &str) -> &str {
    text.rsplit_once(": ").map_or(text, |(_, cause)| cause)
}

fn user_namespace() -> String {
    let link = fs::read_link("/proc/self/ns/user");
    link.map_or_else(|error| format!("unknown: {error}"), |link| link.display().to_string())
}

/// None of these may ever pass.
mod red {
    use super::*;

    #[netns_test]
    #[ignore = "fails on purpose; run by tests/environments"]
    fn panics(_server: Host, _client: Host) {
        panic!("this test fails");
    }

    #[netns_test]
    #[ignore = "fails on purpose; run by tests/environments"]
    fn returns_an_error(server: Host) -> Result {
        server.run(|| TcpStream::connect("127.0.0.1:1"))?;
        Ok(())
    }

    #[netns_test]
    #[ignore = "fails on purpose; run by tests/environments"]
    fn aborts(_server: Host) {
        std::process::abort();
    }

    #[netns_test]
    #[ignore = "fails on purpose; run by tests/environments"]
    fn exits(_server: Host) {
        std::process::exit(0);
    }

    #[netns_test]
    #[ignore = "fails on purpose; run by tests/environments"]
    fn has_a_task_that_panics(server: Host) {
        let task = server.spawn(async { panic!("this task fails") });
        while !task.is_finished() {
            std::thread::yield_now();
        }
    }

    #[netns_test(timeout = "100ms")]
    #[ignore = "fails on purpose; run by tests/environments"]
    fn hangs(_server: Host) {
        std::thread::park();
    }

    #[netns_test]
    #[ignore = "fails on purpose; run by tests/environments"]
    fn is_killed(_server: Host) {
        let own = nix::unistd::Pid::this();
        nix::sys::signal::kill(own, nix::sys::signal::Signal::SIGKILL)
            .expect("it is our own process");
    }
}
