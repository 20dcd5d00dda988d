//! What `client.block(&server)` does on the wire: to TCP, UDP and ICMP, in both families and both
//! directions, to every address of the peer and to nobody else; from the moment in which it
//! returns until the moment in which it is lifted.
//!
//! UDP repeats nothing. A datagram that arrives was let pass when it was sent, and one that a
//! counter has counted will never arrive; so most claims here need no waiting.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{Ipv6Addr, Shutdown, SocketAddr, SocketAddrV6};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{
    Block, Connection, Dial, Host, Listener, Net, Notified, Place, Policy, Result, Rule, TcpState,
    UdpEndpoint, consistently, eventually, netns_test,
};
use support::dials::assert_repeats_its_syn;
use support::families::{addresses, can_run_with_ipv6, families, has_ipv6};
use support::ping::Ping;
use support::stop::Stop;

/// Far more than anything here takes, also on a busy machine. It bounds what must happen.
const LIMIT: Duration = Duration::from_secs(10);
/// A SYN that was lost is repeated after 1 s: a dial that takes less was not disturbed.
const UNDISTURBED: Duration = Duration::from_millis(900);

/// Open UDP ports on two hosts, and all the addresses under which they can be reached.
struct Path {
    ports: [UdpEndpoint; 2],
    /// Where each of them is found by the other one.
    addrs: [Vec<SocketAddr>; 2],
}

impl Path {
    fn between(a: &Host, b: &Host) -> Result<Self> {
        let (mut at_a, mut at_b) = (a.bind_udp(0)?, b.bind_udp(0)?);
        // What has arrived is looked at, not waited for.
        at_a.set_deadline(Duration::ZERO);
        at_b.set_deadline(Duration::ZERO);
        let addrs = [addrs_of(a, at_a.addr().port()), addrs_of(b, at_b.addr().port())];
        Ok(Self { ports: [at_a, at_b], addrs })
    }

    /// From, where to, and who should receive it; both directions, every address.
    fn ways(&self) -> impl Iterator<Item = (&UdpEndpoint, SocketAddr, &UdpEndpoint)> {
        let [a, b] = &self.ports;
        let there = self.addrs[1].iter().map(move |to| (a, *to, b));
        let back = self.addrs[0].iter().map(move |to| (b, *to, a));
        there.chain(back)
    }

    /// A datagram that is sent now arrives, on every way; and it is the first one that does, so
    /// that nothing which was sent before arrives late.
    #[track_caller]
    fn passes(&self) {
        for (from, to, at) in self.ways() {
            let sent = unique();
            from.send_to(&sent, to).unwrap();
            let mut received = None;
            let arrived = eventually(LIMIT, || {
                received = at.recv_from().ok();
                received.is_some()
            });
            assert!(arrived.is_ok(), "nothing passes from {} to {to}", from.addr());
            assert_eq!(received.unwrap().0, sent, "from {} to {to}", from.addr());
        }
    }

    /// A datagram that is sent now is taken away by one of the blocks, on every way; without an
    /// error for who sends it.
    ///
    /// That exactly one more packet has been counted says that it was this datagram, that nothing
    /// else was, and that it is no longer on its way.
    #[track_caller]
    fn vanishes(&self, blocks: &[&Block]) {
        let counted = || blocks.iter().map(|block| block.packets()).sum::<u64>();
        for (from, to, at) in self.ways() {
            let before = counted();
            from.send_to(&unique(), to).unwrap();
            let hit = eventually(LIMIT, || counted() > before);
            assert!(hit.is_ok(), "no block counts what goes from {} to {to}", from.addr());
            assert_eq!(counted(), before + 1, "from {} to {to}", from.addr());
            assert_eq!(at.recv_from().unwrap_err().kind(), ErrorKind::TimedOut);
        }
    }
}

fn addrs_of(host: &Host, port: u16) -> Vec<SocketAddr> {
    host.addrs().into_iter().map(|addr| (addr, port).into()).collect()
}

/// Bytes that no other datagram of this test has.
fn unique() -> [u8; 8] {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed).to_be_bytes()
}

