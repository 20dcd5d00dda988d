//! What the guard of a block can do: suspend it, exchange its policy without a gap, tell what each
//! rule has counted, wait for a hit, say when it came into effect and what it is; and that looking
//! whether a block acts neither disturbs traffic nor is disturbed by it.
//!
//! UDP repeats nothing. A datagram that arrives was let pass when it was sent, and one that a
//! counter has counted will never arrive; so most claims here need no waiting.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{
    Block, Counter, Host, IcmpKind, Listener, Net, Notified, Policy, Result, Rule, TcpState,
    UdpEndpoint, eventually, netns_test,
};
use support::families::{addresses, can_run_with_ipv6, families};
use support::stop::Stop;

/// Far more than anything here takes, also on a busy machine. It bounds what must happen.
const LIMIT: Duration = Duration::from_secs(10);
/// A SYN that was lost is repeated after 1 s: a dial that takes less was decided by the first one.
const AT_ONCE: Duration = Duration::from_millis(900);
/// The third SYN goes out 2 s after the first one: a dial that takes less was decided by the
/// second one, which is what an ICMP error may need.
const SECOND_SYN: Duration = Duration::from_millis(1900);

/// A policy of each sort that takes every packet between the two hosts.
fn policies() -> [Policy; 6] {
    [
        Policy::drop(),
        Policy::reset(),
        Policy::refuse(IcmpKind::HostUnreachable),
        Policy::sever(Notified::Both),
        Policy::sever(Notified::Neither),
        // Only what comes: what a host's own firewall keeps from leaving is an error of send.
        Policy::firewall([Rule::input().drop()]),
    ]
}

/// Bytes that no other datagram of this test has.
fn unique() -> [u8; 8] {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed).to_be_bytes()
}

/// Datagrams from one host to the other, in both families.
struct Way {
    from: UdpEndpoint,
    at: UdpEndpoint,
}

impl Way {
    fn new(from: &Host, at: &Host) -> Result<Self> {
        let (from, mut at) = (from.bind_udp(0)?, at.bind_udp(0)?);
        // What has arrived is looked at, not waited for.
        at.set_deadline(Duration::ZERO);
        Ok(Self { from, at })
    }

    fn to(&self) -> Vec<SocketAddr> {
        families().map(|ipv6| if ipv6 { self.at.addr_v6() } else { self.at.addr() }).collect()
    }

    /// What is sent now is the next to arrive.
    #[track_caller]
    fn passes(&self) {
        for to in self.to() {
            let sent = unique();
            self.from.send_to(&sent, to).unwrap();
            let mut received = None;
            let arrived = eventually(LIMIT, || {
                received = self.at.recv_from().ok();
                received.is_some()
            });
            assert!(arrived.is_ok(), "nothing passes to {to}");
            assert_eq!(received.unwrap().0, sent, "to {to}");
        }
    }

    /// What is sent now is counted, as the only packet, and does not arrive.
    #[track_caller]
    fn is_blocked_by(&self, block: &Block) {
        for to in self.to() {
            let before = block.packets();
            self.from.send_to(&unique(), to).unwrap();
            let hit = eventually(LIMIT, || block.packets() > before);
            assert!(hit.is_ok(), "{block} does not count what goes to {to}");
            assert_eq!(block.packets(), before + 1, "{block}");
            assert_eq!(self.at.recv_from().unwrap_err().kind(), ErrorKind::TimedOut, "{block}");
        }
    }
}

// --- suspend ---

#[netns_test]
fn traffic_passes_while_a_block_is_suspended_and_not_after(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        for round in 1..=3 {
            way.is_blocked_by(&block);
            let counted = block.counters()?;
            let value = block.suspend(|| {
                way.passes();
                round
            })?;
            assert_eq!(value, round, "what the work returns comes back");
            assert_eq!(block.counters()?, counted, "what passed is not counted: {block}");
        }
        way.is_blocked_by(&block);
        let all = families().count() as u64 * 4;
        assert_eq!(block.packets(), all, "a datagram of each family, four times: {block}");
        block.unblock()?;
        way.passes();
    }
    Ok(())
}

