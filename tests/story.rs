//! The story that this crate starts from, for every backend, IPv4 and IPv6, from either side: what
//! a team's firewall rules did to their connections, and what they had believed.
//!
//! The tests of the iptables programs are ignored where `cargo test` runs without them, and say so;
//! `cargo test --test story -- --ignored` demands them.
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use netns_test::{
    Backend, Connection, Host, Listener, Policy, RejectWith, Result, Rule, TcpState, consistently,
    eventually, netns_test,
};

mod support;

use support::families::families;

/// Longer than the kernel needs to repeat a SYN once (after 1 s) or a segment twice (after 0.2
/// and 0.6 s), so that an answer which never comes has had its chances.
const PATIENCE: Duration = Duration::from_millis(1300);
/// A reset is there at once. This bound is for a machine that is busy.
const AT_ONCE: Duration = Duration::from_millis(500);

/// Two hosts of which one holds the rules, and a listener on one of them.
struct Stage {
    /// The host whose firewall it is.
    blocker: Host,
    /// The other one.
    peer: Host,
    listener: Listener,
    /// Whether the blocking host is the one that listens.
    blocker_listens: bool,
    ipv6: bool,
}

/// A connection, seen from both ends.
struct Ends {
    blocker: Connection,
    peer: Connection,
}

impl Stage {
    /// All ways to stage it, two for each family.
    fn each(server: &Host, client: &Host) -> Result<Vec<Stage>> {
        let mut stages = Vec::new();
        let ways = families().flat_map(|ipv6| [(ipv6, true), (ipv6, false)]);
        for (at, (ipv6, blocker_listens)) in ways.enumerate() {
            let (blocker, peer) = if blocker_listens { (server, client) } else { (client, server) };
            let listener = server.listen(7000 + at as u16)?;
            let (blocker, peer) = (blocker.clone(), peer.clone());
            stages.push(Stage { blocker, peer, listener, blocker_listens, ipv6 });
        }
        Ok(stages)
    }

    fn listening(&self) -> SocketAddr {
        if self.ipv6 { self.listener.addr_v6() } else { self.listener.addr() }
    }

    fn dialler(&self) -> &Host {
        if self.blocker_listens { &self.peer } else { &self.blocker }
    }

    fn connected(&self) -> Result<Ends> {
        let dialled = self.dialler().connect(self.listening())?;
        let accepted = self.listener.accept()?;
        Ok(if self.blocker_listens {
            Ends { blocker: accepted, peer: dialled }
        } else {
            Ends { blocker: dialled, peer: accepted }
        })
    }
}

/// `-I INPUT -s PEER -j REJECT` and `-I OUTPUT -d PEER -j REJECT`
fn the_two_rules() -> [Rule; 2] {
    [Rule::input().reject(), Rule::output().reject()]
}

fn reset_on(rule: Rule) -> Rule {
    rule.tcp().reject_with(RejectWith::TcpReset)
}

fn block_then_connect_is_not_established(backend: Backend, server: Host, client: Host) -> Result {
    for stage in Stage::each(&server, &client)? {
        let policy = Policy::firewall(the_two_rules()).via(backend);
        let block = stage.blocker.block_with(&stage.peer, policy)?;
        let mut dial = stage.dialler().dial(stage.listening())?;
        if stage.blocker_listens {
            // The REJECT in INPUT answers, and the REJECT in OUTPUT swallows the answer.
            assert_eq!(dial.wait(PATIENCE).unwrap_err().kind(), ErrorKind::TimedOut);
            let info = dial.info()?;
            assert_eq!(info.state, TcpState::SynSent);
            assert!(info.retransmits >= 1, "the SYN is repeated: {info:?}");
        } else {
            // The dialler's own OUTPUT answers: the only case in which anyone is told anything.
            // The answer may meet the dialler's socket while it is in use, and count only when
            // the SYN is repeated after a second.
            let refused = dial.wait(PATIENCE).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{refused}");
        }
        assert!(block.packets() > 0);
        block.unblock()?;
    }
    Ok(())
}

