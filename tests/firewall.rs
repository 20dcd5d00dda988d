//! What rules of one host's own firewall do, `server.block_with(&client, Policy::firewall(…))`,
//! for every backend: each answer of REJECT, drops, limits to protocols, ports and families, the
//! order of rules, and blocks beside each other and beside rules that a program made.
//!
//! The tests that need programs are ignored where `cargo test` runs without them, and say so;
//! `cargo test --test firewall -- --ignored` demands them.
//!
//! UDP repeats nothing. A datagram that arrives was let pass when it was sent, and one that a
//! counter has counted will never arrive; so most claims here need no waiting.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use netns_test::{
    Backend, Block, Connection, Host, IcmpKind, Net, Policy, RejectWith, Result, Rule, TcpState,
    UdpConnection, UdpEndpoint, eventually, netns_test,
};
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, socket};
use support::dials::assert_repeats_its_syn;
use support::dials::family;
use support::families::{addresses, can_run_with_ipv6, families};
use support::refusals::REFUSALS;

/// Far more than anything here takes, also on a busy machine. It bounds what must happen.
const LIMIT: Duration = Duration::from_secs(10);
/// A SYN that was lost is repeated after 1 s: what takes less was decided by the first one.
const AT_ONCE: Duration = Duration::from_millis(900);

/// Open UDP ports on two hosts, and a way between them.
struct Way {
    from: UdpEndpoint,
    at: UdpEndpoint,
    to: SocketAddr,
}

impl Way {
    fn new(from: &Host, at: &Host, ipv6: bool) -> Result<Self> {
        let (from, mut at) = (from.bind_udp(0)?, at.bind_udp(0)?);
        // What has arrived is looked at, not waited for.
        at.set_deadline(Duration::ZERO);
        let to = if ipv6 { at.addr_v6() } else { at.addr() };
        Ok(Self { from, at, to })
    }

    /// In all families.
    fn all(from: &Host, at: &Host) -> Result<Vec<Self>> {
        families().map(|ipv6| Self::new(from, at, ipv6)).collect()
    }

    /// A datagram that is sent now is the next one that arrives.
    #[track_caller]
    fn passes(&self) {
        let sent = unique();
        self.from.send_to(&sent, self.to).unwrap();
        let mut received = None;
        let arrived = eventually(LIMIT, || {
            received = self.at.recv_from().ok();
            received.is_some()
        });
        assert!(arrived.is_ok(), "nothing passes to {}", self.to);
        assert_eq!(received.unwrap().0, sent, "to {}", self.to);
    }

    /// A datagram that is sent now, without an error, meets one of the blocks; exactly one packet
    /// more is counted, and nothing arrives.
    #[track_caller]
    fn vanishes(&self, blocks: &[&Block]) {
        let counted = || blocks.iter().map(|block| block.packets()).sum::<u64>();
        let before = counted();
        self.from.send_to(&unique(), self.to).unwrap();
        let hit = eventually(LIMIT, || counted() > before);
        assert!(hit.is_ok(), "no block counts what goes to {}", self.to);
        assert_eq!(counted(), before + 1, "to {}", self.to);
        assert_eq!(self.at.recv_from().unwrap_err().kind(), ErrorKind::TimedOut);
    }

    /// The sender's own firewall does not let it go: the one case in which a sender is told.
    #[track_caller]
    fn is_not_permitted(&self) {
        let refused = self.from.send_to(b"refused", self.to).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::EPERM), "to {}: {refused}", self.to);
    }
}

/// Bytes that no other datagram of this test has.
fn unique() -> [u8; 8] {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed).to_be_bytes()
}

/// Has both hosts find each other, so that rules which stop everything do not stop the search for
/// neighbours, and with it what is to be seen.
fn meet(server: &Host, client: &Host) -> Result {
    for way in [Way::all(server, client)?, Way::all(client, server)?].iter().flatten() {
        way.passes();
    }
    Ok(())
}

fn each_answer_is_the_errno_of_connect(backend: Backend) -> Result {
    assert!(REFUSALS.iter().map(|(kind, ..)| kind).eq(IcmpKind::ALL), "all kinds are here");
    let icmp = REFUSALS.map(|(kind, v4, v6)| (RejectWith::from(kind), v4, v6));
    let refused = Some(libc::ECONNREFUSED);
    let mut dials = Vec::new();
    for (kind, v4, v6) in icmp.into_iter().chain([(RejectWith::TcpReset, refused, refused)]) {
        for (errno, ipv6) in [v4, v6].into_iter().zip(families()) {
            let Some(errno) = errno else { continue };
            // Two hosts for each: a host sends only so many errors to the same peer (ICMP's limit
            // of six and then one a second), and the last ones would be late.
            let [server, client] = Net::new().hosts(["server", "client"])?;
            let listener = server.listen(7000)?;
            let rule = Rule::input().tcp().reject_with(kind);
            let rule = if ipv6 { rule.ipv6() } else { rule.ipv4() };
            let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
            let dial = client.dial(family(&listener, ipv6))?;
            dials.push((kind, errno, listener, block, dial));
        }
    }
    for (kind, errno, _listener, block, mut dial) in dials {
        // An error may meet the dialler's socket while it is in use, and then counts only when
        // the SYN is repeated after a second; with IPv6 it always does. They run side by side.
        let error = dial.wait(LIMIT).unwrap_err();
        let to = dial.peer_addr();
        assert_eq!(error.raw_os_error(), Some(errno), "{kind} of {to}: {error}");
        assert!(block.packets() >= 1);
    }
    Ok(())
}

