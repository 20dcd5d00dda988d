//! A policy may be of any size, and takes effect in one step whatever it is; also for an ordinary
//! user, whose messages to the kernel must be small (`net.core.wmem_max`).
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use netns_test::{
    Connection, Host, Listener, Notified, Policy, Ports, Result, Rule, TcpState, UdpEndpoint,
    eventually, netns_test,
};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use support::families::has_ipv6;

/// Far more than anything here takes, also on a busy machine. It bounds what must happen.
const LIMIT: Duration = Duration::from_secs(20);
/// A SYN that was lost is repeated after 1 s: a dial that takes less was not disturbed.
const UNDISTURBED: Duration = Duration::from_millis(900);

#[netns_test(timeout = "120s")]
fn a_firewall_of_five_thousand_rules(server: Host, client: Host) -> Result {
    const RULES: u16 = 5_000;
    let rule = |number: u16| Rule::input().tcp().dport(10_000 + number);
    let [first, last, none] = [10_000, 10_000 + RULES - 1, 10_000 + RULES];
    let listeners = [first, last, none].map(|port| server.listen(port).unwrap());
    let mut block = server.block_with(&client, Policy::firewall((0..RULES).map(rule)))?;
    // A rule for each address of the client: IPv4, and where there is IPv6 one of it and link-local.
    let addresses = if has_ipv6() { 3 } else { 1 };
    assert_eq!(block.counters()?.len(), addresses * usize::from(RULES));
    for listener in &listeners[..2] {
        let before = block.packets();
        let _dial = client.dial(listener.addr())?;
        eventually(LIMIT, || block.packets() > before)?;
    }
    client.connect_within(listeners[2].addr(), UNDISTURBED)?;
    block.suspend(|| client.connect_within(listeners[1].addr(), UNDISTURBED))??;
    block.unblock()?;
    client.connect_within(listeners[0].addr(), UNDISTURBED)?;
    Ok(())
}

/// Every second port of a thousand, and two ranges.
fn ports() -> Ports {
    (0..500_u16)
        .map(|number| 20_000 + 2 * number)
        .collect::<Ports>()
        .and([30_000..=30_999, 40_000..=40_000])
}

#[netns_test]
fn five_hundred_ports_and_ranges(server: Host, client: Host) -> Result {
    let block = client.block_with(&server, Policy::drop().udp().dport(ports()))?;
    let from = client.bind_udp(0)?;
    for (port, is_one) in [
        (20_000, true),
        (20_001, false),
        (20_998, true),
        (20_999, false),
        (29_999, false),
        (30_000, true),
        (30_500, true),
        (30_999, true),
        (31_000, false),
        (40_000, true),
        (40_001, false),
        (19_999, false),
        (65_535, false),
    ] {
        let at = server.bind_udp(port)?;
        let before = block.packets();
        from.send_to(b"x", at.addr())?;
        if is_one {
            eventually(LIMIT, || block.packets() > before)?;
        } else {
            assert_eq!(at.recv_from()?.0, b"x", "port {port}");
            assert_eq!(block.packets(), before, "port {port}");
        }
    }
    block.unblock()?;
    Ok(())
}

/// The last port of all has nothing behind it.
#[netns_test]
fn ranges_up_to_the_last_port(server: Host, client: Host) -> Result {
    let ends = Ports::from([0..=9, 65_000..=65_535]);
    let block = client.block_with(&server, Policy::reset().tcp().dport(ends))?;
    for (port, is_one) in [(65_535, true), (65_000, true), (64_999, false)] {
        let listener = server.listen(port)?;
        let dialled = client.connect_within(listener.addr(), UNDISTURBED);
        assert_eq!(dialled.is_err(), is_one, "port {port}: {dialled:?}");
    }
    block.unblock()?;
    Ok(())
}

/// Whether no packet meets half of a policy: of two numbered streams to two of its ports, sent in
/// turns, both end at the same number.
#[netns_test(timeout = "120s")]
fn a_large_policy_takes_effect_in_one_step(server: Host, client: Host) -> Result {
    // From the lowest to the highest of more sets of ports than fit into one message.
    let many = || (0..30_000_u16).map(|number| 2 * number + 1).collect::<Ports>();
    for policy in [
        Policy::drop().udp().dport(many()),
        Policy::firewall((0..2_000).map(|number| Rule::input().udp().dport(10_001 + 2 * number))),
    ] {
        let [low, high] = [10_001, 13_999].map(|port| server.bind_udp(port).unwrap());
        let stop = AtomicBool::new(false);
        let sent = thread::scope(|scope| -> Result<u64> {
            let sender = scope.spawn(|| {
                let from = client.bind_udp(0).unwrap();
                let mut number = 0_u64;
                while !stop.load(Ordering::Relaxed) {
                    number += 1;
                    for to in [low.addr(), high.addr()] {
                        from.send_to(&number.to_be_bytes(), to).unwrap();
                    }
                    thread::yield_now();
                }
                number
            });
            let block = server.block_with(&client, policy);
            stop.store(true, Ordering::Relaxed);
            let sent = sender.join().unwrap();
            block?.unblock()?;
            Ok(sent)
        })?;
        let [low, high] = [low, high].map(last);
        // In between there is at most one packet.
        assert!(low == high || low == high + 1, "{low} and {high} of {sent}");
    }
    Ok(())
}

/// The number of the last datagram that has arrived.
fn last(mut at: UdpEndpoint) -> u64 {
    at.set_deadline(Duration::from_millis(100));
    let mut last = 0;
    while let Ok((bytes, _)) = at.recv_from() {
        last = u64::from_be_bytes(bytes.try_into().unwrap());
    }
    last
}

/// As many connections as the limit of open files has room for, at most 10,000. They wait to be
/// accepted, so that one end of each is enough.
fn connections(server: &Host, client: &Host) -> Result<(Vec<Listener>, Vec<Connection>)> {
    const MOST: u64 = 10_000;
    const EACH: usize = 1_000;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard.min(MOST + 1_000), hard)?;
    let count = MOST.min(hard - 500) as usize;
    let mut listeners = Vec::new();
    let mut connections = Vec::with_capacity(count);
    while connections.len() < count {
        let listener = server.listen(0)?;
        for _ in 0..EACH.min(count - connections.len()) {
            connections.push(client.connect(listener.addr())?);
        }
        listeners.push(listener);
    }
    Ok((listeners, connections))
}

#[netns_test(timeout = "180s")]
fn ten_thousand_existing_flows(server: Host, client: Host) -> Result {
    let (listeners, mut connections) = connections(&server, &client)?;
    let count = connections.len();
    let block = client.block_with(&server, Policy::drop().existing_flows())?;
    for at in [0, count / 2, count - 1] {
        let before = block.packets();
        connections[at].send(b"x")?;
        eventually(LIMIT, || block.packets() > before)?;
    }
    let before = block.packets();
    let mut new = client.connect_within(listeners[0].addr(), UNDISTURBED)?;
    new.send(b"x")?;
    drop(new);
    // What the others have not got acknowledged they repeat, so nothing can be said of the count.
    assert!(block.packets() >= before);
    block.unblock()?;
    let severed = client.block_with(&server, Policy::sever(Notified::Both).existing_flows())?;
    let left = client.sockets()?.tcp().state(TcpState::Established).len();
    assert_eq!(left, 0, "of {count}");
    severed.unblock()?;
    Ok(())
}
