//! A link of hosts is a LAN: neighbours are asked for, can move and be gone, and beyond the LAN there is
//! a silent nowhere.
#![cfg(target_os = "linux")]

mod support;

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::time::{Duration, Instant};

use netns_test::{Host, Net, Result, netns_test};
use support::families::addresses;
use support::interface::set_down;

/// In the documentation's network (RFC 5737, RFC 3849): nobody has it.
const NOBODY: [&str; 2] = ["192.0.2.1", "2001:db8::1"];

fn nobody(server: &Host) -> impl Iterator<Item = IpAddr> {
    let all = NOBODY.map(|address| address.parse::<IpAddr>().expect("it is an address"));
    let ipv6 = server.has_ipv6();
    all.into_iter().filter(move |address| ipv6 || address.is_ipv4())
}

/// Programs ask the kernel for "my address" by connecting a datagram socket, which sends nothing.
#[netns_test]
fn a_program_finds_its_own_address(server: Host, client: Host, third: Host) -> Result {
    for host in [&server, &client, &third] {
        for beyond in nobody(host) {
            let any: IpAddr = if beyond.is_ipv4() {
                Ipv4Addr::UNSPECIFIED.into()
            } else {
                Ipv6Addr::UNSPECIFIED.into()
            };
            let own = host.run(|| -> std::io::Result<_> {
                let socket = UdpSocket::bind((any, 0))?;
                socket.connect((beyond, 80))?;
                socket.local_addr()
            })?;
            assert!(host.addrs().contains(&own.ip()), "{own}");
        }
    }
    Ok(())
}

#[netns_test]
fn a_group_is_joined_without_an_interface(server: Host, client: Host) -> Result {
    let group = Ipv4Addr::new(224, 0, 0, 251);
    let inbox = server.run(|| UdpSocket::bind("0.0.0.0:5353"))?;
    inbox.join_multicast_v4(&group, &Ipv4Addr::UNSPECIFIED)?;
    inbox.set_read_timeout(Some(Duration::from_secs(10)))?;
    let outbox = client.run(|| UdpSocket::bind("0.0.0.0:0"))?;
    outbox.send_to(b"anybody?", (group, 5353))?;
    let mut bytes = [0; 16];
    let (length, from) = inbox.recv_from(&mut bytes)?;
    assert_eq!((&bytes[..length], from.ip()), (&b"anybody?"[..], client.ipv4().into()));
    Ok(())
}

/// As on the Internet. The dial is given a second, in which the kernel repeats its SYN once at least;
/// a refusal, and an error about the route, come at once.
#[netns_test]
fn a_dial_to_an_address_that_nobody_has_times_out(
    net: Net,
    server: Host,
    client: Host,
    third: Host,
) -> Result {
    for beyond in nobody(&server) {
        let dial = client.connect_within((beyond, 80), Duration::from_secs(2));
        assert_eq!(dial.expect_err("nobody is there").kind(), ErrorKind::TimedOut);
        let syns = net.capture()?.syn();
        let sent = syns.iter().filter(|packet| packet.dst() == Some(beyond)).count();
        assert!(sent >= 2, "{syns}");
        assert_eq!(syns.from(&server).len() + net.capture()?.syn().from(&third).len(), 0);
    }
    Ok(())
}

/// Linux asks three times, a second apart, and gives up (arp(7), `mcast_solicit`, `retrans_time_ms`).
const GIVES_UP: std::ops::Range<Duration> = Duration::from_millis(2500)..Duration::from_secs(6);

/// On a pair and on a bridge, of both families.
#[netns_test]
fn a_dial_to_a_host_that_is_off_finds_it_unreachable(net: Net) -> Result {
    let pair = net.hosts(["a", "b"])?;
    let lan = net.hosts(["c", "d", "e"])?;
    for (off, client) in [(&pair[0], &pair[1]), (&lan[0], &lan[2])] {
        let listeners: Vec<SocketAddr> =
            off.addrs().into_iter().map(|ip| (ip, 80).into()).collect();
        let _listener = off.listen(80)?;
        off.run(|| set_down("eth0"))?;
        for address in listeners {
            let begun = Instant::now();
            let dial = client.connect_within(address, Duration::from_secs(10));
            assert_eq!(dial.expect_err("it is off").kind(), ErrorKind::HostUnreachable);
            assert!(GIVES_UP.contains(&begun.elapsed()), "{:?}", begun.elapsed());
        }
    }
    Ok(())
}

/// How many neighbours of a family the kernel has room for, of all namespaces of the machine together
/// (arp(7), `gc_thresh3`), unless somebody has made it more. Who finds none has its SYN dropped, or
/// ENOBUFS.
const TABLE: usize = 1024;

