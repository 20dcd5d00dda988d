//! What each policy of the wire does beside `drop`: who is told what by `reset`, by each kind of
//! `refuse`, and by `sever`, in both families and both directions, and what comes after lifting.
//!
//! `block.rs` has the same for `drop`, and `firewall.rs` for the rules of a firewall.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{
    Block, Connection, Host, IcmpKind, Net, Notified, Policy, Result, TcpState, UdpEndpoint,
    consistently, eventually, netns_test,
};
use support::dials::{assert_repeats_its_syn, connections, family};
use support::families::{can_run_with_ipv6, families, has_ipv6};
use support::refusals::REFUSALS;
use support::stop::Stop;

/// Far more than anything here takes, also on a busy machine. It bounds what must happen.
const LIMIT: Duration = Duration::from_secs(10);
/// A SYN that was lost is repeated after 1 s: a dial that takes less was decided by the first one.
const AT_ONCE: Duration = Duration::from_millis(900);
/// The third SYN goes out 2 s after the first one: a dial that takes less was decided by the
/// second one, which is what an answer of IPv6 may need.
const SECOND_SYN: Duration = Duration::from_millis(1900);

const TELLINGS: [Notified; 4] = [Notified::Both, Notified::Host, Notified::Peer, Notified::Neither];

/// A kind of `refuse` in one family, between two hosts of its own.
struct Refusal {
    kind: IcmpKind,
    ipv6: bool,
    errno: i32,
    hosts: [Host; 2],
}

impl Refusal {
    /// Every kind in every family that has it.
    fn all() -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for (kind, v4, v6) in REFUSALS {
            for (errno, ipv6) in [v4, v6].into_iter().zip(families()) {
                let Some(errno) = errno else { continue };
                let hosts = Net::new().hosts(["server", "client"])?;
                all.push(Self { kind, ipv6, errno, hosts });
            }
        }
        Ok(all)
    }

    fn block(&self) -> Result<Block> {
        let policy = Policy::refuse(self.kind);
        let policy = if self.ipv6 { policy.ipv6() } else { policy.ipv4() };
        Ok(self.hosts[0].block_with(&self.hosts[1], policy)?)
    }
}

fn state(end: &Connection) -> TcpState {
    end.info().unwrap().state
}

/// Nothing has arrived, and no error either.
#[track_caller]
fn assert_hears_nothing(end: &mut Connection) {
    end.set_deadline(Duration::ZERO);
    let error = end.recv().unwrap_err();
    assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::TimedOut, None), "{error}");
    end.set_deadline(LIMIT);
}

/// Bytes that no other datagram of this test has.
fn unique() -> [u8; 8] {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    LAST.fetch_add(1, Ordering::Relaxed).to_be_bytes()
}

/// Open UDP ports of two hosts, for both families.
struct Datagrams([UdpEndpoint; 2]);

impl Datagrams {
    fn between(a: &Host, b: &Host) -> Result<Self> {
        let mut ports = [a.bind_udp(0)?, b.bind_udp(0)?];
        // What has arrived is looked at, not waited for.
        ports.iter_mut().for_each(|port| port.set_deadline(Duration::ZERO));
        Ok(Self(ports))
    }

    fn ways(&self) -> impl Iterator<Item = (&UdpEndpoint, &UdpEndpoint, SocketAddr)> {
        let [a, b] = &self.0;
        let to = |at: &UdpEndpoint, ipv6| if ipv6 { at.addr_v6() } else { at.addr() };
        let pairs = [(a, b), (b, a)].into_iter();
        pairs.flat_map(move |(from, at)| families().map(move |ipv6| (from, at, to(at, ipv6))))
    }

    /// What is sent now arrives, on each way.
    #[track_caller]
    fn pass(&self) {
        for (from, at, to) in self.ways() {
            let sent = unique();
            from.send_to(&sent, to).unwrap();
            let mut received = None;
            let arrived = eventually(LIMIT, || {
                received = at.recv_from().ok();
                received.is_some()
            });
            assert!(arrived.is_ok(), "nothing passes to {to}");
            assert_eq!(received.unwrap().0, sent, "to {to}");
        }
    }

