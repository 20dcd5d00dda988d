//! A host's end of a link whose plug is pulled: what programs see of it, and that its interface has
//! afterwards what it had before.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Duration;

use netns_test::{Error, Host, Impairment, Link, Net, Place, Result, eventually, netns_test};
use support::families::families;
use support::times::LIMIT;

/// What passes arrives before the send returns, unless the machine is very busy.
const SOON: Duration = Duration::from_millis(50);

fn address(host: &Host, ipv6: bool) -> IpAddr {
    if ipv6 { host.ipv6().into() } else { host.ipv4().into() }
}

/// Whether the interface has a carrier, as a program sees it. A host may have no sysfs of its own.
fn has_carrier(host: &Host) -> bool {
    let flags = host.run(|| {
        let all = nix::ifaddrs::getifaddrs().expect("it can be asked");
        all.filter(|one| one.interface_name == "eth0").map(|one| one.flags).next()
    });
    flags.is_some_and(|flags| flags.contains(nix::net::if_::InterfaceFlags::IFF_RUNNING))
}

/// What the interfaces of a host have, but for how old it is.
fn state(host: &Host) -> Vec<String> {
    let addresses = host.run(|| {
        let all = nix::ifaddrs::getifaddrs().expect("it can be asked");
        all.map(|one| {
            format!(
                "{} {:?} {:?}",
                one.interface_name,
                one.address.map(|a| a.to_string()),
                one.netmask.map(|a| a.to_string())
            )
        })
        .collect::<Vec<_>>()
    });
    let read = |file: &str| host.run(|| std::fs::read_to_string(file)).unwrap_or_default();
    let routes = read("/proc/thread-self/net/route");
    // The counters of uses, and when an entry expires, are of no concern.
    let v6 = read("/proc/thread-self/net/ipv6_route");
    let v6 = v6.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        format!("{} {} {} {} {}", words[0], words[1], words[4], words[5], words[9])
    });
    let arp = read("/proc/thread-self/net/arp");
    let mut all: Vec<String> = addresses;
    all.extend(routes.lines().map(str::to_owned).chain(v6).chain(arp.lines().map(str::to_owned)));
    all.sort();
    all
}

fn reach_each_other([one, other]: [&Host; 2]) -> Result {
    for ipv6 in families() {
        let (from, to) = (one.bind_udp(0)?, other.bind_udp(7000)?);
        from.send_to(b"hello", (address(other, ipv6), 7000))?;
        assert_eq!(to.recv_from()?.0, b"hello");
    }
    Ok(())
}

/// Cuts a host off, and demands that nothing passes; then that all is as it was.
fn is_cut_and_restored(link: &Link, [host, other]: [&Host; 2]) -> Result {
    reach_each_other([host, other])?;
    reach_each_other([other, host])?;
    let listener = other.listen(7100)?;
    let mut dialled = host.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    let before = [state(host), state(other)];
    let cut = link.cut(host)?;
    assert!(!has_carrier(host), "the carrier is gone when the call returns");
    let kept = address(host, families().any(|ipv6| ipv6));
    assert!(host.addrs().contains(&kept), "it keeps its addresses");
    let (from, mut to) = (host.bind_udp(0)?, other.bind_udp(7000)?);
    to.set_deadline(SOON);
    let _ = from.send_to(b"lost", (other.ipv4(), 7000));
    assert_eq!(to.recv_from().unwrap_err().kind(), ErrorKind::TimedOut);
    dialled.send(b"during")?;
    drop((from, to));
    cut.restore()?;
    assert!(has_carrier(host));
    assert_eq!(before, [state(host), state(other)]);
    reach_each_other([host, other])?;
    reach_each_other([other, host])?;
    accepted.set_deadline(LIMIT);
    assert_eq!(accepted.recv()?, b"during", "the connection lives on");
    Ok(())
}

#[netns_test]
fn a_host_on_a_pair_is_cut_off(net: Net, server: Host, client: Host) -> Result {
    is_cut_and_restored(&net.links()[0], [&client, &server])
}