/// As with hundreds of tests that run at the same time: five LANs on which everybody has spoken to
/// everybody. None of them had to say anything twice, so nobody waited for room.
#[netns_test]
fn lans_side_by_side_do_not_fill_the_machines_table_of_neighbours() -> Result {
    let names: Vec<String> = (1..=16).map(|number| format!("host-{number}")).collect();
    let nets = [(); 5].map(|()| Net::new());
    for net in &nets {
        let hosts = net.add_hosts(&names)?;
        for (at, host) in hosts.iter().enumerate() {
            let listener = host.listen(80)?;
            for peer in &hosts[..at] {
                for address in addresses(&listener) {
                    let info = peer.connect(address)?.info()?;
                    assert_eq!(info.total_retrans, 0, "{peer:?} to {address}");
                }
            }
        }
    }
    let found: usize = nets.iter().flat_map(Net::all_hosts).map(|host| neighbours(&host)).sum();
    assert!(found > TABLE, "{found}");
    Ok(())
}

/// How many neighbours a host has found: those with an Ethernet address, without the gateway, who is
/// nobody (proc_net(5), `ATF_COM`, `ATF_PERM`).
fn neighbours(host: &Host) -> usize {
    let table = host.run(|| std::fs::read_to_string("/proc/thread-self/net/arp"));
    let table = table.expect("it can be read");
    table.lines().filter(|line| line.split_whitespace().nth(2) == Some("0x2")).count()
}

/// Both families; the client has talked to the old host, and knows where the address was.
#[netns_test]
fn clients_follow_an_address_that_moves_with_an_announcement(net: Net) -> Result {
    let [one, other, client] = net.hosts(["one", "other", "client"])?;
    let service: Vec<IpAddr> = vec!["10.0.0.100".parse()?, "fd00::100".parse()?];
    for address in service.into_iter().filter(|address| one.has_ipv6() || address.is_ipv4()) {
        one.add_addr(address)?;
        assert_eq!(one.addrs().last(), Some(&address));
        let (first, second) = (one.listen(80)?, other.listen(80)?);
        client.connect((address, 80))?;
        first.accept()?;
        net.move_addr(address, &one, &other)?;
        // No time passes: whoever has heard the announcement sends to the new host.
        client.connect((address, 80))?;
        second.accept()?;
        assert!(!one.addrs().contains(&address) && other.addrs().contains(&address));
        let announced = net.capture()?.from(&other);
        assert!(announced.iter().any(|packet| packet.receiver().is_none()), "{announced}");
    }
    Ok(())
}

/// A host's own address, not one of a service; and the one that has lost it is still there.
#[netns_test]
fn an_address_that_moves_silently_is_still_sought_at_the_old_host(
    net: Net,
    one: Host,
    other: Host,
    client: Host,
) -> Result {
    let (_first, second) = (one.listen(80)?, other.listen(80)?);
    let address = one.addrs()[0];
    client.connect((address, 80))?;
    net.move_addr_silently(address, &one, &other)?;
    // The old host does not have the address any more, and says nothing. The entry of the client is
    // valid for 15 seconds at least.
    let dial = client.connect_within((address, 80), Duration::from_secs(2));
    assert_eq!(dial.expect_err("it is sought at the old host").kind(), ErrorKind::TimedOut);
    other.announce_addr(address)?;
    client.connect((address, 80))?;
    second.accept()?;
    Ok(())
}

