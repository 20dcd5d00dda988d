//! Links: what joins hosts, as a value; and the net as text.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::collections::HashSet;
use std::net::{IpAddr, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use netns_test::{Host, Link, Net, Result, netns_test, take_panics};
use support::families::{can_run_with_ipv6, has_file_of_names};
use support::interface::{set_down, take_ipv4};

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[netns_test]
fn the_hosts_of_a_test_share_a_link(net: Net, server: Host, client: Host) {
    if !can_run_with_ipv6() {
        return;
    }
    let links = net.links();
    let [link] = &links[..] else { panic!("{links:?}") };
    assert_eq!(link.name(), "eth0");
    assert_eq!(link.hosts(), [server.clone(), client.clone()]);
    assert_eq!(link.interface(&server), "eth0");
    assert_eq!(link.addrs(&server), server.addrs());
    assert_eq!(server.links(), links);
    assert_eq!(client.links(), links);
    let subnets: Vec<_> = link.subnets().iter().map(ToString::to_string).collect();
    assert_eq!(subnets, ["10.0.0.0/24", "fd00::/64"]);
    assert_eq!(link.to_string(), "link `eth0` of `server`, `client`");
}

#[netns_test]
fn a_host_alone_has_no_link(net: Net, alone: Host) {
    assert_eq!(net.links(), []);
    assert_eq!(alone.links(), []);
    assert_eq!(net.to_string(), "no link\n└─ alone");
}

#[netns_test]
fn a_link_that_is_made_is_returned(net: Net, server: Host, client: Host, third: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let wan = net.link("wan", &[&third, &server])?;
    assert_eq!((wan.name(), wan.interface(&third)), ("wan", "wan".to_owned()));
    assert_eq!(wan.hosts(), [third.clone(), server.clone()]);
    assert!(wan.joins(&server) && !wan.joins(&client));
    assert_eq!(wan.addrs(&third), addresses(&["10.0.1.1", "fd00:0:0:1::1"]));
    assert_eq!(wan.addrs(&server), addresses(&["10.0.1.2", "fd00:0:0:1::2"]));
    assert!(wan.addrs(&server).iter().zip(wan.subnets()).all(|(addr, net)| net.contains(*addr)));
    assert_eq!(net.links().last(), Some(&wan));
    assert_eq!(third.links().len(), 2);
    assert_eq!(client.links(), [net.links()[0].clone()]);
    // What it says is where traffic goes.
    let listener = server.listen(7000)?;
    let dialled = third.connect((wan.addrs(&server)[0], 7000))?;
    assert_eq!(dialled.local_addr().ip(), wan.addrs(&third)[0]);
    drop(listener);
    Ok(())
}

#[netns_test]
fn handles_to_a_link_are_equal_and_those_to_others_are_not(net: Net) -> Result {
    let [a, b] = net.hosts(["a", "b"])?;
    let second = net.link("eth1", &[&a, &b])?;
    let other = Net::new();
    other.hosts(["a", "b"])?;
    let handles: Vec<Link> =
        [net.links(), a.links(), b.links(), other.links(), vec![second.clone()]].concat();
    let different: HashSet<Link> = handles.into_iter().collect();
    assert_eq!(different.len(), 3, "{different:?}");
    assert_ne!(net.links()[0], other.links()[0], "they look the same");
    assert!(a == net.host("a")? && a != other.host("a")?);
    Ok(())
}

#[netns_test]
fn a_handle_outlives_its_net() -> Result {
    let link = {
        let net = Net::new();
        net.hosts(["a", "b"])?;
        net.links().remove(0)
    };
    let [a, b] = link.hosts() else { panic!("{link}") };
    let listener = a.listen(7000)?;
    b.connect(listener.addr())?;
    Ok(())
}

#[netns_test]
fn a_net_is_drawn_with_its_hosts_and_links(net: Net, server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let pair = "\
eth0, a veth pair, 10.0.0.0/24, fd00::/64
├─ server  10.0.0.1  fd00::1
└─ client  10.0.0.2  fd00::2";
    assert_eq!(net.to_string(), pair);
    net.hosts(["alone"])?;
    let replicas = net.hosts(["r1", "r2", "r3"])?;
    net.link("wan", &[&client, &replicas[1]])?;
    let all = "\
eth0, a veth pair, 10.0.0.0/24, fd00::/64
├─ server  10.0.0.1  fd00::1
└─ client  10.0.0.2  fd00::2
eth0, a bridge, 10.0.1.0/24, fd00:0:0:1::/64
├─ r1  10.0.1.1  fd00:0:0:1::1
├─ r2  10.0.1.2  fd00:0:0:1::2
└─ r3  10.0.1.3  fd00:0:0:1::3
wan, a veth pair, 10.0.2.0/24, fd00:0:0:2::/64
├─ client  10.0.2.1  fd00:0:0:2::1
└─ r2      10.0.2.2  fd00:0:0:2::2
no link
└─ alone";
    assert_eq!(net.to_string(), all);
    server.run(|| take_ipv4("eth0"))?;
    assert!(net.to_string().contains("├─ server  (10.0.0.1 is lost)  fd00::1\n"), "{net}");
    Ok(())
}

#[netns_test]
fn twenty_hosts_are_drawn_in_columns(net: Net) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let names: Vec<String> = (1..=20).map(|number| format!("node-{number}")).collect();
    net.add_hosts(&names)?;
    let drawn = net.to_string();
    let lines: Vec<&str> = drawn.lines().collect();
    assert_eq!(lines.len(), 21, "{drawn}");
    assert_eq!(lines[0], "eth0, a bridge, 10.0.0.0/24, fd00::/64");
    assert_eq!(lines[1], "├─ node-1   10.0.0.1   fd00::1");
    assert_eq!(lines[20], "└─ node-20  10.0.0.20  fd00::14");
    let column = |line: &&str| line.chars().take_while(|c| *c != 'f').count();
    assert!(lines[1..].iter().all(|line| column(line) == column(&lines[1])), "{drawn}");
    assert_eq!(
        net.links()[0].to_string(),
        "link `eth0` of `node-1`, `node-2`, `node-3`, `node-4` and 16 more"
    );
    Ok(())
}

