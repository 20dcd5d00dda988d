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

mod answers;
mod backends;
mod bad_input;
mod many;
mod programs;
#[path = "../support/mod.rs"]
mod support;
mod taken_away;
mod tracking;
mod verification;

use answers::*;
use many::*;
use verification::*;

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd};
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
use support::times::{AT_ONCE, LIMIT};
use support::unique::unique;

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

/// Has both hosts find each other, so that rules which stop everything do not stop the search for
/// neighbours, and with it what is to be seen.
fn meet(server: &Host, client: &Host) -> Result {
    for way in [Way::all(server, client)?, Way::all(client, server)?].iter().flatten() {
        way.passes();
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