#[netns_test]
fn a_host_on_a_bridge_is_cut_off_and_no_other(net: Net, a: Host, b: Host, c: Host) -> Result {
    let link = &net.links()[0];
    is_cut_and_restored(link, [&a, &b])?;
    let cut = link.cut(&a)?;
    reach_each_other([&b, &c])?;
    assert!(has_carrier(&b) && has_carrier(&c));
    let told = cut.to_string();
    assert_eq!(told, "cut `a` off link `eth0`");
    assert_eq!(cut.place(), &Place::Groups(vec![vec![a.clone()], vec![b.clone(), c.clone()]]));
    drop(cut);
    reach_each_other([&a, &b])?;
    Ok(())
}

#[netns_test]
fn a_cut_is_suspended_and_kept(net: Net, server: Host, client: Host) -> Result {
    let mut cut = net.links()[0].cut(&client)?;
    cut.suspend(|| reach_each_other([&client, &server]))??;
    assert!(!has_carrier(&client));
    let kept = cut.keep();
    assert!(!has_carrier(&client) && kept.packets() == 0);
    Ok(())
}

/// The wire goes on being impaired, and the block in effect, when the plug is in again.
#[netns_test]
fn wires_and_blocks_survive_a_cut(net: Net, server: Host, client: Host) -> Result {
    let wire = client.impair(&server, Impairment::delay(50 * Duration::from_millis(1)))?;
    let block = client.block(&server)?;
    net.links()[0].cut(&server)?.restore()?;
    let (from, to) = (client.bind_udp(0)?, server.bind_udp(7000)?);
    from.send_to(b"blocked", to.addr())?;
    eventually(LIMIT, || block.packets() > 0)?;
    block.unblock()?;
    from.send_to(b"late", to.addr())?;
    assert_eq!(to.recv_from()?.0, b"late");
    assert!(wire.counts().delayed >= 2);
    Ok(())
}

#[netns_test]
fn who_is_no_member_cannot_be_cut_off(net: Net, _server: Host, _client: Host) -> Result {
    let [third, _] = net.hosts(["third", "fourth"])?;
    let refused: Error = net.links()[0].cut(&third).unwrap_err();
    assert_eq!(refused.to_string(), "cannot cut `third` off link `eth0`: it is not a member");
    Ok(())
}

/// What programs set with ip(8) at an interface, and what shows it. A kernel forgets most of it with the
/// carrier or when the interface goes down.
const SETTINGS: [(&str, &[&str]); 20] = [
    ("-6 addr", &["addr add fd00::77/64 dev eth0 nodad", "addr add fd00::78/64 dev eth0 nodad"]),
    ("-6 addr", &["addr add fd00::77/64 dev eth0 nodad preferred_lft 0"]),
    ("-6 addr", &["addr add fd77::1/64 dev eth0 noprefixroute"]),
    ("-6 addr", &["addr add fd77::1 peer fd77::2/128 dev eth0 nodad metric 300"]),
    ("-6 addr", &["addr add fd77::1/64 dev eth0 nodad valid_lft 1000000 preferred_lft 100000"]),
    ("-6 route", &["addr add fd77::1/64 dev eth0 nodad noprefixroute"]),
    ("-6 route", &["-6 route del fd00::/64 dev eth0", "-6 route add fd00::/64 dev eth0 metric 77"]),
    ("-6 route", &["route add fd99::/64 nexthop via fd00::2 nexthop via fd00::3 weight 2"]),
    ("-6 route", &["route add fd99::/64 via fd00::2 dev eth0 expires 1000000"]),
    ("-6 route show table all", &["route add local fd99::/64 dev eth0"]),
    ("-6 neigh show proxy", &["neigh add proxy fd00::60 dev eth0"]),
    ("route", &["route del 10.0.0.0/24 dev eth0", "route add 10.0.0.0/24 dev eth0 metric 9"]),
    ("route", &["route add 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.0.3 weight 3"]),
    ("route", &["route append 10.9.0.0/16 via 10.0.0.2", "route append 10.9.0.0/16 via 10.0.0.3"]),
    ("route", &["nexthop add id 5 via 10.0.0.2 dev eth0", "route add 10.9.0.0/16 nhid 5"]),
    (
        "nexthop",
        &[
            "nexthop add id 5 via 10.0.0.2 dev eth0",
            "nexthop add id 6 via 10.0.0.3 dev eth0",
            "nexthop add id 7 group 5,3/6,2",
            "route add 10.9.0.0/16 nhid 7",
        ],
    ),
    ("route show table local", &["route add broadcast 10.9.0.255 dev eth0 table local"]),
    ("route", &["route add multicast 239.0.0.0/8 dev eth0"]),
    ("-4 neigh show proxy", &["neigh add proxy 10.0.0.60 dev eth0"]),
    (
        "-4 neigh show nud noarp",
        &["neigh add 10.0.0.60 lladdr 02:00:00:00:00:60 dev eth0 nud noarp"],
    ),
];

