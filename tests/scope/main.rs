//! Which part of the traffic between two hosts a block is about: one way, a protocol, a port, a
//! family, new connections, those that exist, one of many; with every policy that can have it, and
//! what is refused because it contradicts itself.
//!
//! UDP repeats nothing. A datagram that arrives was let pass when it was sent, and one that a
//! counter has counted will never arrive; so most claims here need no waiting.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod contradictions;
mod existing;
mod new_connections;
mod one_of_many;
mod one_way;
mod packets;
mod ports;
#[path = "../support/mod.rs"]
mod support;

use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Duration;

use netns_test::{
    Block, Connection, Dial, Host, IcmpKind, Net, Notified, Policy, Result, Rule, TcpState,
    UdpEndpoint, eventually, netns_test,
};
use support::dials::{assert_hears_nothing, connections, family};
use support::families::{can_run_with_ipv6, families};
use support::ping::Ping;
use support::times::{AT_ONCE, LIMIT, SECOND_SYN};
use support::unique::unique;

/// Two ports that are open on both hosts, for UDP.
const PORTS: [u16; 2] = [5000, 6000];

fn address(host: &Host, ipv6: bool) -> IpAddr {
    if ipv6 { host.ipv6().into() } else { host.ipv4().into() }
}

/// The host that blocks and the other one, and what goes back and forth between them.
struct Stage {
    hosts: [Host; 2],
    /// Of the blocker, then of the peer.
    udp: [[UdpEndpoint; 2]; 2],
}

/// One way for a datagram.
#[derive(Clone, Copy, Debug)]
struct Datagram {
    /// Whether the peer sends it.
    from_peer: bool,
    ipv6: bool,
    sport: u16,
    dport: u16,
}

impl Stage {
    fn new(blocker: &Host, peer: &Host) -> Result<Self> {
        let bind = |host: &Host, port| -> Result<_> {
            let mut port = host.bind_udp(port)?;
            // What has arrived is looked at, not waited for.
            port.set_deadline(Duration::ZERO);
            Ok(port)
        };
        let both = |host| -> Result<_> { Ok([bind(host, PORTS[0])?, bind(host, PORTS[1])?]) };
        Ok(Self { udp: [both(blocker)?, both(peer)?], hosts: [blocker.clone(), peer.clone()] })
    }

    /// All ways for a datagram.
    fn datagrams() -> Vec<Datagram> {
        let mut all = Vec::new();
        for from_peer in [false, true] {
            for ipv6 in families() {
                for sport in PORTS {
                    all.extend(PORTS.map(|dport| Datagram { from_peer, ipv6, sport, dport }));
                }
            }
        }
        all
    }

    /// Sends a datagram on its way; the block takes it, and counts just this one, or it arrives.
    #[track_caller]
    fn assert_datagram(&self, way: Datagram, block: &Block, is_blocked: bool) {
        let (here, there) = if way.from_peer { (1, 0) } else { (0, 1) };
        let at = |port| usize::from(port == PORTS[1]);
        let (from, to) = (&self.udp[here][at(way.sport)], &self.udp[there][at(way.dport)]);
        let (sent, before) = (unique(), block.packets());
        from.send_to(&sent, (address(&self.hosts[there], way.ipv6), way.dport)).unwrap();
        let mut received = None;
        let decided = eventually(LIMIT, || {
            received = received.take().or_else(|| to.recv_from().ok());
            received.is_some() || block.packets() > before
        });
        assert!(decided.is_ok(), "it is lost: {way:?} under {block}");
        assert_eq!(block.packets(), before + u64::from(is_blocked), "{way:?} under {block}");
        let received = received.map(|(bytes, _)| bytes);
        let expected = (!is_blocked).then(|| sent.to_vec());
        assert_eq!(received, expected, "{way:?} under {block}");
    }

    #[track_caller]
    fn assert_datagrams(&self, block: &Block, is_blocked: impl Fn(Datagram) -> bool) {
        for way in Self::datagrams() {
            self.assert_datagram(way, block, is_blocked(way));
        }
    }

    /// Everything passes.
    fn assert_open(&self) -> Result {
        let [blocker, peer] = &self.hosts;
        for (from, to) in [(blocker, peer), (peer, blocker)] {
            let listener = to.listen(0)?;
            for ipv6 in families() {
                from.connect_within(family(&listener, ipv6), AT_ONCE)?;
                let mut ping = Ping::of(from, address(to, ipv6))?;
                ping.is_answered()?;
            }
        }
        for way in Self::datagrams() {
            let (here, there) = if way.from_peer { (1, 0) } else { (0, 1) };
            let at = |port| usize::from(port == PORTS[1]);
            let sent = unique();
            let to = (address(&self.hosts[there], way.ipv6), way.dport);
            self.udp[here][at(way.sport)].send_to(&sent, to)?;
            let mut received = None;
            eventually(LIMIT, || {
                received = self.udp[there][at(way.dport)].recv_from().ok();
                received.is_some()
            })?;
            assert_eq!(received.unwrap().0, sent, "{way:?}");
        }
        Ok(())
    }

    /// Of each family and each side that can dial, the blocker's end first.
    fn connections(&self) -> Result<Vec<[Connection; 2]>> {
        let [blocker, peer] = &self.hosts;
        connections(blocker, peer)
    }
}

/// Data passes, in both directions, and nothing has to be repeated.
#[track_caller]
fn assert_alive([one, other]: &mut [Connection; 2]) {
    for _ in 0..2 {
        one.send(b"alive").unwrap();
        assert_eq!(other.recv_exact(5).unwrap(), b"alive");
        std::mem::swap(one, other);
    }
}

/// What it sends is repeated and never arrives; it is told nothing.
#[track_caller]
fn assert_silent(sender: &mut Connection, receiver: &mut Connection) {
    sender.send(b"lost").unwrap();
    let before = sender.info().unwrap().total_retrans;
    let repeats = || sender.info().is_ok_and(|info| info.total_retrans > before);
    eventually(LIMIT, repeats).unwrap();
    assert_eq!(sender.info().unwrap().state, TcpState::Established);
    assert_hears_nothing(receiver);
}

#[track_caller]
fn assert_reset(sender: &mut Connection) {
    sender.send(b"the next segment").unwrap();
    let error = sender.recv().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ECONNRESET), "{error}");
}

/// The first SYN, or what answers it, has met the block; nobody was told anything.
#[track_caller]
fn assert_stays_syn_sent(dial: &mut Dial, block: &Block, before: u64) {
    eventually(LIMIT, || block.packets() > before).unwrap();
    let error = dial.wait(Duration::from_millis(20)).unwrap_err();
    assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::TimedOut, None), "{error}");
    assert_eq!(dial.info().unwrap().state, TcpState::SynSent);
}