/// A dial from each host to the other one, in each family.
fn dials(server: &Host, client: &Host) -> Result<Vec<(Listener, Dial)>> {
    let mut dials = Vec::new();
    for (from, to) in [(client, server), (server, client)] {
        for ipv6 in families() {
            let listener = to.listen(0)?;
            let to = if ipv6 { listener.addr_v6() } else { listener.addr() };
            let dial = from.dial(to)?;
            dials.push((listener, dial));
        }
    }
    Ok(dials)
}

/// A connection in each family, accepted at `server`.
fn connections(server: &Host, client: &Host) -> Result<Vec<[Connection; 2]>> {
    let listener = server.listen(0)?;
    let mut connections = Vec::new();
    for to in addresses(&listener) {
        connections.push([client.connect(to)?, listener.accept()?]);
    }
    Ok(connections)
}

fn retransmits(end: &Connection) -> u32 {
    end.info().unwrap().retransmits
}

// --- new connections ---

/// The hosts have never met before, and neighbours are still found. If they were not, the kernel
/// would give a dial up with EHOSTUNREACH after three unanswered requests, one second each.
#[netns_test]
fn a_dial_times_out_without_an_error_and_repeats_its_syn(server: Host, client: Host) -> Result {
    let block = client.block(&server)?;
    let begun = Instant::now();
    // All four at the same time.
    for (_listener, mut dial) in dials(&server, &client)? {
        let left = Duration::from_millis(3500).saturating_sub(begun.elapsed());
        assert_eq!(dial.wait(left).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_repeats_its_syn(&mut dial);
    }
    // Two SYNs in each family and two directions, at least.
    assert!(block.packets() >= 2 * 2 * families().count() as u64, "{}", block.packets());
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_dial_succeeds_when_the_block_is_lifted(server: Host, client: Host) -> Result {
    let block = client.block(&server)?;
    let dials = dials(&server, &client)?;
    eventually(LIMIT, || block.packets() >= 4)?;
    block.unblock()?;
    for (listener, mut dial) in dials {
        // At its next SYN, a second after the first one.
        let dialled = dial.wait(LIMIT)?;
        assert_eq!(listener.accept()?.peer_addr(), dialled.local_addr());
    }
    Ok(())
}

// --- established connections ---

#[netns_test]
fn an_established_connection_falls_silent_and_delivers_after_lifting(
    server: Host,
    client: Host,
) -> Result {
    let mut connections = connections(&server, &client)?;
    let block = client.block(&server)?;
    for end in connections.iter_mut().flatten() {
        assert_eq!(end.info()?.total_retrans, 0, "all was well before");
        end.send(b"sent during the block")?;
    }
    for end in connections.iter_mut().flatten() {
        // Repeated after 0.2 and after 0.6 seconds: a delay would not do that.
        eventually(LIMIT, || retransmits(end) >= 2)?;
        let info = end.info()?;
        assert_eq!(info.state, TcpState::Established);
        assert!(info.total_retrans >= 2, "{info:?}");
        // It left this host and was lost on the wire. What a local firewall keeps from leaving
        // is not unacknowledged: it was never sent, and is probed for.
        assert!(info.unacked > 0 && info.notsent == 0 && info.probes == 0, "{info:?}");
        end.set_deadline(Duration::ZERO);
        assert_eq!(end.recv().unwrap_err().kind(), ErrorKind::TimedOut, "nothing has arrived");
        end.set_deadline(LIMIT);
    }
    let least = 3 * connections.iter().flatten().count() as u64;
    assert!(block.packets() >= least, "three times a segment of each end: {}", block.packets());
    block.unblock()?;
    for end in connections.iter_mut().flatten() {
        assert_eq!(end.recv_exact(21)?, b"sent during the block");
        eventually(LIMIT, || end.info().is_ok_and(|info| info.unacked == 0))?;
        assert_eq!(end.info()?.state, TcpState::Established);
    }
    Ok(())
}

#[netns_test]
fn a_connection_that_says_nothing_notices_nothing(server: Host, client: Host) -> Result {
    let mut connections = connections(&server, &client)?;
    let block = client.block(&server)?;
    assert_eq!(block.packets(), 0);
    block.unblock()?;
    for [dialled, accepted] in &mut connections {
        dialled.send(b"hello")?;
        assert_eq!(accepted.recv()?, b"hello");
        assert_eq!(dialled.info()?.total_retrans, 0, "nothing had to be repeated");
    }
    Ok(())
}

#[netns_test]
fn a_close_during_the_block_is_seen_after_it(server: Host, client: Host) -> Result {
    let mut connections = connections(&server, &client)?;
    let block = client.block(&server)?;
    for [dialled, accepted] in &mut connections {
        dialled.shutdown(Shutdown::Write)?;
        eventually(LIMIT, || retransmits(dialled) >= 1)?;
        assert_eq!(dialled.info()?.state, TcpState::FinWait1);
        assert_eq!(accepted.info()?.state, TcpState::Established);
    }
    block.unblock()?;
    for [_dialled, accepted] in &mut connections {
        assert_eq!(accepted.recv()?, b"", "the end of the stream");
    }
    Ok(())
}

#[netns_test]
fn a_running_transfer_stalls_and_completes_after_lifting(server: Host, client: Host) -> Result {
    let listener = server.listen(0)?;
    let mut sender = client.connect(listener.addr())?;
    let mut receiver = listener.accept()?;
    let watched = sender.try_clone()?;
    let (received, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| -> Result {
        let sending = scope.spawn(|| -> io::Result<u64> {
            let mut sent = 0;
            while !stop.load(Ordering::Relaxed) {
                sender.send(&[7; 64 << 10])?;
                sent += 64 << 10;
            }
            sender.shutdown(Shutdown::Write)?;
            Ok(sent)
        });
        scope.spawn(|| {
            while let Ok(bytes) = receiver.recv()
                && !bytes.is_empty()
            {
                received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            }
        });
        let stopping = Stop(&stop);
        let so_far = || received.load(Ordering::Relaxed);
        eventually(LIMIT, || so_far() > 1 << 20)?;
        let block = server.block(&client)?;
        // What had arrived before is still being read. Then nothing more comes, for a time in
        // which hundreds of megabytes would.
        eventually(LIMIT, || {
            let before = so_far();
            consistently(Duration::from_millis(300), || so_far() == before)
        })?;
        eventually(LIMIT, || retransmits(&watched) >= 1)?;
        assert!(block.packets() > 0);
        let before = so_far();
        block.unblock()?;
        eventually(LIMIT, || so_far() > before)?;
        drop(stopping);
        let sent = sending.join().unwrap()?;
        eventually(LIMIT, || received.load(Ordering::Relaxed) == sent)?;
        Ok(())
    })
}

// --- datagrams, and everything else ---

#[netns_test]
fn datagrams_vanish_without_an_error_and_pass_after_lifting(server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    path.passes();
    let block = client.block(&server)?;
    path.vanishes(&[&block]);
    block.unblock()?;
    path.passes();
    Ok(())
}

#[netns_test]
fn link_local_addresses_are_blocked_as_well(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let mut path = Path::between(&server, &client)?;
    for (at, host, other) in [(0, &server, &client), (1, &client, &server)] {
        let (address, _) = link_local(host)?;
        let (_, scope) = link_local(other)?;
        let port = path.addrs[at][0].port();
        path.addrs[at] = vec![SocketAddrV6::new(address, port, 0, scope).into()];
    }
    path.passes();
    let block = server.block(&client)?;
    path.vanishes(&[&block]);
    block.unblock()?;
    path.passes();
    Ok(())
}

/// The link-local address of a host, and the number of the interface that has it.
fn link_local(host: &Host) -> Result<(Ipv6Addr, u32)> {
    // Not /proc/net, which shows the namespace of the process's first thread.
    let listed = host.run(|| fs::read_to_string("/proc/thread-self/net/if_inet6"))?;
    // fe800000000000000000000000000001 0a 40 20 80 eth0
    let line = listed.lines().find(|line| line.starts_with("fe80")).unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    let address = u128::from_str_radix(words[0], 16)?;
    Ok((address.into(), u32::from_str_radix(words[1], 16)?))
}

#[netns_test]
fn pings_are_blocked_as_well(server: Host, client: Host) -> Result {
    for from in [&server, &client] {
        let to = if from.name() == "server" { &client } else { &server };
        for addr in to.addrs() {
            let mut ping = Ping::of(from, addr)?;
            ping.is_answered()?;
            let block = client.block(&server)?;
            ping.vanishes(&block)?;
            assert_eq!(block.packets(), 1);
            block.unblock()?;
            // The only answer: the one before has vanished, and its answer was never made.
            ping.is_answered()?;
        }
    }
    Ok(())
}

// --- when: from the return of `block` to the return of `unblock` ---

/// The most important claim: nothing that is sent when `block` has returned ever arrives, and all
/// that is sent when `unblock` has returned does. The datagram goes out directly after the return,
/// it is repeated by nobody, and the rounds alternate between ways and sides.
#[netns_test]
fn it_is_in_effect_when_block_returns_and_over_when_unblock_returns(
    server: Host,
    client: Host,
) -> Result {
    let path = Path::between(&server, &client)?;
    let ways: Vec<_> = path.ways().collect();
    for round in 0..200 {
        let (from, to, at) = ways[round % ways.len()];
        let [blocker, peer] =
            if round.is_multiple_of(3) { [&server, &client] } else { [&client, &server] };
        let (lost, passed) = (unique(), unique());

        let block = blocker.block(peer)?;
        from.send_to(&lost, to)?;
        // It is no longer on its way, where lifting the block would save it.
        eventually(LIMIT, || block.packets() == 1)?;
        assert!(at.recv_from().is_err(), "round {round}: it passed through the block");
        block.unblock()?;
        from.send_to(&passed, to)?;

        let mut received = None;
        eventually(LIMIT, || {
            received = at.recv_from().ok();
            received.is_some()
        })?;
        assert_eq!(received.unwrap().0, passed, "round {round}: the lost one is back");
    }
    Ok(())
}

/// The same while other threads send without a pause, so that packets are in every stage of their
/// way when the block comes.
#[netns_test]
fn nothing_slips_through_while_others_send_all_the_time(server: Host, client: Host) -> Result {
    let (number, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let mut sink = server.bind_udp(9000)?;
    sink.set_deadline(Duration::ZERO);
    let sources = [client.bind_udp(0)?, client.bind_udp(0)?];
    // Two sources to one address, where there is one family.
    let to = [sink.addr(), if has_ipv6() { sink.addr_v6() } else { sink.addr() }];
    thread::scope(|scope| -> Result {
        for (source, to) in sources.iter().zip(to) {
            let (number, stop) = (&number, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let this = number.fetch_add(1, Ordering::Relaxed);
                    // An error is a full queue: then nothing was sent.
                    let _ = source.send_to(&this.to_be_bytes(), to);
                }
            });
        }
        let _stopping = Stop(&stop);
        for _ in 0..25 {
            // Both sources are running.
            let before = number.load(Ordering::Relaxed);
            eventually(LIMIT, || number.load(Ordering::Relaxed) > before + 20)?;
            let block = client.block(&server)?;
            // Whatever has a number as high as this, or higher, is sent later.
            let next = number.load(Ordering::Relaxed);
            eventually(LIMIT, || block.packets() >= 50)?;
            while let Ok((bytes, _)) = sink.recv_from() {
                let this = u64::from_be_bytes(bytes.try_into().unwrap());
                assert!(this < next, "datagram {this} passed, sent after number {next}");
            }
            block.unblock()?;
            eventually(LIMIT, || sink.recv_from())?;
        }
        Ok(())
    })
}

// --- who: the two hosts, all their addresses, and nobody else ---

#[netns_test]
fn every_address_of_a_peer_with_two_links_is_blocked(
    net: Net,
    server: Host,
    client: Host,
) -> Result {
    net.link("backup", &[&server, &client])?;
    let path = Path::between(&server, &client)?;
    let ways = families().count() * 2 * 2;
    assert_eq!(path.ways().count(), ways, "all families on two links, in two directions");
    path.passes();
    let block = server.block(&client)?;
    path.vanishes(&[&block]);
    block.unblock()?;
    path.passes();
    Ok(())
}

#[netns_test]
fn a_later_block_covers_a_link_that_was_added_in_between(
    net: Net,
    server: Host,
    client: Host,
) -> Result {
    let first = server.block(&client)?;
    net.link("backup", &[&server, &client])?;
    let second = server.block(&client)?;
    let path = Path::between(&server, &client)?;
    path.vanishes(&[&first, &second]);
    first.unblock()?;
    path.vanishes(&[&second]);
    second.unblock()?;
    path.passes();
    Ok(())
}

#[netns_test]
fn other_hosts_on_the_same_bridge_are_not_affected(a: Host, b: Host, c: Host) -> Result {
    let [a_b, a_c, b_c] = [Path::between(&a, &b)?, Path::between(&a, &c)?, Path::between(&b, &c)?];
    let block = a.block(&b)?;
    for path in [&a_c, &b_c] {
        path.passes();
    }
    for (from, to) in [(&a, &c), (&c, &a), (&b, &c), (&c, &b)] {
        let listener = to.listen(0)?;
        for addr in addresses(&listener) {
            from.connect_within(addr, UNDISTURBED)?;
        }
    }
    assert_eq!(block.packets(), 0, "none of that is its business");
    a_b.vanishes(&[&block]);
    block.unblock()?;
    a_b.passes();
    Ok(())
}

#[netns_test]
fn blocks_of_different_peers_do_not_disturb_each_other(a: Host, b: Host, c: Host) -> Result {
    let [a_b, a_c, b_c] = [Path::between(&a, &b)?, Path::between(&a, &c)?, Path::between(&b, &c)?];
    let (from_b, from_c) = (a.block(&b)?, a.block(&c)?);
    a_b.vanishes(&[&from_b]);
    a_c.vanishes(&[&from_c]);
    b_c.passes();
    from_b.unblock()?;
    a_b.passes();
    a_c.vanishes(&[&from_c]);
    from_c.unblock()?;
    a_c.passes();

    // And the other way round.
    let (from_b, from_c) = (a.block(&b)?, c.block(&a)?);
    from_c.unblock()?;
    a_c.passes();
    a_b.vanishes(&[&from_b]);
    from_b.unblock()?;
    a_b.passes();
    Ok(())
}

// --- many at once ---

#[netns_test]
fn blocks_stack_and_come_off_in_any_order(server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        // The second one from the other side.
        let mut blocks = [
            Some(client.block(&server)?),
            Some(server.block(&client)?),
            Some(client.block(&server)?),
        ];
        for lifted in order {
            path.vanishes(&blocks.iter().flatten().collect::<Vec<_>>());
            blocks[lifted].take().unwrap().unblock()?;
        }
        path.passes();
    }
    Ok(())
}

