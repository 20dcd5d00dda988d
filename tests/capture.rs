//! Every host records what it sends, and a test asserts on it.
#![cfg(target_os = "linux")]

mod support;

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use netns_test::{
    Capture, Host, IcmpKind, Net, Policy, Result, Rule, Timers, eventually, netns_test,
};

use support::families::can_run_with_ipv6;
use support::runner::{fixture, run};

/// For what the kernel does at once, on a machine that may be busy.
const SOON: Duration = Duration::from_secs(30);

/// What a test waits for, and then asserts on.
#[track_caller]
fn wait_for(host: &Host, wanted: impl Fn(Capture) -> bool) -> Result<Capture> {
    eventually(SOON, || host.capture().is_ok_and(&wanted))?;
    Ok(host.capture()?)
}

#[netns_test]
fn a_connection_is_there_from_its_first_segment(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    dialled.send(b"hello")?;
    assert_eq!(accepted.recv()?, b"hello");
    drop(dialled);
    let all = wait_for(&client, |all| all.fin().from(&client).len() == 1)?.tcp().port(7000);
    assert_eq!(all.syn().from(&client).to(&server).len(), 1, "{all}");
    assert_eq!(all.syn_ack().from(server.ipv4()).to(client.ipv4()).len(), 1, "{all}");
    let data = all.data();
    assert_eq!(data.len(), 1, "{all}");
    assert_eq!(data[0].payload(), b"hello");
    assert_eq!(all.retransmissions().len(), 0, "{all}");
    assert_eq!((all.lost(), all.discarded()), (0, 0));
    // Nothing is under way any more, so both see the same.
    assert_eq!(server.capture()?.tcp().port(7000).to_string(), all.to_string());
    Ok(())
}

/// A user's view of a line, as far as it is the same in each run.
#[netns_test]
fn a_packet_is_printed_in_tcpdumps_words(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    dialled.send(b"hello")?;
    let data = wait_for(&client, |all| all.data().len() == 1)?.data();
    let line = data.to_string();
    let port = dialled.local_addr().port();
    let expected = format!(
        " client > server: 10.0.0.2.{port} > 10.0.0.1.7000: Flags [P.], seq 1:6, ack 1, win "
    );
    assert!(line.contains(&expected) && line.ends_with(", length 5\n"), "{line}");
    Ok(())
}

#[netns_test]
fn a_dial_into_a_block_repeats_its_syn(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let block = client.block(&server)?;
    let _dial = client.dial(listener.addr())?;
    // The first SYN is repeated after 1 s, and after 1 s more or 2.
    let all = wait_for(&client, |all| all.syn().retransmissions().len() >= 2)?;
    let syn = all.tcp().port(7000);
    assert_eq!(syn.syn().len(), syn.len(), "nobody has answered: {syn}");
    // The last one may be younger than the verdict takes.
    assert!(syn.dropped().len() + 1 >= syn.len(), "{syn}");
    assert!(syn.iter().all(|packet| packet.arrived_at().is_none()), "{syn}");
    assert_eq!(server.capture()?.from(&server).tcp().len(), 0);
    assert!(syn.since(block.in_effect_at()).len() >= 3);
    Ok(())
}

#[netns_test]
fn what_was_dropped_and_what_arrived_is_told_apart(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    let block = client.block(&server)?;
    dialled.send(b"during")?;
    let dropped = wait_for(&client, |all| all.data().retransmissions().dropped().len() >= 2)?;
    assert_eq!(dropped.tcp().since(block.in_effect_at()).from(&server).len(), 0);
    block.unblock()?;
    assert_eq!(accepted.recv()?, b"during");
    let arrived = wait_for(&client, |all| all.data().iter().any(|p| p.arrived_at().is_some()))?;
    let data = arrived.data();
    let first = data.iter().find(|packet| packet.arrived_at().is_some());
    assert!(first.is_some_and(|packet| packet.is_retransmission() && !packet.is_dropped()));
    // What the block had dropped stays so.
    let before = data.iter().take_while(|packet| packet.arrived_at().is_none());
    assert!(before.count() >= 3, "the segment and two retransmissions: {data}");
    Ok(())
}