/// One byte of an address does not tell them apart.
#[netns_test]
fn a_net_has_more_than_256_links(net: Net, server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    for number in 1..=256 {
        net.link(&format!("l{number}"), &[&server, &client])?;
    }
    let last = net.links().pop().unwrap();
    assert_eq!(last.addrs(&server), addresses(&["10.1.0.1", "fd00:0:0:100::1"]));
    let listener = server.listen(7000)?;
    for to in last.addrs(&server) {
        let dialled = client.connect((to, listener.addr().port()))?;
        assert!(last.addrs(&client).contains(&dialled.local_addr().ip()));
    }
    let all: HashSet<IpAddr> = server.addrs().into_iter().collect();
    assert_eq!(all.len(), 2 * 257);
    Ok(())
}

/// An address that its host has no more may be another one's by now.
#[netns_test]
fn a_lost_address_is_not_given_out(net: Net, server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let backup = net.link("backup", &[&server, &client])?;
    server.run(|| take_ipv4("eth0"))?;
    let left = addresses(&["fd00::1", "10.0.1.1", "fd00:0:0:1::1"]);
    assert_eq!(server.addrs(), left);
    assert_eq!(IpAddr::from(server.ipv4()), left[1], "of those that it has, the first");
    assert_eq!(net.links()[0].addrs(&server), left[..1]);
    assert_eq!(backup.addrs(&server), left[1..]);
    let listener = server.listen(7000)?;
    client.connect(listener.addr())?;
    // The kernel takes the IPv6 addresses of an interface that is set down.
    server.run(|| set_down("backup"))?;
    assert_eq!(server.addrs(), left[..2]);
    assert_eq!(backup.addrs(&server), left[1..2]);
    Ok(())
}