fn connect_then_block_does_not_break_the_connection(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    for stage in Stage::each(&server, &client)? {
        let mut ends = stage.connected()?;
        let policy = Policy::firewall(the_two_rules()).via(backend);
        let block = stage.blocker.block_with(&stage.peer, policy)?;
        ends.peer.send(b"sent during the block")?;
        ends.blocker.send(b"the answer, too")?;
        // The peer repeats its segment; the blocking host, whose own OUTPUT refuses, probes.
        eventually(PATIENCE, || ends.peer.info().is_ok_and(|info| info.retransmits >= 2))?;
        for end in [&ends.peer, &ends.blocker] {
            assert_eq!(end.info()?.state, TcpState::Established);
        }
        assert!(block.packets() > 0);
        block.unblock()?;
        let delivered = ends.blocker.recv_exact(b"sent during the block".len())?;
        assert_eq!(delivered, b"sent during the block");
        assert_eq!(ends.peer.recv_exact(b"the answer, too".len())?, b"the answer, too");
        eventually(PATIENCE, || ends.peer.info().is_ok_and(|info| info.unacked == 0))?;
    }
    Ok(())
}

fn tcp_reset_on_input_alone_resets_the_peer_at_once(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    for stage in Stage::each(&server, &client)? {
        let mut ends = stage.connected()?;
        let policy = Policy::firewall([reset_on(Rule::input())]).via(backend);
        let block = stage.blocker.block_with(&stage.peer, policy)?;
        let begun = Instant::now();
        ends.peer.send(b"the next segment")?;
        let reset = ends.peer.recv().unwrap_err();
        assert_eq!(reset.kind(), ErrorKind::ConnectionReset, "{reset}");
        assert!(begun.elapsed() < AT_ONCE, "the reset took {:?}", begun.elapsed());
        // The host that holds the rule knows nothing of it, and stays half-open.
        assert_eq!(ends.blocker.info()?.state, TcpState::Established);
        assert!(block.packets() > 0);
        block.unblock()?;
    }
    Ok(())
}

fn tcp_reset_on_input_and_output_never_arrives(
    backend: Backend,
    server: Host,
    client: Host,
) -> Result {
    for stage in Stage::each(&server, &client)? {
        let mut ends = stage.connected()?;
        let rules = [reset_on(Rule::input()), reset_on(Rule::output())];
        let block = stage.blocker.block_with(&stage.peer, Policy::firewall(rules).via(backend))?;
        ends.peer.send(b"the next segment")?;
        // Long enough for two repetitions, each of which the first rule answers and the second
        // one swallows.
        consistently(Duration::from_millis(700), || {
            ends.peer.info().is_ok_and(|info| info.state == TcpState::Established)
        })?;
        eventually(PATIENCE, || ends.peer.info().is_ok_and(|info| info.retransmits >= 2))?;
        // Each of its segments was refused, and that is all that the counter proves.
        assert!(block.packets() >= 3);
        block.unblock()?;
        assert_eq!(ends.blocker.recv()?, b"the next segment");
    }
    Ok(())
}

macro_rules! story {
    ($module:ident, $backend:expr $(, #[$needs:meta])?) => {
        mod $module {
            use super::{Backend, Host, Result, netns_test};

            story!(@tests $backend, $(#[$needs])?,
                block_then_connect_is_not_established
                connect_then_block_does_not_break_the_connection
                tcp_reset_on_input_alone_resets_the_peer_at_once
                tcp_reset_on_input_and_output_never_arrives
            );
        }
    };
    (@tests $backend:expr, #[$needs:meta], $($name:ident)*) => {
        $(
            #[netns_test]
            #[$needs]
            fn $name(server: Host, client: Host) -> Result {
                super::$name($backend, server, client)
            }
        )*
    };
    (@tests $backend:expr, , $($name:ident)*) => {
        $(
            #[netns_test]
            fn $name(server: Host, client: Host) -> Result {
                super::$name($backend, server, client)
            }
        )*
    };
}

story!(nftables, Backend::Nftables);
story!(iptables_nft, Backend::IptablesNft, #[ignore = "NOT RUN: needs the program iptables-nft"]);
story!(iptables_legacy, Backend::IptablesLegacy, #[ignore = "NOT RUN: needs the program iptables-legacy"]);