#[netns_test]
fn a_hundred_blocks_of_the_same_pair_are_one_until_the_last_is_lifted(
    server: Host,
    client: Host,
) -> Result {
    let path = Path::between(&server, &client)?;
    let mut blocks = (0..100).map(|_| server.block(&client)).collect::<Result<Vec<_>, _>>()?;
    path.vanishes(&blocks.iter().collect::<Vec<_>>());
    let last = blocks.remove(50);
    for block in blocks {
        block.unblock()?;
    }
    path.vanishes(&[&last]);
    last.unblock()?;
    path.passes();
    Ok(())
}

#[netns_test]
fn threads_may_block_and_unblock_the_same_hosts_at_the_same_time(
    server: Host,
    client: Host,
) -> Result {
    let path = Path::between(&server, &client)?;
    let work = |number: usize| -> Result {
        for round in 0..10 {
            let [a, b] = if (number + round).is_multiple_of(2) {
                [&server, &client]
            } else {
                [&client, &server]
            };
            let block = a.block(b)?;
            block.try_packets()?;
            if round.is_multiple_of(3) { drop(block) } else { block.unblock()? }
        }
        Ok(())
    };
    let begun = server.block(&client)?;
    thread::scope(|scope| -> Result {
        let workers: Vec<_> = (0..32).map(|number| scope.spawn(move || work(number))).collect();
        for worker in workers {
            worker.join().unwrap()?;
        }
        Ok(())
    })?;
    // The one that was there all the time still is, and is the only one.
    path.vanishes(&[&begun]);
    begun.unblock()?;
    path.passes();
    Ok(())
}

