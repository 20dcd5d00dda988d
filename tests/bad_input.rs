//! What cannot be done is an error that names the operation, its operands, the cause, and the
//! repair where it is known; and then nothing has been done.
//!
//! The texts are part of the documentation, so they are compared whole.
#![cfg(target_os = "linux")]

#[path = "bad_input/messages.rs"]
mod messages;
mod support;

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use netns_test::{
    Backend, Error, Host, IcmpKind, Net, Policy, RejectWith, Result, Rule, netns_test,
};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use support::interface::add_bridge;
use support::runner::{fixture, run};

#[track_caller]
fn refused<T>(result: std::result::Result<T, Error>, text: &str) -> Error {
    match result {
        Ok(_) => panic!("it was not refused: {text}"),
        Err(error) => {
            assert_eq!(error.to_string(), text);
            error
        }
    }
}

/// Whether the client reaches the server, at once.
fn reaches(client: &Host, server: &Host) -> bool {
    let address = (server.ipv4(), 80).into();
    let _listener = server.run(|| TcpListener::bind(address)).expect("the port is free");
    client.run(|| TcpStream::connect_timeout(&address, Duration::from_secs(10))).is_ok()
}

// Names of hosts.

#[netns_test]
fn a_bad_name_of_a_host_is_refused(net: Net) -> Result {
    let longest = "x".repeat(63);
    let too_long = "x".repeat(64);
    for (name, text) in [
        ("", "cannot add host ``: the name is empty"),
        (
            "9",
            "cannot add host `9`: a name must begin with an ASCII letter, or it could be taken for an address",
        ),
        (
            "-a",
            "cannot add host `-a`: a name must begin with an ASCII letter, or it could be taken for an address",
        ),
        (
            "the server",
            "cannot add host `the server`: a name consists of ASCII letters, digits, `-` and `_`, and ' ' is none of them",
        ),
        (
            "a/../b",
            "cannot add host `a/../b`: a name consists of ASCII letters, digits, `-` and `_`, and '/' is none of them",
        ),
        (
            "a.b",
            "cannot add host `a.b`: a name consists of ASCII letters, digits, `-` and `_`, and '.' is none of them",
        ),
        (
            "a\n10.0.0.9 b",
            "cannot add host `a\\n10.0.0.9 b`: a name consists of ASCII letters, digits, `-` and `_`, and '\\n' is none of them",
        ),
        (
            "größe",
            "cannot add host `größe`: a name consists of ASCII letters, digits, `-` and `_`, and 'ö' is none of them",
        ),
        ("localhost", "cannot add host `localhost`: this is what every host calls itself"),
        ("LocalHost", "cannot add host `LocalHost`: this is what every host calls itself"),
        (
            &too_long,
            &format!(
                "cannot add host `{too_long}`: the name has 64 characters, and can have at most 63"
            ),
        ),
    ] {
        refused(net.hosts([name]), text);
        refused(net.hosts(["fine", name]), text);
    }
    refused(net.host("fine"), "cannot find host `fine`: there are no hosts");
    net.hosts([&longest])?;
    Ok(())
}

#[netns_test]
fn a_name_that_is_taken_is_refused(net: Net, server: Host) -> Result {
    let taken = |name| format!("cannot add host `{name}`: a host `server` already exists");
    refused(net.hosts(["server"]), &taken("server"));
    refused(net.hosts(["client", "Server"]), &taken("Server"));
    refused(net.hosts(["a", "b", "A"]), "cannot add host `A`: a host `a` already exists");
    // Nothing has been done: the names are free, and so are those of the namespaces.
    let [a, b, client] = net.hosts(["a", "b", "client"])?;
    assert!(reaches(&a, &b) && reaches(&b, &client));
    if let (Ok(at), Ok(_)) = (client.netns_path(), server.netns_path()) {
        assert_eq!(at.file_name().and_then(|name| name.to_str()), Some("client"));
    }
    Ok(())
}

#[netns_test]
fn an_unknown_host_is_told_from_those_there_are(net: Net, _server: Host, _client: Host) {
    refused(net.host("nobody"), "cannot find host `nobody`: the hosts are `server`, `client`");
}

#[netns_test]
fn more_hosts_than_a_link_has_room_for_are_refused(net: Net) {
    let names: Vec<String> = (1..=255).map(|number| format!("h{number}")).collect();
    let error = net.add_hosts(&names).expect_err("254 is the most").to_string();
    assert!(error.ends_with("a link holds at most 254 hosts, not 255"), "{error}");
}