#[netns_test]
fn connections_pass_while_a_block_is_suspended(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    for policy in policies() {
        let mut block = client.block_with(&server, policy)?;
        let mut conn = block.suspend(|| client.connect_within(listener.addr(), AT_ONCE))??;
        let mut accepted = listener.accept()?;
        block.suspend(|| conn.send(b"hello"))??;
        // It was on the wire when `send` returned, and so before the block was in effect again.
        assert_eq!(accepted.recv_exact(5)?, b"hello");
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn a_panic_in_a_suspension_puts_the_block_in_effect_again(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            block.suspend(|| {
                way.passes();
                panic!("on purpose");
            })
        }));
        assert!(panicked.is_err());
        way.is_blocked_by(&block);
        block.unblock()?;
        way.passes();
    }
    Ok(())
}

#[netns_test]
fn a_suspension_of_one_block_leaves_the_others_in_effect(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let other = client.block(&server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        block.suspend(|| way.is_blocked_by(&other))?;
        block.unblock()?;
    }
    other.unblock()?;
    way.passes();
    Ok(())
}

#[netns_test]
fn an_error_of_the_work_leaves_the_block_in_effect(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let mut block = server.block(&client)?;
    let failed = block.suspend(|| client.connect((server.ipv4(), 9)).map(drop))?;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    way.is_blocked_by(&block);
    block.unblock()?;
    Ok(())
}

// --- swap ---

/// What a dial across a block ends with: an errno, or `None` for silence.
#[track_caller]
fn assert_dial(from: &Host, listener: &Listener, block: &Block, errno: Option<i32>) {
    for to in addresses(listener) {
        let before = block.packets();
        let mut dial = from.dial(to).unwrap();
        match errno {
            Some(errno) => {
                let error = dial.wait(SECOND_SYN).unwrap_err();
                assert_eq!(error.raw_os_error(), Some(errno), "{block}: {error}");
            }
            None => {
                eventually(LIMIT, || block.packets() > before).unwrap();
                assert_eq!(dial.info().unwrap().state, TcpState::SynSent, "{block}");
            }
        }
    }
}

#[netns_test]
fn a_swap_gives_the_block_another_effect(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let listeners = [server.listen(7000)?, client.listen(7000)?];
    let mut block = server.block(&client)?;
    let refuse = Policy::refuse(IcmpKind::AdminProhibited).ipv4();
    let both = [Rule::input().reject(), Rule::output().drop()];
    for (policy, errno) in [
        (Policy::reset(), Some(libc::ECONNREFUSED)),
        (Policy::refuse(IcmpKind::NetUnreachable), Some(libc::ENETUNREACH)),
        (Policy::sever(Notified::Both), None),
        (Policy::reset().new_connections(), Some(libc::ECONNREFUSED)),
        (Policy::firewall(both), None),
        (Policy::refuse(IcmpKind::HostUnreachable), Some(libc::EHOSTUNREACH)),
        (Policy::drop(), None),
    ] {
        block.swap(policy.clone())?;
        assert_eq!(block.policy(), &policy);
        assert_dial(&client, &listeners[0], &block, errno);
        assert_dial(&server, &listeners[1], &block, errno);
    }
    // Also to less than it took before.
    block.swap(refuse)?;
    client.connect_within(listeners[0].addr_v6(), AT_ONCE)?;
    assert!(client.connect_within(listeners[0].addr(), SECOND_SYN).is_err());
    block.unblock()?;
    for listener in &listeners {
        let from = if listener.addr().ip() == server.ipv4() { &client } else { &server };
        from.connect_within(listener.addr(), AT_ONCE)?;
        from.connect_within(listener.addr_v6(), AT_ONCE)?;
    }
    Ok(())
}

#[netns_test]
fn a_swap_to_sever_ends_the_connections_that_a_drop_had_kept(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    let mut block = server.block(&client)?;
    dialled.send(b"during the block")?;
    block.wait_for_hit(LIMIT)?;
    block.swap(Policy::sever(Notified::Host))?;
    assert_eq!(accepted.recv().unwrap_err().raw_os_error(), Some(libc::ECONNABORTED));
    assert_eq!(dialled.info()?.state, TcpState::Established);
    block.unblock()?;
    Ok(())
}