    /// What is sent now, many times and without an error, is counted by the block and does not
    /// arrive. A datagram that a rule has counted is no longer on its way.
    #[track_caller]
    fn vanish(&self, block: &Block) {
        for (from, at, to) in self.ways() {
            let before = block.packets();
            for _ in 0..20 {
                // An error here would be one of the sender's own kernel, EPERM for one.
                from.send_to(&unique(), to).unwrap();
            }
            eventually(LIMIT, || block.packets() >= before + 20).unwrap();
            assert_eq!(block.packets(), before + 20, "to {to}");
            assert_eq!(at.recv_from().unwrap_err().kind(), ErrorKind::TimedOut, "to {to}");
        }
    }
}

// --- reset ---

#[netns_test]
fn reset_refuses_dials_at_once_in_both_directions(server: Host, client: Host) -> Result {
    let listeners = [server.listen(7000)?, client.listen(7000)?];
    let mut open = Vec::new();
    for blocker in [&server, &client] {
        let peer = if blocker.name() == "server" { &client } else { &server };
        let block = blocker.block_with(peer, Policy::reset())?;
        for (from, listener) in [(&client, &listeners[0]), (&server, &listeners[1])] {
            for ipv6 in families() {
                let before = block.packets();
                let error = from.connect_within(family(listener, ipv6), AT_ONCE).unwrap_err();
                assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED), "{error}");
                // The SYN was refused, and the answer was neither counted nor answered.
                assert_eq!(block.packets(), before + 1);
            }
        }
        block.unblock()?;
        for (from, listener) in [(&client, &listeners[0]), (&server, &listeners[1])] {
            for ipv6 in families() {
                // It stays open: what closes it would be counted by the next block.
                open.push(from.connect_within(family(listener, ipv6), AT_ONCE)?);
            }
        }
    }
    Ok(())
}