/// Under the limit that most shells begin with there is room for two hundred hosts (four descriptors
/// each, so not for all the 254 that a link takes), and what is beyond it is told.
#[netns_test]
fn too_many_open_files_are_an_error_with_what_repairs_it(net: Net) -> Result {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, 1024, most)?;
    let names: Vec<String> = (1..=200).map(|number| format!("h{number}")).collect();
    net.add_hosts(&names)?;
    setrlimit(Resource::RLIMIT_NOFILE, 32, most)?;
    let error = net.add_hosts(&["one", "more"]).expect_err("there is no room for them");
    setrlimit(Resource::RLIMIT_NOFILE, 1024, most)?;
    assert_eq!(error.raw_os_error(), Some(libc::EMFILE), "{error}");
    let help = "\nhelp: raise the limit of this shell: `ulimit -n $(ulimit -Hn)`";
    assert!(error.to_string().ends_with(help), "{error}");
    Ok(())
}

// Links.

#[netns_test]
fn a_bad_name_of_an_interface_is_refused(net: Net, server: Host, client: Host) -> Result {
    for (name, text) in [
        ("", "cannot add interface ``: the name is empty"),
        (
            "sixteen-letters!",
            "cannot add interface `sixteen-letters!`: the name has 16 bytes, and can have at most 15",
        ),
        ("a/b", "cannot add interface `a/b`: '/' cannot be in an interface's name"),
        ("a b", "cannot add interface `a b`: ' ' cannot be in an interface's name"),
        ("eth%d", "cannot add interface `eth%d`: '%' cannot be in an interface's name"),
        ("..", "cannot add interface `..`: the kernel uses this name itself"),
        ("lo", "cannot add interface `lo`: the kernel uses this name itself"),
        (
            "eth0",
            "cannot link `server`, `client` by `eth0`: `server` has an interface of this name",
        ),
    ] {
        refused(net.link(name, &[&server, &client]), text);
    }
    assert!(server.addrs().iter().filter(|addr| addr.is_ipv4()).count() == 1, "one link");
    net.link("fifteen-letters", &[&server, &client])?;
    Ok(())
}

#[netns_test]
fn an_interface_that_a_program_made_is_in_the_way(net: Net, server: Host, client: Host) -> Result {
    server.run(|| add_bridge("wan"))?;
    refused(
        net.link("wan", &[&server, &client]),
        "cannot add veth pair `server`-`client`: file exists (os error 17)",
    );
    // Nothing has been done: the other end and the index are free.
    net.link("wan2", &[&server, &client])?;
    assert!(reaches(&client, &server));
    Ok(())
}

#[netns_test]
fn a_link_of_fewer_than_two_hosts_is_refused(net: Net, server: Host, client: Host) {
    refused(
        net.link("eth1", &[]),
        "cannot link no hosts by `eth1`: a link joins two hosts or more",
    );
    refused(
        net.link("eth1", &[&server]),
        "cannot link `server` by `eth1`: a link joins two hosts or more",
    );
    refused(
        net.link("eth1", &[&server, &client, &server]),
        "cannot link `server`, `client`, `server` by `eth1`: `server` is named twice",
    );
}

#[netns_test]
fn a_host_of_another_net_is_refused(net: Net, server: Host) -> Result {
    let [stranger] = Net::new().hosts(["stranger"])?;
    refused(
        net.link("eth1", &[&server, &stranger]),
        "cannot link `server`, `stranger` by `eth1`: `stranger` is a host of another net",
    );
    Ok(())
}

// Blocks.

#[netns_test]
fn a_host_is_not_blocked_from_itself(server: Host, client: Host) {
    refused(
        server.block(&server),
        "cannot block `server` from `server`: a host cannot be blocked from itself",
    );
    refused(
        server.block_with(&server.clone(), Policy::firewall([Rule::input()])),
        "cannot block `server` from `server` by nftables rules `-I INPUT -s PEER -j DROP`: \
         a host cannot be blocked from itself",
    );
    assert!(reaches(&client, &server));
}

#[netns_test]
fn a_host_without_a_link_is_not_blocked(net: Net, server: Host, client: Host) -> Result {
    let [lonely] = net.hosts(["lonely"])?;
    refused(
        server.block(&lonely),
        "cannot block `lonely` from `server`: `lonely` has no address: it is not linked yet",
    );
    refused(
        lonely.block(&client),
        "cannot block `client` from `lonely`: `lonely` has no address: it is not linked yet",
    );
    Ok(())
}

