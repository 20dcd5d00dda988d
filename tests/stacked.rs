//! Devices that programs put on top of a host's interface: what leaves by them is one packet, recorded
//! where it leaves the host, and what comes in for them has arrived.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream, UdpSocket};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Host, Policy, Result, eventually, netns_test};
use nix::sched::{CloneFlags, setns};

/// For what the kernel does at once, on a machine that may be busy.
const SOON: Duration = Duration::from_secs(30);
const DATAGRAMS: u8 = 20;

/// How a program's packets come to the wire.
struct Stack {
    /// What the commands of ip(8) make of the host, whose interface has these addresses then.
    lines: &'static [&'static str],
    /// The address that the programs have.
    ip: Ipv4Addr,
    /// The namespace that they are in, if it is not the host's.
    inside: Option<&'static str>,
}

const BRIDGE: Stack = Stack {
    lines: &[
        "link add br0 type bridge",
        "link set br0 up",
        "link set eth0 master br0",
        "addr flush dev eth0 scope global",
        "addr add 10.0.0.2/24 dev br0",
    ],
    ip: Ipv4Addr::new(10, 0, 0, 2),
    inside: None,
};

const MACVLAN: Stack = Stack {
    lines: &[
        "link add m0 link eth0 type macvlan mode bridge",
        "addr flush dev eth0 scope global",
        "addr add 10.0.0.102/24 dev m0",
        "link set m0 up",
    ],
    ip: Ipv4Addr::new(10, 0, 0, 102),
    inside: None,
};

/// Two stories high.
const MACVLAN_ON_A_BRIDGE: Stack = Stack {
    lines: &[
        "link add br0 type bridge",
        "link set br0 up",
        "link set eth0 master br0",
        "addr flush dev eth0 scope global",
        "link add m0 link br0 type macvlan mode bridge",
        "addr add 10.0.0.102/24 dev m0",
        "link set m0 up",
    ],
    ip: Ipv4Addr::new(10, 0, 0, 102),
    inside: None,
};

/// As a container is joined to the network of its machine.
const CONTAINER: Stack = Stack {
    lines: &[
        "link add br0 type bridge",
        "link set br0 up",
        "link set eth0 master br0",
        "netns add box",
        "link add v0 type veth peer name v1 netns box",
        "link set v0 master br0",
        "link set v0 up",
        "-n box addr add 10.0.0.102/24 dev v1",
        "-n box link set v1 up",
        "-n box link set lo up",
    ],
    ip: Ipv4Addr::new(10, 0, 0, 102),
    inside: Some("box"),
};

const MACVLAN_IN_A_CONTAINER: Stack = Stack {
    lines: &[
        "netns add box",
        "link add m0 link eth0 netns box type macvlan mode bridge",
        "-n box addr add 10.0.0.102/24 dev m0",
        "-n box link set m0 up",
    ],
    ip: Ipv4Addr::new(10, 0, 0, 102),
    inside: Some("box"),
};

impl Stack {
    fn make(&self, host: &Host) -> Result {
        ip(host, self.lines)
    }

    /// Does something where the programs are.
    fn run<T: Send>(&self, host: &Host, work: impl FnOnce() -> T + Send) -> T {
        let Some(name) = self.inside else { return host.run(work) };
        thread::scope(|scope| {
            let within = || {
                setns(File::open(format!("/run/netns/{name}")).unwrap(), CloneFlags::CLONE_NEWNET)
                    .unwrap();
                work()
            };
            scope.spawn(within).join().unwrap()
        })
    }
}

fn ip(host: &Host, lines: &[&str]) -> Result {
    for line in lines {
        host.exec("ip", line.split(' '))?;
    }
    Ok(())
}