#[netns_test]
fn reset_tells_whoever_sends_and_nobody_else(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    for blocker_sends in [false, true] {
        let connections = connections(&server, &client)?;
        let block = server.block_with(&client, Policy::reset())?;
        for [at_server, at_client] in connections {
            let (mut sender, mut other) =
                if blocker_sends { (at_server, at_client) } else { (at_client, at_server) };
            sender.send(b"the next segment")?;
            let begun = Instant::now();
            let reset = sender.recv().unwrap_err();
            assert_eq!(reset.raw_os_error(), Some(libc::ECONNRESET), "{reset}");
            assert!(begun.elapsed() < AT_ONCE, "after {:?}", begun.elapsed());
            let info = sender.info()?;
            assert_eq!((info.state, info.probes), (TcpState::Unconnected, 0), "{info:?}");
            // The other one has been told nothing, until it sends itself: the resets of one
            // direction are not swallowed by the rules of the other.
            assert_hears_nothing(&mut other);
            assert_eq!(state(&other), TcpState::Established);
            other.send(b"late")?;
            let reset = other.recv().unwrap_err();
            assert_eq!(reset.raw_os_error(), Some(libc::ECONNRESET), "{reset}");
        }
        assert!(block.packets() >= 8, "each end of four connections: {}", block.packets());
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn who_was_not_told_of_a_reset_learns_it_after_lifting(server: Host, client: Host) -> Result {
    let connections = connections(&server, &client)?;
    let block = client.block_with(&server, Policy::reset())?;
    let mut unaware = Vec::new();
    for [mut at_server, at_client] in connections {
        at_server.send(b"into the block")?;
        assert_eq!(at_server.recv().unwrap_err().raw_os_error(), Some(libc::ECONNRESET));
        unaware.push(at_client);
    }
    block.unblock()?;
    for mut end in unaware {
        assert_hears_nothing(&mut end);
        assert_eq!(state(&end), TcpState::Established, "lifting the block tells nobody anything");
        end.send(b"are you there?")?;
        // The peer's kernel has no such connection any more, and says so.
        assert_eq!(end.recv().unwrap_err().raw_os_error(), Some(libc::ECONNRESET));
    }
    Ok(())
}

#[netns_test]
fn a_connection_that_says_nothing_survives_a_reset_block(server: Host, client: Host) -> Result {
    let connections = connections(&server, &client)?;
    let block = client.block_with(&server, Policy::reset())?;
    assert_eq!(block.packets(), 0);
    block.unblock()?;
    for [mut at_server, mut at_client] in connections {
        at_server.send(b"hello")?;
        assert_eq!(at_client.recv()?, b"hello");
    }
    Ok(())
}

#[netns_test]
fn datagrams_vanish_under_reset_and_pass_under_a_reset_of_tcp(
    server: Host,
    client: Host,
) -> Result {
    let datagrams = Datagrams::between(&server, &client)?;
    let block = server.block_with(&client, Policy::reset())?;
    datagrams.vanish(&block);
    block.unblock()?;
    datagrams.pass();
    let block = server.block_with(&client, Policy::reset().tcp())?;
    datagrams.pass();
    assert_eq!(block.packets(), 0);
    block.unblock()?;
    Ok(())
}

// --- refuse ---

/// All dials run side by side, so that those of IPv6 which need a second SYN need it together.
#[netns_test]
fn each_kind_of_refuse_is_an_errno_of_its_own_in_both_directions() -> Result {
    let mut dials = Vec::new();
    for refusal in Refusal::all()? {
        let [server, client] = &refusal.hosts;
        let block = refusal.block()?;
        for (from, to) in [(client, server), (server, client)] {
            let listener = to.listen(7000)?;
            let dial = from.dial(family(&listener, refusal.ipv6))?;
            dials.push((dial, refusal.kind, refusal.errno, listener));
        }
        block.keep();
    }
    let kinds = if has_ipv6() { 7 + 6 } else { 7 };
    assert_eq!(dials.len(), 2 * kinds, "seven kinds of IPv4 and six of IPv6");
    for (mut dial, kind, errno, _listener) in dials {
        let to = dial.peer_addr();
        let error = dial.wait(SECOND_SYN).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(errno), "{kind} to {to}: {error}");
    }
    Ok(())
}

#[netns_test]
fn no_kind_of_refuse_breaks_an_established_connection() -> Result {
    let mut all = Vec::new();
    for refusal in Refusal::all()? {
        let [server, client] = &refusal.hosts;
        let listener = server.listen(7000)?;
        let dialled = client.connect(family(&listener, refusal.ipv6))?;
        let accepted = listener.accept()?;
        let block = refusal.block()?;
        all.push((refusal.kind, block, [dialled, accepted]));
    }
    // All at once, so that they wait together.
    for end in all.iter_mut().flat_map(|(_, _, ends)| ends) {
        end.send(b"sent during the block")?;
    }
    for (kind, _, ends) in &mut all {
        for end in ends {
            // Repeated, so each answer that could have broken it has come.
            eventually(LIMIT, || end.info().is_ok_and(|info| info.total_retrans >= 1))?;
            let info = end.info()?;
            assert_eq!(info.state, TcpState::Established, "{kind}");
            // It left this host and was refused on the wire: it is repeated, not probed for.
            assert!(info.unacked > 0 && info.notsent == 0 && info.probes == 0, "{kind} {info:?}");
            assert_hears_nothing(end);
        }
    }
    let mut waiting = Vec::new();
    for (_, block, ends) in all {
        block.unblock()?;
        waiting.push(ends);
    }
    for end in waiting.iter_mut().flatten() {
        assert_eq!(end.recv_exact(21)?, b"sent during the block");
    }
    Ok(())
}

/// The kernel passes an error on to a UDP socket if it is final (`icmp_err_convert` and
/// `icmpv6_err_convert`), and "host unreachable" and "net unreachable" are not: routes come back.
#[netns_test]
fn a_connected_udp_socket_is_told_by_the_kinds_that_are_final() -> Result {
    for refusal in Refusal::all()? {
        let (kind, ipv6) = (refusal.kind, refusal.ipv6);
        let hard = !matches!(kind, IcmpKind::HostUnreachable | IcmpKind::NetUnreachable);
        let [server, client] = &refusal.hosts;
        let block = refusal.block()?;
        for (from, to) in [(client, server), (server, client)] {
            let to = if ipv6 { (to.ipv6(), 9).into() } else { SocketAddr::from((to.ipv4(), 9)) };
            let mut asking = from.connect_udp(to)?;
            let before = block.packets();
            asking.send(b"anybody?")?;
            if hard {
                let error = asking.recv().unwrap_err();
                assert_eq!(error.raw_os_error(), Some(refusal.errno), "{kind} to {to}: {error}");
            } else {
                // The answer is made when the rule counts, and is there at once.
                eventually(LIMIT, || block.packets() > before)?;
                asking.set_deadline(Duration::from_millis(50));
                let error = asking.recv().unwrap_err();
                assert_eq!(error.raw_os_error(), None, "{kind} to {to}: {error}");
            }
        }
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn datagrams_are_refused_without_an_error_for_a_socket_that_is_not_connected(
    server: Host,
    client: Host,
) -> Result {
    let datagrams = Datagrams::between(&server, &client)?;
    let block = server.block_with(&client, Policy::refuse(IcmpKind::AdminProhibited))?;
    datagrams.vanish(&block);
    block.unblock()?;
    datagrams.pass();
    Ok(())
}

/// The kernel's own ICMP errors are limited to six in a row and one a second: most of these
/// dials would wait.
#[netns_test]
fn two_hundred_dials_in_a_row_get_two_hundred_answers(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let block = server.block_with(&client, Policy::refuse(IcmpKind::HostUnreachable))?;
    for number in 0..200 {
        let error = client.connect_within(listener.addr(), SECOND_SYN).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EHOSTUNREACH), "dial {number}: {error}");
    }
    if !has_ipv6() {
        return Ok(());
    }
    // Those of IPv6 may all need their second SYN, and wait for it together.
    let dials: Result<Vec<_>, _> = (0..200).map(|_| client.dial(listener.addr_v6())).collect();
    for (number, mut dial) in dials?.into_iter().enumerate() {
        let error = dial.wait(SECOND_SYN).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EHOSTUNREACH), "dial {number}: {error}");
    }
    assert!(block.packets() >= 400);
    block.unblock()?;
    Ok(())
}