/// The flood goes on in every stage of each swap, and not one of its datagrams comes through.
/// Returns how many were sent, and the block.
fn no_gap(server: &Host, client: &Host, policies: &[Policy], swaps: usize) -> Result<(u64, Block)> {
    let way = Way::new(client, server)?;
    let (sent, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let mut block = server.block_with(client, policies[0].clone())?;
    thread::scope(|scope| -> Result {
        for to in way.to() {
            let (way, sent, stop) = (&way, &sent, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    if way.from.send_to(b"flood", to).is_ok() {
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        let _stopping = Stop(&stop);
        for policy in policies.iter().cycle().skip(1).take(swaps) {
            // It runs, and meets the block as it is now.
            block.wait_for_hit(LIMIT)?;
            block.swap(policy.clone())?;
        }
        block.wait_for_hit(LIMIT)?;
        Ok(())
    })?;
    assert!(way.at.recv_from().is_err(), "one came through");
    let sent = sent.into_inner();
    // None is counted twice. A firewall takes the questions for a neighbour as well, which are ICMPv6.
    let asked = client.capture()?.with_housekeeping().icmp().from(client).len() as u64;
    let taken = taken_by(server, &block)?;
    assert!(taken <= sent + asked, "{taken} of {sent}, and {asked} of the kernel's own");
    Ok((sent, block))
}

/// What the rules of one host have counted. While `refuse` is swapped, the answers of the one may
/// meet the `drop` of the other: those are no datagrams of the flood.
fn taken_by(host: &Host, block: &Block) -> Result<u64> {
    let counters = block.counters()?;
    let of_host = counters.iter().filter(|counter| counter.host == host.name());
    Ok(of_host.map(|counter| counter.packets).sum())
}

fn policies_of_the_wire() -> [Policy; 4] {
    let refuse = Policy::refuse(IcmpKind::PortUnreachable);
    [Policy::drop(), refuse, Policy::reset(), Policy::drop().udp()]
}

#[netns_test]
fn not_one_datagram_passes_during_a_swap(server: Host, client: Host) -> Result {
    let (_, block) = no_gap(&server, &client, &policies_of_the_wire(), 50)?;
    block.unblock()?;
    Way::new(&client, &server)?.passes();
    Ok(())
}

#[netns_test]
fn not_one_datagram_passes_during_a_swap_from_the_wire_to_a_firewall_and_back(
    server: Host,
    client: Host,
) -> Result {
    let firewall = Policy::firewall([Rule::input().drop()]);
    let rejects = Policy::firewall([Rule::input().udp().reject()]);
    let policies = [Policy::drop(), firewall, Policy::reset(), rejects];
    let (_, block) = no_gap(&server, &client, &policies, 50)?;
    block.unblock()?;
    Way::new(&client, &server)?.passes();
    Ok(())
}

#[netns_test]
fn each_datagram_during_a_swap_is_counted(server: Host, client: Host) -> Result {
    let (sent, block) = no_gap(&server, &client, &policies_of_the_wire(), 50)?;
    let all = eventually(LIMIT, || taken_by(&server, &block).is_ok_and(|taken| taken == sent));
    assert!(all.is_ok(), "{} of {sent}", taken_by(&server, &block)?);
    block.unblock()?;
    Ok(())
}

/// To a client that dials all the time, a swap between policies that both refuse is a refusal.
#[netns_test]
fn every_dial_during_a_swap_is_refused(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut block = server.block_with(&client, Policy::reset())?;
    let stop = AtomicBool::new(false);
    thread::scope(|scope| -> Result {
        let dialling = scope.spawn(|| {
            let mut dials = 0;
            while !stop.load(Ordering::Relaxed) {
                let error = client.connect_within(listener.addr(), AT_ONCE).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "dial {dials}: {error}");
                dials += 1;
            }
            dials
        });
        let stopping = Stop(&stop);
        for policy in [Policy::reset().tcp(), Policy::reset()].into_iter().cycle().take(50) {
            block.wait_for_hit(LIMIT)?;
            block.swap(policy)?;
        }
        drop(stopping);
        assert!(dialling.join().unwrap() >= 50);
        Ok(())
    })?;
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn what_was_counted_before_a_swap_is_kept(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let mut block = server.block(&client)?;
    let each = families().count() as u64;
    for (number, policy) in policies().into_iter().cycle().skip(1).take(12).enumerate() {
        way.is_blocked_by(&block);
        assert_eq!(block.packets(), each * (number as u64 + 1));
        block.swap(policy)?;
        // A swap itself is not counted.
        assert_eq!(block.packets(), each * (number as u64 + 1));
    }
    way.is_blocked_by(&block);
    assert_eq!(block.packets(), each * 13);
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_swap_that_is_refused_leaves_the_block_as_it_was(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let mut block = server.block(&client)?;
    for (policy, reason) in [
        (Policy::reset().udp(), "a reset is TCP's: use `drop` or `refuse` for other protocols"),
        (Policy::reset().existing_flows(), "there is no connection between them now"),
        (Policy::firewall([]), "a firewall without rules blocks nothing"),
    ] {
        way.is_blocked_by(&block);
        let counted = block.counters()?;
        let since = block.in_effect_at();
        let refused = block.swap(policy).unwrap_err();
        assert!(refused.to_string().ends_with(reason), "{refused}");
        assert_eq!(block.policy(), &Policy::drop());
        assert_eq!(block.counters()?, counted);
        assert_eq!(block.in_effect_at(), since);
        way.is_blocked_by(&block);
    }
    block.unblock()?;
    way.passes();
    Ok(())
}

#[netns_test]
fn a_swapped_block_stacks_with_others(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let other = client.block(&server)?;
    for policy in policies() {
        let mut block = server.block(&client)?;
        block.swap(policy)?;
        block.swap(Policy::drop().tcp())?;
        way.is_blocked_by(&other);
        block.unblock()?;
    }
    other.unblock()?;
    way.passes();
    Ok(())
}

// --- counters ---

/// What the rules of one host have counted, with their texts, without those that counted nothing.
fn counted<'a>(counters: &'a [Counter], host: &str) -> Vec<(&'a str, u64, u64)> {
    let ours = counters.iter().filter(|counter| counter.host == host && counter.packets > 0);
    ours.map(|counter| (counter.rule.as_str(), counter.packets, counter.bytes)).collect()
}

/// Sends so many datagrams of so many bytes to each of the addresses.
fn send(way: &Way, count: usize, length: usize) -> Result {
    for to in way.to() {
        for _ in 0..count {
            way.from.send_to(&vec![7; length], to)?;
        }
    }
    Ok(())
}

/// A header of UDP has 8 bytes, one of IPv4 has 20 and one of IPv6 has 40.
const HEADERS: u64 = (20 + 8) + (40 + 8);

#[netns_test]
fn each_host_counts_the_packets_that_it_takes_with_their_bytes(
    server: Host,
    client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let there = Way::new(&client, &server)?;
    let back = Way::new(&server, &client)?;
    for blocker in [&server, &client] {
        let peer = if blocker.name() == "server" { &client } else { &server };
        let block = blocker.block(peer)?;
        send(&there, 30, 100)?;
        send(&back, 7, 1000)?;
        eventually(LIMIT, || block.packets() >= 74)?;
        let counters = block.counters()?;
        assert_eq!(counters.len(), 2, "one rule at each host: {counters:?}");
        assert_eq!(counters[0].host, blocker.name(), "the one that blocks comes first");
        let at_server = ("counter drop", 60, 30 * (200 + HEADERS));
        assert_eq!(counted(&counters, "server"), [at_server]);
        let at_client = ("counter drop", 14, 7 * (2000 + HEADERS));
        assert_eq!(counted(&counters, "client"), [at_client]);
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn each_rule_counts_what_it_takes(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let way = Way::new(&client, &server)?;
    let port = way.at.addr().port();
    let length = 100;
    let (v4, v6) = (10 * (28 + length as u64), 10 * (48 + length as u64));
    let udp = format!("udp dport {port} counter drop");
    let refused = ["ip", "ip6"].map(|family| {
        let icmp = if family == "ip" { "icmp" } else { "icmpv6" };
        format!("meta protocol {family} counter reject with {icmp} type port-unreachable")
    });
    let input = [format!("ip saddr {}", client.ipv4()), format!("ip6 saddr {}", client.ipv6())]
        .map(|address| format!("{address} udp dport {port} counter drop"));
    for (policy, expected) in [
        (Policy::drop().port(port), vec![(udp.as_str(), 20, v4 + v6)]),
        (Policy::reset(), vec![("counter drop", 20, v4 + v6)]),
        (
            Policy::refuse(IcmpKind::PortUnreachable),
            vec![(refused[0].as_str(), 10, v4), (refused[1].as_str(), 10, v6)],
        ),
        (
            Policy::firewall([Rule::input().udp().dport(port).drop()]),
            vec![(input[0].as_str(), 10, v4), (input[1].as_str(), 10, v6)],
        ),
    ] {
        let block = server.block_with(&client, policy)?;
        send(&way, 10, length)?;
        eventually(LIMIT, || block.packets() >= 20)?;
        let counters = block.counters()?;
        assert_eq!(counted(&counters, "server"), expected, "{block}");
        assert_eq!(counted(&counters, "client"), []);
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn counters_of_replaced_rules_come_first(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let way = Way::new(&client, &server)?;
    let mut block = server.block(&client)?;
    send(&way, 3, 10)?;
    eventually(LIMIT, || block.packets() >= 6)?;
    block.swap(Policy::firewall([Rule::input().udp().drop()]))?;
    send(&way, 2, 10)?;
    eventually(LIMIT, || block.packets() >= 10)?;
    let counters = block.counters()?;
    let at_server = counted(&counters, "server");
    assert_eq!(at_server[0], ("counter drop", 6, 3 * (20 + HEADERS)));
    assert_eq!(at_server.iter().map(|(_, packets, _)| packets).sum::<u64>(), 10);
    assert_eq!(at_server.len(), 3, "{at_server:?}");
    block.unblock()?;
    Ok(())
}

/// One packet each: what the wire answers is no packet that it takes.
#[netns_test]
fn answers_are_not_counted(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    for policy in [Policy::reset(), Policy::refuse(IcmpKind::HostUnreachable)] {
        let block = server.block_with(&client, policy)?;
        // IPv4, where the first answer counts.
        client.connect_within(listener.addr(), AT_ONCE).unwrap_err();
        assert_eq!(block.packets(), 1, "{block}");
        block.unblock()?;
    }
    Ok(())
}

// --- hits ---

#[netns_test]
fn a_hit_is_seen_when_it_comes(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let block = server.block_with(&client, policy)?;
        // Asked without patience, so that the wait below begins before anything was sent.
        let none = block.wait_for_hit(Duration::ZERO).unwrap_err();
        assert!(none.is_timed_out() && !none.is_missed_claim(), "{none}");
        thread::scope(|scope| -> Result {
            let waiting = scope.spawn(|| block.wait_for_hit(LIMIT));
            way.from.send_to(b"hit", way.at.addr())?;
            assert!(waiting.join().unwrap()? < LIMIT);
            Ok(())
        })?;
        block.unblock()?;
    }
    Ok(())
}

/// A program may have tried, and given up, before the test gets round to waiting for it.
#[netns_test]
fn a_hit_before_the_wait_counts(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        way.is_blocked_by(&block);
        block.wait_for_hit(Duration::ZERO)?;
        block.suspend(|| ())?;
        block.wait_for_hit(Duration::ZERO)?;
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn a_hit_before_a_swap_was_one_of_another_policy(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let firewall = Policy::firewall([Rule::input().drop()]);
    for policy in [Policy::reset(), firewall, Policy::drop().to_peer()] {
        let mut block = server.block(&client)?;
        way.is_blocked_by(&block);
        let before = block.packets();
        block.swap(policy)?;
        assert_eq!(block.packets(), before, "it is still counted");
        assert!(block.wait_for_hit(Duration::ZERO).unwrap_err().is_timed_out(), "{block}");
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn a_hit_that_does_not_come_is_an_error_that_says_so(server: Host, client: Host) -> Result {
    let block = server.block_with(&client, Policy::reset())?;
    let limit = Duration::from_millis(50);
    let begun = Instant::now();
    let missed = block.wait_for_hit(limit).unwrap_err();
    assert!(begun.elapsed() >= limit);
    assert_eq!(
        missed.to_string(),
        "cannot see block `client` from `server` by reset hit within 50ms: it has counted no packet \
         since it took effect"
    );
    block.unblock()?;
    Ok(())
}

// --- when, and what ---

#[netns_test]
fn a_block_knows_when_it_came_into_effect(server: Host, client: Host) -> Result {
    let before = Instant::now();
    let mut block = server.block(&client)?;
    let after = Instant::now();
    let since = block.in_effect_at();
    assert!((before..=after).contains(&since));
    block.suspend(|| ())?;
    let again = Instant::now();
    block.swap(Policy::sever(Notified::Both))?;
    let swapped = block.in_effect_at();
    assert!((again..=Instant::now()).contains(&swapped), "as it does now");
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_block_says_what_it_is(server: Host, client: Host) -> Result {
    let mut block = server.block(&client)?;
    assert_eq!(block.to_string(), "block `client` from `server`");
    for (policy, by) in [
        (Policy::reset().tcp().new_connections(), "reset (tcp, new connections)"),
        (
            Policy::refuse(IcmpKind::PolicyFail).ipv6().from_peer(),
            "refuse icmp6-policy-fail (from peer, ip6)",
        ),
        (Policy::sever(Notified::Peer).port(80), "sever, peer told (port 80)"),
        (
            Policy::firewall([Rule::input().drop(), Rule::output().udp().reject()]),
            "nftables rules `-I INPUT -s PEER -j DROP`, `-I OUTPUT -d PEER -p udp -j REJECT \
             --reject-with icmp-port-unreachable`",
        ),
    ] {
        block.swap(policy.clone())?;
        assert_eq!(policy.to_string(), by);
        assert_eq!(block.to_string(), format!("block `client` from `server` by {by}"));
    }
    block.swap(Policy::reset())?;
    let shown = format!("{block:?}");
    for part in ["Block", "server", "client", "10.0.0.1", "Reset"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    block.unblock()?;
    Ok(())
}

// --- keep ---

#[netns_test]
fn what_a_block_counts_can_be_read_when_it_is_kept() -> Result {
    for policy in policies() {
        let net = Net::new();
        let [server, client] = net.hosts(["server", "client"])?;
        let way = Way::new(&client, &server)?;
        let block = server.block_with(&client, policy)?;
        let (told, since) = (block.to_string(), block.in_effect_at());
        let each = families().count() as u64;
        send(&way, 2, 10)?;
        eventually(LIMIT, || block.packets() == 2 * each)?;
        let kept = block.keep();
        assert_eq!((kept.to_string(), kept.in_effect_at()), (told, since));
        assert_eq!(kept.place().hosts(), [&server, &client]);
        assert_eq!(kept.packets(), 2 * each, "{kept}");
        // A handle that is dropped changes nothing, and a net that is keeps what was kept there.
        let other = kept.clone();
        drop((kept, net));
        send(&way, 1, 10)?;
        eventually(LIMIT, || other.packets() == 3 * each)?;
        assert!(way.at.recv_from().is_err(), "{other}");
        let counters = other.counters()?;
        let packets = |host| -> u64 { counted(&counters, host).iter().map(|one| one.1).sum() };
        assert_eq!((packets("server"), packets("client")), (3 * each, 0), "{other}");
    }
    Ok(())
}

// --- verification and traffic do not disturb each other ---

#[netns_test]
fn looking_whether_a_block_acts_is_not_traffic(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        assert_eq!(block.packets(), 0, "{block}");
        block.suspend(|| ())?;
        assert_eq!(block.packets(), 0, "{block}");
        block.swap(Policy::drop())?;
        assert_eq!(block.packets(), 0, "{block}");
        block.unblock()?;
        assert!(way.at.recv_from().is_err());
        way.passes();
    }
    Ok(())
}

#[netns_test(timeout = "3m")]
fn blocks_are_made_and_lifted_under_traffic_from_many_threads(
    server: Host,
    client: Host,
) -> Result {
    let mut listener = server.listen(7000)?;
    listener.set_deadline(Duration::ZERO);
    let ways = [Way::new(&client, &server)?, Way::new(&server, &client)?];
    let stop = AtomicBool::new(false);
    let sent = AtomicU64::new(0);
    thread::scope(|scope| -> Result {
        let (stop, sent, listener) = (&stop, &sent, &listener);
        for way in &ways {
            for to in way.to() {
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        way.from.send_to(&unique(), to).unwrap();
                        sent.fetch_add(1, Ordering::Relaxed);
                        let _ = way.at.recv_from();
                    }
                });
            }
        }
        for to in addresses(listener) {
            let client = &client;
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let dialled = client.connect_within(to, Duration::from_millis(2));
                    drop(dialled.and_then(|_| listener.accept()));
                }
            });
        }
        let _stopping = Stop(stop);
        let policies = [Policy::drop(), Policy::reset(), Policy::refuse(IcmpKind::HostUnreachable)];
        let begun = Instant::now();
        for (round, policy) in policies.into_iter().cycle().take(100).enumerate() {
            // On one processor each round waits for seven others, and an emulated one takes
            // seconds. By then each policy has been made at each host.
            if round >= 6 && begun.elapsed() > LIMIT {
                break;
            }
            let [a, b] = if round % 2 == 0 { [&server, &client] } else { [&client, &server] };
            let mut block = a.block_with(b, policy)?;
            block.wait_for_hit(LIMIT)?;
            if round % 5 == 0 {
                let before = sent.load(Ordering::Relaxed);
                block.suspend(|| {
                    eventually(LIMIT, || sent.load(Ordering::Relaxed) > before).map(drop)
                })??;
            }
            block.unblock()?;
        }
        Ok(())
    })
}