#[netns_test]
fn a_host_that_lost_its_addresses_says_which(server: Host, _client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    server.run(|| take_ipv4("eth0"))?;
    server.run(|| set_down("eth0"))?;
    assert!(server.addrs().is_empty() && !server.has_ipv6());
    let said = |panicking: &dyn Fn()| {
        let panic = catch_unwind(AssertUnwindSafe(panicking)).unwrap_err();
        *panic.downcast::<String>().unwrap()
    };
    assert_eq!(
        said(&|| assert_eq!(server.addr(80).port(), 80)),
        "host `server` has no IPv4 address any more: it was given 10.0.0.1"
    );
    assert_eq!(
        said(&|| assert!(server.ipv6().is_unique_local())),
        "host `server` has no IPv6 address any more: it was given fd00::1"
    );
    Ok(())
}

/// The names are those of a file, as on any machine.
#[netns_test]
fn a_host_is_found_by_its_name_on_a_link_that_was_made_later(net: Net) -> Result {
    let [a] = net.hosts(["a"])?;
    let [b] = net.hosts(["b"])?;
    let link = net.link("late", &[&a, &b])?;
    if !has_file_of_names() {
        assert!(a.run(|| ("b", 0).to_socket_addrs()).is_err());
        return Ok(());
    }
    let found: HashSet<IpAddr> =
        a.run(|| ("b", 0).to_socket_addrs())?.map(|found| found.ip()).collect();
    assert_eq!(found, link.addrs(&b).into_iter().collect());
    Ok(())
}

/// Whoever takes down what the network was like when a thread panics waits for two seconds at most
/// for what that thread holds: a panic that is told in less holds nothing.
#[netns_test]
fn nothing_is_held_while_something_panics(net: Net, server: Host) -> Result {
    let [a, b] = net.hosts(["a", "b"])?;
    let link = net.link("eth1", &[&a, &b])?;
    struct Panics;
    impl AsRef<str> for Panics {
        fn as_ref(&self) -> &str {
            panic!("a name of one's own")
        }
    }
    struct Torn;
    impl std::fmt::Write for Torn {
        fn write_str(&mut self, _: &str) -> std::fmt::Result {
            panic!("a writer of one's own")
        }
    }
    use std::fmt::Write;
    let panicking: [(&str, &dyn Fn()); 9] = [
        ("addr", &|| assert_eq!(server.addr(80).port(), 80)),
        ("ipv4", &|| assert!(server.ipv4().is_private())),
        ("addr_v6", &|| assert_eq!(server.addr_v6(80).port(), 80)),
        ("interface", &|| drop(link.interface(&server))),
        ("addrs of a link", &|| drop(link.addrs(&server))),
        ("hosts", &|| drop(net.add_hosts(&[Panics]))),
        ("a net", &|| write!(Torn, "{net:?}{net}").unwrap()),
        ("a link", &|| write!(Torn, "{link:?}{link}").unwrap()),
        ("a host", &|| write!(Torn, "{server:?}").unwrap()),
    ];
    for (what, panicking) in panicking {
        let begun = Instant::now();
        assert!(catch_unwind(AssertUnwindSafe(panicking)).is_err(), "{what} did not panic");
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(1), "{what} took {took:?}");
    }
    assert_eq!(take_panics(), [], "they were the test's own");
    Ok(())
}

#[netns_test]
fn a_member_is_named_when_it_is_none(net: Net, server: Host, client: Host) -> Result {
    let [stranger] = net.hosts(["stranger"])?;
    let link = server.links().remove(0);
    let panic = catch_unwind(AssertUnwindSafe(|| link.interface(&stranger))).unwrap_err();
    assert_eq!(
        *panic.downcast::<String>().unwrap(),
        "host `stranger` is not a member of link `eth0` of `server`, `client`"
    );
    assert!(link.joins(&client));
    Ok(())
}
