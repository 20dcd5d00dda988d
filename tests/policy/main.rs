//! What each policy of the wire does beside `drop`: who is told what by `reset`, by each kind of
//! `refuse`, and by `sever`, in both families and both directions, and what comes after lifting.
//!
//! `block.rs` has the same for `drop`, and `firewall.rs` for the rules of a firewall.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod refuse;
mod reset;
mod sever;
#[path = "../support/mod.rs"]
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
use support::dials::{assert_hears_nothing, assert_repeats_its_syn, connections, family};
use support::families::{can_run_with_ipv6, families, has_ipv6};
use support::refusals::REFUSALS;
use support::stop::Stop;
use support::times::{AT_ONCE, LIMIT, SECOND_SYN};
use support::unique::unique;

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