fn a_reset_refuses_at_once(backend: Backend, server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let listener = server.listen(7000)?;
    let rule = Rule::input().tcp().reject_with(RejectWith::TcpReset);
    let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
    for addr in addresses(&listener) {
        let begun = Instant::now();
        let error = client.connect(addr).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED), "{addr}: {error}");
        // Before the SYN could be repeated: the first one was answered, and that was seen.
        assert!(begun.elapsed() < AT_ONCE, "{addr}: {:?}", begun.elapsed());
    }
    assert_eq!(block.packets(), 2);
    block.unblock()?;
    for addr in addresses(&listener) {
        client.connect_within(addr, AT_ONCE)?;
    }
    Ok(())
}

fn a_drop_in_input_stops_what_comes(backend: Backend, server: Host, client: Host) -> Result {
    meet(&server, &client)?;
    let listener = server.listen(7000)?;
    let mut conn = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    let (there, back) = (Way::all(&client, &server)?, Way::all(&server, &client)?);
    let policy = Policy::firewall([Rule::input().drop()]).via(backend);
    let block = server.block_with(&client, policy)?;
    for (there, back) in there.iter().zip(&back) {
        there.vanishes(&[&block]);
        back.passes();
    }
    let dials: Vec<_> = addresses(&listener).into_iter().map(|addr| client.dial(addr)).collect();
    conn.send(b"sent during the block")?;
    for dial in dials {
        assert_repeats_its_syn(&mut dial?);
    }
    let info = conn.info()?;
    assert_eq!(info.state, TcpState::Established);
    assert!(info.retransmits >= 2 && info.unacked > 0, "lost on its way: {info:?}");
    block.unblock()?;
    assert_eq!(accepted.recv()?, b"sent during the block");
    Ok(())
}

fn a_drop_in_output_is_told_to_udp_and_hidden_by_tcp(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    meet(&server, &client)?;
    let listener = server.listen(7000)?;
    let mut connections = Vec::new();
    for addr in addresses(&listener) {
        connections.push([client.connect(addr)?, listener.accept()?]);
    }
    let (there, back) = (Way::all(&client, &server)?, Way::all(&server, &client)?);
    let policy = Policy::firewall([Rule::output().drop()]).via(backend);
    let block = client.block_with(&server, policy)?;
    for (there, back) in there.iter().zip(&back) {
        there.is_not_permitted();
        back.passes();
    }
    assert_eq!(block.packets(), families().count() as u64, "a datagram of each family");
    let dials: Vec<_> = addresses(&listener).into_iter().map(|addr| client.dial(addr)).collect();
    for [dialled, _] in &mut connections {
        dialled.send(b"sent during the block")?;
    }
    for dial in dials {
        // Tried again and again, and nobody is told.
        assert_repeats_its_syn(&mut dial?);
    }
    for [dialled, _] in &connections {
        let info = dialled.info()?;
        assert_eq!(info.state, TcpState::Established);
        // Never sent, as TCP sees it: it probes, and does not retransmit.
        assert!(info.unacked == 0 && info.notsent > 0 && info.total_retrans == 0, "{info:?}");
    }
    block.unblock()?;
    for [_, accepted] in &mut connections {
        assert_eq!(accepted.recv()?, b"sent during the block");
    }
    Ok(())
}