#[netns_test]
fn threads_may_block_different_peers_at_the_same_time(net: Net) -> Result {
    let names: Vec<_> = (1..=9).map(|number| format!("node-{number}")).collect();
    let hosts = net.add_hosts(&names)?;
    let (hub, spokes) = hosts.split_first().unwrap();
    thread::scope(|scope| -> Result {
        let work = |spoke| -> Result {
            let path = Path::between(hub, spoke)?;
            for _ in 0..5 {
                let block = hub.block(spoke)?;
                path.vanishes(&[&block]);
                block.unblock()?;
                path.passes();
            }
            Ok(())
        };
        let workers: Vec<_> = spokes.iter().map(|spoke| scope.spawn(move || work(spoke))).collect();
        for worker in workers {
            worker.join().unwrap()?;
        }
        Ok(())
    })
}

// --- the guard ---

#[netns_test]
fn dropping_the_guard_lifts_the_block(server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    {
        let block = client.block(&server)?;
        path.vanishes(&[&block]);
    }
    path.passes();
    Ok(())
}

#[netns_test]
fn a_panic_lifts_the_block(server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let block = client.block(&server).unwrap();
        path.vanishes(&[&block]);
        panic!("on purpose");
    }));
    assert!(panicked.is_err());
    path.passes();
    Ok(())
}