#[netns_test]
fn a_kind_of_one_family_leaves_the_other_alone(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let listener = server.listen(7000)?;
    let mut open = Vec::new();
    for (policy, ipv6) in [
        (Policy::refuse(IcmpKind::ProtoUnreachable).ipv4(), false),
        (Policy::refuse(IcmpKind::RejectRoute).ipv6(), true),
    ] {
        let block = client.block_with(&server, policy)?;
        // It stays open: what closes it would be counted by the next block.
        open.push(client.connect_within(family(&listener, !ipv6), AT_ONCE)?);
        assert_eq!(block.packets(), 0);
        assert!(client.connect_within(family(&listener, ipv6), SECOND_SYN).is_err());
        block.unblock()?;
    }
    Ok(())
}

// --- sever ---

/// Whether the end at the blocking host is told, and whether the one at the peer is.
fn told(told: Notified) -> [bool; 2] {
    [
        matches!(told, Notified::Both | Notified::Host),
        matches!(told, Notified::Both | Notified::Peer),
    ]
}

/// Those of IPv4 that were accepted have mapped addresses: the listener is one of both families.
#[netns_test]
fn sever_tells_whom_it_names_at_once_and_nobody_else(server: Host, client: Host) -> Result {
    for telling in TELLINGS {
        let connections = connections(&server, &client)?;
        let mut quiet = Vec::new();
        let (done, ended) = mpsc::channel();
        let (ready, waiting) = mpsc::channel();
        let mut threads = 0;
        for ends in connections {
            for (mut end, told) in ends.into_iter().zip(told(telling)) {
                if !told {
                    quiet.push(end);
                    continue;
                }
                threads += 1;
                let (done, ready) = (done.clone(), ready.clone());
                thread::spawn(move || {
                    ready.send(()).unwrap();
                    let error = end.recv().unwrap_err();
                    done.send((error.raw_os_error(), state(&end))).unwrap();
                });
            }
        }
        (0..threads).for_each(|_| waiting.recv_timeout(LIMIT).unwrap());
        let block = server.block_with(&client, Policy::sever(telling))?;
        // The sockets are gone when the call returns; the threads only have to wake up.
        for _ in 0..threads {
            let (errno, state) = ended.recv_timeout(AT_ONCE).unwrap();
            assert_eq!(errno, Some(libc::ECONNABORTED), "{telling:?}");
            assert_eq!(state, TcpState::Unconnected, "{telling:?}");
        }
        for end in &mut quiet {
            assert_hears_nothing(end);
            assert_eq!(state(end), TcpState::Established, "{telling:?}");
        }
        block.unblock()?;
        after_a_sever(telling, quiet)?;
    }
    Ok(())
}