/// A connection and some datagrams from the programs of `client` to `server`, at this port.
fn talk(stack: &Stack, server: &Host, client: &Host, port: u16) -> Result<TcpStream> {
    let to = server.addr(port);
    let listener = server.listen(port)?;
    let receiver = server.bind_udp(port)?;
    let stream = stack.run(client, move || -> std::io::Result<_> {
        let stream = TcpStream::connect_timeout(&to, SOON)?;
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        for number in 0..DATAGRAMS {
            socket.send_to(&[number], to)?;
        }
        Ok(stream)
    })?;
    listener.accept()?;
    for _ in 0..DATAGRAMS {
        receiver.recv_from()?;
    }
    Ok(stream)
}

#[track_caller]
fn is_recorded_once(stack: &Stack, server: &Host, client: &Host) -> Result {
    stack.make(client)?;
    let _stream = talk(stack, server, client, 7000)?;
    let sent = client.capture()?.from(client).from(stack.ip).port(7000);
    let (syn, again) = (sent.syn(), sent.retransmissions());
    assert_eq!((syn.len(), again.len()), (1, 0), "{sent}");
    let datagrams = sent.udp();
    let numbers: Vec<u8> = datagrams.iter().map(|packet| packet.payload()[0]).collect();
    assert_eq!(numbers, (0..DATAGRAMS).collect::<Vec<u8>>(), "{datagrams}");
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn what_leaves_by_a_bridge_is_recorded_once(server: Host, client: Host) -> Result {
    is_recorded_once(&BRIDGE, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn what_leaves_by_a_macvlan_is_recorded_once(server: Host, client: Host) -> Result {
    is_recorded_once(&MACVLAN, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn what_leaves_by_two_devices_is_recorded_once(server: Host, client: Host) -> Result {
    is_recorded_once(&MACVLAN_ON_A_BRIDGE, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn what_leaves_a_container_is_recorded_once(server: Host, client: Host) -> Result {
    is_recorded_once(&CONTAINER, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn what_leaves_a_containers_macvlan_is_recorded_once(server: Host, client: Host) -> Result {
    is_recorded_once(&MACVLAN_IN_A_CONTAINER, &server, &client)
}

/// On the wire a tunnel is datagrams.
#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn what_leaves_by_a_tunnel_is_what_carries_it(server: Host, client: Host) -> Result {
    for (host, peer, inner) in [(&server, &client, "1"), (&client, &server, "2")] {
        let (local, remote) = (host.ipv4(), peer.ipv4());
        let add = format!(
            "link add vx0 type vxlan id 42 dstport 4789 remote {remote} local {local} dev eth0"
        );
        let address = format!("addr add 192.168.42.{inner}/24 dev vx0");
        ip(host, &[&add, &address, "link set vx0 up"])?;
    }
    let listener = server.run(|| TcpListener::bind("192.168.42.1:7000"))?;
    let _stream = client.run(|| TcpStream::connect("192.168.42.1:7000"))?;
    listener.accept()?;
    let all = client.capture()?.from(&client);
    assert!(all.tcp().is_empty(), "{all}");
    let carried = all.udp().to(SocketAddr::from((server.ipv4(), 4789)));
    // The Ethernet frame within begins after eight bytes (RFC 7348), TCP's flags 47 bytes after that.
    let syn = |payload: &[u8]| payload.get(8 + 12..8 + 14) == Some(&[8, 0]) && payload[8 + 47] == 2;
    let syns = carried.filter(|packet| syn(packet.payload()));
    assert_eq!(syns.len(), 1, "{carried}");
    Ok(())
}

/// What stays within the host is no packet of the net.
#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn what_stays_within_a_host_is_not_recorded(client: Host, _server: Host) -> Result {
    CONTAINER.make(&client)?;
    ip(&client, &["addr add 10.9.9.1/24 dev br0", "-n box addr add 10.9.9.2/24 dev v1"])?;
    let receiver = CONTAINER.run(&client, || UdpSocket::bind("10.9.9.2:9"))?;
    client.run(|| UdpSocket::bind("10.9.9.1:0")?.send_to(b"hello", "10.9.9.2:9"))?;
    receiver.recv(&mut [0; 9])?;
    let all = client.capture()?.udp();
    assert!(all.is_empty(), "{all}");
    Ok(())
}

/// What comes in for a program that is behind such a device has arrived, and what was taken from the
/// wire has not, though the address that it was sent to is none of the net's. What takes it here is
/// none of the crate's rules: that it did not arrive is what counts.
#[track_caller]
fn is_told_apart(stack: &Stack, server: &Host, client: &Host) -> Result {
    stack.make(client)?;
    // So that arrivals are recorded.
    let _other = client.block_with(server, Policy::drop().port(9999))?;
    let inbox = stack.run(client, || UdpSocket::bind("0.0.0.0:9"))?;
    let _stream = talk(stack, server, client, 7000)?;
    let to = SocketAddr::V4(SocketAddrV4::new(stack.ip, 9));
    let outbox = server.run(|| UdpSocket::bind("0.0.0.0:0"))?;
    outbox.send_to(b"arrives", to)?;
    inbox.set_read_timeout(Some(SOON))?;
    inbox.recv(&mut [0; 9])?;
    // A device that is down takes nothing (tc-mirred(8)).
    ip(client, &["link add nowhere type veth peer name nobody"])?;
    client.exec("tc", ["qdisc", "add", "dev", "eth0", "ingress"])?;
    let rule = format!(
        "filter add dev eth0 parent ffff: protocol ip prio 1 u32 match ip dst {}/32 action mirred \
         egress redirect dev nowhere",
        stack.ip
    );
    client.exec("tc", rule.split(' '))?;
    outbox.send_to(b"is dropped", to)?;
    let to_us = || server.capture().map(|all| all.udp().from(server).to(to));
    // The verdict takes 20 ms.
    eventually(SOON, || to_us().is_ok_and(|all| all.dropped().len() == 1))?;
    let all = to_us()?;
    assert_eq!(all.len(), 2, "{all}");
    assert!(all.iter().all(|packet| packet.receiver() == Some("client")), "{all}");
    assert!(all[0].arrived_at().is_some() && all[1].is_dropped(), "{all}");
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the programs ip and tc"]
fn what_comes_for_a_bridge_is_told_apart(server: Host, client: Host) -> Result {
    is_told_apart(&BRIDGE, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the programs ip and tc"]
fn what_comes_for_a_macvlan_is_told_apart(server: Host, client: Host) -> Result {
    is_told_apart(&MACVLAN, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the programs ip and tc"]
fn what_comes_for_two_devices_is_told_apart(server: Host, client: Host) -> Result {
    is_told_apart(&MACVLAN_ON_A_BRIDGE, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the programs ip and tc"]
fn what_comes_for_a_container_is_told_apart(server: Host, client: Host) -> Result {
    is_told_apart(&CONTAINER, &server, &client)
}

/// Where nobody of the host sees what arrives, nothing is called dropped.
#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn what_comes_for_a_containers_macvlan_is_never_called_dropped(
    server: Host,
    client: Host,
) -> Result {
    let stack = MACVLAN_IN_A_CONTAINER;
    stack.make(&client)?;
    let _block = client.block_with(&server, Policy::drop().port(9999))?;
    let _stream = talk(&stack, &server, &client, 7000)?;
    // This one is for the host itself: when it has got its verdict, so have those before it.
    let _other = client.block_with(&server, Policy::drop().from_peer().port(8888))?;
    server.run(|| UdpSocket::bind("0.0.0.0:0"))?.send_to(b"dropped", client.addr(8888))?;
    eventually(SOON, || server.capture().is_ok_and(|all| all.port(8888).dropped().len() == 1))?;
    let all = server.capture()?.from(&server);
    assert_eq!(all.dropped().port(7000).len(), 0, "{all}");
    assert!(all.port(7000).iter().all(|packet| packet.receiver() == Some("client")));
    Ok(())
}

/// tcpdump at the interface of the link is the judge.
mod tcpdump {
    use super::*;

    #[netns_test]
    #[ignore = "NOT RUN: needs the programs ip and tcpdump"]
    fn sees_the_same_of_a_bridge(server: Host, client: Host) -> Result {
        agrees(&BRIDGE, &server, &client)
    }

    #[netns_test]
    #[ignore = "NOT RUN: needs the programs ip and tcpdump"]
    fn sees_the_same_of_a_macvlan(server: Host, client: Host) -> Result {
        agrees(&MACVLAN, &server, &client)
    }

    #[netns_test]
    #[ignore = "NOT RUN: needs the programs ip and tcpdump"]
    fn sees_the_same_of_two_devices(server: Host, client: Host) -> Result {
        agrees(&MACVLAN_ON_A_BRIDGE, &server, &client)
    }

    #[netns_test]
    #[ignore = "NOT RUN: needs the programs ip and tcpdump"]
    fn sees_the_same_of_a_container(server: Host, client: Host) -> Result {
        agrees(&CONTAINER, &server, &client)
    }

    #[netns_test]
    #[ignore = "NOT RUN: needs the programs ip and tcpdump"]
    fn sees_the_same_of_a_containers_macvlan(server: Host, client: Host) -> Result {
        agrees(&MACVLAN_IN_A_CONTAINER, &server, &client)
    }

    #[track_caller]
    fn agrees(stack: &Stack, server: &Host, client: &Host) -> Result {
        stack.make(client)?;
        let mut command = client.command("tcpdump");
        command.args([
            "-n",
            "-l",
            "--immediate-mode",
            "-i",
            "eth0",
            "-Q",
            "out",
            "tcp or udp or icmp",
        ]);
        let mut tcpdump = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let said = BufReader::new(tcpdump.stderr.take().unwrap()).lines();
        let ready = |line: &std::io::Result<String>| {
            line.as_ref().is_ok_and(|line| line.starts_with("listening on"))
        };
        // From then on it sees everything.
        let mut said = said.skip_while(|line| !ready(line));
        assert!(said.next().is_some(), "tcpdump ended");
        let begun = Instant::now();
        // A port of which tcpdump knows nothing.
        drop(talk(stack, server, client, 7070)?);
        eventually(SOON, || client.capture().is_ok_and(|all| all.from(client).fin().len() == 1))?;
        // The last one: up to it tcpdump has seen everything.
        let end = server.addr(7777);
        stack.run(client, || UdpSocket::bind("0.0.0.0:0")?.send_to(b"end", end))?;
        let lines = BufReader::new(tcpdump.stdout.take().unwrap()).lines();
        let theirs: Vec<String> =
            lines.map_while(|line| line.ok()).take_while(|line| !line.contains(".7777:")).collect();
        tcpdump.kill()?;
        tcpdump.wait()?;
        // Without what the kernels say by themselves: a bridge that comes up joins groups (IGMP), up to a
        // second later, and tcpdump prints that in other words.
        let ours = client.capture()?.from(client).since(begun);
        let last = ours.clone().port(7777);
        let ours = ours.until(last[0].instant());
        let ours = ours.filter(|packet| packet.src().is_some_and(|from| from.is_ipv4()));
        assert_eq!(ours.len(), theirs.len(), "{ours}\n{theirs:#?}");
        // From the addresses to the length: "IP 10.0.0.2.40000 > 10.0.0.1.7000: Flags [S], seq 1, …".
        for (packet, line) in ours.iter().zip(&theirs) {
            let (printed, ends) = (packet.to_string(), line.split(" IP ").nth(1).unwrap());
            let ends = ends.split(", cksum").next().unwrap();
            let flags = ends.split(", ").next().unwrap();
            assert!(printed.contains(flags), "{printed}\n{line}");
            let length = |text: &str| text.rsplit("length ").next().unwrap().to_owned();
            assert!(length(&printed).starts_with(&length(line)), "{printed}\n{line}");
        }
        Ok(())
    }
}