/// As on nearly all distributions: the next address of the subnet takes the place of the first one.
#[netns_test]
fn a_service_stays_when_the_hosts_own_address_moves(net: Net, a: Host, b: Host, c: Host) -> Result {
    let (own, service) = (a.addrs()[0], IpAddr::from([10, 0, 0, 100]));
    a.add_addr(service)?;
    let listener = a.listen(80)?;
    net.move_addr(own, &a, &b)?;
    assert!(a.addrs().contains(&service) && b.addrs().contains(&own));
    c.connect((service, 80))?;
    listener.accept()?;
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn an_address_is_announced_where_it_is_now(net: Net, a: Host, b: Host, c: Host) -> Result {
    b.exec("ip", ["link", "set", "eth0", "address", "02:00:00:00:77:77"])?;
    let listener = b.listen(80)?;
    for service in ["10.0.0.100", "fd00::100"].into_iter().take(a.addrs().len()) {
        let service = service.parse::<IpAddr>()?;
        a.add_addr(service)?;
        c.connect((service, 80)).expect_err("nobody listens there, and now the client knows it");
        net.move_addr(service, &a, &b)?;
        c.connect((service, 80))?;
        listener.accept()?;
    }
    Ok(())
}

#[netns_test]
fn an_address_cannot_be_moved_from_where_it_is_not(net: Net, a: Host, b: Host) -> Result {
    let [stranger, _] = net.hosts(["stranger", "other"])?;
    let address: IpAddr = "10.0.0.77".parse()?;
    let error = net.move_addr(address, &a, &b).expect_err("nobody has it").to_string();
    assert!(error.contains("`a` does not have it; it has 10.0.0.1"), "{error}");
    a.add_addr(address)?;
    let error = net.move_addr(address, &a, &a).expect_err("it is there").to_string();
    assert!(error.contains("`a` already has it"), "{error}");
    let error = net.move_addr(address, &a, &stranger).expect_err("it is elsewhere").to_string();
    assert!(error.contains("they share no link whose subnet contains it"), "{error}");
    assert!(a.addrs().contains(&address), "nothing has changed");
    a.remove_addr(address)?;
    let error = a.remove_addr(address).expect_err("it is gone").to_string();
    assert!(error.contains("cannot remove address 10.0.0.77 from `a`"), "{error}");
    let error = a.announce_addr(address).expect_err("it is gone").to_string();
    assert!(error.contains("does not have it"), "{error}");
    Ok(())
}

#[netns_test]
fn a_name_is_given_to_another_host(net: Net, one: Host, other: Host, client: Host) -> Result {
    let resolve = |name: &str| {
        client.run(|| (name, 80).to_socket_addrs()).map(|found| found.map(|one| one.ip()).collect())
    };
    net.assign_name("database", &one)?;
    let found: Vec<IpAddr> = resolve("database")?;
    assert!(found.iter().all(|address| one.addrs().contains(address)), "{found:?}");
    net.assign_name("database", &other)?;
    let found: Vec<IpAddr> = resolve("database")?;
    assert!(found.iter().all(|address| other.addrs().contains(address)), "{found:?}");
    net.assign_name("one", &other)?;
    let found: Vec<IpAddr> = resolve("one")?;
    assert!(found.iter().all(|address| other.addrs().contains(address)), "{found:?}");
    assert!(net.assign_name("no name", &one).is_err());
    let [stranger] = Net::new().hosts(["stranger"])?;
    let error = net.assign_name("database", &stranger).expect_err("of another net").to_string();
    assert!(error.contains("it is a host of another net"), "{error}");
    Ok(())
}

/// Without a right of one's own: what surge-ping and its kin use.
#[netns_test]
fn ping_sockets_can_be_opened(server: Host, client: Host) -> Result {
    use socket2::{Domain, Protocol, Socket, Type};
    let echo = [8, 0, 0, 0, 0, 0, 0, 1];
    let socket = client.run(|| Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::ICMPV4)))?;
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    socket.send_to(&echo, &SocketAddr::from((server.ipv4(), 0)).into())?;
    let mut answer = [std::mem::MaybeUninit::uninit(); 64];
    let (length, from) = socket.recv_from(&mut answer)?;
    assert_eq!(from.as_socket_ipv4().map(|from| *from.ip()), Some(server.ipv4()));
    assert!(length >= echo.len());
    if server.has_ipv6() {
        client.run(|| Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::ICMPV6)))?;
    }
    Ok(())
}

#[netns_test]
fn a_program_finds_the_host_as_its_machine(server: Host, client: Host) -> Result {
    for host in [&server, &client] {
        let devices = host.exec("ls", ["/sys/class/net"])?;
        assert_eq!(devices.split_whitespace().collect::<Vec<_>>(), ["eth0", "lo"]);
        let mac = host.exec("cat", ["/sys/class/net/eth0/address"])?;
        let index = host.exec("cat", ["/sys/class/net/eth0/ifindex"])?;
        let ours = host.run(|| nix::net::if_::if_nametoindex("eth0"))?;
        assert_eq!((mac.len(), index.trim()), (18, ours.to_string().as_str()));
        let name = host.exec("uname", ["-n"])?;
        assert_eq!(name.trim(), host.name());
        assert!(host.exec("cat", ["/proc/net/dev"])?.contains("eth0"));
        // The rest of /sys is there, with what is mounted in it.
        assert!(host.exec("ls", ["/sys"])?.contains("kernel"));
    }
    Ok(())
}

/// A host that is made later has a name in /run/netns, which a program that runs already sees.
#[netns_test]
fn a_program_sees_the_names_of_hosts_that_are_made_later(net: Net, server: Host) -> Result {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;
    let mut shell = server.command("sh");
    shell.args([
        "-c",
        "echo begun; read line; test -e /run/netns/late && stat -f -c %T /run/netns/late",
    ]);
    let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut printed = BufReader::new(shell.stdout.take().expect("it is a pipe"));
    let mut line = String::new();
    printed.read_line(&mut line)?;
    net.hosts(["late", "other"])?;
    shell.stdin.take().expect("it is a pipe").write_all(b"go\n")?;
    line.clear();
    printed.read_line(&mut line)?;
    assert_eq!(line.trim(), "nsfs");
    shell.wait()?;
    Ok(())
}

/// As `ip netns add` names a namespace: by a mount in /run/netns, which the next program finds.
#[netns_test]
fn what_a_program_names_is_there_for_all_of_the_test(server: Host, client: Host) -> Result {
    server.exec("touch", ["/run/netns/box"])?;
    server.exec("mount", ["--bind", "/proc/self/ns/net", "/run/netns/box"])?;
    assert_eq!(client.exec("stat", ["-f", "-c", "%T", "/run/netns/box"])?.trim(), "nsfs");
    Ok(())
}
