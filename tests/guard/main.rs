//! What the guard of a block can do: suspend it, exchange its policy without a gap, tell what each
//! rule has counted, wait for a hit, say when it came into effect and what it is; and that looking
//! whether a block acts neither disturbs traffic nor is disturbed by it.
//!
//! UDP repeats nothing. A datagram that arrives was let pass when it was sent, and one that a
//! counter has counted will never arrive; so most claims here need no waiting.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod counters;
mod effect;
mod hits;
mod keep;
#[path = "../support/mod.rs"]
mod support;
mod suspend;
mod swap;
mod verification;

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
use support::times::{AT_ONCE, LIMIT, SECOND_SYN};
use support::unique::unique;

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