fn a_limit_to_a_protocol_lets_the_others_pass(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    meet(&server, &client)?;
    let listener = server.listen(7000)?;
    let ways = Way::all(&client, &server)?;
    let block_by = |rule: Rule| {
        let rule = if rule == Rule::input().tcp() {
            rule.reject_with(RejectWith::TcpReset)
        } else {
            rule.drop()
        };
        server.block_with(&client, Policy::firewall([rule]).via(backend))
    };

    let block = block_by(Rule::input().tcp())?;
    for (addr, way) in addresses(&listener).into_iter().zip(&ways) {
        assert_eq!(client.connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        way.passes();
    }
    assert_eq!(block.packets(), 2);
    block.unblock()?;

    let block = block_by(Rule::input().udp())?;
    for (addr, way) in addresses(&listener).into_iter().zip(&ways) {
        client.connect_within(addr, AT_ONCE)?;
        way.vanishes(&[&block]);
    }
    assert_eq!(block.packets(), 2);
    block.unblock()?;
    Ok(())
}

/// The answer of a closed UDP port is ICMP: with a rule about ICMP it never comes, and all else
/// does.
fn a_limit_to_icmp_stops_errors_only(backend: Backend, server: Host, client: Host) -> Result {
    meet(&server, &client)?;
    let listener = server.listen(7000)?;
    let ways = Way::all(&client, &server)?;
    let closed = |ipv6: bool| -> Result<UdpConnection> {
        let to = server.addrs().into_iter().find(|addr| addr.is_ipv6() == ipv6).unwrap();
        let mut closed = client.connect_udp((to, 9))?;
        closed.send(b"anybody?")?;
        closed.set_deadline(Duration::ZERO);
        Ok(closed)
    };
    let policy = Policy::firewall([Rule::input().icmp().drop()]).via(backend);
    let block = client.block_with(&server, policy)?;
    for ipv6 in families() {
        let before = block.packets();
        let asking = closed(ipv6)?;
        eventually(LIMIT, || block.packets() > before)?;
        assert_eq!(asking.recv().unwrap_err().kind(), ErrorKind::TimedOut);
        ways[usize::from(ipv6)].passes();
        client.connect_within(family(&listener, ipv6), AT_ONCE)?;
    }
    block.unblock()?;
    for ipv6 in families() {
        let asking = closed(ipv6)?;
        eventually(LIMIT, || match asking.recv() {
            Err(error) => error.kind() == ErrorKind::ConnectionRefused,
            Ok(_) => false,
        })?;
    }
    Ok(())
}

fn a_limit_to_a_port_lets_the_others_pass(backend: Backend, server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let (blocked, free) = (server.listen(7000)?, server.listen(7001)?);
    let reset = |rule: Rule| rule.tcp().reject_with(RejectWith::TcpReset);
    // `--dport` in INPUT: the port here. `--sport` in OUTPUT: the same port, on the way back.
    let to_the_port = reset(Rule::input()).dport(7000);
    let from_the_port = reset(Rule::output()).sport(7000);
    for (host, peer, rule) in
        [(&server, &client, to_the_port), (&client, &server, reset(Rule::output()).dport(7000))]
    {
        let block = host.block_with(peer, Policy::firewall([rule]).via(backend))?;
        for addr in addresses(&blocked) {
            assert_eq!(client.connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        }
        for addr in addresses(&free) {
            client.connect_within(addr, AT_ONCE)?;
        }
        assert_eq!(block.packets(), 2);
        block.unblock()?;
    }
    // What leaves port 7000 is the answer to a SYN; the client waits for it in vain.
    let rule = from_the_port.drop();
    let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
    let dials: Vec<_> = addresses(&blocked).into_iter().map(|addr| client.dial(addr)).collect();
    for addr in addresses(&free) {
        client.connect_within(addr, AT_ONCE)?;
    }
    for dial in dials {
        assert_repeats_its_syn(&mut dial?);
    }
    block.unblock()?;
    Ok(())
}

fn a_limit_to_a_port_of_udp_is_one_to_udp(backend: Backend, server: Host, client: Host) -> Result {
    for ipv6 in families() {
        let (blocked, free) =
            (Way::new(&client, &server, ipv6)?, Way::new(&client, &server, ipv6)?);
        // The number of the port is the same for TCP.
        let listener = server.listen(blocked.to.port())?;
        for rule in [
            Rule::input().udp().dport(blocked.to.port()),
            Rule::input().udp().sport(blocked.from.addr().port()),
        ] {
            let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
            blocked.vanishes(&[&block]);
            free.passes();
            client.connect_within(family(&listener, ipv6), AT_ONCE)?;
            block.unblock()?;
            blocked.passes();
        }
    }
    Ok(())
}

fn a_limit_to_a_family_lets_the_other_pass(backend: Backend, server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let [v4, v6] = [Way::new(&client, &server, false)?, Way::new(&client, &server, true)?];
    let input = || Rule::input().udp().drop();
    let block = server.block_with(&client, Policy::firewall([input().ipv4()]).via(backend))?;
    v4.vanishes(&[&block]);
    v6.passes();
    block.unblock()?;
    let block = server.block_with(&client, Policy::firewall([input().ipv6()]).via(backend))?;
    v4.passes();
    v6.vanishes(&[&block]);
    block.unblock()?;
    for way in [v4, v6] {
        way.passes();
    }
    Ok(())
}

fn a_reset_in_output_hits_its_own_host_only(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let listener = server.listen(7000)?;
    let mut connections = Vec::new();
    for addr in addresses(&listener) {
        connections.push([client.connect(addr)?, listener.accept()?]);
    }
    let rule = Rule::output().tcp().reject_with(RejectWith::TcpReset);
    let block = client.block_with(&server, Policy::firewall([rule]).via(backend))?;
    for [dialled, accepted] in &mut connections {
        let begun = Instant::now();
        // The reset may be there before `send` returns, or a moment later.
        let error = dialled.send(b"the next segment").and_then(|()| dialled.recv()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
        assert!(begun.elapsed() < AT_ONCE, "the reset took {:?}", begun.elapsed());
        assert_eq!(accepted.info()?.state, TcpState::Established, "the peer knows nothing");
        accepted.set_deadline(Duration::ZERO);
        assert_eq!(accepted.recv().unwrap_err().kind(), ErrorKind::TimedOut);
    }
    assert_eq!(block.packets(), 2, "one segment each");
    block.unblock()?;
    Ok(())
}

fn the_first_rule_that_matches_wins(backend: Backend, server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let reset = Rule::input().tcp().reject_with(RejectWith::TcpReset);
    let drop = Rule::input().drop();
    let policy = Policy::firewall([reset.clone(), drop.clone()]).via(backend);
    let block = server.block_with(&client, policy)?;
    assert_eq!(client.connect(listener.addr()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    // The second rule is there as well, for what the first one does not match.
    Way::new(&client, &server, false)?.vanishes(&[&block]);
    block.unblock()?;

    let block = server.block_with(&client, Policy::firewall([drop, reset]).via(backend))?;
    assert_repeats_its_syn(&mut client.dial(listener.addr())?);
    block.unblock()?;
    Ok(())
}

fn a_later_block_stands_before_an_earlier_one(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    let listener = server.listen(7000)?;
    let reject =
        |kind| Policy::firewall([Rule::input().ipv4().tcp().reject_with(kind)]).via(backend);
    let earlier = server.block_with(&client, reject(IcmpKind::ProtoUnreachable))?;
    let later = server.block_with(&client, reject(IcmpKind::NetUnreachable))?;
    // As `iptables -I`, which puts a rule before all others.
    let error = client.connect(listener.addr()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENETUNREACH), "{error}");
    assert_eq!(earlier.packets(), 0);
    later.unblock()?;
    let error = client.connect(listener.addr()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOPROTOOPT), "{error}");
    earlier.unblock()?;
    client.connect_within(listener.addr(), AT_ONCE)?;
    Ok(())
}

fn blocks_of_all_kinds_stack_and_come_off_in_any_order(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    let ways = Way::all(&client, &server)?;
    let input = || Policy::firewall([Rule::input().udp().drop()]).via(backend);
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut blocks = [
            Some(server.block_with(&client, input())?),
            Some(client.block(&server)?),
            Some(server.block_with(&client, input())?),
        ];
        for lifted in order {
            for way in &ways {
                way.vanishes(&blocks.iter().flatten().collect::<Vec<_>>());
            }
            blocks[lifted].take().unwrap().unblock()?;
        }
        for way in &ways {
            way.passes();
        }
    }
    Ok(())
}

fn a_rule_is_about_one_peer_only(backend: Backend, a: Host, b: Host, c: Host) -> Result {
    let rules = [Rule::input().udp().drop(), Rule::output().udp().drop()];
    let block = a.block_with(&b, Policy::firewall(rules).via(backend))?;
    for way in [Way::all(&a, &c)?, Way::all(&c, &a)?, Way::all(&b, &c)?].iter().flatten() {
        way.passes();
    }
    assert_eq!(block.packets(), 0);
    for (way, back) in Way::all(&b, &a)?.iter().zip(&Way::all(&a, &b)?) {
        way.vanishes(&[&block]);
        back.is_not_permitted();
    }
    block.unblock()?;
    Ok(())
}

fn every_address_of_the_peer_is_meant(
    backend: Backend,
    net: Net,
    server: Host,
    client: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    net.link("backup", &[&server, &client])?;
    let mut way = Way::new(&client, &server, false)?;
    let rule = Rule::input().udp().drop();
    let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
    let port = way.to.port();
    for addr in server.addrs() {
        // The address of the sender is the one on the same link.
        way.to = (addr, port).into();
        way.vanishes(&[&block]);
    }
    assert_eq!(block.packets(), 4);
    block.unblock()?;
    for addr in server.addrs() {
        way.to = (addr, port).into();
        way.passes();
    }
    Ok(())
}

fn a_block_of_many_rules_is_one(backend: Backend, server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    // As many as somebody would type; the kernel acknowledges each of its lines.
    let many = (0..MANY[usize::from(backend != Backend::Nftables)])
        .map(|at| Rule::input().tcp().dport(10_000 + at).drop());
    let last = Rule::input().udp().drop();
    let policy = Policy::firewall(many.chain([last])).via(backend);
    let way = Way::new(&client, &server, true)?;
    let block = server.block_with(&client, policy)?;
    way.vanishes(&[&block]);
    block.unblock()?;
    way.passes();
    Ok(())
}

/// Rules of a block of many, over netlink and by a program that is started for each.
const MANY: [u16; 2] = [100, 10];

fn an_idle_connection_is_not_counted_and_a_guard_that_is_dropped_lifts(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    let listener = server.listen(7000)?;
    let mut conn: Connection = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    let rule = Rule::input().tcp().drop();
    let block = server.block_with(&client, Policy::firewall([rule]).via(backend))?;
    assert_eq!(block.packets(), 0, "nothing was sent");
    drop(block);
    conn.send(b"hello")?;
    assert_eq!(accepted.recv()?, b"hello");
    assert_eq!(conn.info()?.total_retrans, 0, "nothing had to be repeated");
    Ok(())
}

fn a_block_that_is_kept_stays(backend: Backend, server: Host, client: Host) -> Result {
    let policy = || Policy::firewall([Rule::output().udp().drop()]).via(backend);
    server.block_with(&client, policy())?.keep();
    server.block_with(&client, policy())?.unblock()?;
    for way in Way::all(&server, &client)? {
        way.is_not_permitted();
    }
    Ok(())
}

macro_rules! firewall {
    ($module:ident, $backend:expr $(, #[$needs:meta])?) => {
        mod $module {
            use super::{Backend, Host, Net, Result, netns_test};

            firewall!(@tests $backend, [$(#[$needs])?],
                each_answer_is_the_errno_of_connect()
                a_reset_refuses_at_once(server: Host, client: Host)
                a_drop_in_input_stops_what_comes(server: Host, client: Host)
                a_drop_in_output_is_told_to_udp_and_hidden_by_tcp(server: Host, client: Host)
                a_limit_to_a_protocol_lets_the_others_pass(server: Host, client: Host)
                a_limit_to_icmp_stops_errors_only(server: Host, client: Host)
                a_limit_to_a_port_lets_the_others_pass(server: Host, client: Host)
                a_limit_to_a_port_of_udp_is_one_to_udp(server: Host, client: Host)
                a_limit_to_a_family_lets_the_other_pass(server: Host, client: Host)
                a_reset_in_output_hits_its_own_host_only(server: Host, client: Host)
                the_first_rule_that_matches_wins(server: Host, client: Host)
                a_later_block_stands_before_an_earlier_one(server: Host, client: Host)
                blocks_of_all_kinds_stack_and_come_off_in_any_order(server: Host, client: Host)
                a_rule_is_about_one_peer_only(a: Host, b: Host, c: Host)
                every_address_of_the_peer_is_meant(net: Net, server: Host, client: Host)
                a_block_of_many_rules_is_one(server: Host, client: Host)
                an_idle_connection_is_not_counted_and_a_guard_that_is_dropped_lifts(
                    server: Host,
                    client: Host
                )
                a_block_that_is_kept_stays(server: Host, client: Host)
                a_verification_is_seen_by_nobody(server: Host, client: Host)
                blocks_of_many_threads_are_verified_side_by_side(a: Host, b: Host, c: Host)
            );
        }
    };
    (@tests $backend:expr, $needs:tt,
        $($name:ident ( $($fixture:ident : $type:ty),* ))*
    ) => {
        $( firewall!(@test $backend, $needs, $name($($fixture: $type),*)); )*
    };
    (@test $backend:expr, [$(#[$needs:meta])?], $name:ident ( $($fixture:ident : $type:ty),* )) => {
        #[netns_test]
        $(#[$needs])?
        fn $name($($fixture: $type),*) -> Result {
            super::$name($backend $(, $fixture)*)
        }
    };
}

firewall!(nftables, Backend::Nftables);
firewall!(iptables_nft, Backend::IptablesNft, #[ignore = "NOT RUN: needs the program iptables-nft"]);
firewall!(iptables_legacy, Backend::IptablesLegacy, #[ignore = "NOT RUN: needs the program iptables-legacy"]);

// --- rules that no kernel can have ---

#[netns_test]
fn a_policy_without_a_rule_that_can_match_is_refused(server: Host, client: Host) {
    let refusal = |rules: Vec<Rule>| {
        server.block_with(&client, Policy::firewall(rules)).unwrap_err().to_string()
    };
    let nothing = refusal(vec![]);
    assert!(nothing.starts_with("cannot block `client` from `server`"), "{nothing}");
    assert!(nothing.ends_with(": a firewall without rules blocks nothing"), "{nothing}");
    let port = refusal(vec![Rule::input().drop(), Rule::input().dport(80)]);
    assert!(port.starts_with("cannot block `client` from `server`"), "{port}");
    assert!(port.contains("-I INPUT -s PEER --dport 80"), "it names the rule: {port}");
    assert!(port.ends_with("a port belongs to a protocol: add `.tcp()` or `.udp()`"), "{port}");
    let reset = refusal(vec![Rule::input().reject_with(RejectWith::TcpReset)]);
    assert!(reset.ends_with("tcp-reset can answer TCP only: add `.tcp()`"), "{reset}");
    let family = refusal(vec![Rule::output().reject_with(IcmpKind::PolicyFail)]);
    assert!(family.contains("exists for IPv6 only: limit the rule with `.ipv6()`"), "{family}");
    // A refusal blocks nothing.
    Way::new(&client, &server, false).unwrap().passes();
}

// --- beside rules that programs made ---

/// What `iptables -S` shows in a host, for both families.
fn rules_of(host: &Host, programs: [&str; 2]) -> Result<String> {
    Ok(programs.map(|program| host.exec(program, ["-S"])).into_iter().collect::<Result<_, _>>()?)
}

const NFT: [&str; 2] = ["iptables-nft", "ip6tables-nft"];
const LEGACY: [&str; 2] = ["iptables-legacy", "ip6tables-legacy"];

fn rules_of_a_program_are_left_alone(
    programs: [&str; 2],
    backends: &[Backend],
    server: &Host,
    client: &Host,
) -> Result {
    let port = 9999;
    for program in programs {
        let rule = ["-A", "INPUT", "-p", "tcp", "--dport", "9999", "-j", "DROP"];
        server.exec(program, rule)?;
        server.exec(program, ["-N", "own"])?;
        server.exec(program, ["-I", "OUTPUT", "-j", "own"])?;
    }
    let before = rules_of(server, programs)?;
    assert!(before.contains("-A INPUT -p tcp -m tcp --dport 9999 -j DROP"), "{before}");
    let listener = server.listen(port)?;
    for backend in backends {
        let rules = [Rule::input().udp().drop(), Rule::output().udp().reject()];
        let block = server.block_with(client, Policy::firewall(rules).via(*backend))?;
        // The block is in force beside them.
        Way::new(client, server, false)?.vanishes(&[&block]);
        block.unblock()?;
        assert_eq!(rules_of(server, programs)?, before, "{backend}");
    }
    // They still do what they did.
    assert_repeats_its_syn(&mut client.dial(listener.addr())?);
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
fn rules_of_iptables_nft_are_left_alone(server: Host, client: Host) -> Result {
    let backends = [Backend::Nftables, Backend::IptablesNft];
    rules_of_a_program_are_left_alone(NFT, &backends, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-legacy"]
fn rules_of_iptables_legacy_are_left_alone(server: Host, client: Host) -> Result {
    let backends = [Backend::Nftables, Backend::IptablesLegacy];
    rules_of_a_program_are_left_alone(LEGACY, &backends, &server, &client)
}

fn nothing_is_left_when_all_is_lifted(
    programs: [&str; 2],
    backend: Backend,
    server: &Host,
    client: &Host,
) -> Result {
    let before = rules_of(server, programs)?;
    assert_eq!(before, "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n".repeat(2));
    let policy = || {
        let rules = [Rule::input().reject(), Rule::output().tcp().reject(), Rule::input().drop()];
        Policy::firewall(rules).via(backend)
    };
    let blocks = [server.block_with(client, policy())?, server.block_with(client, policy())?];
    let during = rules_of(server, programs)?;
    assert_ne!(during, before, "the program sees its own kind of rules");
    let [first, second] = blocks;
    first.unblock()?;
    drop(second);
    assert_eq!(rules_of(server, programs)?, before);
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
fn nothing_is_left_of_iptables_nft(server: Host, client: Host) -> Result {
    nothing_is_left_when_all_is_lifted(NFT, Backend::IptablesNft, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-legacy"]
fn nothing_is_left_of_iptables_legacy(server: Host, client: Host) -> Result {
    nothing_is_left_when_all_is_lifted(LEGACY, Backend::IptablesLegacy, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
fn nothing_is_left_of_nftables(server: Host, client: Host) -> Result {
    let policy = || Policy::firewall([Rule::input().drop(), Rule::output().reject()]);
    let blocks = [server.block_with(&client, policy())?, server.block(&client)?];
    let during = server.exec("nft", ["list", "ruleset"])?;
    assert!(during.contains("drop") && during.contains("reject"), "{during}");
    for block in blocks {
        block.unblock()?;
    }
    for host in [&server, &client] {
        assert_eq!(host.exec("nft", ["list", "ruleset"])?, "", "{}", host.name());
    }
    Ok(())
}

// --- blocks of the wire, and hosts that track connections ---

/// A host whose own rules let everything pass that belongs to a connection: conntrack is at work.
fn track(host: &Host) -> Result {
    let chain = |hook| {
        format!(
            "chain {hook} {{ type filter hook {hook} priority 0; ct state established accept; \
             ct state new accept; }};"
        )
    };
    let table = format!("table inet tracked {{ {} {} }}", chain("input"), chain("output"));
    host.exec("nft", [&table])?;
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
fn blocks_of_the_wire_act_on_connections_that_the_hosts_track(
    server: Host,
    client: Host,
) -> Result {
    for host in [&server, &client] {
        track(host)?;
    }
    let listener = server.listen(7000)?;
    for (policy, told) in [
        (Policy::drop(), None),
        (Policy::reset(), Some(libc::ECONNRESET)),
        (Policy::refuse(IcmpKind::HostUnreachable), None),
    ] {
        let mut dialled = client.connect(listener.addr())?;
        let mut accepted = listener.accept()?;
        let tracked = "/proc/sys/net/netfilter/nf_conntrack_count";
        let tracked = client.run(|| fs::read_to_string(tracked))?;
        assert!(tracked.trim().parse::<u32>()? > 0, "conntrack has not seen the connection");
        let block = client.block_with(&server, policy.clone())?;
        dialled.send(b"during")?;
        eventually(Duration::from_secs(5), || block.packets() > 0)?;
        match told {
            Some(errno) => assert_eq!(dialled.recv().unwrap_err().raw_os_error(), Some(errno)),
            None => {
                accepted.set_deadline(Duration::ZERO);
                assert_eq!(accepted.recv().unwrap_err().kind(), ErrorKind::TimedOut, "{policy}");
            }
        }
        block.unblock()?;
        if told.is_none() {
            accepted.set_deadline(Duration::from_secs(10));
            assert_eq!(accepted.recv()?, b"during", "{policy}");
        }
    }
    Ok(())
}

// --- several backends in one host ---

fn backends_come_off_independently(
    backends: &[Backend],
    orders: &[&[usize]],
    server: &Host,
    client: &Host,
) -> Result {
    let ways = Way::all(client, server)?;
    for order in orders {
        let policy = |backend| Policy::firewall([Rule::input().udp().drop()]).via(backend);
        let made = backends.iter().map(|backend| server.block_with(client, policy(*backend)));
        let mut blocks = made.map(|made| made.map(Some)).collect::<Result<Vec<_>, _>>()?;
        for lifted in *order {
            for way in &ways {
                way.vanishes(&blocks.iter().flatten().collect::<Vec<_>>());
            }
            blocks[*lifted].take().unwrap().unblock()?;
        }
        for way in &ways {
            way.passes();
        }
    }
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
fn nftables_and_iptables_nft_come_off_independently(server: Host, client: Host) -> Result {
    let backends = [Backend::Nftables, Backend::IptablesNft];
    backends_come_off_independently(&backends, &[&[0, 1], &[1, 0]], &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the programs iptables-nft and iptables-legacy"]
fn all_backends_come_off_independently(server: Host, client: Host) -> Result {
    let orders: [&[usize]; 3] = [&[0, 1, 2], &[1, 2, 0], &[2, 0, 1]];
    backends_come_off_independently(Backend::ALL, &orders, &server, &client)
}

// --- rules that something takes away ---

/// What the error says when a block has ended before its time.
#[track_caller]
fn assert_gone_before(error: &netns_test::Error) {
    let text = error.to_string();
    assert!(text.contains("gone before") && error.is_lost_fault(), "{text}");
    assert!(text.contains("`server`"), "it names the host: {text}");
}

/// A program flushes what the block consists of. The guard says so, and a new block works.
#[track_caller]
fn a_flush_is_reported(
    policy: &Policy,
    server: &Host,
    client: &Host,
    flush: impl Fn() -> Result,
) -> Result {
    let way = Way::new(client, server, false)?;
    // Several, so that each of them finds it out: asked, lifted and dropped.
    let blocks = [
        server.block_with(client, policy.clone())?,
        server.block_with(client, policy.clone())?,
        server.block_with(client, policy.clone())?,
    ];
    way.vanishes(&blocks.each_ref());
    flush()?;
    way.passes();
    for block in &blocks {
        assert_gone_before(&block.try_packets().unwrap_err());
    }
    let [first, second, third] = blocks;
    assert_gone_before(&first.unblock().unwrap_err());
    let again = server.block_with(client, policy.clone())?;
    way.vanishes(&[&again]);
    // Those from before the flush take nothing away from the new one.
    assert_gone_before(&second.unblock().unwrap_err());
    drop(third);
    way.vanishes(&[&again]);
    again.unblock()?;
    way.passes();
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
fn rules_of_nftables_that_were_flushed_say_so(server: Host, client: Host) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]);
    a_flush_is_reported(&policy, &server, &client, || {
        server.exec("nft", ["flush", "ruleset"])?;
        Ok(())
    })
}

/// The rules are gone, and the table is still there.
#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
fn rules_of_nftables_whose_table_was_flushed_say_so(server: Host, client: Host) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]);
    a_flush_is_reported(&policy, &server, &client, || flush_tables(&server))
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
fn rules_that_are_kept_say_when_they_were_flushed(server: Host, client: Host) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]);
    let kept = server.block_with(&client, policy)?.keep();
    assert_eq!(kept.try_packets()?, 0);
    flush_tables(&server)?;
    assert_gone_before(&kept.try_packets().unwrap_err());
    Ok(())
}

fn flush_tables(host: &Host) -> Result {
    for table in host.exec("nft", ["list", "tables"])?.lines() {
        let words: Vec<_> = table.split_whitespace().skip(1).collect();
        host.exec("nft", ["flush", "table", words[0], words[1]])?;
    }
    Ok(())
}

fn flushed_by_iptables(
    programs: [&'static str; 2],
    options: &[&str],
    backend: Backend,
    server: &Host,
    client: &Host,
) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]).via(backend);
    a_flush_is_reported(&policy, server, client, || {
        for program in programs {
            for option in options {
                server.exec(program, [option])?;
            }
        }
        Ok(())
    })
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
fn rules_of_iptables_nft_that_were_flushed_say_so(server: Host, client: Host) -> Result {
    flushed_by_iptables(NFT, &["-F", "-X"], Backend::IptablesNft, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
fn rules_of_iptables_nft_whose_chains_were_flushed_say_so(server: Host, client: Host) -> Result {
    flushed_by_iptables(NFT, &["-F"], Backend::IptablesNft, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-legacy"]
fn rules_of_iptables_legacy_that_were_flushed_say_so(server: Host, client: Host) -> Result {
    flushed_by_iptables(LEGACY, &["-F", "-X"], Backend::IptablesLegacy, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-legacy"]
fn rules_of_iptables_legacy_whose_chains_were_flushed_say_so(server: Host, client: Host) -> Result {
    flushed_by_iptables(LEGACY, &["-F"], Backend::IptablesLegacy, &server, &client)
}

/// `iptables -F INPUT` leaves the block's own chain, to which nothing leads any more.
#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
fn rules_of_iptables_that_are_no_longer_reached_say_so(server: Host, client: Host) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]).via(Backend::IptablesNft);
    a_flush_is_reported(&policy, &server, &client, || {
        for program in NFT {
            server.exec(program, ["-F", "INPUT"])?;
        }
        Ok(())
    })
}

// --- how it is verified that rules act ---

/// A socket of the kind that sees everything, which holds what it has seen.
fn eavesdrop(host: &Host, family: AddressFamily, protocol: SockProtocol) -> Result<OwnedFd> {
    let flags = SockFlag::SOCK_NONBLOCK;
    Ok(host.run(|| socket(family, SockType::Raw, flags, protocol))?)
}

fn seen(ear: &OwnedFd) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut frame = [0; 2048];
    loop {
        match recv(ear.as_raw_fd(), &mut frame, MsgFlags::empty()) {
            Ok(length) => all.push(frame[..length].to_vec()),
            Err(error) => {
                assert_eq!(error, Errno::EAGAIN);
                return all;
            }
        }
    }
}

/// Frames of IP, but for what kernels say about the link itself, which is ICMPv6.
fn packets_on_a_link(ear: &OwnedFd) -> usize {
    let of_ip = |frame: &Vec<u8>| match frame[12..14] {
        [0x08, 0x00] => true,
        [0x86, 0xdd] => frame[20] != 0 && frame[20] != libc::IPPROTO_ICMPV6 as u8,
        _ => false,
    };
    seen(ear).iter().filter(|frame| of_ip(frame)).count()
}

/// ICMP messages that the host has sent and received, as its kernel counts them.
fn icmp_messages(host: &Host) -> Result<Vec<String>> {
    let of_icmp = |line: &&str| line.starts_with("Icmp:");
    let snmp = host.run(|| fs::read_to_string("/proc/thread-self/net/snmp"))?;
    Ok(snmp.lines().filter(of_icmp).map(str::to_owned).collect())
}

fn a_verification_is_seen_by_nobody(backend: Backend, server: Host, client: Host) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    meet(&server, &client)?;
    let inboxes = [server.bind_udp(0)?, client.bind_udp(0)?];
    let mut ears = Vec::new();
    for host in [&server, &client] {
        ears.push(eavesdrop(host, AddressFamily::Inet, SockProtocol::Icmp)?);
        ears.push(eavesdrop(host, AddressFamily::Inet, SockProtocol::Tcp)?);
        ears.push(eavesdrop(host, AddressFamily::Inet6, SockProtocol::Tcp)?);
    }
    // The peer is at the other end of all links that the server has.
    let link = eavesdrop(&client, AddressFamily::Packet, SockProtocol::EthAll)?;
    let before = icmp_messages(&server)?;
    let rules = [Rule::input().udp().reject(), Rule::output().tcp().drop()];
    for _ in 0..5 {
        let policy = Policy::firewall(rules.clone()).via(backend);
        let mut block = server.block_with(&client, policy)?;
        block.suspend(|| ())?;
        assert!(block.counters()?.iter().all(|counter| counter.packets == 0));
        block.unblock()?;
    }
    assert_eq!(packets_on_a_link(&link), 0);
    for ear in &ears {
        assert_eq!(seen(ear), Vec::<Vec<u8>>::new());
    }
    assert_eq!(icmp_messages(&server)?, before);
    for mut inbox in inboxes {
        inbox.set_deadline(Duration::ZERO);
        assert_eq!(inbox.recv_from().unwrap_err().kind(), ErrorKind::TimedOut);
    }
    // It would have been seen.
    Way::new(&server, &client, false)?.passes();
    assert_eq!(packets_on_a_link(&link), 1);
    Ok(())
}

/// Each looks at its own rules only, and what it sends to do so is none of the others' traffic.
fn blocks_of_many_threads_are_verified_side_by_side(
    backend: Backend,
    a: Host,
    b: Host,
    c: Host,
) -> Result {
    let rounds = if backend == Backend::Nftables { 50 } else { 3 };
    std::thread::scope(|scope| {
        for (peer, rule) in [(&b, Rule::input()), (&c, Rule::output()), (&b, Rule::output())] {
            let policy = Policy::firewall([rule.drop()]).via(backend);
            let host = &a;
            scope.spawn(move || {
                for _ in 0..rounds {
                    let block = host.block_with(peer, policy.clone()).unwrap();
                    assert_eq!(block.packets(), 0);
                    block.unblock().unwrap();
                }
            });
        }
    });
    Ok(())
}

/// The host's own rules take away what a block sends to itself, going out or coming in. Then what
/// the kernel's tables say has to do.
fn rules_that_take_everything_on_loopback_are_no_failure(
    backend: Backend,
    server: &Host,
    client: &Host,
) -> Result {
    let way = Way::new(client, server, false)?;
    for (hook, device) in [("output", "oifname"), ("prerouting", "iifname")] {
        let chain = format!("{{ type filter hook {hook} priority raw; {device} lo drop; }}");
        server.exec("nft", [&format!("table inet own {{ chain own {chain}; }}")])?;
        let mut block =
            server.block_with(client, Policy::firewall([Rule::input().drop()]).via(backend))?;
        way.vanishes(&[&block]);
        block.suspend(|| way.passes())?;
        way.vanishes(&[&block]);
        block.unblock()?;
        way.passes();
        server.exec("nft", ["delete table inet own"])?;
    }
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
fn a_host_that_lets_nothing_through_loopback_is_no_failure(server: Host, client: Host) -> Result {
    rules_that_take_everything_on_loopback_are_no_failure(Backend::Nftables, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the programs nft and iptables-nft"]
fn nor_is_it_for_iptables(server: Host, client: Host) -> Result {
    rules_that_take_everything_on_loopback_are_no_failure(Backend::IptablesNft, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn a_host_whose_loopback_is_down_is_no_failure(server: Host, client: Host) -> Result {
    server.exec("ip", ["link", "set", "lo", "down"])?;
    let way = Way::new(&client, &server, true)?;
    // Or the rule takes the question for the neighbour, and the datagram waits for its answer.
    way.passes();
    let block = server.block_with(&client, Policy::firewall([Rule::input().drop()]))?;
    way.vanishes(&[&block]);
    block.unblock()?;
    way.passes();
    Ok(())
}

/// Rules that lead the block's probes around its chain: for all that can be seen from outside, the
/// chain that the kernel lists is not in force.
#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
fn rules_that_the_kernel_lists_and_does_not_reach_are_an_error(
    server: Host,
    client: Host,
) -> Result {
    // The numbers of the first blocks of a host, in INPUT.
    let probes = || (1..10).map(|number| format!("240.0.0.{}", 2 * number));
    let away = probes().map(|probe| format!("{probe} : 9.{}", &probe[4..]));
    let back = probes().map(|probe| format!("9.{} : {probe}", &probe[4..]));
    let chain = |name, priority, map: Vec<String>| {
        format!(
            "chain {name} {{ type filter hook input priority {priority}; \
             ip protocol 253 ip saddr set ip saddr map {{ {} }}; }};",
            map.join(", ")
        )
    };
    let around = chain("away", "-5", away.collect()) + &chain("back", "5", back.collect());
    server.exec("nft", [&format!("table ip own {{ {around} }}")])?;
    let policy = Policy::firewall([Rule::input().ipv4().drop(), Rule::output().ipv4().drop()]);
    let error = server.block_with(&client, policy).unwrap_err().to_string();
    assert!(error.starts_with("cannot block `client` from `server`"), "{error}");
    let seen = "its rules do not act: of 2 probes they took away 1, and 1 passed";
    assert!(error.ends_with(seen), "{error}");
    // What cannot be verified is undone.
    assert!(!server.exec("nft", ["list", "ruleset"])?.contains("netns-test"));
    Way::new(&client, &server, false)?.passes();
    Ok(())
}

/// Rules that take the block's probes, and no others, look as if the block's own were still there.
#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
fn rules_that_still_act_when_the_kernel_lists_none_are_an_error(
    server: Host,
    client: Host,
) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]);
    let block = server.block_with(&client, policy)?;
    let drop = "ip6 saddr 100::2-100::ff drop";
    let chain = format!("{{ type filter hook input priority filter; {drop}; }}");
    server.exec("nft", [&format!("table inet own {{ chain own {chain}; }}")])?;
    let error = block.unblock().unwrap_err().to_string();
    let seen = "its rules still act: of 2 probes they took away 1, and others pass";
    assert!(error.ends_with(seen), "{error}");
    assert!(error.starts_with("cannot delete nftables table"), "{error}");
    Ok(())
}
