//! What `client.block(&server)` does on the wire: to TCP, UDP and ICMP, in both families and both
//! directions, to every address of the peer and to nobody else; from the moment in which it
//! returns until the moment in which it is lifted.
//!
//! UDP repeats nothing. A datagram that arrives was let pass when it was sent, and one that a
//! counter has counted will never arrive; so most claims here need no waiting.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod bad_input;
mod datagrams;
mod established;
mod lifting;
mod many;
mod new_connections;
#[path = "../support/mod.rs"]
mod support;
mod when;
mod who;

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
use support::times::LIMIT;
use support::unique::unique;

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