#[netns_test]
fn a_reset_is_sent_once(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let _block = client.block_with(&server, Policy::reset())?;
    let refused = client.connect(listener.addr()).expect_err("the wire answers");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let all = client.capture()?.tcp();
    assert_eq!(all.rst().len(), 1, "{all}");
    // The wire answers at the server's end, in the server's name.
    assert_eq!(all.rst().from(&server).from(server.ipv4()).to(&client).len(), 1, "{all}");
    assert_eq!(all.syn_ack().len(), 0);
    Ok(())
}

#[netns_test]
fn an_icmp_answer_of_the_wire_is_there(server: Host, client: Host) -> Result {
    let _block = client.block_with(&server, Policy::refuse(IcmpKind::HostUnreachable))?;
    let from = client.connect_udp((server.ipv4(), 9))?;
    from.send(b"anybody?")?;
    let all = wait_for(&client, |all| all.icmp().from(server.ipv4()).len() == 1)?;
    let answer = all.icmp().from(server.ipv4());
    // Destination unreachable, host unreachable (RFC 792).
    assert_eq!(answer[0].icmp(), Some((3, 1)));
    Ok(())
}

#[netns_test]
fn idle_connections_are_probed_and_that_is_no_retransmission(server: Host, client: Host) -> Result {
    let second = Duration::from_secs(1);
    client.set_timers(&Timers::new().tcp_keepalive_time(second).tcp_keepalive_intvl(second))?;
    let listener = server.listen(7000)?;
    let to = listener.addr();
    let dialled = client.run(|| std::net::TcpStream::connect(to))?;
    let _accepted = listener.accept()?;
    nix::sys::socket::setsockopt(&dialled, nix::sys::socket::sockopt::KeepAlive, &true)?;
    let all = wait_for(&client, |all| all.keepalives().from(&client).len() >= 2)?;
    assert_eq!(all.retransmissions().len(), 0, "{all}");
    assert_eq!(all.data().len(), 0);
    Ok(())
}

#[netns_test]
fn ipv6_is_recorded_as_well(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let listener = server.listen(7000)?;
    let _block = client.block(&server)?;
    let _dial = client.dial(listener.addr_v6())?;
    let all = wait_for(&client, |all| all.syn().from(client.ipv6()).dropped().len() == 1)?;
    assert_eq!(all.syn().to(SocketAddr::from((server.ipv6(), 7000))).len(), 1);
    Ok(())
}