/// What those see that were not told, once the network is back.
fn after_a_sever(telling: Notified, mut quiet: Vec<Connection>) -> Result {
    for end in &mut quiet {
        end.send(b"are you there?")?;
        if telling == Notified::Neither {
            eventually(LIMIT, || end.info().is_ok_and(|info| info.unacked == 0))?;
            assert_eq!(state(end), TcpState::Established);
        } else {
            // The other end's kernel has no such connection any more, and says so.
            assert_eq!(end.recv().unwrap_err().raw_os_error(), Some(libc::ECONNRESET));
        }
    }
    Ok(())
}

#[netns_test]
fn under_sever_senders_are_told_nothing_by_their_own_kernel(server: Host, client: Host) -> Result {
    let datagrams = Datagrams::between(&server, &client)?;
    let connections = connections(&server, &client)?;
    let block = server.block_with(&client, Policy::sever(Notified::Neither))?;
    datagrams.vanish(&block);
    for mut end in connections.into_iter().flatten() {
        end.send(b"sent during the block")?;
        eventually(LIMIT, || end.info().is_ok_and(|info| info.total_retrans >= 1))?;
        let info = end.info()?;
        assert!(info.unacked > 0 && info.notsent == 0 && info.probes == 0, "{info:?}");
    }
    block.unblock()?;
    datagrams.pass();
    Ok(())
}

#[netns_test]
fn sever_ends_a_hundred_connections_and_none_of_a_third_host(
    server: Host,
    client: Host,
    third: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let mut severed = Vec::new();
    for _ in 0..25 {
        severed.extend(connections(&server, &client)?);
    }
    assert_eq!(severed.len(), 100);
    let others = [connections(&server, &third)?, connections(&client, &third)?];
    let listeners = [server.listen(7000)?, client.listen(7000)?];
    let block = server.block_with(&client, Policy::sever(Notified::Both))?;
    for end in severed.iter_mut().flatten() {
        assert_eq!(end.recv().unwrap_err().raw_os_error(), Some(libc::ECONNABORTED));
    }
    for [one, other] in others.into_iter().flatten().collect::<Vec<_>>().iter_mut() {
        one.send(b"hello")?;
        assert_eq!(other.recv()?, b"hello");
    }
    // What only listens survives: a third host is served at once, the peer after lifting.
    for ipv6 in families() {
        third.connect_within(family(&listeners[0], ipv6), AT_ONCE)?;
        listeners[0].accept()?;
    }
    block.unblock()?;
    for (from, listener) in [(&client, &listeners[0]), (&server, &listeners[1])] {
        for ipv6 in families() {
            from.connect_within(family(listener, ipv6), AT_ONCE)?;
            listener.accept()?;
        }
    }
    Ok(())
}