fn ip(host: &Host, words: &str) -> Result<String> {
    Ok(host.exec("ip", words.split_whitespace())?)
}

/// What ip(8) shows, but for the seconds that are left, which go by, and whether an address is still being
/// tried out.
fn shown(host: &Host, words: &str) -> Result<String> {
    let is_seconds = |word: &&str| word.strip_suffix("sec").is_some_and(|left| left.len() > 1);
    let text = ip(host, words)?;
    let passes = |word: &&str| is_seconds(word) || *word == "tentative";
    let words = text.split_whitespace().filter(|word| !passes(word));
    Ok(words.collect::<Vec<_>>().join(" "))
}

fn has_what_was_set(count: usize) -> Result {
    for (look, set) in SETTINGS.iter().skip(if families().count() == 2 { 0 } else { 11 }) {
        let net = Net::new();
        let hosts = net.add_hosts(&["a", "b", "c"][..count])?;
        let (host, peer) = (&hosts[0], &hosts[1]);
        for words in *set {
            ip(host, words)?;
        }
        let before = shown(host, look)?;
        let link = &net.links()[0];
        for (fault, done) in [
            ("its own cable was pulled", link.cut(host)?.restore()),
            ("the other cable was pulled", link.cut(peer)?.restore()),
            ("its power failed", host.power_off()?.power_on()),
        ] {
            assert!(done.is_ok(), "{set:?}, when {fault}: {done:?}");
            assert_eq!(shown(host, look)?, before, "{set:?}, when {fault}");
        }
    }
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn an_interface_of_a_pair_has_what_was_set_before() -> Result {
    has_what_was_set(2)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn an_interface_on_a_bridge_has_what_was_set_before() -> Result {
    has_what_was_set(3)
}

/// A route may leave by two interfaces, of which one alone is back.
#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn a_route_by_two_links_is_there_when_both_are(net: Net, a: Host, b: Host) -> Result {
    let links = [net.links()[0].clone(), net.link("backup", &[&a, &b])?];
    ip(&a, "route add 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2")?;
    let before = shown(&a, "route")?;
    let cuts = [links[0].cut(&b)?, links[1].cut(&b)?];
    for cut in cuts {
        cut.restore()?;
    }
    assert_eq!(shown(&a, "route")?, before);
    a.power_off()?.power_on()?;
    assert_eq!(shown(&a, "route")?, before);
    Ok(())
}

/// Who has switched off IPv6 meanwhile has switched it off.
#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn a_host_that_gave_up_ipv6_is_plugged_in_without_it(net: Net, a: Host, b: Host) -> Result {
    let cut = net.links()[0].cut(&b)?;
    // Below what IPv6 needs (RFC 8200, section 5).
    for host in [&a, &b] {
        ip(host, "link set eth0 mtu 1000")?;
    }
    cut.restore()?;
    assert!(!a.has_ipv6());
    let (from, to) = (a.bind_udp(0)?, b.bind_udp(7000)?);
    from.send_to(b"hello", (b.ipv4(), 7000))?;
    assert_eq!(to.recv_from()?.0, b"hello");
    Ok(())
}