#[netns_test]
fn what_a_host_says_to_itself_is_there_once(server: Host, client: Host) -> Result {
    let _block = client.block(&server)?;
    let (from, to) = server.run(|| -> std::io::Result<_> {
        Ok((UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:9")?))
    })?;
    from.send_to(b"hello", to.local_addr()?)?;
    let all = wait_for(&server, |all| all.udp().iter().any(|p| p.arrived_at().is_some()))?.udp();
    assert_eq!(all.from(&server).to(&server).port(9).len(), 1, "{all}");
    assert_eq!(client.capture()?.udp().len(), 0);
    Ok(())
}

#[netns_test]
fn on_a_bridge_each_receiver_has_its_own_fate(net: Net) -> Result {
    let [hub, near, far] = net.hosts(["hub", "near", "far"])?;
    let from = hub.bind_udp(9)?;
    let _block = hub.block(&far)?;
    for _ in 0..10 {
        from.send_to(b"to near", near.addr(9))?;
        from.send_to(b"to far", far.addr(9))?;
    }
    let dropped = || net.capture().is_ok_and(|all| all.udp().dropped().len() == 10);
    eventually(SOON, dropped)?;
    let all = net.capture()?.udp().from(&hub).port(9);
    assert_eq!(all.dropped().to(&far).len(), 10, "{all}");
    // Nothing was done to this one, so nobody looks what gets into it.
    let near_by = all.to(&near);
    assert_eq!(near_by.len(), 10);
    assert!(near_by.iter().all(|packet| packet.arrived_at().is_none() && !packet.is_dropped()));
    // Nobody else is told of it.
    assert_eq!(near.capture()?.to(&far).len(), 0);
    Ok(())
}

/// The host's own firewall acts on what has arrived.
#[netns_test]
fn what_a_firewall_drops_has_arrived(server: Host, client: Host) -> Result {
    use netns_test::Rule;
    let policy = Policy::firewall([Rule::input().drop()]);
    let block = server.block_with(&client, policy)?;
    client.connect_udp((server.ipv4(), 9))?.send(b"hello")?;
    let all = wait_for(&client, |all| all.udp().iter().any(|p| p.arrived_at().is_some()))?;
    assert_eq!(all.udp().dropped().len(), 0);
    assert_eq!(block.packets(), 1);
    Ok(())
}

/// A block looks at the data path by probes of its own.
#[netns_test]
fn the_probes_of_blocks_are_not_recorded(net: Net, server: Host, client: Host) -> Result {
    client.block(&server)?.unblock()?;
    client.block(&server)?.unblock()?;
    let ip = |address: Option<IpAddr>| address.is_some();
    let others = net.capture()?.filter(|packet| !ip(packet.src()));
    assert!(others.is_empty(), "{others}");
    Ok(())
}

/// Sends numbered datagrams with at least `pause` in between. What a busy machine delays is not
/// made up for: that would be another rate.
fn send_each(pause: Duration, count: u32, host: &Host, to: SocketAddr) -> Result {
    let socket = host.run(|| UdpSocket::bind("0.0.0.0:0"))?;
    let mut sent = Instant::now();
    for number in 0..count {
        while sent.elapsed() < pause {
            std::hint::spin_loop();
        }
        sent = Instant::now();
        socket.send_to(&number.to_be_bytes(), to)?;
    }
    Ok(())
}

#[netns_test(timeout = "180s")]
fn nothing_is_lost_at_100_000_packets_a_second(server: Host, client: Host) -> Result {
    const COUNT: u32 = 100_000;
    let to = SocketAddr::from((server.ipv4(), 9));
    // Somebody who does not read, so that no ICMP is sent.
    let _receiver = server.bind_udp(9)?;
    // Recording the arrivals costs the most.
    let _block = client.block_with(&server, Policy::drop().port(7000))?;
    send_each(Duration::from_micros(10), COUNT, &client, to)?;
    let all = client.capture()?;
    assert_eq!(all.lost(), 0);
    let sent = all.udp().port(9);
    assert_eq!(sent.len(), COUNT as usize);
    // In their order, each once.
    let numbers = (0..COUNT).map(u32::to_be_bytes);
    assert!(sent.iter().map(|packet| packet.payload()).eq(numbers.map(|number| number.to_vec())));
    Ok(())
}

// An emulated processor takes minutes for so many packets.
#[netns_test(timeout = "600s")]
fn of_more_packets_than_are_kept_the_last_are(server: Host, client: Host) -> Result {
    // Of packets that are long enough to be cut 100,000 are kept.
    const COUNT: u32 = 200_000;
    let mut packet = [0; 256];
    let _receiver = server.bind_udp(9)?;
    let socket = client.run(|| UdpSocket::bind("0.0.0.0:0"))?;
    let before = resident()?;
    for number in 0..COUNT {
        packet[..4].copy_from_slice(&number.to_be_bytes());
        socket.send_to(&packet, (server.ipv4(), 9))?;
    }
    let all = client.capture()?.udp().port(9);
    let grown = resident()?.saturating_sub(before);
    let last = all.as_slice().last().map(|packet| packet.payload()[..4].to_owned());
    assert_eq!(last, Some((COUNT - 1).to_be_bytes().to_vec()));
    assert!(all.discarded() > 0);
    // Flat out it may be more than the kernel can record, but then it says so.
    let known = all.len() as u64 + all.discarded() + all.lost();
    assert!(known >= u64::from(COUNT), "{known}");
    // 32 MiB are kept, and this capture of it is a copy.
    assert!(grown < 128 << 20, "{grown}");
    Ok(())
}

/// The memory of this process that is in use (proc_pid_statm(5)).
fn resident() -> Result<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: usize = statm.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("a number");
    Ok(pages * 4096)
}

#[netns_test]
fn two_nets_do_not_see_each_other(net: Net) -> Result {
    let [a, b] = net.hosts(["a", "b"])?;
    let other = Net::new();
    let [c, _d] = other.hosts(["a", "b"])?;
    a.connect_udp((b.ipv4(), 9))?.send(b"hello")?;
    wait_for(&a, |all| all.udp().len() == 1)?;
    assert_eq!(other.capture()?.udp().len(), 0);
    assert_eq!(c.capture()?.udp().len(), 0);
    Ok(())
}

#[test]
fn it_can_be_switched_off() {
    let said = run(fixture("switched_off").env("NETNS_TEST_CAPTURE", "off"));
    said.passed();
}

#[netns_test]
#[ignore = "a fixture"]
fn switched_off(server: Host) {
    if std::env::var_os("NETNS_TEST_CAPTURE").is_none() {
        // All ignored tests are run together where tshark is.
        assert!(server.capture().is_ok());
        return;
    }
    let error = server.capture().expect_err("it is off");
    assert!(error.is_unsupported());
    assert_eq!(
        error.to_string(),
        "cannot show the capture of `server`: it is switched off (NETNS_TEST_CAPTURE=off)"
    );
}

/// What the crate itself sends to verify a block is nobody's traffic.
#[netns_test]
fn the_probes_of_every_kind_of_block_are_left_out(net: Net, server: Host, client: Host) -> Result {
    let rules = Policy::firewall([Rule::input().drop(), Rule::output().drop()]);
    for policy in [Policy::drop(), Policy::reset(), rules] {
        client.block_with(&server, policy)?.unblock()?;
    }
    let sent = net.capture()?.filter(|packet| !packet.is_icmp());
    assert!(sent.is_empty(), "{sent}");
    Ok(())
}

/// What tshark says about the fields of a file's packets.
fn tshark(file: &std::path::Path, fields: &[&str]) -> Vec<Vec<String>> {
    let mut command = Command::new("tshark");
    command.arg("-r").arg(file).args(["-T", "fields", "-E", "separator=|"]);
    // It reads the settings of whoever it runs as, which an ordinary user of this sandbox may not.
    command.env("HOME", file.with_file_name("home")).env_remove("XDG_CONFIG_HOME");
    command.args(fields.iter().flat_map(|field| ["-e", field]));
    let output = command.output().expect("tshark is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

#[netns_test]
#[ignore = "NOT RUN: needs the program tshark"]
fn tshark_reads_the_file(net: Net, server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let block = client.block(&server)?;
    dialled.send(b"hello")?;
    wait_for(&client, |all| !all.data().retransmissions().dropped().is_empty())?;
    block.unblock()?;
    let folder = support::folder::Folder::make();
    let file = folder.path().join("capture.pcapng");
    let capture = net.capture()?;
    capture.write_pcapng(&file)?;
    let fields = ["frame.interface_name", "frame.time_epoch", "ip.src", "frame.comment"];
    let read = tshark(&file, &fields);
    assert_eq!(read.len(), capture.len());
    for (line, packet) in read.iter().zip(&capture) {
        assert_eq!(line[0], packet.host());
        assert_eq!(
            line[2],
            packet.src().filter(IpAddr::is_ipv4).map_or(String::new(), |ip| ip.to_string())
        );
        assert_eq!(line[3].contains("dropped on the wire"), packet.is_dropped(), "{line:?}");
    }
    let comments: Vec<&str> = read.iter().map(|line| line[3].as_str()).collect();
    assert!(comments.iter().any(|comment| comment.contains("block")), "{comments:?}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs_f64();
    let first: f64 = read[0][1].parse()?;
    assert!((now - 60.0..=now).contains(&first), "{first} is not within the last minute");
    Ok(())
}