/// It is seen by a dial that it stays, and by its counter.
#[netns_test]
fn a_block_that_is_kept_stays(server: Host, client: Host) -> Result {
    server.block(&client)?.keep();
    // A second block comes and goes, and takes nothing of the first one with it.
    server.block(&client)?.unblock()?;
    for (_listener, mut dial) in dials(&server, &client)? {
        assert_repeats_its_syn(&mut dial);
    }
    Ok(())
}

/// What is open in a host keeps its namespace, also when nobody holds the host or its net.
#[netns_test]
fn a_block_that_is_kept_stays_when_nobody_holds_its_hosts() -> Result {
    let [server, client] = Net::new().hosts(["server", "client"])?;
    server.block(&client)?.keep();
    let all = dials(&server, &client)?;
    drop((server, client));
    for (_listener, mut dial) in all {
        assert_repeats_its_syn(&mut dial);
    }
    Ok(())
}

/// Hosts that have just been made tell each other about themselves (multicast listener reports at
/// random times within the first second, a router solicitation after one second). None of it is
/// traffic of a program.
#[netns_test]
fn an_idle_link_is_not_counted(net: Net, server: Host, client: Host) -> Result {
    let [a, b, _c] = net.hosts(["a", "b", "c"])?;
    let on_the_pair = server.block(&client)?;
    let on_the_bridge = a.block(&b)?;
    consistently(Duration::from_millis(1500), || {
        on_the_pair.packets() == 0 && on_the_bridge.packets() == 0
    })?;
    Ok(())
}