#[netns_test]
fn rules_that_contradict_themselves_are_refused(server: Host, client: Host) {
    use IcmpKind::{HostProhibited, PolicyFail};
    use RejectWith::TcpReset;
    for (rule, typed, text) in [
        (
            Rule::input().dport(80),
            "-I INPUT -s PEER --dport 80 -j DROP",
            "a port belongs to a protocol: add `.tcp()` or `.udp()`",
        ),
        (
            Rule::output().icmp().sport(80),
            "-I OUTPUT -d PEER -p icmp --sport 80 -j DROP",
            "a port belongs to a protocol: add `.tcp()` or `.udp()`",
        ),
        (
            Rule::input().reject_with(TcpReset),
            "-I INPUT -s PEER -j REJECT --reject-with tcp-reset",
            "tcp-reset can answer TCP only: add `.tcp()`",
        ),
        (
            Rule::input().udp().reject_with(TcpReset),
            "-I INPUT -s PEER -p udp -j REJECT --reject-with tcp-reset",
            "tcp-reset can answer TCP only: add `.tcp()`",
        ),
        (
            Rule::input().reject_with(HostProhibited),
            "-I INPUT -s PEER -j REJECT --reject-with icmp-host-prohibited",
            "icmp-host-prohibited exists for IPv4 only: limit the rule with `.ipv4()`",
        ),
        (
            Rule::input().ipv4().reject_with(PolicyFail),
            "-I INPUT -s PEER -j REJECT --reject-with icmp6-policy-fail",
            "icmp6-policy-fail exists for IPv6 only: limit the rule with `.ipv6()`",
        ),
    ] {
        for &backend in Backend::ALL {
            // With one that is possible before it, which must not stay.
            let policy = Policy::firewall([Rule::input(), rule.clone()]).via(backend);
            let refusal = format!(
                "cannot block `client` from `server` by {backend} rules \
                 `-I INPUT -s PEER -j DROP`, `{typed}`: in `{typed}`, {text}"
            );
            refused(server.block_with(&client, policy), &refusal);
        }
    }
    assert!(reaches(&client, &server));
}

#[netns_test]
fn a_firewall_without_rules_is_refused(server: Host, client: Host) {
    for &backend in Backend::ALL {
        refused(
            server.block_with(&client, Policy::firewall([]).via(backend)),
            &format!(
                "cannot block `client` from `server` by {backend} without rules: \
                 a firewall without rules blocks nothing"
            ),
        );
    }
}

// Programs.

#[netns_test]
fn a_program_that_does_not_exist_is_told(server: Host) {
    let error = refused(
        server.exec("no-such-program", ["--version"]),
        "cannot run `no-such-program --version` in `server`: `no-such-program` is not installed",
    );
    assert!(error.is_unsupported());
    let started = server.command("./no-such-program").spawn();
    assert_eq!(started.expect_err("it does not exist").kind(), ErrorKind::NotFound);
}

#[netns_test]
fn a_program_that_fails_is_told_with_what_it_printed(server: Host) {
    let error = refused(
        server.exec("sh", ["-c", "echo half; echo oh >&2; exit 3"]),
        "cannot run `sh -c echo half; echo oh >&2; exit 3` in `server`: \
         it ended with exit status: 3\nstdout: half\nstderr: oh",
    );
    assert!(!error.is_unsupported() && !error.is_permission_denied());
    refused(
        server.exec("sh", ["-c", "kill -9 $$"]),
        "cannot run `sh -c kill -9 $$` in `server`: it ended with signal: 9 (SIGKILL)",
    );
}

#[test]
fn iptables_that_is_not_installed_is_told_with_the_repair() {
    run(fixture("fixtures::a_machine_without_programs").env("PATH", "/nonexistent")).passed();
}

// Traffic.

#[netns_test]
fn a_port_where_nobody_listens_refuses(server: Host, client: Host) {
    for address in server.addrs() {
        let start = Instant::now();
        let error = client.run(|| TcpStream::connect((address, 80))).expect_err("nobody listens");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED));
        // A SYN that is lost comes again after a second.
        assert!(start.elapsed() < Duration::from_secs(1), "{address}: {:?}", start.elapsed());
    }
}

mod fixtures {
    use super::*;

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn a_machine_without_programs(server: Host, client: Host) -> Result {
        for (backend, program) in
            [(Backend::IptablesNft, "iptables-nft"), (Backend::IptablesLegacy, "iptables-legacy")]
        {
            let policy = Policy::firewall([Rule::input(), Rule::output()]).via(backend);
            let error = refused(
                server.block_with(&client, policy),
                &format!(
                    "cannot block `client` from `server` by {program} rules \
                     `-I INPUT -s PEER -j DROP`, `-I OUTPUT -d PEER -j DROP`: \
                     the program `{program}` is not installed\n\
                     help: install it, `sudo apt-get install iptables` on Debian and Ubuntu; \
                     or use Backend::Nftables, which needs no program"
                ),
            );
            assert!(error.is_unsupported());
        }
        assert!(reaches(&client, &server));
        let block = server.block_with(&client, Policy::firewall([Rule::input().reject()]))?;
        assert!(!reaches(&client, &server));
        block.unblock()?;
        assert!(reaches(&client, &server));
        Ok(())
    }
}