/// The order matters: were the sockets destroyed before the block, the dial that follows at once
/// would come through.
#[netns_test]
fn a_reconnect_does_not_slip_in(server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let mut listener = server.listen(7000)?;
    listener.set_deadline(Duration::ZERO);
    for round in 0..20 {
        let to = family(&listener, round % 2 == 1);
        let (mut dialled, mut accepted) = (client.connect(to)?, None);
        eventually(LIMIT, || {
            accepted = listener.accept().ok();
            accepted.is_some()
        })?;
        let blocker = [&server, &client][round % 2];
        let peer = [&client, &server][round % 2];
        thread::scope(|scope| -> Result {
            let client = &client;
            let reconnecting = scope.spawn(move || {
                dialled.recv().unwrap_err();
                client.dial(to)
            });
            let block = blocker.block_with(peer, Policy::sever(Notified::Both))?;
            let mut dial = reconnecting.join().unwrap()?;
            // It may itself have been destroyed, if it was there when the sockets were listed
            // once more. If not, it is silent; a handshake would take microseconds.
            let error = dial.wait(Duration::from_millis(20)).unwrap_err();
            let aborted = error.raw_os_error() == Some(libc::ECONNABORTED);
            assert!(aborted || error.raw_os_error().is_none(), "round {round}: {error}");
            assert!(listener.accept().is_err(), "round {round}: it slipped in");
            drop(dial);
            block.unblock()?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Each attempt is a new socket with the peer. Those that come after the block can never be
/// established, and must not keep `sever` from returning.
#[netns_test]
fn sever_returns_while_a_client_reconnects_without_a_pause(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let stop = AtomicBool::new(false);
    let attempts = AtomicUsize::new(0);
    thread::scope(|scope| -> Result {
        for ipv6 in families() {
            let (stop, attempts, client, listener) = (&stop, &attempts, &client, &listener);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let Ok(mut dial) = client.dial(family(listener, ipv6)) else { continue };
                    attempts.fetch_add(1, Ordering::Relaxed);
                    // Until it is destroyed, or a moment has passed.
                    let Ok(mut conn) = dial.wait(Duration::from_millis(5)) else { continue };
                    conn.set_deadline(Duration::from_millis(5));
                    let _ = conn.recv();
                }
            });
        }
        let _stopping = Stop(&stop);
        for round in 0..20 {
            let before = attempts.load(Ordering::Relaxed);
            eventually(LIMIT, || attempts.load(Ordering::Relaxed) > before + 2)?;
            let telling = TELLINGS[round % 3];
            let block = server.block_with(&client, Policy::sever(telling))?;
            block.unblock()?;
        }
        Ok(())
    })
}

#[netns_test]
fn a_half_open_dial_is_severed_if_its_side_is_told(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    // The first keeps the answer away: SYN-SENT at the client, SYN-RECV at the server. The second
    // also keeps the question away.
    for half in [Policy::drop().from_peer(), Policy::drop()] {
        for telling in TELLINGS {
            let silence = client.block_with(&server, half.clone())?;
            let dials: Vec<_> =
                families().map(|ipv6| client.dial(family(&listener, ipv6)).unwrap()).collect();
            eventually(LIMIT, || silence.packets() >= dials.len() as u64)?;
            let block = client.block_with(&server, Policy::sever(telling))?;
            silence.unblock()?;
            let [dialler_told, _] = told(telling);
            for mut dial in dials {
                if dialler_told {
                    let error = dial.wait(AT_ONCE).unwrap_err();
                    assert_eq!(error.raw_os_error(), Some(libc::ECONNABORTED), "{telling:?}");
                } else {
                    assert_eq!(dial.info()?.state, TcpState::SynSent, "{telling:?}");
                }
            }
            block.unblock()?;
        }
    }
    Ok(())
}

#[netns_test]
fn a_dial_that_is_not_told_is_completed_after_the_sever(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    // The server has answered the dial, and loses that state.
    let silence = client.block_with(&server, Policy::drop().from_peer())?;
    let mut dial = client.dial(listener.addr())?;
    eventually(LIMIT, || silence.packets() >= 1)?;
    let block = client.block_with(&server, Policy::sever(Notified::Peer))?;
    silence.unblock()?;
    assert_repeats_its_syn(&mut dial);
    block.unblock()?;
    let dialled = dial.wait(LIMIT)?;
    assert_eq!(listener.accept()?.peer_addr(), dialled.local_addr());
    Ok(())
}

/// A socket that its program has closed is still the kernel's, and goes too.
#[netns_test]
fn connections_that_are_being_closed_do_not_stop_a_sever(server: Host, client: Host) -> Result {
    let connections = connections(&server, &client)?;
    let silence = client.block(&server)?;
    // FIN-WAIT-1 without an owner at one side, and CLOSE-WAIT never at the other.
    let left: Vec<_> = connections.into_iter().map(|[at_server, _closed]| at_server).collect();
    eventually(LIMIT, || silence.packets() >= left.len() as u64)?;
    let block = client.block_with(&server, Policy::sever(Notified::Both))?;
    for mut end in left {
        assert_eq!(end.recv().unwrap_err().raw_os_error(), Some(libc::ECONNABORTED));
    }
    silence.unblock()?;
    // Nothing is repeated by anybody: the first retransmission would come after 0.2 s.
    let after = block.packets();
    consistently(Duration::from_millis(500), || block.packets() == after)?;
    block.unblock()?;
    Ok(())
}