/// Each way meets an unknown neighbour first, and that is not counted either.
#[netns_test]
fn every_packet_is_counted_once(server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    let block = client.block(&server)?;
    let ways: Vec<_> = path.ways().collect();
    for number in 1..=40 {
        let (from, to, _) = ways[number % ways.len()];
        from.send_to(b"counted", to)?;
        eventually(LIMIT, || block.packets() == number as u64)?;
    }
    assert_eq!(block.try_packets()?, 40);
    Ok(())
}

#[netns_test]
fn the_guard_says_what_it_is(server: Host, client: Host) -> Result {
    let block = client.block(&server)?;
    assert_eq!(block.policy(), &Policy::drop());
    assert_eq!(block.policy(), &Policy::default());
    assert_eq!(block.hosts(), [client.clone(), server.clone()], "the one that blocks comes first");
    assert_eq!(block.place(), &Place::Between([client.clone(), server.clone()]));
    let shown = format!("{block:?}");
    for part in ["Block", "client", "server", "10.0.0.2", &server.addrs()[0].to_string(), "Drop"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    Ok(())
}

// --- bad input ---

/// A refusal that needs no look at the network comes at once; a probe that does not arrive takes
/// two seconds.
#[track_caller]
fn assert_refused_at_once(host: &Host, peer: &Host, expected: &str) {
    for policy in [
        Policy::drop(),
        Policy::reset(),
        Policy::sever(Notified::Both),
        Policy::firewall([Rule::input().drop()]),
    ] {
        let begun = Instant::now();
        let refused = host.block_with(peer, policy).expect_err("there is nothing to be blocked");
        assert!(refused.to_string().contains(expected), "{refused}");
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    }
}

#[netns_test]
fn a_host_cannot_be_blocked_from_itself(net: Net, server: Host, client: Host) -> Result {
    let refused = client.block(&client.clone()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot block `client` from `client`: a host cannot be cut off from itself"
    );
    // Whichever handle it is that names it.
    assert_refused_at_once(&client, &net.host("client")?, "cannot be cut off from itself");
    let of_link = net.links()[0].hosts()[1].clone();
    assert_refused_at_once(&of_link, &client, "cannot be cut off from itself");
    drop(server);
    Ok(())
}

#[netns_test]
fn hosts_that_share_no_link_cannot_be_blocked(net: Net, server: Host, client: Host) -> Result {
    let path = Path::between(&server, &client)?;
    let [a, b] = net.hosts(["a", "b"])?;
    assert_refused_at_once(&server, &a, "no link joins them");
    let refused = server.block(&a).unwrap_err().to_string();
    assert_eq!(
        refused,
        "cannot block `a` from `server`: no link joins them, and no route leads from one to the other: \
         there is nothing to be blocked\n\
         help: join them by `Net::link`, or by a router (`Topology`); of hosts behind routers that \
         translate, block each from its own router"
    );
    // What they have in common with a third one is no link of theirs.
    net.link("eth1", &[&client, &a])?;
    assert_refused_at_once(&server, &a, "no link joins them");
    assert_refused_at_once(&b, &client, "no link joins them");
    client.block(&a)?.unblock()?;
    path.passes();
    Ok(())
}

/// They have the same addresses and interfaces, and even the same numbers of these.
#[netns_test]
fn hosts_of_two_nets_cannot_be_blocked(server: Host, client: Host) -> Result {
    let other = Net::new();
    let [_, theirs] = other.hosts(["server", "client"])?;
    assert_refused_at_once(&server, &theirs, "they are hosts of two nets");
    assert_refused_at_once(&theirs, &server, "they are hosts of two nets");
    Path::between(&server, &client)?.passes();
    Ok(())
}

#[netns_test]
fn a_host_without_a_link_cannot_be_blocked(net: Net, server: Host, client: Host) -> Result {
    let [alone] = net.hosts(["alone"])?;
    assert_eq!(
        server.block(&alone).unwrap_err().to_string(),
        "cannot block `alone` from `server`: `alone` has no address: it is not linked yet"
    );
    assert_eq!(
        alone.block(&server).unwrap_err().to_string(),
        "cannot block `server` from `alone`: `alone` has no address: it is not linked yet"
    );
    // A refusal blocks nothing.
    Path::between(&server, &client)?.passes();
    Ok(())
}

#[netns_test]
async fn an_async_test_blocks_in_the_same_way(server: Host, client: Host) -> Result {
    let listener = server.listen_async(7000).await?;
    let mut dialled = client.connect_async(listener.addr()).await?;
    let mut accepted = listener.accept().await?;
    let block = client.block(&server)?;
    dialled.send(b"sent during the block").await?;
    accepted.set_deadline(Duration::from_millis(300));
    assert_eq!(accepted.recv().await.unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(block.packets() > 0);
    block.unblock()?;
    accepted.set_deadline(LIMIT);
    assert_eq!(accepted.recv().await?, b"sent during the block");
    Ok(())
}
